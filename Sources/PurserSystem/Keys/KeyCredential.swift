import CLinux
public import Crypto
import Glibc
public import PurserEngine

// systemd hands a service its credentials as files in a folder of their own, $CREDENTIALS_DIRECTORY: mode 0400, the
// service's user's; or 0440 and root's, with an access list for that user. A key file's checks (0600, our own) would not
// fit; these do: a plain file in that very folder, root's or our own, that nobody else can read and no group can change.

/// The root secret as a systemd credential (`LoadCredential=`). It is only ever read: no key is made for it, and where it
/// is missing nothing else is tried.
public struct KeyCredential: RootKey {
    public let name: String
    private let folder: String?

    /// - Parameter folder: nil: `$CREDENTIALS_DIRECTORY`.
    public init(_ name: String, folder: String? = nil) {
        self.name = name
        self.folder = folder ?? getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }
    }

    /// Whether this could be the name of a credential: no folder, nothing hidden, nothing that systemd would refuse.
    public static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    public func secret() throws(RootKeyError) -> Secret {
        guard Self.isName(name) else { throw .unfit("\(name) is no name of a credential") }
        guard let folder, folder.hasPrefix("/") else {
            throw .missing(
                "the credential \(name) is given by systemd alone, and CREDENTIALS_DIRECTORY is not set; start the unit, "
                    + "or name a key file with --key-file")
        }
        let place = clinux_open(folder, O_RDONLY | O_DIRECTORY, 0)
        guard place >= 0 else { throw .unfit("the folder of credentials \(folder) cannot be opened: \(Self.reason)") }
        defer { close(place) }
        // O_NONBLOCK: a pipe with a name must be refused, not waited for.
        let descriptor = openat(place, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.refusal(name, errno) }
        defer { close(descriptor) }
        try check(descriptor)
        return try KeyText.read(descriptor, "the credential \(name)")
    }

    private static var reason: String { String(cString: strerror(errno)).lowercased() }

    private static func refusal(_ name: String, _ number: Int32) -> RootKeyError {
        switch number {
        case ENOENT: .missing("the credential \(name) is not there; the unit names it with LoadCredential=\(name):FILE")
        case ELOOP: .unfit("the credential \(name) is a symbolic link")
        default: .unfit("the credential \(name) cannot be opened: \(String(cString: strerror(number)).lowercased())")
        }
    }

    private func check(_ descriptor: Int32) throws(RootKeyError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unfit("the credential \(name) is not a regular file")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .unfit("the credential \(name) belongs to another user (uid \(status.st_uid))")
        }
        guard status.st_mode & 0o027 == 0 else {
            throw .unfit("the credential \(name) can be read by everybody or changed by its group")
        }
    }
}
