import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("Tokens on TCP")
struct TokenTests {
    private let desk = Desk()

    private func kind(_ response: HTTPResponse) -> Problem.Kind? { Problem(desk.json(response))?.kind }

    private static func challenge(_ error: String = "") -> String {
        "Bearer realm=\"purser\"" + error
            + ", resource_metadata=\"http://127.0.0.1:7878/.well-known/oauth-protected-resource\""
    }

    @Test("a token is shown once, is known when seen, and lets in; only its hash is kept")
    func shownOnce() throws {
        let made = try #require(desk.made(["balances:read"]))
        #expect(made.token.hasPrefix("purser_") && made.token.count == 7 + 52)
        #expect(desk.tcp("GET", "/v1/accounts", token: made.token).status == 200)
        let listed = desk.socket("GET", "/v1/tokens")
        #expect(TokenShown(desk.json(listed)["tokens"]?[0] ?? .null)?.id == made.shown.id)
        #expect(!String(decoding: listed.body, as: UTF8.self).contains(made.token))
        let kept = try desk.stage.read { reads throws(StoreError) in try reads.tokens(.first) }
        #expect(kept.map(\.hash) == [APIToken.hash(of: made.token)])
        #expect(!"\(kept)".contains(made.token))
        #expect(!desk.stage.logLines.contains { $0.contains(made.token) })
    }

    @Test(
        "C77, C80, C81, C82: what is no token: 401 with a challenge; an error code only where something was shown",
        arguments: [
            (nil, false), ("", false), ("Basic cHVyc2VyOng=", false), ("Digest x", false), ("Bearer", true),
            ("Bearer ", true), ("Bearer a b", true), ("bearer purser_", true), ("Bearer purser_wrong", true),
            ("BEARER purser_" + String(repeating: "a", count: 52), true), ("Bearer \"x\"", true),
            // Tokens of others, signed or not, and proofs: nothing here introspects them or believes what they say.
            ("Bearer eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.eyJhdWQiOiJwdXJzZXIiLCJzdWIiOiJhIn0.", true),
            ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJhY3RpdmUiOnRydWV9.AQ", true),
            // cnf, with two members, malformed.
            ("Bearer eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJjbmYiOnsiamt0IjoiYWJjIn19.AQ", true),
            ("Bearer eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJjbmYiOnsiamt0IjoiYSIsIng1dCNTMjU2IjoiYiJ9fQ.AQ", true),
            ("Bearer eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJjbmYiOnsiamt0Ijo3fX0.AQ", true),
            ("Bearer 2YotnFZFEjr1zCsicMWpAA", true), ("DPoP eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AQ", false),
        ] as [(String?, Bool)])
    func absentOrWrong(_ field: String?, _ hasCode: Bool) {
        var headers = HTTPHeaders()
        if let field { headers["Authorization"] = field }
        let response = desk.tcp("GET", "/v1/accounts", headers: headers)
        #expect(response.status == 401)
        let challenge = response.headers["WWW-Authenticate"]
        #expect(challenge == Self.challenge(hasCode ? ", error=\"invalid_token\"" : ""))
    }

    @Test(
        "C82: a token of ours is a Bearer token: under another scheme it opens nothing, and a proof beside it adds nothing"
    )
    func otherScheme() {
        let token = desk.token("balances:read")
        for scheme in ["DPoP", "dpop", "MAC", "Basic", "Token", "Bearer-DPoP"] {
            let response = desk.tcp("GET", "/v1/accounts", headers: ["Authorization": "\(scheme) \(token)"])
            #expect(response.status == 401, "\(scheme)")
            #expect(response.headers["WWW-Authenticate"] == Self.challenge())
        }
        let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVkRFNBIn0.e30.AQ"
        #expect(desk.tcp("GET", "/v1/accounts", headers: ["DPoP": proof]).status == 401)
        #expect(desk.tcp("GET", "/v1/accounts", token: token, headers: ["DPoP": proof]).status == 200)
        #expect(desk.tcp("GET", "/v1/links", token: "purser_wrong", headers: ["DPoP": proof]).status == 401)
    }

    @Test("C80: the scheme's name is read in any case, and with more than one space")
    func scheme() {
        let token = desk.token("balances:read")
        for field in ["bearer \(token)", "BEARER  \(token)", "Bearer \(token)"] {
            #expect(desk.tcp("GET", "/v1/accounts", headers: ["Authorization": field]).status == 200)
        }
    }

    @Test(
        "C80, C83: a token in the address, or two headers: refused, whatever the header says",
        arguments: ["?access_token=x", "?a=1&access_token=", "?access_token", "?a=%zz&access_token=x"])
    func address(_ query: String) {
        let token = desk.token("admin")
        let response = desk.tcp("GET", "/v1/accounts" + query, token: token)
        #expect(response.status == 400)
        #expect(Problem(desk.json(response))?.detail?.contains("revoke it") == true)
        var twice: HTTPHeaders = ["Authorization": "Bearer \(token)"]
        twice.append("Authorization", "Bearer \(token)")
        #expect(desk.tcp("GET", "/v1/accounts", headers: twice).status == 400)
    }

    /// Which scope reaches which route: one call of each kind.
    static let reach: [(scope: String, reaches: Set<String>)] = [
        ("balances:read", ["GET /v1/accounts", "GET /v1/links"]),
        ("numbers:read", ["GET /v1/accounts", "GET /v1/links"]),
        ("entries:read", ["GET /v1/accounts", "GET /v1/links", "GET /v1/accounts/acc_aaaa/entries"]),
        ("links:manage", ["GET /v1/links", "GET /v1/providers", "POST /v1/sync"]),
        (
            "admin",
            [
                "GET /v1/accounts", "GET /v1/links", "GET /v1/accounts/acc_aaaa/entries", "GET /v1/providers",
                "POST /v1/sync", "GET /v1/status", "GET /v1/tokens",
            ]
        ),
    ]

    @Test("each scope reaches what it says and nothing else; the problem names the scope that would", arguments: reach)
    func scopes(_ scope: String, _ reaches: Set<String>) {
        let token = desk.token(scope)
        for call in Self.reach.last?.reaches ?? [] {
            let words = call.split(separator: " ").map(String.init)
            let response = desk.tcp(words[0], words[1], token: token)
            guard !reaches.contains(call) else {
                #expect(![401, 403].contains(response.status), "\(scope) does not reach \(call)")
                continue
            }
            let problem = Problem(desk.json(response))
            #expect(response.status == 403 && problem?.kind == .insufficientScope, "\(scope) reaches \(call)")
            #expect(problem?.scope.map { response.headers["WWW-Authenticate"]?.contains("scope=\"\($0)\"") } == true)
            #expect(response.headers["WWW-Authenticate"]?.contains("error=\"insufficient_scope\"") == true)
            #expect(problem?.title.contains(problem?.scope ?? "?") == true)
        }
    }

    @Test("numbers and names are masked without numbers:read, in the list and alone; the tag differs")
    func masked() throws {
        _ = desk.linked()
        let (low, high) = (desk.token("balances:read"), desk.token("numbers:read"))
        let (masked, full) = (desk.tcp("GET", "/v1/accounts", token: low), desk.tcp("GET", "/v1/accounts", token: high))
        let (a, b) = (desk.json(masked)["accounts"], desk.json(full)["accounts"])
        let number = try #require(b?[0]?["membership"]?["number"]?.string)
        let holder = try #require(b?[0]?["membership"]?["holder"]?.string)
        #expect(!number.contains("•") && holder.contains("Ada"))
        #expect(a?[0]?["membership"]?["number"]?.string?.contains("•") == true)
        let text = String(decoding: masked.body, as: UTF8.self)
        #expect(!text.contains(number) && !text.contains(holder))
        #expect(masked.headers["ETag"] != full.headers["ETag"])
        let id = a?[0]?["id"]?.string ?? ""
        #expect(desk.json(desk.tcp("GET", "/v1/accounts/\(id)", token: low)) == a?[0])
        #expect(desk.json(desk.tcp("GET", "/v1/accounts/\(id)", token: high)) == b?[0])
        #expect(masked.headers["Vary"] == "Authorization")
    }

    @Test("a tag of one sight never makes another's answer a 304")
    func tags() {
        _ = desk.linked()
        let tokens = [
            desk.token("balances:read"), desk.token("numbers:read"),
            desk.token("balances:read", programmes: ["skyways"]), desk.token("numbers:read", programmes: ["skyways"]),
        ]
        let tags = tokens.map { desk.tcp("GET", "/v1/accounts", token: $0).headers["ETag"] ?? "" }
        #expect(Set(tags).count == 4)
        for (at, token) in tokens.enumerated() {
            for (other, tag) in tags.enumerated() {
                let headers: HTTPHeaders = ["If-None-Match": tag]
                let status = desk.tcp("GET", "/v1/accounts", token: token, headers: headers).status
                #expect(status == (at == other ? 304 : 200))
            }
        }
    }

    @Test("revoked is refused at once, and a second revocation finds nothing")
    func revoked() throws {
        let made = try #require(desk.made(["balances:read"]))
        #expect(desk.tcp("GET", "/v1/accounts", token: made.token).status == 200)
        #expect(TokenShown(desk.json(desk.socket("DELETE", "/v1/tokens/\(made.shown.id)")))?.id == made.shown.id)
        let response = desk.tcp("GET", "/v1/accounts", token: made.token)
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"]?.contains("invalid_token") == true)
        #expect(desk.socket("DELETE", "/v1/tokens/\(made.shown.id)").status == 404)
        #expect(desk.socket("DELETE", "/v1/tokens/tok_aaaa").status == 404)
        #expect(desk.socket("DELETE", "/v1/tokens/lnk_aaaa").status == 404)
    }

    @Test("expired is refused like wrong, is still listed for a while, and goes when another is made")
    func expired() throws {
        let made = try #require(desk.made(["balances:read"], expires: "1h"))
        #expect(desk.tcp("GET", "/v1/accounts", token: made.token).status == 200)
        desk.stage.run(seconds: 3600)
        let response = desk.tcp("GET", "/v1/accounts", token: made.token)
        #expect(response.headers["WWW-Authenticate"]?.contains("invalid_token") == true && response.status == 401)
        func listed() -> [String?] {
            (desk.json(desk.socket("GET", "/v1/tokens"))["tokens"]?.array ?? []).map { $0["id"]?.string }
        }
        #expect(listed() == [made.shown.id])
        desk.stage.run(seconds: 2 * 86_400)
        let second = try #require(desk.made(["balances:read"]))
        #expect(listed() == [second.shown.id])
    }

    @Test("last used: to the minute, written in the background, and not by whoever is refused")
    func lastUsed() throws {
        let made = try #require(desk.made(["balances:read"], expires: "1d"))
        func lastUsed() -> Instant? {
            TokenShown(desk.json(desk.socket("GET", "/v1/tokens"))["tokens"]?[0] ?? .null)?.lastUsedAt
        }
        #expect(lastUsed() == nil)
        #expect(desk.tcp("GET", "/v1/accounts", token: made.token).status == 200)
        desk.stage.run(seconds: 1)
        let first = try #require(lastUsed())
        desk.stage.run(seconds: 30)
        _ = desk.tcp("GET", "/v1/accounts", token: made.token)
        desk.stage.run(seconds: 1)
        #expect(lastUsed() == first)
        desk.stage.run(seconds: 30)
        _ = desk.tcp("GET", "/v1/accounts", token: made.token)
        desk.stage.run(seconds: 1)
        let second = try #require(lastUsed())
        #expect(second.milliseconds(since: first) >= 60_000)
        desk.stage.run(seconds: 86_400)
        _ = desk.tcp("GET", "/v1/accounts", token: made.token)
        desk.stage.run(seconds: 1)
        #expect(lastUsed() == second)
    }

    @Test("a token that asks without end is told when to come again, and others go on")
    func rate() {
        let (eager, calm) = (desk.token("balances:read"), desk.token("balances:read"))
        let answers = desk.ask((0..<120).map { _ in Desk.incoming("GET", "/v1/links", token: eager) })
        #expect(answers.prefix(100).allSatisfy { $0.status == 200 })
        #expect(answers.dropFirst(100).allSatisfy { $0.status == 429 })
        let last = answers.last
        #expect(last.flatMap { kind($0) } == .tooManyRequests)
        #expect(last?.headers["Retry-After"] == "1")
        #expect(desk.tcp("GET", "/v1/links", token: calm).status == 200)
        desk.stage.run(seconds: 1)
        #expect(desk.tcp("GET", "/v1/links", token: eager).status == 200)
    }

    @Test("an address that guesses is told to wait; a good token from the same address is let in all the same")
    func guessing() {
        let good = desk.token("balances:read")
        func guess(_ peer: String, _ number: Int) -> HTTPResponse {
            let text = "purser_" + String(repeating: "abcdefgh"[number % 8], count: 52)
            return desk.tcp("GET", "/v1/links", token: text, from: peer)
        }
        let statuses = (0..<20).map { guess("192.0.2.7", $0).status }
        #expect(statuses.prefix(10).allSatisfy { $0 == 401 })
        #expect(statuses.last == 429)
        #expect((guess("192.0.2.7", 1).headers["Retry-After"].flatMap { Int($0) } ?? 0) > 0)
        #expect(desk.tcp("GET", "/v1/links", token: good, from: "192.0.2.7").status == 200)
        #expect(guess("192.0.2.8", 1).status == 401)
        // One host has as many addresses of its /64 as it likes.
        for number in 0..<20 { _ = guess("2001:db8::\(number + 1)", number) }
        #expect(guess("2001:db8::ffff", 1).status == 429)
        #expect(guess("2001:db8:0:1::1", 1).status == 401)
        #expect(desk.stage.logLines.count { $0.contains("wrong token") } <= 32)
    }

    @Test("guesses from many addresses do not fill the log")
    func manyGuessers() {
        let guess = APIToken.prefix + String(repeating: "a", count: 52)
        let answers = desk.ask(
            (0..<300).map { Desk.incoming("GET", "/v1/links", token: guess, from: "10.0.\($0 / 250).\($0 % 250)") })
        #expect(answers.allSatisfy { $0.status == 401 })
        #expect(desk.stage.logLines.count { $0.contains("wrong token") } == 60)
    }

    @Test("as many tokens as allowed, then a problem, until one is revoked")
    func many() throws {
        var ids: [String] = []
        while let made = desk.made(["balances:read"]), ids.count < 200 { ids.append(made.shown.id) }
        #expect(ids.count == Limits.tokens)
        let refused = desk.socket("POST", "/v1/tokens", body: ["scopes": ["admin"]])
        #expect(refused.status == 409)
        #expect(kind(refused) == .tooMany)
        #expect(desk.socket("DELETE", "/v1/tokens/\(ids[0])").status == 200)
        #expect(desk.made(["balances:read"]) != nil)
    }
}

extension String {
    fileprivate subscript(at: Int) -> Character { self[index(startIndex, offsetBy: at)] }
}
