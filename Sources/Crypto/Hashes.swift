internal import COpenSSL

/// Why a cryptographic operation did not happen. Says nothing about the data.
public struct CryptoError: Error, Sendable, Hashable {
    public let what: String
    init(_ what: String) { self.what = what }
}

/// SHA-2 (FIPS 180-4).
public enum Hash {
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest(EVP_sha256(), 32, bytes) }
    public static func sha384(_ bytes: [UInt8]) -> [UInt8] { digest(EVP_sha384(), 48, bytes) }
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { digest(EVP_sha512(), 64, bytes) }

    private static func digest(_ kind: OpaquePointer, _ count: Int, _ bytes: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        let done = EVP_Digest(bytes, bytes.count, &out, nil, kind, nil)
        precondition(done == 1, "the digest failed: no memory")
        return out
    }
}

/// HMAC (RFC 2104) with SHA-2.
public enum HMAC {
    public static func sha256(key: Secret, _ message: [UInt8]) -> [UInt8] { tag("SHA256", 32, key, message) }
    public static func sha384(key: Secret, _ message: [UInt8]) -> [UInt8] { tag("SHA384", 48, key, message) }
    public static func sha512(key: Secret, _ message: [UInt8]) -> [UInt8] { tag("SHA512", 64, key, message) }

    private static func tag(_ digest: String, _ count: Int, _ key: Secret, _ message: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        var written = 0
        key.withBytes { key in
            _ = EVP_Q_mac(
                nil, "HMAC", nil, digest, nil, key.baseAddress, key.count, message, message.count, &out, count, &written
            )
        }
        precondition(written == count, "the HMAC failed: no memory")
        return out
    }
}

/// HKDF (RFC 5869) with SHA-256.
public enum HKDF {
    /// `count` bytes, 1 to 255 x 32.
    public static func sha256(secret: Secret, salt: [UInt8], info: [UInt8], count: Int) -> Secret {
        precondition((1...255 * 32).contains(count), "HKDF-SHA256 gives at most 8160 bytes")
        var done: Int32 = 0
        let out = Secret(count: count, locked: true) { out in
            secret.withBytes { secret in
                done = copenssl_hkdf(
                    "SHA256", secret.baseAddress!.assumingMemoryBound(to: UInt8.self), secret.count, salt, salt.count,
                    info, info.count, out.baseAddress!.assumingMemoryBound(to: UInt8.self), count)
            }
        }
        precondition(done == 1, "HKDF failed: no memory, or an empty secret")
        return out
    }
}

/// The system's generator, seeded by the kernel.
public enum SystemRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        precondition(RAND_bytes(&out, Int32(count)) == 1, "the system gives no random bytes")
        return out
    }

    /// For keys: drawn from the private generator (RAND_priv_bytes) into locked memory.
    public static func secret(_ count: Int) -> Secret {
        Secret(count: count, locked: true) { out in
            let drawn = RAND_priv_bytes(out.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32(count))
            precondition(drawn == 1, "the system gives no random bytes")
        }
    }
}
