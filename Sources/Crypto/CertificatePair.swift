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
        /// RSA below 2048 bits, or an elliptic curve below 224.
        case weakKey
    }

    /// How many certificates a PEM text holds, one after the other; 0 where one of them cannot be read.
    public static func count(_ pem: [UInt8]) -> Int { Int(copenssl_certificates(pem, pem.count)) }

    /// SHA-256 over a certificate (DER), which names it (RFC 8705 3.1, `x5t#S256`).
    public static func thumbprint(_ der: [UInt8]) -> String { Base64URL.encode(Hash.sha256(der)) }

    /// The first certificate of a PEM text, as DER; nil: there is none.
    public static func der(_ pem: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(of: "-----BEGIN CERTIFICATE-----"),
            let end = lines[begin...].firstIndex(of: "-----END CERTIFICATE-----")
        else { return nil }
        return Base64.decode(lines[(begin + 1)..<end].joined())
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
        case 5: throw .weakKey
        default: throw .noKey
        }
    }
}
