internal import COpenSSL
internal import Wire

/// A public key held by OpenSSL.
final class PublicKey: @unchecked Sendable {
    // Ownership: made in init, freed in deinit; OpenSSL only reads it in between.
    private let key: OpaquePointer
    let kind: KeyKind
    /// Its numbers as a JWK has them (RFC 7518 6): n and e, x and y, or x.
    let numbers: [(name: String, bytes: [UInt8])]

    /// From the numbers of a JWK. Nil: too small or too large, not on its curve, of small order, or written in another
    /// way than the one there is (a zero too many or too few).
    init?(_ json: JSON) {
        guard let kind = KeyKind(type: json["kty"]?.string, curve: json["crv"]?.string) else { return nil }
        var numbers: [(name: String, bytes: [UInt8])] = []
        for name in Self.names(kind) {
            guard let bytes = json[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty else { return nil }
            numbers.append((name, bytes))
        }
        guard let key = Self.make(kind, numbers.map(\.bytes)) else { return nil }
        self.key = key
        self.kind = kind
        self.numbers = numbers
    }

    deinit { EVP_PKEY_free(key) }

    static func names(_ kind: KeyKind) -> [String] {
        switch kind {
        case .rsa: ["n", "e"]
        case .p256, .p384, .p521: ["x", "y"]
        case .ed25519, .ed448: ["x"]
        }
    }

    private static func make(_ kind: KeyKind, _ numbers: [[UInt8]]) -> OpaquePointer? {
        switch kind {
        case .rsa: rsa(numbers[0], numbers[1])
        case .p256, .p384, .p521:
            numbers.allSatisfy { $0.count == kind.width }
                ? copenssl_ec(kind.names.group, numbers[0], numbers[1], kind.width, nil, 0) : nil
        case .ed25519, .ed448:
            numbers[0].count == kind.width && !WeakKeys.hasSmallOrder(numbers[0])
                ? copenssl_okp(kind.names.kind, numbers[0], kind.width, 0) : nil
        }
    }

    /// 2048 to 8192 bits (more would only cost us time), an odd exponent above 1, no leading zeros.
    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> OpaquePointer? {
        let bits = modulus.count * 8 - modulus[0].leadingZeroBitCount
        guard modulus[0] != 0, exponent[0] != 0, (2048...8192).contains(bits), modulus.last! & 1 == 1,
            exponent.last! & 1 == 1, exponent.count <= 8, exponent != [1], !WeakKeys.isROCA(modulus)
        else { return nil }
        return modulus.withUnsafeBufferPointer { n in
            exponent.withUnsafeBufferPointer { e in
                var parts: [UnsafePointer<UInt8>?] = [n.baseAddress, e.baseAddress, nil, nil, nil, nil, nil, nil]
                var counts = [n.count, e.count, 0, 0, 0, 0, 0, 0]
                return copenssl_rsa(&parts, &counts, 0)
            }
        }
    }

    /// Whether the signature over these bytes holds. Of an algorithm that the key is not for, none does.
    func holds(_ signature: [UInt8], _ message: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
        guard kind.algorithms.contains(algorithm) else { return false }
        switch kind {
        case .rsa:
            // As long as the modulus, no shorter and no longer (RFC 8017 8.1.2, 8.2.2).
            return signature.count == Int(EVP_PKEY_get_size(key))
                && copenssl_verify(
                    key, algorithm.digest, algorithm.padding, signature, signature.count, message, message.count) == 1
        case .p256, .p384, .p521:
            return signature.count == 2 * kind.width
                && copenssl_ec_verify(key, algorithm.digest, signature, kind.width, message, message.count) == 1
        case .ed25519, .ed448:
            return signature.count == 2 * kind.width
                && copenssl_verify(key, nil, 0, signature, signature.count, message, message.count) == 1
        }
    }
}

extension SignatureAlgorithm {
    /// 1: PKCS#1 v1.5; 2: PSS; 0: none of RSA's.
    var padding: Int32 {
        switch self {
        case .rs256, .rs384, .rs512: 1
        case .ps256, .ps384, .ps512: 2
        default: 0
        }
    }
}

/// Keys whose secret anybody can find.
enum WeakKeys {
    /// The points of Ed25519 and Ed448 whose order divides the cofactor, in every way they can be written, without the
    /// sign: a signature under such a key holds for texts that nobody signed.
    private static let small: Set<[UInt8]> = {
        let zero: (Int) -> [UInt8] = { [UInt8](repeating: 0, count: $0) }
        // p - 1, p (0 again) and p + 1 (1 again), little-endian.
        let p25519 = [UInt8](repeating: 0xff, count: 31) + [0x7f]
        let p448 =
            [UInt8](repeating: 0xff, count: 28) + [0xfe] + [UInt8](repeating: 0xff, count: 27) + [0]
        var out: Set<[UInt8]> = [zero(32), [1] + zero(31), zero(57), [1] + zero(56)]
        for last: UInt8 in [0xec, 0xed, 0xee] { out.insert([last] + p25519.dropFirst()) }
        out.insert([0xfe] + p448.dropFirst())
        out.insert(p448)
        out.insert(zero(28) + [0xff] + [UInt8](repeating: 0xff, count: 27) + [0])
        for text in [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] { out.insert(Hex.decode(text)!) }
        return out
    }()

    static func hasSmallOrder(_ point: [UInt8]) -> Bool {
        var bare = point
        bare[bare.count - 1] &= 0x7f
        return small.contains(bare)
    }

    /// Whether the modulus bears the mark of the Infineon library (CVE-2017-15361): modulo each of these primes it is
    /// a power of 65537. By chance that is so for about one modulus in 2^27.
    static func isROCA(_ modulus: [UInt8]) -> Bool {
        primes.allSatisfy { prime in
            let rest = modulus.reduce(0) { ($0 * 256 + Int($1)) % prime }
            var power = 1
            repeat {
                if power == rest { return true }
                power = power * 65537 % prime
            } while power != 1
            return false
        }
    }

    private static let primes = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
        113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ]
}
