public import PurserEngine

/// The one connection that writes and checkpoints. A batch is `begin`, any number of `run`, `commit`: one sync of the
/// disk for all of it.
///
/// What a job did is durable when `commit` has returned, and not before: answers are given out after it. A job that
/// throws is undone alone. When `commit` throws, nothing of the batch happened.
///
/// It may be made on one thread and used on another, but serves one at a time; its owner sees to that.
public final class StoreWriter: @unchecked Sendable {
    // Ownership: the store's own thread, from the moment it is handed over.
    let connection: Connection
    private var lock: FileLock?
    private let verbs: SQLiteVerbs
    /// Why the batch can no longer be kept: SQLite ended its transaction by itself (disk full, I/O error).
    private var lost: StoreError?

    /// The log ended in something that could not be read: what was written last may be missing. A kill or a power cut may
    /// leave it so in the middle of a write that nobody was told of yet.
    public internal(set) var lostLog = false

    init(_ connection: Connection, _ lock: FileLock?) {
        self.connection = connection
        self.lock = lock
        verbs = SQLiteVerbs(connection: connection)
    }

    /// Whether keys or tokens were erased since the last checkpoint: the write-ahead log holds them until the next.
    public var hasErased: Bool { verbs.traces.hasErased }

    /// Begins a batch.
    public func begin() throws(StoreError) {
        lost = nil
        try connection.run("BEGIN IMMEDIATE")
    }

    /// Runs one job of the batch. When it throws, or a verb within it threw, nothing of the job remains; the other jobs
    /// of the batch do.
    public func run<R>(_ job: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        if let lost { throw lost }
        connection.forgetFailure()
        try connection.run("SAVEPOINT job")
        do throws(StoreError) {
            let result = try job(verbs)
            // A job may have swallowed the error of a verb that stopped half-way.
            if let failure = connection.failure { throw failure }
            try connection.run("RELEASE job")
            return result
        } catch {
            try undo(because: error)
            throw error
        }
    }

    /// Makes the batch durable.
    public func commit() throws(StoreError) {
        if let lost {
            connection.rollBack()
            throw lost
        }
        do { try connection.run("COMMIT") } catch {
            connection.rollBack()
            throw error
        }
    }

    /// Ends the batch with nothing kept.
    public func rollBack() { connection.rollBack() }

    /// One job as a batch of its own.
    public func batch<R>(_ job: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        try begin()
        let result: R
        do { result = try run(job) } catch {
            connection.rollBack()
            throw error
        }
        try commit()
        return result
    }

    /// Looks at the store through this connection, between two batches.
    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R { try look(verbs) }

    /// Moves the write-ahead log into the database and empties it. Readers hold it up; then it is done next time.
    /// - Returns: whether the log is empty now.
    @discardableResult
    public func checkpoint() throws(StoreError) -> Bool {
        let isBusy = try connection.number("PRAGMA wal_checkpoint(TRUNCATE)") != 0
        if !isBusy { verbs.traces.hasErased = false }
        return !isBusy
    }

    /// What SQLite finds wrong with the whole file (`PRAGMA integrity_check`, foreign keys too); empty: nothing.
    public func damages() throws(StoreError) -> [String] {
        let found = try connection.all("PRAGMA integrity_check") { row in row.text() }
        let orphans = try connection.all("PRAGMA foreign_key_check") { row in row.text() }
        return found.filter { $0 != "ok" } + orphans.map { "a row of \($0) belongs to nothing" }
    }

    /// Gives the database back, then the lock. Afterwards everything throws `.closed`.
    public func close() {
        connection.rollBack()
        connection.close()
        lock = nil
    }

    private func undo(because error: StoreError) throws(StoreError) {
        guard connection.isInTransaction else {
            lost = connection.failure ?? error
            return
        }
        do throws(StoreError) {
            try connection.run("ROLLBACK TO job")
            try connection.run("RELEASE job")
        } catch {
            lost = error
            connection.rollBack()
        }
    }
}
