internal import COpenSSL
public import Wire

/// A private key that signs with one algorithm.
public final class SigningKey: @unchecked Sendable {
    // Ownership: made in init, freed in deinit; OpenSSL only reads it in between.
    private let key: OpaquePointer
    private let kind: KeyKind
    public let kid: String?
    public let algorithm: SignatureAlgorithm
    /// What may be published: `kty` and its numbers, `kid`, `alg`, `use`.
    public let publicJWK: JSON

    private enum Name {
        case kid(String?)
        case thumbprint
    }

    /// Takes the key over. Nil, and the key freed, when it is not one we would believe ourselves.
    private init?(_ made: OpaquePointer?, _ kind: KeyKind, _ algorithm: SignatureAlgorithm, _ name: Name) {
        guard let made else { return nil }
        guard kind.algorithms.contains(algorithm), copenssl_is(made, kind.names.kind, kind.names.group) == 1,
            let members = Self.published(made, kind), let thumbprint = JWK.thumbprint(.object(JSONObject(members)))
        else {
            EVP_PKEY_free(made)
            return nil
        }
        key = made
        self.kind = kind
        self.algorithm = algorithm
        switch name {
        case .kid(let kid): self.kid = kid
        case .thumbprint: self.kid = Base64URL.encode(thumbprint)
        }
        var shown = JSONObject(members + [("use", "sig"), ("alg", .string(algorithm.rawValue))])
        if let kid { shown["kid"] = .string(kid) }
        publicJWK = .object(shown)
    }

    deinit { EVP_PKEY_free(key) }

    /// Nil unless it is a whole private key (RFC 7518 6, RFC 8037 2) for an algorithm that it fits: RSA with all its
    /// numbers and at least 2048 bits.
    public convenience init?(privateJWK json: JSON) {
        guard let kind = KeyKind(type: json["kty"]?.string, curve: json["crv"]?.string) else { return nil }
        let algorithm = json["alg"].map { $0.string.flatMap(SignatureAlgorithm.init) } ?? kind.algorithms[0]
        guard let algorithm else { return nil }
        let names = kind == .rsa ? ["n", "e", "d", "p", "q", "dp", "dq", "qi"] : PublicKey.names(kind) + ["d"]
        var numbers: [[UInt8]] = []
        for name in names {
            guard let bytes = json[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty,
                kind == .rsa || bytes.count == kind.width
            else { return nil }
            numbers.append(bytes)
        }
        let held = numbers.map { Secret(copying: $0) }
        for at in numbers.indices { numbers[at].withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let made = Self.lent(held) { parts, counts in
            switch kind {
            case .rsa: copenssl_rsa(&parts, &counts, 1)
            case .p256, .p384, .p521:
                copenssl_ec(kind.names.group, parts[0], parts[1], kind.width, parts[2], kind.width)
            case .ed25519, .ed448: copenssl_okp(kind.names.kind, parts[1], kind.width, 1)
            }
        }
        self.init(made, kind, algorithm, .kid(json["kid"]?.string))
        // The public half it came with must be its own.
        for name in PublicKey.names(kind) where publicJWK[name]?.string != json[name]?.string { return nil }
    }

    private static func lent(
        _ secrets: [Secret], _ body: (inout [UnsafePointer<UInt8>?], inout [Int]) -> OpaquePointer?
    ) -> OpaquePointer? {
        // The secrets outlive the call; their bytes do not move.
        var parts = secrets.map { $0.withBytes { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) } }
        var counts = secrets.map(\.count)
        return withExtendedLifetime(secrets) { body(&parts, &counts) }
    }

    /// The key of a number: 32 bytes, of P-256 (`es256`) or Ed25519 (`edDSA`). The same bytes give the same key, named by
    /// its thumbprint. Nil: another count or algorithm, or a number that is no key (one in 2^32 for P-256).
    public convenience init?(number: Secret, _ algorithm: SignatureAlgorithm) {
        guard number.count == 32 else { return nil }
        let made = number.withBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return switch algorithm {
            case .es256: start.flatMap { copenssl_ec_private(KeyKind.p256.names.group ?? "", $0, 32) }
            case .edDSA: start.flatMap { copenssl_okp(KeyKind.ed25519.names.kind, $0, 32, 1) }
            default: OpaquePointer?.none
            }
        }
        self.init(made, algorithm == .es256 ? .p256 : .ed25519, algorithm, .thumbprint)
    }

    /// What makes the public key what it is, and nothing else: for the `jwk` of a header (RFC 9449 4.2).
    public var bareJWK: JSON {
        let names = ["kty"] + (kind.curve == nil ? [] : ["crv"]) + PublicKey.names(kind)
        return .object(JSONObject(names.compactMap { name in publicJWK[name].map { (name, $0) } }))
    }

    /// Its thumbprint (RFC 7638) as text.
    public var thumbprint: String { JWK.thumbprint(bareJWK).map(Base64URL.encode) ?? "" }

    /// A new key, named by its thumbprint (RFC 7638). RSA of 3072 bits takes some tenths of a second: not on the pool.
    public static func generate(_ algorithm: SignatureAlgorithm, bits: Int = 3072) throws(CryptoError) -> SigningKey {
        let kind: KeyKind =
            switch algorithm {
            case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
            case .es256: .p256
            case .es384: .p384
            case .es512: .p521
            case .edDSA, .ed25519: .ed25519
            case .ed448: .ed448
            }
        guard kind != .rsa || (2048...8192).contains(bits) else { throw CryptoError("RSA keys have 2048 to 8192 bits") }
        let made = copenssl_generate(kind.names.kind, kind.names.group, kind == .rsa ? bits : 0)
        guard let key = SigningKey(made, kind, algorithm, .thumbprint) else { throw CryptoError("no key was made") }
        return key
    }

    /// The whole key as PKCS#8 (RFC 5958), DER, in locked memory: to be sealed.
    public func pkcs8() throws(CryptoError) -> Secret {
        var count = 0
        guard let bytes = copenssl_pkcs8(key, &count) else { throw CryptoError("the key could not be written") }
        defer { copenssl_forget(bytes, count) }
        return Secret(copying: UnsafeBufferPointer(start: bytes, count: count), locked: true)
    }

    /// A key that `pkcs8` wrote. Nil: it is none, or the algorithm is not for its kind.
    ///
    /// - Parameter kid: its name; nil: its thumbprint.
    public convenience init?(pkcs8 secret: Secret, algorithm: SignatureAlgorithm, kid: String? = nil) {
        let made = secret.withBytes {
            copenssl_from_pkcs8($0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
        }
        let kinds: [KeyKind] = [.rsa, .p256, .p384, .p521, .ed25519, .ed448]
        let kind = kinds.first { made != nil && copenssl_is(made, $0.names.kind, $0.names.group) == 1 }
        guard let made, let kind else {
            EVP_PKEY_free(made)
            return nil
        }
        self.init(made, kind, algorithm, kid.map { .kid($0) } ?? .thumbprint)
    }

    private static func published(_ key: OpaquePointer, _ kind: KeyKind) -> [(String, JSON)]? {
        var first = [UInt8](repeating: 0, count: max(kind.width, 2048))
        var second = first
        var (a, b) = kind == .rsa ? (first.count, second.count) : (kind.width, kind.width)
        guard kind != .rsa || EVP_PKEY_get_size(key) <= 1024, copenssl_numbers(key, &first, &a, &second, &b) == 1
        else { return nil }
        let numbers = zip(PublicKey.names(kind), [Array(first.prefix(a)), Array(second.prefix(b))])
        return JWK.members(kind, numbers.map { (name: $0.0, bytes: $0.1) })
    }

    /// The signature over these bytes, as JOSE has it: r and s in full length for ECDSA (RFC 7518 3.4), never DER.
    public func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        var count = kind == .rsa ? Int(EVP_PKEY_get_size(key)) : 2 * kind.width
        var out = [UInt8](repeating: 0, count: count)
        let done =
            switch kind {
            case .p256, .p384, .p521:
                copenssl_ec_sign(key, algorithm.digest, message, message.count, &out, kind.width)
            case .rsa, .ed25519, .ed448:
                copenssl_sign(key, algorithm.digest, algorithm.padding, message, message.count, &out, &count)
            }
        guard done == 1 else { throw CryptoError("signing failed") }
        return Array(out.prefix(count))
    }
}
