import Crypto
import Testing
import Wire

@testable import MockProviders

@Suite("The authorization code flow at a mock")
struct FlowTests {
    @Test("discovery names every endpoint and what is required")
    func discovery() throws {
        var desk = try Desk()
        let answer = desk.get("/.well-known/openid-configuration")
        let json = try answer.json()
        #expect(answer.status == 200)
        #expect(json["issuer"] == "http://127.0.0.1:7901")
        #expect(json["authorization_endpoint"] == "http://127.0.0.1:7901/authorize")
        #expect(json["token_endpoint"] == "http://127.0.0.1:7901/token")
        #expect(json["revocation_endpoint"] == "http://127.0.0.1:7901/revoke")
        #expect(json["jwks_uri"] == "http://127.0.0.1:7901/jwks")
        #expect(json["userinfo_endpoint"] == "http://127.0.0.1:7901/userinfo")
        #expect(json["response_types_supported"] == ["code"])
        #expect(json["code_challenge_methods_supported"] == ["S256"])
        #expect(json["authorization_response_iss_parameter_supported"] == true)
        #expect(json["token_endpoint_auth_methods_supported"] == ["none"])
    }

    @Test("WebFinger tells the issuer of what it knows: addresses or URLs", arguments: ["acct", "url"])
    func webFinger(_ kind: String) throws {
        var desk = try Desk(authorization: [("webfinger", .string(kind))])
        let known = kind == "acct" ? "acct:ada@127.0.0.1:7901" : Desk.issuer + "/ada"
        let other = kind == "acct" ? Desk.issuer + "/ada" : "acct:ada@127.0.0.1:7901"
        let answer = desk.get("/.well-known/webfinger?resource=" + URI.percentEncode(known))
        #expect(answer.headers["Content-Type"] == "application/jrd+json")
        #expect(try answer.json()["links"]?.array?.first?["href"]?.string == Desk.issuer)
        #expect(desk.get("/.well-known/webfinger?resource=" + URI.percentEncode(other)).status == 404)
        #expect(desk.get("/.well-known/webfinger").status == 400)
        var without = try Desk()
        #expect(without.get("/.well-known/webfinger?resource=" + URI.percentEncode(known)).status != 200)
        #expect(throws: MockProblem.self) { try Desk(authorization: [("webfinger", "both")]) }
    }

    @Test("a person who allows comes back with code, state and issuer, and the code buys all three tokens")
    func happy() throws {
        var desk = try Desk()
        let redirect = try desk.consent()
        #expect(redirect.status == 303)
        #expect(redirect.headers["Location"]?.hasPrefix(Desk.redirect + "?") == true)
        #expect(redirect.location["state"] == "s t&1")
        #expect(redirect.location["iss"] == Desk.issuer)
        let answer = desk.exchange(try #require(redirect.location["code"]))
        #expect(answer.headers["Cache-Control"] == "no-store")
        let tokens = try Tokens(answer)
        #expect(tokens.json["token_type"] == "Bearer")
        #expect(tokens.json["expires_in"] == 3600)
        #expect(tokens.json["scope"] == "openid loyalty.read")
        #expect(tokens.refresh != nil)
        let me = desk.get("/v2/me", bearer: tokens.access)
        #expect(me.status == 200)
        #expect(try me.json()["first"] == "Ada")
        #expect(desk.story(of: tokens.access) == ["issued", "used"])
    }

    @Test("whoever is named in the request is alone on the sign-in page; a name that nobody has changes nothing")
    func hint() throws {
        var desk = try Desk(people: 3)
        func members(_ hint: String?) throws -> [String] {
            let page = desk.get(Desk.request([("login_hint", hint)]))
            let form = try #require(HTMLForm.forms(in: page.body.text).first)
            return form.inputs.filter { $0.type == "radio" }.map(\.value)
        }
        let all = try members(nil)
        #expect(all.count > 3 && all.contains("sw-x2"))
        #expect(try members("sw-x2") == ["sw-x2"])
        #expect(try members("nobody") == all)
        #expect(try desk.consent(Desk.request([("login_hint", "sw-x2")]), member: "sw-x2").location["code"] != nil)
    }

    @Test("the ID token is signed by the published key and carries the claims of the flow")
    func idToken() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let keys = try JWKSet(desk.get("/jwks").json())
        let compact = try #require(tokens.json["id_token"]?.string)
        let jws = try JWS.verify(compact, keys: keys, allowed: [.rs256])
        let claims = try JSON.parse(jws.payload)
        #expect(claims["iss"] == .string(Desk.issuer))
        #expect(claims["aud"] == "purser")
        #expect(claims["sub"] == "sw-1001")
        #expect(claims["nonce"] == "n-1")
        #expect(claims["exp"] == .int(desk.now.seconds + 300))
        #expect(claims["iat"] == .int(desk.now.seconds))
        let half = Array(Hash.sha256(Array(tokens.access.utf8)).prefix(16))
        #expect(claims["at_hash"] == .string(Base64URL.encode(half)))
        #expect(desk.story(of: compact) == ["issued"])
    }

    @Test("without openid there is no ID token and UserInfo is out of scope")
    func plainOAuth() throws {
        var desk = try Desk()
        let tokens = try desk.link(Desk.request([("scope", "loyalty.read")]))
        #expect(tokens.json["id_token"] == nil)
        let answer = desk.get("/userinfo", bearer: tokens.access)
        #expect(answer.status == 403)
        #expect(answer.headers["WWW-Authenticate"]?.contains("error=\"insufficient_scope\"") == true)
    }

    @Test("UserInfo says who it is")
    func userinfo() throws {
        var desk = try Desk()
        let tokens = try desk.link(member: "sw-1002")
        let json = try desk.get("/userinfo", bearer: tokens.access).json()
        #expect(json["sub"] == "sw-1002")
        #expect(json["name"] == "Bruno Okafor")
    }

    @Test("a person who denies sends access_denied back and no code")
    func deny() throws {
        var desk = try Desk()
        let redirect = try desk.consent(decision: "deny")
        #expect(redirect.location["error"] == "access_denied")
        #expect(redirect.location["code"] == nil)
        #expect(redirect.location["state"] == "s t&1")
        #expect(redirect.location["iss"] == Desk.issuer)
    }

    @Test("a consent form works once and for ten minutes")
    func ticket() throws {
        var desk = try Desk()
        let form = try #require(HTMLForm.forms(in: desk.get(Desk.request()).body.text).first)
        let fields = [("ticket", form.value("ticket")), ("member", "sw-1001")]
        #expect(desk.post(form.action, fields).body.text.contains("Allow Purser?"))
        #expect(desk.post(form.action, fields).status == 400)
        let later = try #require(HTMLForm.forms(in: desk.get(Desk.request()).body.text).first)
        desk.wait(601)
        #expect(desk.post(later.action, [("ticket", later.value("ticket")), ("member", "sw-1001")]).status == 400)
    }

    @Test("nobody chosen, or an unknown member, shows the sign-in page again")
    func nobody() throws {
        var desk = try Desk()
        let form = try #require(HTMLForm.forms(in: desk.get(Desk.request()).body.text).first)
        let answer = desk.post(form.action, [("ticket", form.value("ticket")), ("member", "sw-9999")])
        #expect(answer.body.text.contains("Choose who you are."))
        let again = try #require(HTMLForm.forms(in: answer.body.text).first)
        #expect(again.value("ticket") != form.value("ticket"))
    }

    @Test(
        "a wrong client or redirect URI shows a page and never redirects",
        arguments: [
            ("client_id", "stranger"), ("client_id", nil), ("redirect_uri", nil),
            ("redirect_uri", "http://127.0.0.1:7878/callback/other"),
            ("redirect_uri", "http://127.0.0.1:7878/callback/skyways/"),
            ("redirect_uri", "http://127.0.0.1:7878/callback/skyways?x=1"),
            ("redirect_uri", "http://127.0.0.1:7878/callback/skyways#x"),
            ("redirect_uri", "http://127.0.0.1.evil.example/callback/skyways"),
            ("redirect_uri", "http://localhost:7878/callback/skyways"),
            ("redirect_uri", "https://127.0.0.1:7878/callback/skyways"),
            ("redirect_uri", "http://user@127.0.0.1:7878/callback/skyways"),
            ("redirect_uri", "javascript:alert(1)"),
        ] as [(String, String?)])
    func errorPage(_ name: String, _ value: String?) throws {
        var desk = try Desk()
        let answer = desk.get(Desk.request([(name, value)]))
        #expect(answer.status == 400)
        #expect(answer.headers["Location"] == nil)
        #expect(answer.headers["Content-Type"]?.hasPrefix("text/html") == true)
    }

    @Test("a loopback redirect URI may have any port, or none", arguments: [":1", ":65535", ""])
    func anyPort(_ port: String) throws {
        var desk = try Desk()
        #expect(desk.get(Desk.request([("redirect_uri", "http://127.0.0.1\(port)/callback/skyways")])).status == 200)
    }

    @Test(
        "every other bad authorization request is sent back with the error the RFC names",
        arguments: [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "code id_token", "unsupported_response_type"),
            ("response_type", nil, "invalid_request"), ("scope", nil, "invalid_scope"),
            ("scope", "openid admin", "invalid_scope"), ("code_challenge", nil, "invalid_request"),
            ("code_challenge", "short", "invalid_request"), ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", nil, "invalid_request"), ("response_mode", "fragment", "invalid_request"),
            ("prompt", "none", "login_required"), ("request", "x.y.z", "request_not_supported"),
            ("request_uri", "https://a.example", "request_uri_not_supported"),
        ] as [(String, String?, String)])
    func redirectedError(_ name: String, _ value: String?, _ error: String) throws {
        var desk = try Desk()
        let answer = desk.get(Desk.request([(name, value)]))
        #expect(answer.status == 303)
        #expect(answer.location["error"] == error)
        #expect(answer.location["state"] == "s t&1")
        #expect(answer.location["iss"] == Desk.issuer)
    }

    @Test("a parameter that comes twice is refused")
    func repeated() throws {
        var desk = try Desk()
        #expect(desk.get(Desk.request() + "&nonce=2").location["error"] == "invalid_request")
        #expect(desk.get(Desk.request() + "&client_id=purser").status == 400)
    }

    @Test("names with markup stand as text on the pages")
    func escaping() throws {
        let members: JSON = [
            "dayZero": "2026-01-01",
            "people": [
                [
                    "subject": "\"><script>1</script>", "first": "<b>Bobby</b>", "last": "O'Tables & \"Co\"",
                    "memberships": [],
                ]
            ],
        ]
        var desk = try Desk(members: members)
        let page = desk.get(Desk.request()).body.text
        #expect(!page.contains("<script>") && !page.contains("<b>"))
        #expect(page.contains("&lt;b&gt;Bobby&lt;/b&gt; O&#39;Tables &amp; &quot;Co&quot;"))
        let form = try #require(HTMLForm.forms(in: page).first)
        let choice = try #require(form.inputs.first { $0.type == "radio" })
        #expect(choice.label == "<b>Bobby</b> O'Tables & \"Co\"")
        let consent = desk.post(form.action, [("ticket", form.value("ticket")), ("member", choice.value)]).body.text
        #expect(consent.contains("<strong>&lt;b&gt;Bobby") && !consent.contains("<b>"))
    }
}
