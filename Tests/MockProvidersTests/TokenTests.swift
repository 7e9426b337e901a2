import Crypto
import Testing
import Wire

@testable import MockProviders

@Suite("The token and revocation endpoints of a mock")
struct TokenTests {
    @Test(
        "C95: a bad token request gets the error the RFC names, and kills the code where it tried one",
        arguments: [
            ("code_verifier", nil, "invalid_grant"), ("code_verifier", "short", "invalid_grant"),
            ("code_verifier", String(repeating: "a", count: 43), "invalid_grant"),
            ("redirect_uri", nil, "invalid_grant"),
            ("redirect_uri", "http://127.0.0.1:1/callback/skyways", "invalid_grant"),
            ("client_id", nil, "invalid_client"), ("client_id", "stranger", "invalid_client"),
            ("client_secret", "x", "invalid_client"), ("grant_type", nil, "invalid_request"),
            ("grant_type", "password", "unsupported_grant_type"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
            ("code", nil, "invalid_request"), ("code", "ac_made-up", "invalid_grant"),
        ] as [(String, String?, String)])
    func bad(_ name: String, _ value: String?, _ error: String) throws {
        var desk = try Desk()
        let code = try desk.code()
        let answer = desk.exchange(code, [(name, value)])
        #expect(answer.status == (error == "invalid_client" ? 401 : 400))
        #expect(try answer.json()["error"] == .string(error))
        #expect(answer.headers["Cache-Control"] == "no-store")
        let isSpoiled = error == "invalid_grant" && name != "code"
        #expect(desk.exchange(code).status == (isSpoiled ? 400 : 200))
    }

    @Test("C95: a code and a token of one provider are nothing to another")
    func issuers() throws {
        var (one, other) = (try Desk(), try Desk())
        let code = try one.code()
        #expect(try other.exchange(code).json()["error"] == "invalid_grant")
        let tokens = try one.exchange(code).json()
        let access = try #require(tokens["access_token"]?.string)
        #expect(other.get("/userinfo", bearer: access).status == 401)
        let refresh = try #require(tokens["refresh_token"]?.string)
        #expect(try other.refresh(refresh).json()["error"] == "invalid_grant")
        #expect(one.get("/userinfo", bearer: access).status == 200)
        #expect(one.refresh(refresh).status == 200)
    }

    @Test("a code for several APIs is exchanged for a token for one of them, which is named (RFC 8707 2.2)")
    func oneResource() throws {
        let (one, other) = ("https://api.example/", "https://pay.example/")
        let rows: [(named: [String], error: JSON?)] = [
            ([one], nil), ([other], nil), ([one, other], "invalid_target"), ([], "invalid_target"),
            (["https://else.example/"], "invalid_target"),
        ]
        for row in rows {
            var desk = try Desk(authorization: [("resources", [.string(one), .string(other)])])
            let code = try desk.code(Desk.request() + "&resource=" + one + "&resource=" + other)
            let answer = desk.post(
                "/token",
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Desk.redirect),
                    ("client_id", "purser"), ("code_verifier", Desk.verifier),
                ] + row.named.map { ("resource", $0) })
            #expect(try answer.json()["error"] == row.error, "\(row.named)")
        }
    }

    @Test("a code lives for sixty seconds")
    func codeLife() throws {
        var desk = try Desk()
        let (first, second) = (try desk.code(), try desk.code())
        desk.wait(59)
        #expect(desk.exchange(first).status == 200)
        desk.wait(1)
        #expect(try desk.exchange(second).json()["error"] == "invalid_grant")
    }

    @Test("a replayed code revokes what it bought")
    func replayedCode() throws {
        var desk = try Desk()
        let code = try desk.code()
        let tokens = try Tokens(desk.exchange(code))
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 200)
        #expect(desk.exchange(code).status == 400)
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 401)
        #expect(desk.refresh(try #require(tokens.refresh)).status == 400)
        #expect(desk.story(of: tokens.access) == ["issued", "used", "revoked", "refused"])
    }

    @Test("a token request is a POST of one form")
    func shape() throws {
        var desk = try Desk()
        #expect(desk.get("/token").status == 405)
        let body = Array("grant_type=refresh_token&grant_type=x".utf8)
        let json = HTTPRequest("POST", "/token", headers: ["Content-Type": "application/json"], body: Array("{}".utf8))
        let twice = HTTPRequest(
            "POST", "/token", headers: ["Content-Type": "application/x-www-form-urlencoded"], body: body)
        for request in [json, twice] {
            #expect(try desk.send(request).response.json()["error"] == "invalid_request")
        }
    }

    @Test("strict: each refresh token works once, and a second use kills the family")
    func strict() throws {
        var desk = try Desk()
        let first = try desk.link()
        let second = try Tokens(desk.refresh(try #require(first.refresh)))
        #expect(second.refresh != nil && second.refresh != first.refresh)
        #expect(second.json["id_token"] != nil, "skyways gives one at each refresh")
        #expect(desk.get("/v2/me", bearer: first.access).status == 200)
        #expect(try desk.refresh(try #require(first.refresh)).json()["error"] == "invalid_grant")
        #expect(desk.refresh(try #require(second.refresh)).status == 400)
        #expect(desk.get("/v2/me", bearer: second.access).status == 401)
        #expect(desk.story(of: try #require(first.refresh)) == ["issued", "spent", "refused", "revoked"])
        #expect(desk.provider.ledger["families"]?[0]?["revoked"] == "a refresh token was used twice")
    }

    @Test("none: the same refresh token stays good and no other comes")
    func none() throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "none"])])
        let token = try #require(try desk.link().refresh)
        for _ in 0..<3 { #expect(try Tokens(desk.refresh(token)).refresh == nil) }
    }

    @Test("grace: the old one is taken until the seconds are over, then the family dies")
    func grace() throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "grace", "seconds": 30])])
        let old = try #require(try desk.link().refresh)
        let next = try #require(try Tokens(desk.refresh(old)).refresh)
        desk.wait(30)
        let again = try #require(try Tokens(desk.refresh(old)).refresh)
        #expect(again != next)
        #expect(desk.story(of: old) == ["issued", "spent", "spent again"])
        desk.wait(1)
        #expect(desk.refresh(old).status == 400)
        #expect(desk.refresh(again).status == 400)
    }

    @Test(
        "graceUntilUsed: the old one is taken until the new one or its access token is used", arguments: [true, false])
    func graceUntilUsed(byAccess: Bool) throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "graceUntilUsed", "capSeconds": 28_800])])
        let old = try #require(try desk.link().refresh)
        _ = try Tokens(desk.refresh(old))
        desk.wait(28_000)
        let next = try Tokens(desk.refresh(old))
        if byAccess {
            #expect(desk.get("/v2/me", bearer: next.access).status == 200)
        } else {
            #expect(desk.refresh(try #require(next.refresh)).status == 200)
        }
        #expect(desk.refresh(old).status == 400)
    }

    @Test("a replay within a grace gets a token of its own, the same as the first or the old one, as the folder says")
    func replay() throws {
        for replay in [nil, "parallel", "same", "old"] as [String?] {
            let plain: JSON = ["policy": "grace", "seconds": 30]
            let rotation = replay.map { word -> JSON in
                ["policy": "grace", "seconds": 30, "replay": .string(word)]
            }
            var desk = try Desk(authorization: [("rotation", rotation ?? plain)])
            let old = try #require(try desk.link().refresh)
            let first = try Tokens(desk.refresh(old))
            desk.wait(10)
            let second = try Tokens(desk.refresh(old))
            #expect(second.access != first.access)
            switch replay {
            case "same": #expect(second.refresh == first.refresh)
            case "old": #expect(second.refresh == old)
            default: #expect(second.refresh != nil && second.refresh != first.refresh && second.refresh != old)
            }
            // When the grace is over, what was given is good, unless it was the old one.
            desk.wait(60)
            let given = try #require(second.refresh)
            #expect(desk.refresh(given).status == (replay == "old" ? 400 : 200), "\(replay ?? "left out")")
        }
    }

    @Test("another word for what a replay gets is a mistake in the folder")
    func replayWord() {
        #expect(throws: (any Error).self) {
            try Desk(authorization: [("rotation", ["policy": "grace", "seconds": 30, "replay": "new"])])
        }
    }

    @Test("graceUntilUsed ends at its cap, used or not")
    func graceCap() throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "graceUntilUsed", "capSeconds": 100])])
        let old = try #require(try desk.link().refresh)
        _ = try Tokens(desk.refresh(old))
        desk.wait(101)
        #expect(desk.refresh(old).status == 400)
    }

    @Test("sometimes: a refresh brings a new token or keeps the old one, and a replaced one is dead")
    func sometimes() throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "sometimes", "every": 2])])
        var token = try #require(try desk.link().refresh)
        var replaced: [String] = []
        var kept = 0
        for _ in 0..<40 {
            if let next = try Tokens(desk.refresh(token)).refresh {
                replaced.append(token)
                token = next
            } else {
                kept += 1
            }
        }
        #expect(replaced.count > 5 && kept > 5)
        #expect(desk.refresh(try #require(replaced.last)).status == 400)
        #expect(desk.refresh(token).status == 400)
    }

    @Test("where reuse is not punished the family lives on")
    func lenient() throws {
        var desk = try Desk(authorization: [("reuseRevokesFamily", false)])
        let old = try #require(try desk.link().refresh)
        let next = try #require(try Tokens(desk.refresh(old)).refresh)
        #expect(desk.refresh(old).status == 400)
        #expect(desk.refresh(next).status == 200)
    }

    @Test("a refresh may ask for less, never for more")
    func narrower() throws {
        var desk = try Desk(authorization: [("rotation", ["policy": "none"])])
        let token = try #require(try desk.link(Desk.request([("scope", "loyalty.read")])).refresh)
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "purser")]
        #expect(try desk.post("/token", fields + [("scope", "loyalty.read openid")]).json()["error"] == "invalid_scope")
        #expect(desk.post("/token", fields + [("scope", "loyalty.read")]).status == 200)
    }

    @Test("an access token dies after its lifetime; without one no expires_in is said")
    func lifetime() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        desk.wait(3599)
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 200)
        desk.wait(1)
        let answer = desk.get("/v2/me", bearer: tokens.access)
        #expect(answer.status == 401)
        #expect(answer.headers["WWW-Authenticate"]?.contains("error=\"invalid_token\"") == true)
        var silent = try Desk(authorization: [("accessTokenSeconds", nil)])
        let endless = try silent.link()
        #expect(endless.json["expires_in"] == nil)
        silent.wait(100 * 86_400)
        #expect(silent.get("/v2/me", bearer: endless.access).status == 200)
    }

    @Test("revoking the refresh token ends the family, the access token only itself, an unknown token is fine")
    func revocation() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let refresh = try #require(tokens.refresh)
        #expect(desk.post("/revoke", [("token", "rt_nobody-knows"), ("client_id", "purser")]).status == 200)
        #expect(desk.post("/revoke", [("token", tokens.access), ("client_id", "purser")]).status == 200)
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 401)
        let next = try Tokens(desk.refresh(refresh))
        #expect(desk.post("/revoke", [("token", try #require(next.refresh)), ("client_id", "purser")]).status == 200)
        #expect(desk.get("/v2/me", bearer: next.access).status == 401)
        #expect(desk.refresh(try #require(next.refresh)).status == 400)
        #expect(desk.post("/revoke", [("token", "x")]).status == 401)
        #expect(desk.post("/revoke", [("client_id", "purser")]).status == 400)
    }

    @Test(
        "a client with a secret authenticates in its one way", arguments: ["client_secret_basic", "client_secret_post"])
    func confidential(_ method: String) throws {
        let client: JSON = [
            "id": "purser", "authentication": .string(method), "secret": "s:e+c r%et",
            "redirectUris": ["http://127.0.0.1/callback/skyways"],
        ]
        var desk = try Desk(authorization: [("clients", [client])])
        let fields = { (code: String) in
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Desk.redirect),
                ("code_verifier", Desk.verifier),
            ]
        }
        let pair = "purser:" + Form.encodeComponent("s:e+c r%et")
        let basic: HTTPHeaders = ["Authorization": "Basic " + Base64.encode(Array(pair.utf8))]
        let post = [("client_id", "purser"), ("client_secret", "s:e+c r%et")]
        let viaBasic = desk.post("/token", fields(try desk.code()), headers: basic)
        let viaPost = desk.post("/token", fields(try desk.code()) + post)
        #expect(viaBasic.status == (method == "client_secret_basic" ? 200 : 401))
        #expect(viaPost.status == (method == "client_secret_post" ? 200 : 401))
        #expect(desk.exchange(try desk.code()).headers["WWW-Authenticate"] == "Basic realm=\"skyways\"")
        let both = desk.post("/token", fields(try desk.code()) + post, headers: basic)
        #expect(try both.json()["error"] == "invalid_request")
    }

    @Test("C95: the ledger counts requests and names the member, client, family and generation of each token")
    func ledger() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let next = try Tokens(desk.refresh(try #require(tokens.refresh)))
        let ledger = try desk.get("/_mock/ledger").json()
        #expect(ledger["requests"]?["token"] == 2)
        let line = ledger["events"]?.array?.first { $0["token"]?.string == next.refresh }
        #expect(line?["kind"] == "refresh")
        #expect(line?["member"] == "sw-1001")
        #expect(line?["client"] == "purser")
        #expect(line?["family"] == 0)
        #expect(line?["generation"] == 2)
        #expect(line?["at"] == .string(desk.now.rfc3339))
        #expect(try desk.get("/_mock/requests").json() == ["requests": try #require(ledger["requests"])])
        #expect(desk.post("/_mock/requests", []).status == 405)
    }
}
