import Crypto
import Testing
import Wire

@Suite("Numbers of a public key")
struct KeyNumberTests {
    private func isTaken(_ modulus: [UInt8], _ exponent: [UInt8] = [1, 0, 1]) -> Bool {
        JWK.thumbprint([
            "kty": "RSA", "n": .string(Base64URL.encode(modulus)), "e": .string(Base64URL.encode(exponent)),
        ]) != nil
    }

    /// An odd number of so many bits that is no power of 65537 modulo small primes.
    private func modulus(bits: Int) -> [UInt8] {
        var out = (0..<(bits + 7) / 8).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 77) }
        let spare = UInt8(out.count * 8 - bits)
        out[0] = (out[0] & (0xff >> spare)) | (0x80 >> spare)
        out[out.count - 1] |= 1
        return out
    }

    @Test("C50: of RSA, 2048 to 8192 bits are taken, odd and without a zero in front")
    func moduli() {
        for bits in [2048, 2049, 3072, 8192] { #expect(isTaken(modulus(bits: bits)), "\(bits)") }
        for bits in [1024, 2040, 2047, 8193, 16384] { #expect(!isTaken(modulus(bits: bits)), "\(bits)") }
        let good = modulus(bits: 2048)
        #expect(!isTaken([]) && !isTaken([0]) && !isTaken([0] + good))
        #expect(!isTaken(good.dropLast() + [good[good.count - 1] & 0xfe]))
    }

    @Test("C50: an exponent is odd, above 1, of 8 bytes at most and without a zero in front")
    func exponents() {
        let good = modulus(bits: 2048)
        for exponent: [UInt8] in [[3], [1, 0, 1], [1, 0, 0, 0, 0, 0, 0, 1]] { #expect(isTaken(good, exponent)) }
        for exponent: [UInt8] in [
            [], [0], [1], [2], [1, 0, 0], [0, 3], [0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 0, 0, 1],
        ] { #expect(!isTaken(good, exponent), "\(exponent)") }
    }
}
