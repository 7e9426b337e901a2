import CSQLite
import Wire

/// What a kill leaves when every link's refresh token has just been sent, and what became of it.
final class Doubt {
    private let database: String
    private let provider: String
    private let sentAt: Int64
    /// Looks on while the daemon works.
    private var reader: OpaquePointer?

    init(_ data: String, _ variant: Variant) {
        database = data + "/purser.db"
        provider = variant.name
        sentAt = Clock.wall
    }

    deinit { sqlite3_close_v2(reader) }

    /// Brings every link of the provider into doubt, while no daemon runs.
    ///
    /// - Returns: how many there are.
    func spread() -> Int {
        // What is written here is no damage of the disk's.
        guard let checks = csqlite_checks_new(nil) else { return 0 }
        defer { csqlite_checks_free(checks) }
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        guard sqlite3_open_v2(database, &handle, SQLITE_OPEN_READWRITE, csqlite_checks_name(checks)) == SQLITE_OK
        else { return 0 }
        let script = """
            BEGIN IMMEDIATE;
            INSERT INTO refresh_intent(wallet, link, purpose, generation, fence, sent_at, deadline, attempt)
                SELECT wallet, id, 'refresh', generation, fence, \(sentAt), \(sentAt + 15_000), 1 FROM link
                WHERE provider = '\(provider)' AND state = 'active';
            UPDATE due SET leased = 1, due_at = \(sentAt + 150_000) WHERE EXISTS (
                SELECT 1 FROM refresh_intent AS spend WHERE spend.wallet = due.wallet AND spend.link = due.link);
            COMMIT;
            """
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { return 0 }
        return Self.numbers(handle, "SELECT count(*) FROM refresh_intent")?.first.map(Int.init) ?? 0
    }

    /// Whether a link is in doubt still whose token was not sent again.
    func isLeft() -> Bool {
        if reader == nil { sqlite3_open_v2(database, &reader, SQLITE_OPEN_READONLY, nil) }
        let left = Self.numbers(
            reader, "SELECT count(*) FROM refresh_intent WHERE attempt = 1 AND sent_at <= \(sentAt)")
        // A database that is written to at this moment may not answer.
        return left != [0]
    }

    /// When each link's token was sent again first, in milliseconds of the wall clock, in order.
    func replays() -> [Int64] {
        if reader == nil { sqlite3_open_v2(database, &reader, SQLITE_OPEN_READONLY, nil) }
        return Self.numbers(
            reader,
            "SELECT min(at) AS first FROM custody_event WHERE kind = 'resent' GROUP BY wallet, link ORDER BY first")
            ?? []
    }

    private static func numbers(_ handle: OpaquePointer?, _ sql: String) -> [Int64]? {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard handle != nil, sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return nil }
        var out: [Int64] = []
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW {
            out.append(sqlite3_column_int64(statement, 0))
            code = sqlite3_step(statement)
        }
        return code == SQLITE_DONE ? out : nil
    }
}
