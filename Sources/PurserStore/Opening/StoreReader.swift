public import PurserEngine

/// A connection that only reads, and never checkpoints.
///
/// It may move from thread to thread, but serves one at a time; its owner sees to that.
public final class StoreReader: @unchecked Sendable {
    // Ownership: whoever took it from its owner's pool, alone, until it is given back.
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// Looks at one state of the store: all that `look` reads is of the same moment.
    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try connection.run("BEGIN")
        defer { connection.rollBack() }
        return try look(SQLiteReads(connection: connection))
    }

    /// Gives the connection back; afterwards reads throw `.closed`.
    public func close() { connection.close() }
}
