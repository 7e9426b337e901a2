import Crypto
import TestSupport
import Testing
import Wire

@Suite("Signed tokens", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct TokenTests {
    /// The RSA key of RFC 7520, whole.
    private func privateJWK() throws -> JSONObject {
        try #require(try Vectors.json("jose-cookbook/jwk/3_4.rsa_private_key.json").object)
    }

    private func key(_ change: (inout JSONObject) -> Void = { _ in }) throws -> SigningKey {
        var jwk = try privateJWK()
        change(&jwk)
        return try #require(SigningKey(privateJWK: .object(jwk)))
    }

    /// A token with any header, properly signed.
    private func token(_ header: String, _ payload: String = "{}", by key: SigningKey) throws -> String {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }

    private func refusal(
        _ token: String, _ keys: JWKSet, allowed: Set<SignatureAlgorithm> = [.rs256]
    ) -> JWSError? {
        do throws(JWSError) {
            _ = try JWS.verify(token, keys: keys, allowed: allowed)
            return nil
        } catch {
            return error
        }
    }

    @Test("What was signed verifies, with each algorithm", arguments: SignatureAlgorithm.allCases)
    func roundTrip(algorithm: SignatureAlgorithm) throws {
        let key = try key { $0["alg"] = .string(algorithm.rawValue) }
        let payload = Array(#"{"sub":"1"}"#.utf8)
        let token = try JWS.sign(payload, with: key)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let jws = try JWS.verify(token, keys: keys, allowed: [algorithm])
        #expect(jws.payload == payload && jws.algorithm == algorithm && jws.kid == key.kid)
        #expect(try JWS.sign(payload, with: key) == token, "PKCS#1 v1.5 draws nothing")
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(refusal(token, keys, allowed: [other]) == .algorithmNotAllowed)
        }
    }

    @Test("Every changed character breaks the token")
    func changed() throws {
        let key = try key()
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let token = Array(try token(#"{"alg":"RS256"}"#, by: key).utf8)
        for at in token.indices {
            var broken = token
            broken[at] = broken[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(refusal(String(decoding: broken, as: UTF8.self), keys) != nil, "character \(at)")
        }
    }

    @Test("What is not three parts of base64url with a JSON object first is malformed")
    func malformed() throws {
        let key = try key()
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let good = try token(#"{"alg":"RS256"}"#, by: key)
        #expect(refusal(good, keys) == nil)
        let parts = good.split(separator: ".").map(String.init)
        let broken = [
            "", ".", "..", parts[0] + "." + parts[1], good + ".", "." + good, good + ".e30", good + "=", " " + good,
            good + "\n",
            good.replacing(".", with: ". "), parts[0] + "..", "e30." + parts[1] + "." + parts[2],
            try token("[]", by: key), try token("not JSON", by: key), try token(#"{"alg":null}"#, by: key),
            try token(#"{"alg":"RS256","alg":"RS256"}"#, by: key), try token(#"{"alg":"RS256","kid":1}"#, by: key),
            try token("\u{feff}{\"alg\":\"RS256\"}", by: key),
        ]
        for text in broken {
            let found = refusal(text, keys)
            #expect(
                found == .malformed || text == parts[0] + ".." && found == .badSignature,
                "\(text.prefix(40)): \(String(describing: found))")
        }
        #expect(refusal(String(repeating: "a", count: JWS.maximumCount + 1), keys) == .tooLarge)
    }

    @Test(
        "Only an algorithm that was asked for is taken",
        arguments: ["none", "None", "", "HS256", "RS384", "rs256", "PS256", "ES256", "EdDSA", "RS256 ", "RSA1_5"])
    func algorithms(name: String) throws {
        let key = try key()
        let keys = try JWKSet(["keys": [key.publicJWK]])
        #expect(refusal(try token(#"{"alg":"\#(name)"}"#, by: key), keys) == .algorithmNotAllowed)
        let header = Base64URL.encode(Array(#"{"alg":"\#(name)"}"#.utf8))
        #expect(refusal(header + ".e30.", keys) == .algorithmNotAllowed)
        // The public modulus as an HMAC key: the classic confusion.
        let modulus = try #require(key.publicJWK["n"]?.string.flatMap(Base64URL.decode))
        let tag = HMAC.sha256(key: Secret(copying: modulus), Array((header + ".e30").utf8))
        #expect(refusal(header + ".e30." + Base64URL.encode(tag), keys) == .algorithmNotAllowed)
    }

    @Test("What a token demands to be understood is not, so it ends there")
    func critical() throws {
        let key = try key()
        let keys = try JWKSet(["keys": [key.publicJWK]])
        for header in [
            #"{"alg":"RS256","crit":["exp"],"exp":1}"#, #"{"alg":"RS256","crit":[]}"#,
            #"{"alg":"RS256","b64":false,"crit":["b64"]}"#,
            #"{"alg":"RS256","b64":false}"#, #"{"alg":"RS256","crit":null}"#,
        ] {
            #expect(refusal(try token(header, by: key), keys) == .critical, "\(header)")
        }
    }

    @Test("Keys in the token's own header are not looked at")
    func embedded() throws {
        let key = try key()
        let none = try JWKSet(["keys": []])
        let own = key.publicJWK.text
        #expect(refusal(try token(#"{"alg":"RS256","jwk":\#(own)}"#, by: key), none) == .noKey)
        #expect(
            refusal(
                try token(#"{"alg":"RS256","jku":"https://evil.example/","x5u":"https://evil.example/"}"#, by: key),
                none) == .noKey)
    }

    @Test("A key is chosen by its id and its algorithm")
    func choosing() throws {
        let key = try key()
        func set(_ changes: [(String, JSON?)]) throws -> JWKSet {
            var jwk = try #require(key.publicJWK.object)
            for (name, value) in changes { jwk[name] = value }
            return try JWKSet(["keys": [.object(jwk)]])
        }
        let named = try token(#"{"alg":"RS256","kid":"bilbo.baggins@hobbiton.example"}"#, by: key)
        let unnamed = try token(#"{"alg":"RS256"}"#, by: key)
        #expect(refusal(named, try set([])) == nil)
        #expect(refusal(unnamed, try set([])) == nil)
        #expect(refusal(named, try set([("kid", nil)])) == nil)
        #expect(refusal(named, try set([("kid", "frodo")])) == .noKey)
        #expect(refusal(unnamed, try set([("kid", "frodo")])) == nil)
        #expect(refusal(named, try set([("alg", nil)])) == nil)
        #expect(refusal(named, try set([("alg", "RS512")])) == .noKey)
        for unusable in [
            ("alg", "PS256"), ("use", "enc"), ("kty", "EC"), ("key_ops", ["sign"]), ("key_ops", "verify"), ("e", "AQ"),
            ("e", "Ag"), ("n", "AQAB"),
        ] as [(String, JSON)] {
            #expect(refusal(named, try set([unusable])) == .noKey, "\(unusable)")
        }
        #expect(refusal(named, try set([("key_ops", ["verify"]), ("use", nil)])) == nil)
    }

    @Test("A set with two keys of one name is refused, unless they differ in kind, algorithm or use")
    func sets() throws {
        let jwk = try #require(try key().publicJWK.object)
        func with(_ name: String, _ value: JSON?) -> JSON {
            var copy = jwk
            copy[name] = value
            return .object(copy)
        }
        let one = JSON.object(jwk)
        #expect(throws: JWKSetError.duplicate) { try JWKSet(["keys": [one, one]]) }
        #expect(throws: JWKSetError.duplicate) { try JWKSet(["keys": [one, with("n", "other")]]) }
        #expect(
            try JWKSet(["keys": [one, with("alg", "RS384"), with("use", "enc"), with("kty", "EC")]]).keys.count == 2)
        #expect(try JWKSet(["keys": [with("kid", nil), with("kid", nil)]]).keys.count == 2)
    }

    @Test("What is no set of public keys is refused, what cannot be used is left out")
    func noSets() throws {
        for json in [[:], [], "keys", ["keys": [:]], ["keys": ["key"]], ["keys": [nil]], nil] as [JSON] {
            #expect(throws: JWKSetError.notASet, "\(json.text)") { try JWKSet(json) }
        }
        for secret in ["d", "k"] {
            #expect(throws: JWKSetError.containsPrivateKey) {
                try JWKSet(["keys": [["kty": "EC", .init(secret): "x"]]])
            }
        }
        let one = JSON.object(["kty": "EC"].reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) })
        #expect(try JWKSet(["keys": .array(Array(repeating: one, count: 256))]).keys.isEmpty)
        #expect(throws: JWKSetError.tooManyKeys) { try JWKSet(["keys": .array(Array(repeating: one, count: 257))]) }
    }

    @Test("A signing key is a whole RSA key of at least 2048 bits, and publishes nothing private")
    func signingKeys() throws {
        let jwk = try privateJWK()
        let key = try key()
        #expect(key.publicJWK.object?.members.map(\.name).sorted() == ["alg", "e", "kid", "kty", "n", "use"])
        #expect(key.algorithm == .rs256)
        for name in ["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            for broken in [nil, "", "?", 1] as [JSON?] {
                var copy = jwk
                copy[name] = broken
                #expect(SigningKey(privateJWK: .object(copy)) == nil, "\(name)")
            }
        }
        for (name, value) in [("kty", "EC"), ("alg", "PS256"), ("alg", "HS256"), ("n", "AQAB")] {
            var copy = jwk
            copy[name] = .string(value)
            #expect(SigningKey(privateJWK: .object(copy)) == nil, "\(name)")
        }
    }
}
