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
        var out: [[UInt8]] = []
        database { handle in
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            #expect(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
            while sqlite3_step(statement) == SQLITE_ROW {
                let bytes = UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(statement, 0), count: Int(sqlite3_column_bytes(statement, 0)))
                out.append(Array(bytes))
            }
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
