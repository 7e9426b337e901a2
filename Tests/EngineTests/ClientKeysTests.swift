import Crypto
import Testing
import Wire

@testable import PurserEngine

/// Keys that a client proves itself with, and the proofs made with them.
@Suite struct ClientKeysTests {
    @Test("A set that was made here comes back from its secret, and publishes nothing private")
    func roundTrip() throws {
        let made = ClientKeys(keys: [try SigningKey.generate(.es256), try SigningKey.generate(.edDSA)])
        let back = try #require(ClientKeys(try made.secret()))
        #expect(back.keys.map(\.kid) == made.keys.map(\.kid))
        #expect(back.published == made.published)
        let text = made.published.text
        for member in ["\"d\"", "pkcs8"] { #expect(!text.contains(member)) }
        #expect(made.published["keys"]?.array?.count == 2)
        #expect(Set(made.keys.map(\.kid)).count == 2, "distinct key ids")
    }

    @Test("A key that was given keeps the name that the provider knows it by, whatever stands in it")
    func names() throws {
        let text = try #require(Fixture.shipped("railpass/client-keys.json"))
        let given = try #require(ClientKeys(Secret(text)))
        let back = try #require(ClientKeys(try given.secret()))
        #expect(back.keys.map(\.kid) == ["purser-railpass-1"])
        #expect(back.published == given.published && given.published["keys"]?[0]?["kid"] == "purser-railpass-1")
        let pkcs8 = try given.keys[0].pkcs8()
        let odd = try #require(SigningKey(pkcs8: pkcs8, algorithm: .edDSA, kid: "a\"b\\c"))
        #expect(ClientKeys(try ClientKeys(keys: [odd]).secret())?.keys.map(\.kid) == ["a\"b\\c"])
    }

    @Test(
        "What is no whole set of private keys is none",
        arguments: [
            "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AA"}]}"#,
            #"{"keys":[{"alg":"ES256","pkcs8":"AA"}]}"#,
        ])
    func broken(_ text: String) { #expect(ClientKeys(Secret(text)) == nil) }

    @Test("C72: an assertion has one audience, a short life and a new jti each time")
    func assertion() throws {
        let key = try SigningKey.generate(.es256)
        let assertion = RequestSigning.Assertion(key: key, client: "purser", audience: Fixture.issuer)
        let randomness = CountingRandomness()
        var seen: Set<String> = []
        for _ in 0..<3 {
            let form = try #require(Form(parsing: try assertion.parameters(now: Fixture.now, randomness)))
            #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            let keys = try JWKSet(["keys": [key.publicJWK]])
            let checked = try JWS.verify(try #require(form["client_assertion"]), keys: keys, allowed: [.es256])
            let claims = try JSON.parse(checked.payload)
            #expect(claims["aud"]?.string == Fixture.issuer, "a text, not a list")
            #expect(claims["iss"]?.string == "purser" && claims["sub"]?.string == "purser")
            #expect(claims["exp"] == .int(Fixture.now.seconds + 60) && claims["iat"] == .int(Fixture.now.seconds))
            seen.insert(try #require(claims["jti"]?.string))
        }
        #expect(seen.count == 3)
    }

    static let offered: [([String]?, SignatureAlgorithm?)] = [
        (nil, .es256), (["ES256"], .es256), (["ES256", "EdDSA"], .edDSA), (["RS256", "PS256"], nil), ([], nil),
    ]

    @Test("C71: a proof key is of an algorithm that the server takes", arguments: offered)
    func algorithms(_ offered: [String]?, _ algorithm: SignatureAlgorithm?) {
        #expect(ProofKey(for: offered, CountingRandomness())?.key.algorithm == algorithm)
    }

    static let targets: [(String, String)] = [
        ("https://api.example/v1/me?a=b", "https://api.example/v1/me"),
        ("https://API.example:443/v1/me", "https://api.example/v1/me"),
        ("https://api.example:8443/v1/%7Eme#x", "https://api.example:8443/v1/%7Eme"),
        ("https://api.example", "https://api.example/"),
    ]

    @Test("C70: a proof names its method, and its address without query and fragment", arguments: targets)
    func target(_ asked: String, _ named: String) throws {
        let key = try #require(ProofKey(for: ["EdDSA"], CountingRandomness()))
        var request = ProviderRequest("POST", try #require(URI(asked)))
        request.prove(key, access: Secret("at"))
        let signed = try request.signed(nonce: "n-1", now: Fixture.now, CountingRandomness())
        #expect(signed.signing == nil)
        let proof = try JWS.proof(
            try #require(signed.headers["DPoP"]), type: "dpop+jwt", allowed: [.edDSA])
        let claims = try JSON.parse(proof.payload)
        #expect(claims["htu"]?.string == named && claims["htm"]?.string == "POST")
        #expect(claims["nonce"]?.string == "n-1" && claims["iat"] == .int(Fixture.now.seconds))
        #expect(claims["ath"]?.string == Base64URL.encode(Hash.sha256(Fixture.bytes("at"))))
        #expect(proof.thumbprint == key.thumbprint)
    }

    @Test("A token comes back from its seal with the key it is bound to, and a Bearer token without one")
    func held() throws {
        let key = try #require(ProofKey(for: ["ES256"], CountingRandomness()))
        let bound = try #require(HeldToken(kept: HeldToken(Secret("token"), key).kept))
        #expect(bound.secret == Secret("token") && bound.proofKey?.thumbprint == key.thumbprint)
        let bare = try #require(HeldToken(kept: HeldToken(Secret("token"), nil).kept))
        #expect(bare.secret == Secret("token") && bare.proofKey == nil)
        #expect(HeldToken(kept: Secret(copying: [0, 1, 2, 3])) == nil, "a key cut short is no token")
    }

    static let challenges: [(HTTPHeaders, String?)] = [
        (["DPoP-Nonce": "abc"], "abc"), ([:], nil), (["DPoP-Nonce": ""], nil), (["DPoP-Nonce": "a b"], nil),
        (["DPoP-Nonce": "a\"b"], nil), (["DPoP-Nonce": "a", "dpop-nonce": "b"], nil),
        (["DPoP-Nonce": String(repeating: "n", count: 1024)], String(repeating: "n", count: 1024)),
        (["DPoP-Nonce": String(repeating: "n", count: 1025)], nil),
    ]

    @Test("C66: a nonce is one header of the characters allowed, or none", arguments: challenges)
    func nonces(_ headers: HTTPHeaders, _ nonce: String?) {
        #expect(NonceChallenge.nonce(HTTPResponse(status: 200, headers: headers)) == nonce)
    }

    @Test("C66, C67, C69: only a challenge with a nonce, to a request with a proof, is answered again")
    func asks() throws {
        let key = try #require(ProofKey(for: ["EdDSA"], CountingRandomness()))
        let plain = ProviderRequest("POST", try #require(URI("https://as.example/token")))
        var (server, resource) = (plain, plain)
        server.prove(key, access: nil)
        resource.prove(key, access: Secret("at"))
        func answer(_ status: Int, _ body: String, _ headers: HTTPHeaders) -> HTTPResponse {
            HTTPResponse(status: status, headers: headers, body: Fixture.bytes(body))
        }
        let atServer = answer(400, #"{"error":"use_dpop_nonce"}"#, ["DPoP-Nonce": "n"])
        let atResource = answer(
            401, "{}", ["DPoP-Nonce": "n", "WWW-Authenticate": #"Bearer, dPoP error="use_dpop_nonce", algs="ES256""#])
        #expect(NonceChallenge.asks(atServer, of: server) && NonceChallenge.asks(atResource, of: resource))
        #expect(!NonceChallenge.asks(atServer, of: plain) && !NonceChallenge.asks(atResource, of: plain))
        #expect(!NonceChallenge.asks(atServer, of: resource) && !NonceChallenge.asks(atResource, of: server))
        #expect(!NonceChallenge.asks(answer(400, #"{"error":"use_dpop_nonce"}"#, [:]), of: server))
        #expect(!NonceChallenge.asks(answer(200, #"{"error":"use_dpop_nonce"}"#, ["DPoP-Nonce": "n"]), of: server))
        #expect(!NonceChallenge.asks(answer(403, #"{"error":"use_dpop_nonce"}"#, ["DPoP-Nonce": "n"]), of: server))
        #expect(NonceChallenge.asks(answer(401, #"{"error":"use_dpop_nonce"}"#, ["DPoP-Nonce": "n"]), of: server))
        for status in [200, 400, 403] {
            let other = HTTPResponse(status: status, headers: atResource.headers, body: atResource.body)
            #expect(!NonceChallenge.asks(other, of: resource), "ignored beside HTTP \(status)")
        }
        #expect(!NonceChallenge.asks(answer(400, #"{"error":"invalid_grant"}"#, ["DPoP-Nonce": "n"]), of: server))
    }

    static let pushes: [(Int, String, PushedRequest)] = [
        (201, #"{"request_uri":"urn:a","expires_in":60}"#, .taken(reference: "urn:a", seconds: 60)),
        (201, #"{"request_uri":"urn:a","expires_in":1000000}"#, .taken(reference: "urn:a", seconds: 86_400)),
        (
            201, #"{"request_uri":"\#(String(repeating: "u", count: 2048))","expires_in":60}"#,
            .taken(reference: String(repeating: "u", count: 2048), seconds: 60)
        ),
        (400, #"{"error":"invalid_request"}"#, .refused(OAuthError(["error": "invalid_request"])!)),
        (
            201, #"{"error":"invalid_scope","request_uri":"urn:a","expires_in":60}"#,
            .refused(OAuthError(["error": "invalid_scope"])!)
        ),
    ]

    @Test("C42: an answer to a push is taken only whole", arguments: pushes)
    func pushed(_ status: Int, _ body: String, _ expected: PushedRequest) {
        #expect(PushedRequest.decide(HTTPResponse(status: status, body: Fixture.bytes(body))) == expected)
    }

    @Test(
        "C42: anything else is refused",
        arguments: [
            (200, #"{"request_uri":"urn:a","expires_in":60}"#), (201, #"{"request_uri":"urn:a"}"#),
            (201, #"{"request_uri":"","expires_in":60}"#), (201, #"{"request_uri":"a b","expires_in":60}"#),
            (201, #"{"request_uri":"urn:a","expires_in":0}"#), (201, #"{"request_uri":"urn:a","expires_in":"60"}"#),
            (201, #"{"request_uri":"\#(String(repeating: "u", count: 2049))","expires_in":60}"#),
            (201, "[]"), (201, ""), (302, ""), (500, "no"),
        ])
    func notPushed(_ status: Int, _ body: String) {
        guard case .broken = PushedRequest.decide(HTTPResponse(status: status, body: Fixture.bytes(body))) else {
            return #expect(Bool(false))
        }
    }
}
