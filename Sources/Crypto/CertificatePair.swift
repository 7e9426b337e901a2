internal import COpenSSL
public import Wire

/// A certificate and its key, both PEM, before a server shows them to anybody.
public enum CertificatePair {
    public enum Misfit: Error, Sendable, Hashable {
        case noCertificate
        case noKey
        /// There is nobody to ask for its passphrase.
        case encryptedKey
        /// The key is another certificate's.
        case strangers
    }

    /// Whether they belong together; of a chain the first certificate counts.
    /// - Returns: when that certificate ends.
    public static func check(certificate: [UInt8], key: Secret) throws(Misfit) -> Instant {
        var ends: Int64 = 0
        let outcome = key.withBytes { key in
            copenssl_pair(
                certificate, certificate.count, key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count, &ends)
        }
        switch outcome {
        case 0: return Instant(seconds: ends)
        case 1: throw .noCertificate
        case 3: throw .encryptedKey
        case 4: throw .strangers
        default: throw .noKey
        }
    }
}
