import CSQLite
import Testing
import Wire

extension House {
    /// Another hand at the database, while the daemon is away. What it writes is no damage of the disk's.
    func change(_ sql: String) {
        database { handle in
            let code = sqlite3_exec(handle, sql, nil, nil, nil)
            #expect(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
        }
    }

    /// What a query finds in the database: the bytes of one column.
    func blobs(_ sql: String) -> [[UInt8]] {
        rows(sql) { row in
            Array(
                UnsafeRawBufferPointer(start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0))))
        }
    }

    /// The same as text, every column.
    func texts(_ sql: String) -> [[String]] {
        rows(sql) { row in
            (0..<sqlite3_column_count(row)).map { at in
                sqlite3_column_text(row, at).map { String(cString: $0) } ?? ""
            }
        }
    }

    private func rows<Row>(_ sql: String, _ read: (OpaquePointer?) -> Row) -> [Row] {
        var out: [Row] = []
        database { handle in
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            #expect(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
            while sqlite3_step(statement) == SQLITE_ROW { out.append(read(statement)) }
        }
        return out
    }

    private func database(_ work: (OpaquePointer) -> Void) {
        guard let checks = csqlite_checks_new(nil) else {
            Issue.record("no checks")
            return
        }
        defer { csqlite_checks_free(checks) }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            data + "/purser.db", &handle, SQLITE_OPEN_READWRITE, csqlite_checks_name(checks))
        defer { sqlite3_close_v2(handle) }
        guard code == SQLITE_OK, let handle else {
            Issue.record("the database does not open: \(code)")
            return
        }
        sqlite3_busy_timeout(handle, 5000)
        work(handle)
    }

    /// How often an endpoint of the first pretend provider was called.
    func calls(_ endpoint: String) -> Int {
        let body = ask(mockPort, "GET", "/_mock/ledger")?.body ?? []
        return (try? JSON.parse(body, limits: .file))?["requests"]?[endpoint]?.int ?? 0
    }
}
