internal import COpenSSL
public import Wire

/// An RSA private key that signs (RFC 7518 3.3), from its JWK with all its numbers.
public final class SigningKey: @unchecked Sendable {
    // Ownership: made in init, freed in deinit; OpenSSL only reads it in between.
    private let key: OpaquePointer
    public let kid: String?
    public let algorithm: SignatureAlgorithm
    /// What may be published: `kty`, `n`, `e`, `kid`, `alg`, `use`.
    public let publicJWK: JSON

    /// Nil unless it is a whole RSA private key of at least 2048 bits for an algorithm this build knows.
    public init?(privateJWK json: JSON) {
        let algorithm = json["alg"]?.string.map { SignatureAlgorithm(rawValue: $0) } ?? .rs256
        guard json["kty"]?.string == "RSA", let algorithm else { return nil }
        var numbers: [[UInt8]] = []
        for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            guard let bytes = json[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty else { return nil }
            numbers.append(bytes)
        }
        guard numbers[0].count >= 256 else { return nil }
        let owned = numbers.map { UnsafeMutableBufferPointer<UInt8>.allocate(capacity: $0.count) }
        defer {
            for block in owned {
                OPENSSL_cleanse(block.baseAddress, block.count)
                block.deallocate()
            }
        }
        for (block, bytes) in zip(owned, numbers) { _ = block.initialize(from: bytes) }
        var parts = owned.map { UnsafePointer($0.baseAddress) }
        var counts = owned.map(\.count)
        guard let made = copenssl_rsa(&parts, &counts, 1) else { return nil }
        key = made
        kid = json["kid"]?.string
        self.algorithm = algorithm
        var shown = JSONObject([
            ("kty", "RSA"), ("n", json["n"] ?? .null), ("e", json["e"] ?? .null), ("use", "sig"),
            ("alg", .string(algorithm.rawValue)),
        ])
        if let kid { shown["kid"] = .string(kid) }
        publicJWK = .object(shown)
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature over these bytes; the same every time (RSASSA-PKCS1-v1_5 draws nothing).
    public func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        var count = Int(EVP_PKEY_get_size(key))
        var out = [UInt8](repeating: 0, count: count)
        guard copenssl_rsa_sign(key, algorithm.digest, message, message.count, &out, &count) == 1 else {
            throw CryptoError("signing failed")
        }
        return Array(out.prefix(count))
    }
}
