import CSQLite
import Glibc

/// A copy of a daemon's database as it lay there when the daemon was gone, looked at with plain SQL.
final class Snapshot {
    private let folder: String
    private var handle: OpaquePointer?

    /// - Parameter data: the data folder. It is not touched.
    init(of data: String) {
        folder = Files.scratch("purser-crash-look")
        for name in ["purser.db", "purser.db-wal"] where Files.isFile("\(data)/\(name)") {
            Files.copy("\(data)/\(name)", to: "\(folder)/\(name)")
        }
        if sqlite3_open("\(folder)/purser.db", &handle) != SQLITE_OK { handle = nil }
    }

    deinit {
        sqlite3_close_v2(handle)
        Files.remove(folder)
    }

    /// Every row's columns as text; nil: the statement fails.
    func rows(_ sql: String) -> [[String]]? {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard handle != nil, sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return nil }
        var out: [[String]] = []
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW {
            out.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
                })
            code = sqlite3_step(statement)
        }
        return code == SQLITE_DONE ? out : nil
    }

    /// What is wrong with it as a database; nil: nothing.
    var fault: String? {
        // A daemon that was killed before its first transaction leaves an empty file.
        guard let checked = rows("PRAGMA integrity_check") else { return "it cannot be opened" }
        if checked != [["ok"]] { return "integrity_check: \(checked.prefix(3))" }
        guard let foreign = rows("PRAGMA foreign_key_check") else { return "foreign_key_check fails" }
        return foreign.isEmpty ? nil : "foreign_key_check: \(foreign.prefix(3))"
    }

    /// Links whose refresh token was perhaps sent, and of whose answer nothing is kept.
    var inDoubt: Set<String> {
        let found = rows(
            """
            SELECT link FROM refresh_intent WHERE purpose = 'refresh' AND NOT EXISTS (
                SELECT 1 FROM raw_answer WHERE raw_answer.wallet = refresh_intent.wallet
                    AND raw_answer.link = refresh_intent.link AND raw_answer.generation = refresh_intent.generation)
            """)
        return Set((found ?? []).map { $0[0] })
    }
}
