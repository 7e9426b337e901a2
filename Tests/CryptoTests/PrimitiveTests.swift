import Crypto
import TestSupport
import Testing
import Wire

@Suite("Primitives by vectors", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct PrimitiveTests {
    @Test("AES-256-GCM agrees with Wycheproof, and every other size is refused")
    func aesGCM() throws {
        var used = 0
        for group in try Vectors.groups("aes_gcm") {
            let isOurs = group["keySize"]?.int == 256 && group["ivSize"]?.int == 96 && group["tagSize"]?.int == 128
            for test in group.tests {
                let key = Secret(copying: try test.hex("key"))
                let (nonce, aad) = (try test.hex("iv"), try test.hex("aad"))
                let plain = Secret(copying: try test.hex("msg"))
                let sealed = try test.hex("ct") + test.hex("tag")
                guard isOurs else {
                    #expect(throws: CryptoError.self) { try AEAD.seal(plain, key: key, nonce: nonce, aad: aad) }
                    #expect(throws: CryptoError.self) { try AEAD.open(sealed, key: key, nonce: nonce, aad: aad) }
                    continue
                }
                used += 1
                guard test.isValid else {
                    #expect(throws: CryptoError.self, "\(test.caseName)") {
                        try AEAD.open(sealed, key: key, nonce: nonce, aad: aad)
                    }
                    continue
                }
                #expect(try AEAD.seal(plain, key: key, nonce: nonce, aad: aad) == sealed, "\(test.caseName)")
                #expect(try AEAD.open(sealed, key: key, nonce: nonce, aad: aad) == plain, "\(test.caseName)")
            }
        }
        #expect(used == 66)
    }

    @Test("HKDF-SHA256 agrees with Wycheproof")
    func hkdf() throws {
        var tooLong = 0
        for test in try Vectors.groups("hkdf_sha256").flatMap(\.tests) {
            let count = try #require(test["size"]?.int)
            // Asking for more than there is ends the process: see the test of that.
            guard count <= 255 * 32 else {
                #expect(!test.isValid)
                tooLong += 1
                continue
            }
            let out = HKDF.sha256(
                secret: Secret(copying: try test.hex("ikm")), salt: try test.hex("salt"), info: try test.hex("info"),
                count: count)
            #expect((out == Secret(copying: try test.hex("okm"))) == test.isValid, "\(test.caseName)")
        }
        #expect(tooLong == 3)
    }

    @Test(
        "HMAC agrees with Wycheproof in its full length",
        arguments: [("hmac_sha256", 256), ("hmac_sha384", 384), ("hmac_sha512", 512)])
    func hmac(name: String, bits: Int) throws {
        var used = 0
        for group in try Vectors.groups(name) where group["tagSize"]?.int == bits {
            for test in group.tests {
                let key = Secret(copying: try test.hex("key"))
                let message = try test.hex("msg")
                let tag =
                    switch bits {
                    case 256: HMAC.sha256(key: key, message)
                    case 384: HMAC.sha384(key: key, message)
                    default: HMAC.sha512(key: key, message)
                    }
                #expect((tag == (try test.hex("tag"))) == test.isValid, "\(test.caseName)")
                used += 1
            }
        }
        #expect(used == 87)
    }

    @Test("C64: The half hashes of OpenID Connect, by every algorithm that signs with that hash")
    func hashClaims() throws {
        let vectors = try #require(try Vectors.json("rfc/oidc-hash-claims.json")["vectors"]?.array)
        #expect(vectors.count == 4)
        var used: Set<SignatureAlgorithm> = []
        for vector in vectors {
            let input = Array(try #require(vector["input"]?.string).utf8)
            for name in try #require(vector["algs"]?.array) {
                guard let algorithm = name.string.flatMap(SignatureAlgorithm.init) else {
                    #expect(name == "HS256", "no provider's tokens are signed with it here")
                    continue
                }
                used.insert(algorithm)
                #expect(Base64URL.encode(algorithm.halfHash(input)) == vector["value"]?.string, "\(name)")
            }
        }
        #expect(used == Set(SignatureAlgorithm.allCases).subtracting([.ed448]))
    }

    @Test("The code challenge of RFC 7636 Appendix B")
    func codeChallenge() throws {
        let vector = try #require(try Vectors.json("rfc/rfc7636-appendix-b.json")["vectors"]?[0])
        let octets = try #require(vector["octets"]?.array).compactMap { $0.int.flatMap { UInt8(exactly: $0) } }
        let verifier = Base64URL.encode(octets)
        #expect(verifier == vector["code_verifier"]?.string)
        #expect(Base64URL.encode(Hash.sha256(Array(verifier.utf8))) == vector["code_challenge"]?.string)
    }
}
