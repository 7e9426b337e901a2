import Crypto
import PurserEngine
import PurserSimulation
import PurserStore
import Wire

/// One of the stores as a world has it, with a write that fails: before it happened, or after, when nobody was told.
final class KeyedStore: Store, @unchecked Sendable {
    // Ownership: one test, one thing at a time.
    enum Fault { case before, after }

    private let bench: Bench
    private var fault: (at: Int, kind: Fault)?
    private var writes = 0
    private var isDown = false
    /// Runs before each write.
    var before: (@Sendable () async -> Void)?

    init(_ backend: Backend) throws { bench = try backend.open() }

    /// The write that so many others come before fails, and all after it.
    func fail(at number: Int, _ kind: Fault) { (fault, writes) = ((number, kind), 0) }

    func heal() { (fault, isDown) = (nil, false) }

    func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        if let before {
            self.before = nil
            await before()
            self.before = before
        }
        if isDown { throw .closed }
        defer { writes += 1 }
        guard let fault, fault.at == writes else { return try run(verb) }
        isDown = true
        if fault.kind == .after { _ = try run(verb) }
        throw .closed
    }

    func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        if isDown { throw .closed }
        return try run { verbs throws(StoreError) in try look(verbs) }
    }

    private func run<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        do { return try bench { try verb($0) } } catch { throw error as? StoreError ?? .failed("\(error)") }
    }

    func world(_ root: FixedRoot = FixedRoot(7)) -> World {
        World(
            clock: StandingClock(), randomness: SystemDraws(), transport: NoTransport(), store: self, rootKey: root,
            spawner: NoSpawner(), log: NoLog())
    }
}

struct FixedRoot: RootKey {
    let byte: UInt8
    init(_ byte: UInt8) { self.byte = byte }
    func secret() throws(RootKeyError) -> Secret { Secret(copying: [UInt8](repeating: byte, count: 32)) }
}

private struct StandingClock: Clock {
    let now = Sample.at(0)
    let uptime = Uptime(boot: "boot", milliseconds: 0)
    func pause(milliseconds: Int64) async {}
}

private struct SystemDraws: Randomness {
    func bytes(_ count: Int) -> [UInt8] { SystemRandom.bytes(count) }
    func secret(_ count: Int) -> Secret { SystemRandom.secret(count) }
}

private struct NoTransport: Transport {
    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse { throw .notSent("no network") }
}

private struct NoSpawner: Spawner {
    func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void) {}
}

private struct NoLog: Log {
    func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {}
}
