import CLinux
public import Crypto
import Glibc
public import PurserEngine
import Wire

// The root key file: one line of 64 hexadecimal digits, mode 0600 or 0400, owned by the daemon's user, a regular file
// and no symlink. Anything else is refused with the reason and nothing is touched.

/// The root secret in a file of its own.
public struct KeyFile: RootKey {
    public let path: String

    public init(_ path: String) { self.path = path }

    public func secret() throws(RootKeyError) -> Secret {
        // O_NONBLOCK: a pipe with a name must be refused, not waited for.
        let descriptor = clinux_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw Self.refusal(path, errno) }
        defer { close(descriptor) }
        try Self.check(descriptor, path)
        return try KeyText.read(descriptor, "the key file \(path)")
    }

    static func refusal(_ path: String, _ number: Int32) -> RootKeyError {
        switch number {
        case ENOENT: .missing("the key file \(path) is not there")
        case ELOOP: .unfit("the key file \(path) is a symbolic link; name the file itself")
        default: .unfit("the key file \(path) cannot be opened: \(String(cString: strerror(number)).lowercased())")
        }
    }

    static func check(_ descriptor: Int32, _ path: String) throws(RootKeyError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unfit("the key file \(path) is not a regular file")
        }
        guard status.st_uid == geteuid() else {
            throw .unfit(
                "the key file \(path) belongs to another user (uid \(status.st_uid)); run: chown \(geteuid()) \(path)")
        }
        guard status.st_mode & 0o177 == 0 else {
            throw .unfit("the key file \(path) can be read or changed by others; run: chmod 600 \(path)")
        }
    }

    public var isThere: Bool { FileSystem.exists(path) }

    /// Makes a new key file, durable before this returns. Never over an existing one.
    public func make() throws(RootKeyError) {
        do { try FileSystem.makeFolder(folder) } catch {
            throw .unfit("the key's folder cannot be made: \(error)")
        }
        let descriptor = clinux_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 || errno != EEXIST else {
            throw .unfit("the key file \(path) is there already; a key is never replaced")
        }
        guard descriptor >= 0 else {
            throw .unfit("the key file \(path) cannot be made: \(String(cString: strerror(errno)).lowercased())")
        }
        defer { close(descriptor) }
        let line = SystemRandom.secret(32).withBytes { Hex.encode($0) } + "\n"
        let bytes = Array(line.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw .unfit("the key file \(path) cannot be written: \(String(cString: strerror(errno)).lowercased())")
        }
        Self.sync(folder)
    }
}

// Replacing a key file: the new one is made beside it (`.new`), the database goes over to it in one transaction, and it is
// renamed into place. Cut short before the database went over, the old file opens it; after, the one beside does.
extension KeyFile {
    /// Where the next key lies while the database goes over to it.
    public var next: KeyFile { KeyFile(path + ".new") }

    /// Makes the next key, durable before this returns; one that an earlier try left is no use to anybody.
    public func makeNext() throws(RootKeyError) -> Secret {
        if next.isThere { try next.discard() }
        try next.make()
        return try next.secret()
    }

    /// The next key takes the place of this one, for good.
    public func takeNext() throws(RootKeyError) {
        guard rename(next.path, path) == 0 else {
            throw .unfit(
                "the new key \(next.path) cannot be put in the place of \(path) "
                    + "(\(String(cString: strerror(errno)).lowercased())), and the database opens by it alone: rename it"
            )
        }
        Self.sync(folder)
    }

    /// Removes a key that opens nothing.
    public func discard() throws(RootKeyError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .unfit("\(path) cannot be removed: \(String(cString: strerror(errno)).lowercased())")
        }
        Self.sync(folder)
    }

    fileprivate var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    fileprivate static func sync(_ folder: String) {
        let parent = clinux_open(folder, O_RDONLY | O_DIRECTORY, 0)
        guard parent >= 0 else { return }
        fsync(parent)
        close(parent)
    }
}
