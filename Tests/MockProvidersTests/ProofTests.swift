import Crypto
import Testing
import Wire

@testable import MockProviders

/// What a resource server that binds tokens to keys must refuse (RFC 9449 4.3, 7.1): the pretended one does, or the client's
/// own proofs would have been held against nothing.
@Suite("Proofs at a mock's API")
struct ProofTests {
    private var desk: Desk
    private let key: SigningKey
    private let access: String

    init() throws {
        key = try SigningKey.generate(.ed25519)
        var desk = try Desk(authorization: [("dpop", ["required": true, "nonces": "none", "algorithms": ["Ed25519"]])])
        let code = try desk.code(Desk.request([("dpop_jkt", key.thumbprint)]))
        let proof = try Self.proof([("htm", "POST"), ("htu", .string(Desk.issuer + "/token"))], by: key, desk.now)
        let answer = desk.post(
            "/token",
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Desk.redirect),
                ("client_id", "purser"), ("code_verifier", Desk.verifier),
            ], headers: ["DPoP": proof])
        access = try Tokens(answer).access
        self.desk = desk
    }

    private static func proof(
        _ changes: [(String, JSON?)], by key: SigningKey, _ now: Instant, type: String = "dpop+jwt",
        showsKey: Bool = true
    ) throws -> String {
        var claims = JSONObject([
            ("jti", .string("proof \(changes.count) \(changes.map(\.0))")), ("iat", .int(now.seconds)), ("htm", "GET"),
            ("htu", .string(Desk.issuer + "/v2/me")),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: key, type: type, showsKey: showsKey)
    }

    /// The answer to a request for the member's own page.
    private mutating func me(_ proofs: [String], scheme: String = "DPoP") -> HTTPResponse {
        var headers: HTTPHeaders = ["Authorization": "\(scheme) \(access)"]
        for proof in proofs { headers.append("DPoP", proof) }
        return desk.send(HTTPRequest("GET", "/v2/me", headers: headers)).response
    }

    private var ath: JSON { .string(Base64URL.encode(Hash.sha256(Array(access.utf8)))) }

    @Test("C82: the token with a proof of its key for this request is taken, and the same proof never again")
    mutating func good() throws {
        let proof = try Self.proof([("ath", ath)], by: key, desk.now)
        #expect(me([proof]).status == 200)
        let again = me([proof])
        #expect(again.status == 401 && again.headers["WWW-Authenticate"]?.contains("shown before") == true)
    }

    @Test("C82: another token, method, address, time or key, no key, two proofs or none, and Bearer: 401 each")
    mutating func refused() throws {
        let now = desk.now.seconds
        let rows: [(String, [(String, JSON?)])] = [
            ("another access token", [("ath", "LDktKdoQak3Pk0cnXxCltA")]), ("another access token", [("ath", nil)]),
            ("another request", [("ath", ath), ("htm", "POST")]), ("another request", [("ath", ath), ("htm", "get")]),
            ("another request", [("ath", ath), ("htu", "http://127.0.0.1:7901/v2/other")]),
            ("another request", [("ath", ath), ("htu", "https://evil.example/v2/me")]),
            ("too old", [("ath", ath), ("iat", .int(now - 61))]), ("too old", [("ath", ath), ("iat", .int(now + 61))]),
            ("too old", [("ath", ath), ("iat", nil)]), ("no jti", [("ath", ath), ("jti", nil)]),
            ("no jti", [("ath", ath), ("jti", "")]),
        ]
        for (words, changes) in rows {
            let response = me([try Self.proof(changes, by: key, desk.now)])
            #expect(response.status == 401, "\(changes)")
            #expect(response.headers["WWW-Authenticate"]?.contains(words) == true, "\(changes)")
        }
        let other = try SigningKey.generate(.ed25519)
        #expect(me([try Self.proof([("ath", ath)], by: other, desk.now)]).status == 401)
        #expect(me([try Self.proof([("ath", ath)], by: key, desk.now, showsKey: false)]).status == 401)
        #expect(me([try Self.proof([("ath", ath)], by: key, desk.now, type: "JWT")]).status == 401)
        #expect(me([]).status == 401)
        let pair = [
            try Self.proof([("ath", ath), ("a", 1)], by: key, desk.now),
            try Self.proof([("ath", ath), ("b", 1)], by: key, desk.now),
        ]
        #expect(me(pair).status == 401)
        #expect(me([try Self.proof([("ath", ath), ("c", 1)], by: key, desk.now)], scheme: "Bearer").status == 401)
        #expect(me([try Self.proof([("ath", ath), ("d", 1)], by: key, desk.now)]).status == 200)
    }
}
