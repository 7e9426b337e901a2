import Glibc
import PurserEngine

/// A database of an older Purser, whose pages have no room for what they are checked by, is written anew once: beside
/// itself, and put in its own place when all of it is durable. Whatever happens before that leaves the old file as it was.
enum CheckedPages {
    /// From this schema on every database has checked pages.
    static let firstSchema = 7

    /// Throws `.damaged` where a newer file says it has none, `.full` where there is no room for another file.
    static func bring(_ path: String) throws(StoreError) {
        guard DatabaseHeader.isChecked(try PrivateFile.head(path, DatabaseHeader.count)) == false else { return }
        let copy = path + ".checked"
        let connection = try Connection(path: path, .write)
        defer { connection.close() }
        guard case .ours(let schema) = try Schema.find(connection) else { return }
        guard schema < firstSchema else { throw .damaged("its header is not what was written there") }
        // All of it in one file, and nothing in the log that a file of the same name could take for its own.
        guard try connection.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0 else { throw .inUse }
        unlink(copy)
        do throws(StoreError) {
            try PrivateFile.prepare(copy)
            try connection.leaveRoomForChecks()
            try connection.run("VACUUM INTO ?1", copy)
            try PrivateFile.sync(copy)
        } catch {
            unlink(copy)
            throw error
        }
        connection.close()
        guard rename(copy, path) == 0 else { throw .io("the database cannot be replaced (system error \(errno))") }
        try PrivateFile.syncFolder(of: path)
    }
}
