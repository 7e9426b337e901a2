internal import COpenSSL

/// AES-256-GCM (NIST SP 800-38D): key 32 bytes, nonce 12, tag 16 after the ciphertext. Other sizes are refused.
public enum AEAD {
    public static let keyCount = 32
    public static let nonceCount = 12
    public static let tagCount = 16

    /// Ciphertext and tag. The nonce must never come twice under one key.
    public static func seal(
        _ plaintext: Secret, key: Secret, nonce: [UInt8], aad: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        let context = try context(key, nonce, sealing: true)
        defer { EVP_CIPHER_CTX_free(context) }
        var out = [UInt8](repeating: 0, count: plaintext.count + tagCount)
        var written: Int32 = 0
        let sealed = out.withUnsafeMutableBufferPointer { out in
            plaintext.withBytes { plain in
                EVP_CipherUpdate(context, nil, &written, aad, Int32(aad.count)) == 1
                    && EVP_CipherUpdate(
                        context, out.baseAddress, &written, plain.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        Int32(plain.count)) == 1
                    && EVP_CipherFinal_ex(context, out.baseAddress! + plain.count, &written) == 1
                    && EVP_CIPHER_CTX_ctrl(
                        context, EVP_CTRL_AEAD_GET_TAG, Int32(tagCount), out.baseAddress! + plain.count) == 1
            }
        }
        guard sealed else { throw CryptoError("sealing failed") }
        return out
    }

    /// The plaintext, if key, nonce, associated data and every bit are the ones it was sealed with.
    ///
    /// - Parameter locked: it is a key itself: into locked memory.
    public static func open(
        _ sealed: [UInt8], key: Secret, nonce: [UInt8], aad: [UInt8], locked: Bool = false
    ) throws(CryptoError) -> Secret {
        guard sealed.count >= tagCount else { throw CryptoError("too short to be sealed") }
        let context = try context(key, nonce, sealing: false)
        defer { EVP_CIPHER_CTX_free(context) }
        let count = sealed.count - tagCount
        var tag = Array(sealed[count...])
        var isGenuine = false
        let plain = Secret(count: count, locked: locked) { out in
            var written: Int32 = 0
            var end: Int32 = 0
            var rest = [UInt8](repeating: 0, count: tagCount)
            isGenuine =
                EVP_CipherUpdate(context, nil, &written, aad, Int32(aad.count)) == 1
                && EVP_CipherUpdate(
                    context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, sealed, Int32(count)) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagCount), &tag) == 1
                && EVP_CipherFinal_ex(context, &rest, &end) == 1
        }
        guard isGenuine else { throw CryptoError("not what was sealed here") }
        return plain
    }

    private static func context(_ key: Secret, _ nonce: [UInt8], sealing: Bool) throws(CryptoError) -> OpaquePointer {
        guard key.count == keyCount else { throw CryptoError("a key of \(key.count) bytes; \(keyCount) are needed") }
        guard nonce.count == nonceCount else {
            throw CryptoError("a nonce of \(nonce.count) bytes; \(nonceCount) are needed")
        }
        guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError("no memory") }
        let isReady = key.withBytes { key in
            EVP_CipherInit_ex(
                context, EVP_aes_256_gcm(), nil, key.baseAddress!.assumingMemoryBound(to: UInt8.self), nonce,
                sealing ? 1 : 0) == 1
        }
        guard isReady else {
            EVP_CIPHER_CTX_free(context)
            throw CryptoError("the cipher could not be set up")
        }
        return context
    }
}
