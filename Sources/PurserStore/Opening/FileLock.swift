import Glibc
import PurserEngine

/// The operating system's lock on `<database>.lock`: whoever holds it is the one daemon of this database. It goes with
/// the process, however that ends.
final class FileLock {
    private let descriptor: Int32

    /// Throws `.inUse` when somebody else holds it.
    init(beside database: String) throws(StoreError) {
        descriptor = try PrivateFile.open(database + ".lock")
        var code: Int32
        repeat { code = flock(descriptor, LOCK_EX | LOCK_NB) } while code != 0 && errno == EINTR
        guard code == 0 else {
            let why = errno
            throw why == EWOULDBLOCK ? .inUse : .io("the database's lock file cannot be locked (system error \(why))")
        }
    }

    // Closing lets the lock go. The file stays: one that is removed can be locked twice.
    deinit { close(descriptor) }
}

/// Files that nobody but their owner can read.
enum PrivateFile {
    /// Opens a file for reading and writing, made if it is not there, with mode 0600 whatever the umask.
    static func open(_ path: String) throws(StoreError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failed() }
        guard fchmod(descriptor, 0o600) == 0 else {
            let error = failed()
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Sees that a file is there and private.
    static func prepare(_ path: String) throws(StoreError) { close(try open(path)) }

    /// The first bytes of a file, at most so many.
    static func head(_ path: String, _ count: Int) throws(StoreError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed() }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(descriptor, &bytes, count, 0)
        guard read >= 0 else { throw failed() }
        return Array(bytes.prefix(read))
    }

    /// All of a file; nil: it is not there.
    static func whole(_ path: String) throws(StoreError) -> [UInt8]? {
        var found = stat()
        guard stat(path, &found) == 0 else {
            guard errno == ENOENT else { throw failed() }
            return nil
        }
        return try head(path, Int(found.st_size))
    }

    /// What was written to a file is durable when this returns.
    static func sync(_ path: String) throws(StoreError) { try sync(path, O_RDWR) }

    /// The same for the names in the folder that a file is in.
    static func syncFolder(of path: String) throws(StoreError) {
        let slash = path.lastIndex(of: "/")
        try sync(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
    }

    private static func sync(_ path: String, _ flags: Int32) throws(StoreError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed() }
    }

    private static func failed() -> StoreError {
        let why = errno
        return [ENOSPC, EDQUOT].contains(why)
            ? .full : .io("a file of the database cannot be opened (system error \(why))")
    }
}
