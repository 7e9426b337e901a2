import Crypto
import Testing
import Wire

@Suite struct SealTests {
    private let key = Secret(copying: (0..<32).map { UInt8($0) })
    private let nonce = [UInt8](repeating: 9, count: 12)

    @Test("What was sealed opens with the same key, nonce and context, and with nothing else")
    func bindings() throws {
        let token = Secret("a refresh token")
        let sealed = try AEAD.seal(token, key: key, nonce: nonce, aad: [1, 2, 3])
        #expect(try AEAD.open(sealed, key: key, nonce: nonce, aad: [1, 2, 3]) == token)
        #expect(sealed.count == token.count + AEAD.tagCount)
        let otherKey = Secret(copying: (1..<33).map { UInt8($0) })
        #expect(throws: CryptoError.self) { try AEAD.open(sealed, key: otherKey, nonce: nonce, aad: [1, 2, 3]) }
        #expect(throws: CryptoError.self) {
            try AEAD.open(sealed, key: key, nonce: nonce.map { $0 + 1 }, aad: [1, 2, 3])
        }
        for aad in [[], [1, 2], [1, 2, 3, 0], [3, 2, 1]] as [[UInt8]] {
            #expect(throws: CryptoError.self) { try AEAD.open(sealed, key: key, nonce: nonce, aad: aad) }
        }
        for at in sealed.indices {
            var broken = sealed
            broken[at] ^= 1
            #expect(throws: CryptoError.self) { try AEAD.open(broken, key: key, nonce: nonce, aad: [1, 2, 3]) }
        }
        for count in 0..<sealed.count {
            #expect(throws: CryptoError.self) {
                try AEAD.open(Array(sealed.prefix(count)), key: key, nonce: nonce, aad: [1, 2, 3])
            }
        }
    }

    @Test("Nothing can be sealed, and is opened as nothing")
    func empty() throws {
        let sealed = try AEAD.seal(Secret(""), key: key, nonce: nonce, aad: [])
        #expect(sealed.count == AEAD.tagCount)
        #expect(try AEAD.open(sealed, key: key, nonce: nonce, aad: []).count == 0)
        #expect(throws: CryptoError.self) { try AEAD.open(sealed, key: key, nonce: nonce, aad: [0]) }
    }

    @Test("The digests of nothing and of abc (FIPS 180-4)")
    func digests() {
        let abc = Array("abc".utf8)
        #expect(Hex.encode(Hash.sha256([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Hex.encode(Hash.sha256(abc)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hex.encode(Hash.sha384(abc)).hasPrefix("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"))
        #expect(
            Hex.encode(Hash.sha512(abc)).hasPrefix("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"))
    }

    @Test("An HMAC may have an empty key")
    func emptyHMACKey() {
        let tag = HMAC.sha256(key: Secret(""), [])
        #expect(Hex.encode(tag) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("HKDF gives no more than 255 blocks: asking for more is a bug and ends the process")
    func tooLong() async {
        #expect(HKDF.sha256(secret: Secret("s"), salt: [], info: [], count: 8160).count == 8160)
        await #expect(processExitsWith: .failure) {
            _ = HKDF.sha256(secret: Secret("s"), salt: [], info: [], count: 8161)
        }
    }

    @Test("Other information gives another key")
    func separation() {
        func derived(_ info: String, _ salt: [UInt8] = []) -> Secret {
            HKDF.sha256(secret: key, salt: salt, info: Array(info.utf8), count: 32)
        }
        #expect(derived("a") == derived("a"))
        #expect(derived("a") != derived("b"))
        #expect(derived("a") != derived("a", [1]))
    }
}
