import PurserEngine

/// Reading through a connection: what the reader and the writer have in common. The lookups are in extensions, by
/// noun.
protocol SQLiteLooks: StoreReads {
    var connection: Connection { get }
}

/// The reads alone.
struct SQLiteReads: SQLiteLooks {
    let connection: Connection
}
