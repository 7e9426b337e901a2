import TestSupport
import Testing
import Wire

@testable import Crypto

@Suite("Signatures by vectors", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct SignatureVectorTests {
    @Test(
        "RSA signatures agree with Wycheproof; the one without NULL in its DigestInfo is refused",
        arguments: [("2048_sha256", SignatureAlgorithm.rs256), ("3072_sha384", .rs384), ("4096_sha512", .rs512)])
    func primitive(name: String, algorithm: SignatureAlgorithm) throws {
        var used = 0
        for group in try Vectors.groups("rsa_signature_" + name) {
            let key = try #require(group["keyJwk"].flatMap(JWK.init))
            for test in group.tests {
                let holds = key.key.holds(try test.hex("sig"), try test.hex("msg"), algorithm)
                #expect(holds == test.isValid, "\(test.caseName)")
                used += 1
            }
        }
        #expect(used == 259)
    }

    @Test("Keys of 1024 bits are no keys")
    func tooSmall() throws {
        for group in try Vectors.groups("rsa_pkcs1_1024_sig_gen") {
            let numbers = try #require(group["privateKey"])
            let modulus = Array(try numbers.hex("modulus").drop { $0 == 0 })
            #expect(PublicKey(modulus: modulus, exponent: [1, 0, 1]) == nil)
        }
    }

    // Where the files and a strict verifier part, by vectors/README.md: the file says otherwise.
    static let notRefused: [String: Set<Int>] = [
        // A ROCA-weak modulus: told only by a fingerprint of its own, which this build does not have.
        "json_web_key": [7], "json_web_crypto": [46],
    ]

    @Test(
        "Signed tokens agree with Wycheproof; what is not RS256, RS384 or RS512 is refused",
        arguments: [("json_web_signature", 401), ("json_web_key", 26), ("json_web_crypto", 49)])
    func tokens(name: String, count: Int) throws {
        var used = 0
        var taken = 0
        for group in try Vectors.groups(name) {
            let key = try #require(group["public"] ?? group["private"])
            let isRSA = (key["keys"]?.array ?? [key]).allSatisfy {
                $0["kty"]?.string == "RSA" && SignatureAlgorithm(rawValue: $0["alg"]?.string ?? "") != nil
            }
            // Symmetric keys make the set itself refused.
            let keys = try? JWKSet(key["keys"] == nil ? ["keys": [key]] : key)
            for test in group.tests {
                // One case has the JSON serialisation, which is no token here.
                guard let token = test["jws"].map({ $0.string ?? $0.text }) else { continue }
                used += 1
                let verified = keys.flatMap {
                    try? JWS.verify(token, keys: $0, allowed: Set(SignatureAlgorithm.allCases))
                }
                let isException = Self.notRefused[name]?.contains(test["tcId"]?.int ?? 0) == true
                #expect((verified != nil) == (isRSA && test.isValid || isException), "\(test.caseName)")
                taken += verified == nil ? 0 : 1
            }
        }
        #expect(used == count)
        #expect(taken > 0)
    }

    @Test("RFC 7515 Appendix A: the RS256 example is taken, all others are not")
    func appendixA() throws {
        let vectors = try #require(try Vectors.json("rfc/rfc7515-appendix-a.json")["vectors"]?.array)
        var taken: [String] = []
        for vector in vectors {
            let token = try #require(vector["jws"]?.string)
            let set: JSON = ["keys": .array(vector["jwk"].flatMap { $0.isNull ? nil : [$0] } ?? [])]
            guard let keys = try? JWKSet(set),
                let jws = try? JWS.verify(token, keys: keys, allowed: Set(SignatureAlgorithm.allCases))
            else { continue }
            taken.append(vector["id"]?.string ?? "")
            #expect(try JSON.parse(jws.payload)["iss"]?.string == "joe")
        }
        #expect(vectors.count >= 5)
        #expect(taken == ["A.2"])
    }

    private static let cookbookNames = [
        "jws/4_1.rsa_v15_signature", "jws/4_2.rsa-pss_signature", "jws/4_3.ecdsa_signature",
        "jws/4_4.hmac-sha2_integrity_protection", "jws/4_5.signature_with_detached_content", "curve25519/jws",
    ]

    @Test("The JOSE cookbook: RSASSA-PKCS1-v1_5 is taken, other signatures are not", arguments: cookbookNames)
    func cookbook(name: String) throws {
        let example = try Vectors.json("jose-cookbook/\(name).json")
        let token = try #require(example["output"]?["compact"]?.string)
        var key = try #require(example["input"]?["key"]?.object)
        for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] { key[secret] = nil }
        let keys = try JWKSet(["keys": [.object(key)]])
        let jws = try? JWS.verify(token, keys: keys, allowed: Set(SignatureAlgorithm.allCases))
        if name.hasPrefix("jws/4_1") {
            #expect(jws?.payload == example["input"]?["payload"]?.string.map { Array($0.utf8) })
            #expect(jws?.kid == "bilbo.baggins@hobbiton.example")
            #expect(jws?.algorithm == .rs256)
        } else {
            #expect(jws == nil)
        }
    }

    @Test("The JOSE cookbook: signing gives the published signature")
    func cookbookSigning() throws {
        let example = try Vectors.json("jose-cookbook/jws/4_1.rsa_v15_signature.json")
        let key = try #require((example["input"]?["key"]).flatMap(SigningKey.init(privateJWK:)))
        let payload = Array(try #require(example["input"]?["payload"]?.string).utf8)
        #expect(try JWS.sign(payload, with: key, type: nil) == example["output"]?["compact"]?.string)
    }

    @Test("The JOSE cookbook: of its keys only the public RSA key can be used, and private ones spoil a set")
    func cookbookKeys() throws {
        let names = [
            "3_1.ec_public_key", "3_2.ec_private_key", "3_3.rsa_public_key", "3_4.rsa_private_key",
            "3_5.symmetric_key_mac_computation", "3_6.symmetric_key_encryption",
        ]
        var usable: [String] = []
        for name in names {
            let key = try Vectors.json("jose-cookbook/jwk/\(name).json")
            if name.contains("public") {
                usable += try JWKSet(["keys": [key]]).keys.map { _ in name }
            } else {
                #expect(throws: JWKSetError.containsPrivateKey, "\(name)") { try JWKSet(["keys": [key]]) }
            }
        }
        #expect(usable == ["3_3.rsa_public_key"])
    }
}
