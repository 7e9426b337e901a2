import Crypto
import HTTPServer
import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Signed access tokens of an authorization server that whoever runs the daemon has named.
@Suite("Signed tokens on TCP")
struct SignedTokenTests {
    private static let issuer = "https://id.example"
    private static let ours = "http://127.0.0.1:7878"
    private let key: SigningKey
    private let own: SigningKey
    private let desk: Desk

    init() throws {
        key = try SigningKey.generate(.es256)
        own = try SigningKey.generate(.es256)
        desk = try Self.desk(key)
    }

    private static func desk(_ key: SigningKey, hasKeys: Bool = true) throws -> Desk {
        let file: JSON = [
            "issuer": .string(issuer), "subjects": ["ada"], "scopes": ["balances:read"], "algorithm": "ES256",
        ]
        let found = TrustedIssuer.read("id.json", file.bytes, other: { _ in nil })
        var documents: [String: JSON] = [
            issuer + "/.well-known/openid-configuration": [
                "issuer": .string(issuer), "token_endpoint": .string(issuer + "/token"),
                "jwks_uri": .string(issuer + "/keys"),
            ]
        ]
        if hasKeys { documents[issuer + "/keys"] = ["keys": [key.publicJWK]] }
        return Desk(trusting: [try #require(found.issuer)], documents: documents)
    }

    private func token(_ changes: [(String, JSON?)] = []) throws -> String {
        let seconds = desk.stage.now.seconds
        var claims = JSONObject([
            ("iss", .string(Self.issuer)), ("sub", "ada"), ("aud", .string(Self.ours)), ("client_id", "fridge"),
            ("iat", .int(seconds)), ("exp", .int(seconds + 300)), ("jti", "t-1"), ("scope", "balances:read"),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: key, type: "at+jwt")
    }

    private func bound() throws -> String {
        try token([("cnf", ["jkt": .string(Base64URL.encode(try #require(JWK.thumbprint(own.publicJWK))))])])
    }

    private func proof(_ token: String, _ path: String = "/v1/accounts", _ id: String = "p-1") throws -> String {
        let claims: JSON = [
            "jti": .string(id), "htm": "GET", "htu": .string(Self.ours + path), "iat": .int(desk.stage.now.seconds),
            "ath": .string(Base64URL.encode(Hash.sha256(Array(token.utf8)))),
        ]
        return try JWS.sign(claims.bytes, with: own, type: "dpop+jwt", showsKey: true)
    }

    private func incoming(_ scheme: String, _ token: String, proof: String? = nil) -> IncomingRequest {
        var headers: HTTPHeaders = ["Authorization": "\(scheme) \(token)"]
        if let proof { headers["DPoP"] = proof }
        return Desk.incoming("GET", "/v1/accounts", headers: headers)
    }

    @Test("a token of the issuer reads what its scope reaches, and neither changes nor begins anything")
    func reads() throws {
        let token = try token([("scope", "balances:read entries:read admin links:manage")])
        #expect(desk.tcp("GET", "/v1/accounts", token: token).status == 200)
        #expect(desk.tcp("GET", "/v1/links", token: token).status == 200)
        for (method, path) in [
            ("GET", "/v1/accounts/acc_aaaa/entries"), ("POST", "/v1/sync"), ("GET", "/v1/tokens"),
            ("POST", "/v1/tokens"), ("GET", "/v1/status"), ("POST", "/v1/links"),
        ] {
            let response = desk.tcp(method, path, token: token)
            #expect(response.status == 403, "\(method) \(path)")
            #expect(response.headers["WWW-Authenticate"]?.contains("insufficient_scope") == true)
        }
        #expect(desk.tcp("GET", "/v1/accounts", token: try self.token([("scope", nil)])).status == 403)
    }

    @Test("C81: any other: 401, with what is wrong with it in words, and nothing of it in the log")
    func refused() throws {
        let rows: [([(String, JSON?)], String)] = [
            ([("aud", "http://127.0.0.1:7879")], "aud"), ([("sub", "bruno")], "sub"), ([("exp", 1)], "expired"),
            ([("iss", "https://other.example")], "iss"), ([("jti", nil)], "jti"), ([("client_id", nil)], "client_id"),
        ]
        for (number, (changes, words)) in rows.enumerated() {
            let token = try token(changes)
            let response = desk.ask(Desk.incoming("GET", "/v1/accounts", token: token, from: "192.0.2.\(number)"))
            #expect(response.status == 401, "\(changes)")
            #expect(Problem(desk.json(response))?.detail?.contains(words) == true, "\(changes)")
            #expect(response.headers["WWW-Authenticate"]?.contains("error=\"invalid_token\"") == true)
            #expect(!desk.stage.logLines.contains { $0.contains(token.suffix(20)) })
        }
    }

    @Test(
        "C82: a bound token comes with a proof of its key, once; as a Bearer token, or with another proof, it opens nothing"
    )
    func proofs() throws {
        let (bound, free) = (try bound(), try token())
        let proof = try proof(bound)
        let other = try self.proof(bound, "/v1/links", "p-2")
        let all = desk.ask([
            incoming("DPoP", bound, proof: proof), incoming("DPoP", bound, proof: proof), incoming("dpop", bound),
            incoming("Bearer", bound, proof: try self.proof(bound, "/v1/accounts", "p-3")),
            incoming("DPoP", bound, proof: other), incoming("DPoP", free, proof: try self.proof(free)),
            incoming("DPoP", bound, proof: try self.proof(bound, "/v1/accounts", "p-4")),
        ])
        #expect(all.map(\.status) == [200, 401, 401, 401, 401, 401, 200])
        #expect(all[1].headers["WWW-Authenticate"]?.contains("DPoP algs=\"ES256 EdDSA Ed25519\"") == true)
        // A token of our own is none of a key's.
        #expect(desk.ask(incoming("DPoP", desk.token("admin"), proof: proof)).status == 401)
    }

    @Test("while its issuer's keys are out of reach nobody can tell: 503, and not counted as a wrong token")
    func unreachable() throws {
        let desk = try Self.desk(key, hasKeys: false)
        let token = try token()
        for _ in 0..<30 {
            let response = desk.tcp("GET", "/v1/accounts", token: token)
            #expect(response.status == 503 && Problem(desk.json(response))?.kind == .issuerUnavailable)
        }
    }

    @Test("whoever asks too often waits, by person and client")
    func often() throws {
        let mine = desk.ask((0..<101).map { _ in Desk.incoming("GET", "/v1/links", token: (try? token()) ?? "") })
        #expect(mine.dropLast().allSatisfy { $0.status == 200 } && mine.last?.status == 429)
        #expect(desk.tcp("GET", "/v1/links", token: try token([("client_id", "clock")])).status == 200)
    }

    @Test("what the API is called and whose tokens it takes is told to everybody; a challenge says where (RFC 9728)")
    func metadata() throws {
        let path = "/.well-known/oauth-protected-resource"
        let told = desk.json(desk.tcp("GET", path))
        #expect(told["resource"]?.string == Self.ours && told["authorization_servers"]?[0]?.string == Self.issuer)
        #expect(desk.tcp("GET", path, host: "rebound.example").status == 421)
        let absent = desk.tcp("GET", "/v1/accounts")
        #expect(absent.headers["WWW-Authenticate"]?.contains("resource_metadata=\"\(Self.ours)\(path)\"") == true)
        let alone = Desk(publicURL: "https://purser.example")
        let named = alone.json(alone.tcp("GET", path, host: "purser.example"))
        #expect(named["resource"]?.string == "https://purser.example" && named["authorization_servers"] == nil)
        #expect(desk.json(desk.socket("GET", "/v1/status"))["tokensOf"]?[0]?.string == Self.issuer)
    }
}
