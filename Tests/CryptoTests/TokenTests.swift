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

    @Test("What was signed verifies, with each algorithm, and with no other", arguments: SignatureAlgorithm.allCases)
    func roundTrip(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, bits: 2048)
        let payload = Array(#"{"sub":"1"}"#.utf8)
        let token = try JWS.sign(payload, with: key)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let jws = try JWS.verify(token, keys: keys, allowed: [algorithm])
        #expect(jws.payload == payload && jws.algorithm == algorithm && jws.kid == key.kid && jws.type == "JWT")
        #expect((try JWS.sign(payload, with: key) == token) == algorithm.isDeterministic)
        #expect(key.kid == JWK.thumbprint(key.publicJWK).map(Base64URL.encode))
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(refusal(token, keys, allowed: [other]) == .algorithmNotAllowed)
        }
    }

    @Test(
        "A key goes through PKCS#8 unchanged, and opens for no algorithm of another kind",
        arguments: SignatureAlgorithm.allCases)
    func pkcs8(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, bits: 2048)
        let kept = try key.pkcs8()
        let back = try #require(SigningKey(pkcs8: kept, algorithm: algorithm))
        #expect(back.publicJWK == key.publicJWK)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        #expect(refusal(try JWS.sign([1], with: back), keys, allowed: [algorithm]) == nil)
        let wrong: SignatureAlgorithm = algorithm == .es256 ? .es384 : .es256
        #expect(SigningKey(pkcs8: kept, algorithm: wrong) == nil)
        let bytes = kept.withBytes { Array($0) }
        #expect(SigningKey(pkcs8: Secret(copying: bytes.dropLast()), algorithm: algorithm) == nil)
        #expect(SigningKey(pkcs8: Secret(copying: bytes + [0]), algorithm: algorithm) == nil)
        #expect(SigningKey(pkcs8: Secret(copying: []), algorithm: algorithm) == nil)
    }

    @Test("RSA keys below 2048 bits are not made")
    func smallKeys() {
        #expect(throws: CryptoError.self) { try SigningKey.generate(.rs256, bits: 1024) }
    }

    @Test("C52: a key of another kind than the algorithm needs never fits, whatever the header says")
    func kinds() throws {
        let algorithms: [SignatureAlgorithm] = [.rs256, .es256, .es384, .es512, .ed25519, .ed448]
        for algorithm in algorithms {
            let key = try SigningKey.generate(algorithm, bits: 2048)
            var jwk = try #require(key.publicJWK.object)
            jwk["alg"] = nil
            let keys = try JWKSet(["keys": [.object(jwk)]])
            for other in algorithms where other != algorithm {
                let header = #"{"alg":"\#(other.rawValue)","kid":"\#(key.kid ?? "")"}"#
                #expect(refusal(try token(header, by: key), keys, allowed: [other]) == .noKey)
            }
        }
    }

    @Test("C59: EdDSA and Ed25519 are one algorithm; Ed448 under Ed25519 is refused, and the other way round")
    func edwards() throws {
        let key = try SigningKey.generate(.ed25519)
        let other = try SigningKey.generate(.ed448)
        let (keys, others) = (try JWKSet(["keys": [key.publicJWK]]), try JWKSet(["keys": [other.publicJWK]]))
        #expect(
            refusal(try token(#"{"alg":"EdDSA"}"#, by: key), keys, allowed: SignatureAlgorithm.ed25519.names) == nil)
        #expect(
            refusal(try token(#"{"alg":"Ed25519"}"#, by: other), others, allowed: SignatureAlgorithm.edDSA.names)
                == .noKey)
        #expect(
            refusal(try token(#"{"alg":"Ed448"}"#, by: other), others, allowed: SignatureAlgorithm.ed25519.names)
                == .algorithmNotAllowed)
        // EdDSA leaves the curve to the key; where the folder names one, the key must be of it.
        let vague = #"{"alg":"EdDSA"}"#
        #expect(refusal(try token(vague, by: other), others, allowed: SignatureAlgorithm.ed25519.names) == .noKey)
        #expect(refusal(try token(vague, by: key), keys, allowed: SignatureAlgorithm.ed448.names) == .noKey)
        #expect(refusal(try token(vague, by: other), others, allowed: SignatureAlgorithm.ed448.names) == nil)
        for names in [SignatureAlgorithm.edDSA.names, [.edDSA]] {
            #expect(refusal(try token(vague, by: key), keys, allowed: names) == nil)
            #expect(refusal(try token(vague, by: other), others, allowed: names) == nil)
        }
    }

    @Test("C50, C59: points off the curve, at infinity or of small order are no keys, and no longer or shorter ones")
    func points() throws {
        let good = try #require(try SigningKey.generate(.es256).publicJWK.object)
        func usable(_ changes: [(String, JSON)]) throws -> Int {
            var jwk = good
            for (name, value) in changes { jwk[name] = value }
            return try JWKSet(["keys": [.object(jwk)]]).keys.count
        }
        #expect(try usable([]) == 1)
        let x = try #require(good["x"]?.string.flatMap(Base64URL.decode))
        let zero = JSON.string(Base64URL.encode([UInt8](repeating: 0, count: 32)))
        for broken in [
            [("x", zero), ("y", zero)], [("y", good["x"]!)], [("x", .string(Base64URL.encode([0] + x)))],
            [("x", .string(Base64URL.encode(Array(x.dropLast()))))], [("crv", "P-384")], [("crv", "P-256K")],
            [("alg", "ES384")], [("kty", "RSA")], [("kid", 1)],
        ] as [[(String, JSON)]] { #expect(try usable(broken) == 0, "\(broken)") }
        for (curve, points) in [
            (
                "Ed25519",
                [
                    "0000000000000000000000000000000000000000000000000000000000000000",
                    "0100000000000000000000000000000000000000000000000000000000000080",
                    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                ]
            ), ("Ed448", [String(repeating: "00", count: 57), "01" + String(repeating: "00", count: 56)]),
        ] {
            for point in points {
                let jwk: JSON = [
                    "kty": "OKP", "crv": .string(curve), "x": .string(Base64URL.encode(Hex.decode(point)!)),
                ]
                #expect(try JWKSet(["keys": [jwk]]).keys.isEmpty, "\(curve) \(point)")
            }
        }
    }

    @Test("C48: A token without a key id is taken only where one key fits; one with an id prefers the key of that name")
    func ambiguous() throws {
        let (one, two) = (try SigningKey.generate(.es256), try SigningKey.generate(.es256))
        let decoy = try SigningKey.generate(.ed25519)
        let unnamed = try token(#"{"alg":"ES256"}"#, by: one)
        let keys = { (all: [SigningKey]) throws in try JWKSet(["keys": .array(all.map(\.publicJWK))]) }
        #expect(refusal(unnamed, try keys([one, decoy]), allowed: [.es256]) == nil)
        #expect(refusal(unnamed, try keys([one, two]), allowed: [.es256]) == .ambiguousKey)
        let named = try JWS.sign([1], with: one)
        #expect(refusal(named, try keys([two, one]), allowed: [.es256]) == nil)
        func bare(_ key: SigningKey) throws -> JSON {
            var jwk = try #require(key.publicJWK.object)
            jwk["kid"] = nil
            return .object(jwk)
        }
        #expect(refusal(named, try JWKSet(["keys": [try bare(one)]]), allowed: [.es256]) == nil)
        #expect(
            refusal(named, try JWKSet(["keys": [try bare(two), try bare(one)]]), allowed: [.es256]) == .ambiguousKey)
        #expect(refusal(named, try JWKSet(["keys": [try bare(two), one.publicJWK]]), allowed: [.es256]) == nil)
    }

    @Test("C48: decoys with the real key's id but of another kind are passed over")
    func decoys() throws {
        let key = try SigningKey.generate(.es256)
        var all = [key.publicJWK]
        for algorithm in [SignatureAlgorithm.rs256, .ps256, .es384, .ed25519] {
            var jwk = try #require(try SigningKey.generate(algorithm, bits: 2048).publicJWK.object)
            jwk["kid"] = key.kid.map { .string($0) }
            all.insert(.object(jwk), at: 0)
        }
        let keys = try JWKSet(["keys": .array(all)])
        #expect(refusal(try JWS.sign([1], with: key), keys, allowed: [.es256]) == nil)
    }

    @Test("C60: where a kind of token is asked for, another is refused")
    func types() throws {
        let key = try SigningKey.generate(.ed25519)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        for (type, isTaken) in [
            ("logout+jwt", true), ("application/logout+JWT", true), ("JWT", false), (nil, false), ("at+jwt", false),
        ] {
            let token = try JWS.sign([1], with: key, type: type)
            let found = Result { try JWS.verify(token, keys: keys, allowed: [.ed25519], types: ["logout+jwt"]) }
            #expect(((try? found.get()) != nil) == isTaken, "\(type ?? "none")")
        }
        let untyped = try JWS.sign([1], with: key, type: nil)
        #expect((try? JWS.verify(untyped, keys: keys, allowed: [.ed25519], types: [nil, "jwt"])) != nil)
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

    @Test("C55, C56: What is not three parts of base64url with a JSON object first is malformed")
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
            try token(#"{"alg":"RS256","typ":1}"#, by: key),
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
        "C52: Only an algorithm that was asked for is taken",
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

    @Test("C54: What a token demands to be understood is not, so it ends there")
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

    @Test("C82: a proof is of its type, shows a public key that fits its algorithm, and is signed by that key")
    func proofs() throws {
        let (key, other) = (try SigningKey.generate(.ed25519), try SigningKey.generate(.es256))
        let shown = key.bareJWK.text
        let secret = shown.dropLast() + #","d":"AQ"}"#
        func refusal(_ jwk: String?, _ more: String, by signer: SigningKey? = nil) throws -> JWSError? {
            let header = "{" + (jwk.map { #""jwk":"# + $0 + "," } ?? "") + more + "}"
            do throws(JWSError) {
                _ = try JWS.proof(
                    try! token(header, by: signer ?? key), type: "dpop+jwt", allowed: [.edDSA, .ed25519, .es256])
                return nil
            } catch { return error }
        }
        let (good, type) = (#""alg":"EdDSA","typ":"dpop+jwt""#, #""typ":"dpop+jwt""#)
        #expect(try refusal(shown, good) == nil)
        #expect(try refusal(nil, good) == .malformed)
        for none in ["null", "\"x\"", "[]", "1"] { #expect(try refusal(none, good) == .malformed) }
        for typ in ["JWT", "dpop", "at+jwt", ""] {
            #expect(try refusal(shown, #""alg":"EdDSA","typ":"\#(typ)""#) == .wrongType)
        }
        #expect(try refusal(shown, #""alg":"EdDSA""#) == .wrongType)
        #expect(try refusal(shown, #""alg":"EdDSA","typ":1"#) == .wrongType)
        #expect(try refusal(String(secret), good) == .embeddedKey)
        #expect(try refusal(other.bareJWK.text, good) == .noKey)
        #expect(try refusal(shown, #""alg":"ES256","# + type) == .noKey)
        #expect(try refusal("{}", good) == .noKey)
        #expect(try refusal(shown, #""alg":"RS256","# + type) == .algorithmNotAllowed)
        #expect(try refusal(shown, good, by: try SigningKey.generate(.ed25519)) == .badSignature)
        #expect(try refusal(other.bareJWK.text, #""alg":"ES256","# + type, by: other) == nil)
    }

    @Test("C53: a token that brings a key, or the address of one, is refused, even where the key is the right one")
    func embedded() throws {
        let key = try key()
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let own = key.publicJWK.text
        for header in [
            #"{"alg":"RS256","jwk":\#(own)}"#, #"{"alg":"RS256","jku":"https://evil.example/"}"#,
            #"{"alg":"RS256","x5u":"https://evil.example/"}"#, #"{"alg":"RS256","jwk":null}"#,
        ] { #expect(refusal(try token(header, by: key), keys) == .embeddedKey, "\(header)") }
        #expect(refusal(try token(#"{"alg":"RS256","x5c":["AAAA"]}"#, by: key), keys) == nil)
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
            ("alg", "ES256"), ("use", "enc"), ("use", 1), ("kty", "EC"), ("key_ops", ["sign"]), ("key_ops", "verify"),
            ("e", "AQ"),
            ("e", "Ag"), ("n", "AQAB"),
        ] as [(String, JSON)] {
            #expect(refusal(named, try set([unusable])) == .noKey, "\(unusable)")
        }
        #expect(refusal(named, try set([("key_ops", ["verify"]), ("use", nil)])) == nil)
    }

    @Test("C48: A set with two keys of one name is refused, unless they differ in kind, algorithm or use")
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

    @Test("C49: What is no set of public keys is refused, what cannot be used is left out")
    func noSets() throws {
        for json in [[:], [], "keys", ["keys": [:]], ["keys": ["key"]], ["keys": [nil]], nil] as [JSON] {
            #expect(throws: JWKSetError.notASet, "\(json.text)") { try JWKSet(json) }
        }
        for secret in ["d", "k", "p", "qi"] {
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
        for (name, value) in [("kty", "EC"), ("alg", "ES256"), ("alg", "HS256"), ("n", "AQAB")] {
            var copy = jwk
            copy[name] = .string(value)
            #expect(SigningKey(privateJWK: .object(copy)) == nil, "\(name)")
        }
    }
}
