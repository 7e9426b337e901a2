import CLinux
import Crypto
import Glibc
public import Wire

/// The certificate and the key of a server over TLS, read from files and held against each other before anything
/// listens. Whether the certificate's names fit is for whoever connects to judge.
public struct CertificateFiles: Sendable {
    private let certificate: [UInt8]
    private let key: Secret
    /// When the certificate ends; nobody's browser takes it after that.
    public let endsAt: Instant

    private static let mostBytes = 1 << 20

    public init(certificate path: String, key keyPath: String) throws(CertificateProblem) {
        do { certificate = try FileSystem.read(path, limit: Self.mostBytes) } catch {
            throw CertificateProblem("the certificate \(error)")
        }
        key = try Self.key(keyPath)
        do { endsAt = try CertificatePair.check(certificate: certificate, key: key) } catch {
            switch error {
            case .noCertificate: throw CertificateProblem("\(path) holds no certificate in PEM form")
            case .noKey: throw CertificateProblem("\(keyPath) holds no private key in PEM form")
            case .encryptedKey:
                throw CertificateProblem(
                    "the key \(keyPath) is encrypted, and nobody can be asked for its passphrase; "
                        + "decrypt it into a file of mode 0600")
            case .strangers: throw CertificateProblem("the key \(keyPath) is not that of the certificate \(path)")
            case .weakKey:
                throw CertificateProblem(
                    "the key \(keyPath) is too short: RSA has 2048 bits or more, an elliptic curve 224 or more")
            }
        }
    }

    /// Lends both, certificate first.
    public func withPEM<R>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> R) -> R {
        certificate.withUnsafeBytes { certificate in key.withBytes { body(certificate, $0) } }
    }

    /// Read by its owner alone; by a group too where root owns it, as distributions and credential stores lay keys out.
    /// A symbolic link is followed: what renews certificates makes one.
    private static func key(_ path: String) throws(CertificateProblem) -> Secret {
        let descriptor = clinux_open(path, O_RDONLY | O_NONBLOCK, 0)
        guard descriptor >= 0 else {
            throw CertificateProblem("the key \(path): \(String(cString: strerror(errno)).lowercased())")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CertificateProblem("the key \(path) is not a regular file")
        }
        let others: mode_t = status.st_uid == 0 ? 0o037 : 0o077
        guard status.st_mode & others == 0 else {
            throw CertificateProblem("the key \(path) can be read or changed by others; run: chmod 600 \(path)")
        }
        guard status.st_size <= mostBytes else { throw CertificateProblem("the key \(path) is too large for a key") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        defer { for at in bytes.indices { bytes[at] = 0 } }
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { break }
            count += more
        }
        return Secret(copying: bytes.prefix(count))
    }
}

/// Why a certificate or its key is of no use; words for the person.
public struct CertificateProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ words: String) { description = words }
}
