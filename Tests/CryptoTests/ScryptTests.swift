import Crypto
import Testing
import Wire

@Suite struct ScryptTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let passphrase: String, salt: String, cost: Int, block: Int, parallel: Int, key: String
        var testDescription: String { "N \(cost), r \(block), p \(parallel)" }
    }

    /// RFC 7914 section 12.
    static let vectors = [
        Vector(
            passphrase: "", salt: "", cost: 16, block: 1, parallel: 1,
            key: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"),
        Vector(
            passphrase: "password", salt: "NaCl", cost: 1024, block: 8, parallel: 16,
            key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
        Vector(
            passphrase: "pleaseletmein", salt: "SodiumChloride", cost: 16384, block: 8, parallel: 1,
            key: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
    ]

    @Test("scrypt gives what RFC 7914 says", arguments: vectors)
    func vector(_ vector: Vector) throws {
        let key = try Scrypt.derive(
            Secret(vector.passphrase), salt: Array(vector.salt.utf8), cost: vector.cost, block: vector.block,
            parallel: vector.parallel, count: 64)
        #expect(key.withBytes { Hex.encode($0) } == vector.key)
    }

    @Test("A cost above 32 MiB, OpenSSL's own bound, has its room")
    func room() throws {
        let key = try Scrypt.derive(Secret("p"), salt: [1], cost: 1 << 17)
        #expect(key.count == 32 && key != Secret(copying: [UInt8](repeating: 0, count: 32)))
    }

    @Test("Numbers that scrypt does not take are refused", arguments: [0, 1, 3, 1000, -2])
    func refused(_ cost: Int) {
        #expect(throws: CryptoError.self) { try Scrypt.derive(Secret("p"), salt: [], cost: cost) }
    }
}
