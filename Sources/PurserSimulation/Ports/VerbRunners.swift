public import PurserEngine
import PurserStore

/// Verbs in memory.
public final class MemoryRunner: VerbRunner {
    private let verbs = MemoryVerbs(MemoryState(storeID: "simulated"))

    public init() {}

    public var violations: [String] { verbs.unfair }

    /// Everything there is; setting it to an earlier copy is what putting back a backup does.
    var state: MemoryState {
        get { verbs.state }
        set { verbs.state = newValue }
    }

    public func write<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        let before = verbs.state
        do throws(StoreError) { return try verb(verbs) } catch {
            verbs.state = before
            throw error
        }
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R { try look(verbs) }
}

/// Verbs in a SQLite file on the machine's own disk.
public final class SQLiteRunner: VerbRunner {
    private let writer: StoreWriter

    public init(path: String) throws(StoreError) { writer = try SQLiteFile.open(path: path, storeID: "simulated") }

    public func write<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        try writer.batch(verb)
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try writer.read(look)
    }

    public func close() { writer.close() }
}
