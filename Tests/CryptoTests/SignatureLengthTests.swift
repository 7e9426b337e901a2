import Crypto
import Testing
import Wire

@Suite("Lengths of a signature")
struct SignatureLengthTests {
    @Test(
        "C57, C58: a signature is as long as its key makes them, and not a byte longer or shorter",
        arguments: [.rs256, .ps256, .es256, .es384, .es512, .ed25519, .ed448] as [SignatureAlgorithm])
    func lengths(_ algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, bits: 2048)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let parts = try JWS.sign(Array("{}".utf8), with: key).split(separator: ".").map(String.init)
        let signature = try #require(Base64URL.decode(parts[2]))
        func holds(_ bytes: [UInt8]) -> Bool {
            let token = "\(parts[0]).\(parts[1]).\(Base64URL.encode(bytes))"
            return (try? JWS.verify(token, keys: keys, allowed: [algorithm])) != nil
        }
        #expect(holds(signature))
        for wrong in [
            [], signature + [0], [0] + signature, signature + signature, Array(signature.dropLast()),
            Array(signature.dropFirst()),
        ] { #expect(!holds(wrong), "\(wrong.count) bytes") }
    }
}
