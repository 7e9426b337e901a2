internal import COpenSSL
public import Wire

/// A signature algorithm (RFC 7518 3.1) this build verifies.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"

    var digest: String {
        switch self {
        case .rs256: "SHA256"
        case .rs384: "SHA384"
        case .rs512: "SHA512"
        }
    }
}

/// A public key of a set (RFC 7517 4): an RSA key of 2048 to 8192 bits for signatures.
public struct JWK: Sendable {
    public let kid: String?
    /// The only algorithm it may be used with, where it says so.
    public let algorithm: SignatureAlgorithm?
    let key: PublicKey

    /// Nil: not a key we can use (another kind, another use, too weak). Not an error: sets hold keys of all kinds.
    init?(_ json: JSON) {
        guard json["kty"]?.string == "RSA", json["use"]?.string ?? "sig" == "sig",
            let modulus = Self.number(json["n"]), let exponent = Self.number(json["e"]),
            let key = PublicKey(modulus: modulus, exponent: exponent)
        else { return nil }
        if let operations = json["key_ops"] {
            guard let names = operations.array?.compactMap(\.string), names.contains("verify") else { return nil }
        }
        kid = json["kid"]?.string
        if let named = json["alg"] {
            guard let algorithm = named.string.flatMap(SignatureAlgorithm.init) else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        self.key = key
    }

    private static func number(_ json: JSON?) -> [UInt8]? {
        guard let bytes = json?.string.flatMap(Base64URL.decode), !bytes.isEmpty, bytes[0] != 0 else { return nil }
        return bytes
    }
}

/// An RSA public key held by OpenSSL.
final class PublicKey: @unchecked Sendable {
    // Ownership: made in init, freed in deinit; OpenSSL only reads it in between.
    private let key: OpaquePointer

    init?(modulus: [UInt8], exponent: [UInt8]) {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard (2048...8192).contains(bits), let odd = exponent.last, odd & 1 == 1, exponent.count <= 8,
            exponent != [1]
        else { return nil }
        let made = modulus.withUnsafeBufferPointer { n in
            exponent.withUnsafeBufferPointer { e in
                var parts: [UnsafePointer<UInt8>?] = [n.baseAddress, e.baseAddress, nil, nil, nil, nil, nil, nil]
                var counts = [n.count, e.count, 0, 0, 0, 0, 0, 0]
                return copenssl_rsa(&parts, &counts, 0)
            }
        }
        guard let made else { return nil }
        key = made
    }

    deinit { EVP_PKEY_free(key) }

    func holds(_ signature: [UInt8], _ message: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
        copenssl_rsa_verify(key, algorithm.digest, signature, signature.count, message, message.count) == 1
    }
}

/// Why a document is no key set.
public enum JWKSetError: Error, Sendable, Hashable {
    case notASet
    case tooManyKeys
    /// Two keys of the same id, kind, algorithm and use: which one signed cannot be told.
    case duplicate
    /// A private key is published: nothing this set signs means anything.
    case containsPrivateKey
}

/// A set of public keys (RFC 7517 5); those we cannot use are left out.
public struct JWKSet: Sendable {
    public static let maximumKeys = 256
    public let keys: [JWK]

    public init(_ json: JSON) throws(JWKSetError) {
        guard let all = json["keys"]?.array else { throw .notASet }
        guard all.count <= Self.maximumKeys else { throw .tooManyKeys }
        var seen: Set<[String?]> = []
        for key in all {
            guard key.object != nil else { throw .notASet }
            // `d` of RSA, EC and OKP, `k` of a symmetric key.
            guard key["d"] == nil, key["k"] == nil else { throw .containsPrivateKey }
            guard let kid = key["kid"]?.string else { continue }
            let name = [kid, key["kty"]?.string, key["alg"]?.string, key["use"]?.string]
            guard seen.insert(name).inserted else { throw .duplicate }
        }
        keys = all.compactMap(JWK.init)
    }
}
