import Crypto
import PurserEngine
import Wire

/// Virtual time.
struct SimulatedClock: Clock {
    let scheduler: Scheduler
    var now: Instant { scheduler.now }
}

/// Seeded bytes, keys too.
final class SimulatedRandomness: Randomness, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0xA11CE) }

    func bytes(_ count: Int) -> [UInt8] { random.bytes(count) }
    func secret(_ count: Int) -> Secret { Secret(copying: random.bytes(count)) }
}

/// Work as tasks of the simulated world.
struct SimulatedSpawner: Spawner {
    let scheduler: Scheduler
    func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void) { scheduler.start(work) }
}

/// The same root secret at every start.
struct SimulatedRootKey: RootKey {
    let bytes: [UInt8]
    func secret() throws(RootKeyError) -> Secret { Secret(copying: bytes) }
}

/// Keeps what was logged.
final class SimulatedLog: Log, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private(set) var lines: [String] = []
    private let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {
        let values = fields.map { "\($0)=\($1)" }.joined(separator: " ")
        lines.append("\(scheduler.now.rfc3339) \(level) \(event) \(values)")
    }
}
