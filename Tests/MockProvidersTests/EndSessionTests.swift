import Crypto
import Testing
import Wire

@testable import MockProviders

/// The page where people log out of a pretended provider, and what clients are told.
@Suite("A mock's logouts")
struct EndSessionTests {
    private func page(_ desk: inout Desk, _ fields: [(String, String)]) -> HTTPResponse {
        desk.get("/end_session?" + Form(fields).encoded)
    }

    private let usual = [
        ("client_id", "purser"), ("post_logout_redirect_uri", "http://127.0.0.1:7878/loggedout/skyways"),
        ("state", "s"),
    ]

    private func leave(_ desk: inout Desk, _ fields: [(String, String)], as member: String = "sw-1001") throws
        -> MockAnswer
    {
        let form = try #require(HTMLForm.forms(in: page(&desk, fields).body.text).first)
        let body = Form([("ticket", form.value("ticket")), ("member", member)])
        return desk.send(
            HTTPRequest(
                "POST", form.action, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array(body.encoded.utf8)))
    }

    @Test("the metadata names the page where there is one, and nothing of it where there is none")
    func metadata() throws {
        var desk = try Desk()
        let here = try desk.get("/.well-known/openid-configuration").json()
        #expect(here["end_session_endpoint"]?.string == Desk.issuer + "/end_session")
        #expect(here["backchannel_logout_supported"] == true && here["backchannel_logout_session_supported"] == true)
        var other = try Desk(authorization: [("logout", false)])
        let there = try other.get("/.well-known/openid-configuration").json()
        #expect(there["end_session_endpoint"] == nil && there["backchannel_logout_supported"] == nil)
        #expect(other.get("/end_session").status == 404)
    }

    @Test("a logout ends the person's grants and sends one token each, for the session that the ID token named")
    func tells() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let other = try desk.link(member: "sw-1002")
        let idToken = try #require(tokens.json["id_token"]?.string)
        let answer = try leave(&desk, usual)
        #expect(answer.response.headers["Location"] == "http://127.0.0.1:7878/loggedout/skyways?state=s")
        let call = try #require(answer.logoutCalls.first)
        #expect(answer.logoutCalls.count == 1)
        #expect(call.uri.text == "http://127.0.0.1:7878/backchannel-logout/skyways")
        #expect(call.request.method == "POST" && call.request.headers["Host"] == "127.0.0.1:7878")
        let set = try JWKSet(try desk.get("/jwks").json())
        func claims(_ compact: String) throws -> JSON {
            try JSON.parse(try JWS.verify(compact, keys: set, allowed: [.rs256], types: ["logout+jwt", "jwt"]).payload)
        }
        let (said, first) = (try claims(call.token), try claims(idToken))
        #expect(said["sub"] == "sw-1001" && said["aud"] == "purser" && said["iss"] == .string(Desk.issuer))
        #expect(said["sid"] == first["sid"] && said["sid"] != nil && said["nonce"] == nil && said["jti"] != nil)
        #expect(said["events"] == ["http://schemas.openid.net/event/backchannel-logout": [:]])
        #expect(desk.refresh(try #require(tokens.refresh)).status == 400)
        #expect(desk.refresh(try #require(other.refresh)).status == 200)
        #expect(try leave(&desk, usual).logoutCalls.isEmpty, "whose grants are over is not told of again")
    }

    @Test("offline_access outlives the session")
    func offline() throws {
        var desk = try Desk(authorization: [("scopes", ["openid": "o", "loyalty.read": "l", "offline_access": "f"])])
        let tokens = try desk.link(Desk.request([("scope", "openid loyalty.read offline_access")]))
        #expect(try leave(&desk, usual).logoutCalls.count == 1)
        #expect(desk.refresh(try #require(tokens.refresh)).status == 200)
    }

    @Test("on loopback the token goes to the port that the person came back to")
    func port() throws {
        var desk = try Desk()
        let code = try desk.code(Desk.request([("redirect_uri", "http://127.0.0.1:4321/callback/skyways")]))
        #expect(desk.exchange(code, [("redirect_uri", "http://127.0.0.1:4321/callback/skyways")]).status == 200)
        #expect(try leave(&desk, usual).logoutCalls.first?.uri.port == 4321)
    }

    @Test("an address that is not registered is a page and no redirect; so is a stale form")
    func refused() throws {
        var desk = try Desk()
        let token = try #require(try desk.link().json["id_token"]?.string)
        for fields in [
            [("client_id", "purser"), ("post_logout_redirect_uri", "https://evil.example/")],
            [("post_logout_redirect_uri", "http://127.0.0.1:7878/loggedout/skyways")],
            [("client_id", "purser"), ("post_logout_redirect_uri", Desk.redirect)],
            [("client_id", "purser-portal"), ("id_token_hint", token)], usual + [("state", "t")],
        ] { #expect(page(&desk, fields).status == 400, "\(fields)") }
        #expect(page(&desk, [("id_token_hint", token), usual[1]]).status == 200)
        #expect(try leave(&desk, []).response.status == 200)
        let form = try #require(HTMLForm.forms(in: page(&desk, usual).body.text).first)
        let fields = [("ticket", form.value("ticket")), ("member", "sw-1001")]
        #expect(desk.post("/end_session", fields).status == 303)
        #expect(desk.post("/end_session", fields).status == 400)
        let again = try #require(HTMLForm.forms(in: page(&desk, usual).body.text).first)
        #expect(desk.post("/end_session", [("ticket", again.value("ticket")), ("member", "nobody")]).status == 200)
        #expect(desk.send(HTTPRequest("PUT", "/end_session")).response.status == 405)
    }

    @Test("endpoints for clients with certificates are shown where there are any, and asked for there alone")
    func aliases() throws {
        var desk = try Desk(authorization: [("aliases", true)])
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(metadata["mtls_endpoint_aliases"]?["token_endpoint"]?.string == Desk.issuer + "/mtls/token")
        #expect(desk.get("/mtls/userinfo").status == 401)
        var plain = try Desk()
        #expect(try plain.get("/.well-known/openid-configuration").json()["mtls_endpoint_aliases"] == nil)
        #expect(plain.get("/mtls/userinfo").status == 404)
    }
}
