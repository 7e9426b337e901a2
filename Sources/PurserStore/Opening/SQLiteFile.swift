public import PurserEngine

/// A database file. SQLite in WAL mode; the file, its `-wal`, `-shm` and `.lock` are readable for their owner only. Every
/// page carries a sum: what a disk changed is an error, and never shown.
public enum SQLiteFile {
    /// Opens the one connection that writes, and makes or upgrades the database.
    ///
    /// Throws `.inUse` when another daemon has it, `.newerSchema` when a newer Purser wrote it, and `.damaged` when the
    /// file is no database or another program's; nothing is written to it then.
    /// - Parameter storeID: the name of a new store; nil: a random one. An existing store keeps its own.
    public static func open(path: String, storeID: String? = nil) throws(StoreError) -> StoreWriter {
        let lock = try FileLock(beside: path)
        // SQLite gives `-wal` and `-shm` the mode of the database, so this alone makes all of them private.
        try PrivateFile.prepare(path)
        let log = LogTail(try PrivateFile.whole(path + "-wal") ?? [])
        try CheckedPages.bring(path)
        let writer = try open(try Connection(path: path, .write), lock, storeID: storeID)
        writer.lostLog = log != .whole
        return writer
    }

    /// Opens it on a disk of the simulation: the VFS of this name, whose files nobody else sees and nobody locks.
    public static func open(path: String, onDisk disk: String, storeID: String) throws(StoreError) -> StoreWriter {
        try open(try Connection(path: path, .write, disk: disk), nil, storeID: storeID)
    }

    private static func open(
        _ connection: Connection, _ lock: FileLock?, storeID: String?
    ) throws(StoreError) -> StoreWriter {
        let found: Int
        switch try Schema.find(connection) {
        case .empty: found = 0
        case .ours(let schema): found = schema
        case .foreign: throw .damaged("it belongs to another program")
        }
        guard found <= Schema.known else { throw .newerSchema(found: found, known: Schema.known) }
        if found == 0 { try connection.leaveRoomForChecks() }
        // Secure delete comes before the first write, and the journal mode before the first transaction.
        try connection.script(
            """
            PRAGMA secure_delete = ON;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA cell_size_check = ON;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -8000;
            PRAGMA wal_autocheckpoint = 4000;
            """)
        if Plant.isIn("not-synced") { try connection.script("PRAGMA synchronous = OFF") }
        // If a sync failed in the life before, the log may read whole and not be: written anew, it is.
        _ = try connection.number("PRAGMA wal_checkpoint(TRUNCATE)")
        try Schema.migrate(connection, from: found, storeID: storeID)
        return StoreWriter(connection, lock)
    }

    /// Opens a connection that only reads, of a database that a writer has open.
    public static func openReader(path: String) throws(StoreError) -> StoreReader {
        let connection = try Connection(path: path, .read)
        guard case .ours(let schema) = try Schema.find(connection) else {
            throw .damaged("it is not a database of purser")
        }
        guard schema == Schema.known else { throw .newerSchema(found: schema, known: Schema.known) }
        try connection.script(
            """
            PRAGMA query_only = ON;
            PRAGMA cell_size_check = ON;
            PRAGMA temp_store = MEMORY;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA cache_size = -8000;
            """)
        return StoreReader(connection)
    }
}
