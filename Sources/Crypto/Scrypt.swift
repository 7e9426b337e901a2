internal import COpenSSL

/// scrypt (RFC 7914): a key from a passphrase, made slow and large for whoever guesses.
public enum Scrypt {
    /// `count` bytes, in locked memory. It takes 128 × `block` × `cost` bytes and a while: never on the pool.
    ///
    /// - Parameters:
    ///   - cost: N, a power of two above 1.
    ///   - block: r.
    ///   - parallel: p.
    public static func derive(
        _ passphrase: Secret, salt: [UInt8], cost: Int, block: Int = 8, parallel: Int = 1, count: Int = 32
    ) throws(CryptoError) -> Secret {
        guard cost > 1, cost & (cost - 1) == 0, block > 0, parallel > 0, count > 0 else {
            throw CryptoError("numbers that scrypt does not take")
        }
        var done: Int32 = 0
        let out = Secret(count: count, locked: true) { out in
            passphrase.withBytes { passphrase in
                done = copenssl_scrypt(
                    passphrase.baseAddress!.assumingMemoryBound(to: UInt8.self), passphrase.count, salt, salt.count,
                    UInt64(cost), UInt64(block), UInt64(parallel), out.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    count)
            }
        }
        guard done == 1 else { throw CryptoError("scrypt failed: no memory") }
        return out
    }
}
