/// Where everything durable lives. Asynchronous: a verb runs on the store's own thread (real) or between two yields
/// (simulated), never on the caller's.
///
/// A trip is several transactions; a verb is one. When `write` returns, what the verb did survives a crash. When it
/// throws, nothing of it happened.
public protocol Store: Sendable {
    func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R

    func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(StoreError) -> R
}

extension Store {
    /// Whether something still holds, as far as the store can say: one that cannot be read gainsays nothing.
    func stillHolds(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> Bool
    ) async -> Bool {
        do { return try await read(look) } catch { return true }
    }
}

/// What a store can fail with. No SQL, no values.
public enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No room on the disk, or a quota.
    case full
    /// The disk failed.
    case io(String)
    /// The file is not a healthy database of ours.
    case damaged(String)
    /// A newer Purser wrote it.
    case newerSchema(found: Int, known: Int)
    /// Another daemon has it.
    case inUse
    case closed
    /// A data key was to be saved under an epoch that was replaced at the same moment.
    case epochGone
    case failed(String)

    public var description: String {
        switch self {
        case .full: "the disk is full; nothing was changed"
        case .io(let what): "the disk failed: \(what)"
        case .damaged(let what): "the database is damaged: \(what)"
        case .newerSchema(let found, let known):
            "the database was written by a newer purser (schema \(found), this one knows up to \(known))"
        case .inUse: "another purserd uses this database"
        case .closed: "the store is closed"
        case .epochGone: "keys were replaced at the same moment; nothing was changed, try again"
        case .failed(let what): "the store failed: \(what)"
        }
    }
}
