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

    private static func failed() -> StoreError {
        let why = errno
        return [ENOSPC, EDQUOT].contains(why)
            ? .full : .io("a file of the database cannot be opened (system error \(why))")
    }
}
