import CSQLite
import PurserEngine

/// One SQLite connection: prepared statements kept by their text, values bound and read by type, errors as words.
///
/// Not for two threads at a time. SQL comes as a literal only, so that no value is ever part of it.
final class Connection {
    private let handle: OpaquePointer
    /// By the address of the literal, which is one for each place in the source.
    private var statements: [UnsafePointer<UInt8>: OpaquePointer] = [:]
    /// The first thing that failed since the last `forgetFailure`.
    private(set) var failure: StoreError?
    private var isClosed = false
    /// Looks at every page that is read; goes last.
    private let checks: OpaquePointer

    enum Access { case write, read }

    /// - Parameter disk: the name of another VFS than the operating system's.
    init(path: String, _ access: Access, disk: String? = nil) throws(StoreError) {
        guard let checks = csqlite_checks_new(disk) else { throw .failed("no memory for a connection") }
        var opened: OpaquePointer?
        var mode = access == .write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        // Elsewhere the file was made before, to be private from its first moment.
        if disk != nil { mode |= SQLITE_OPEN_CREATE }
        let code = sqlite3_open_v2(
            path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, csqlite_checks_name(checks))
        guard code == SQLITE_OK, let opened else {
            let error = StoreError(sqlite: code, errno: opened.map(sqlite3_system_errno) ?? 0)
            sqlite3_close_v2(opened)
            csqlite_checks_free(checks)
            throw error
        }
        self.checks = checks
        handle = opened
        sqlite3_busy_timeout(handle, 5000)
        for (what, on) in [
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
            (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
            (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access == .read ? 1 : 0),
        ] { _ = csqlite_switch(handle, what, Int32(on)) }
    }

    deinit { close() }

    /// Gives everything back. Whatever is called after that throws `.closed`.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        sqlite3_close_v2(handle)
        csqlite_checks_free(checks)
    }

    /// Pages will have room for what they are checked by: of a new database at once, of this one in a copy.
    func leaveRoomForChecks() throws(StoreError) {
        guard !isClosed else { throw .closed }
        let code = csqlite_leave_room(handle)
        guard code == SQLITE_OK else { throw failed(code) }
    }

    /// Whether a transaction is open. SQLite ends one by itself after some errors.
    var isInTransaction: Bool { !isClosed && sqlite3_get_autocommit(handle) == 0 }

    func forgetFailure() { failure = nil }

    /// Runs several statements that give no rows.
    func script(_ sql: String) throws(StoreError) {
        guard !isClosed else { throw .closed }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failed(code) }
    }

    /// Ends a transaction without keeping it, if there is one.
    func rollBack() {
        if isInTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Runs one statement to its end.
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ sql: StaticString, _ values: (any Bindable)?...) throws(StoreError) -> Int {
        let statement = try bound(sql, values)
        defer { release(statement) }
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW { code = sqlite3_step(statement) }
        guard code == SQLITE_DONE else { throw failed(code) }
        return Int(sqlite3_changes(handle))
    }

    /// The first row, if there is one.
    func first<T>(
        _ sql: StaticString, _ values: (any Bindable)?..., as decode: (inout Row) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        let statement = try bound(sql, values)
        defer { release(statement) }
        let code = sqlite3_step(statement)
        if code == SQLITE_DONE { return nil }
        guard code == SQLITE_ROW else { throw failed(code) }
        return try decoded(statement, decode)
    }

    /// Every row.
    func all<T>(
        _ sql: StaticString, _ values: (any Bindable)?..., as decode: (inout Row) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        let statement = try bound(sql, values)
        defer { release(statement) }
        var out: [T] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return out }
            guard code == SQLITE_ROW else { throw failed(code) }
            out.append(try decoded(statement, decode))
        }
    }

    /// The first column of the first row as a number; 0 when there is no row.
    func number(_ sql: StaticString, _ values: (any Bindable)?...) throws(StoreError) -> Int64 {
        let statement = try bound(sql, values)
        defer { release(statement) }
        let code = sqlite3_step(statement)
        guard code == SQLITE_ROW || code == SQLITE_DONE else { throw failed(code) }
        return code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0
    }

    private func bound(_ sql: StaticString, _ values: [(any Bindable)?]) throws(StoreError) -> OpaquePointer {
        let statement = try prepared(sql)
        for (index, value) in values.enumerated() {
            let at = Int32(index + 1)
            let code = value.map { $0.bind(to: statement, at: at) } ?? sqlite3_bind_null(statement, at)
            guard code == SQLITE_OK else {
                release(statement)
                throw failed(code)
            }
        }
        return statement
    }

    private func prepared(_ sql: StaticString) throws(StoreError) -> OpaquePointer {
        guard !isClosed else { throw .closed }
        if let known = statements[sql.utf8Start] { return known }
        var made: OpaquePointer?
        let code = sql.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) {
                sqlite3_prepare_v3(
                    handle, $0.baseAddress, Int32($0.count), UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
            }
        }
        guard code == SQLITE_OK, let made else { throw failed(code) }
        statements[sql.utf8Start] = made
        return made
    }

    // Bindings are let go too: nothing that was written stays in memory on a statement's account.
    private func release(_ statement: OpaquePointer) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    private func decoded<T>(
        _ statement: OpaquePointer, _ decode: (inout Row) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        var row = Row(statement)
        do { return try decode(&row) } catch {
            failure = failure ?? error
            throw error
        }
    }

    private func failed(_ code: Int32) -> StoreError {
        let error = StoreError(sqlite: code, errno: sqlite3_system_errno(handle))
        failure = failure ?? error
        return error
    }
}
