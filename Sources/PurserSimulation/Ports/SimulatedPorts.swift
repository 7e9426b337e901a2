import Crypto
import PurserEngine
import Wire

/// The daemon's wall clock: virtual time, wrongly set at times. It outlives every crash.
final class SimulatedClock: Clock, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private let scheduler: Scheduler
    /// How far it is beside the true time.
    var offsetSeconds: Int64 = 0

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    var now: Instant { scheduler.now.adding(seconds: offsetSeconds) }
    var uptime: Uptime { Uptime(boot: "simulated", milliseconds: scheduler.now.milliseconds) }
    func pause(milliseconds: Int64) async { await scheduler.sleep(milliseconds: milliseconds) }
}

/// Seeded bytes, keys too.
final class SimulatedRandomness: Randomness, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0xA11CE) }

    func bytes(_ count: Int) -> [UInt8] { random.bytes(count) }
    func secret(_ count: Int) -> Secret { Secret(copying: random.bytes(count)) }
}

/// Work as tasks of the simulated world, counted.
final class SimulatedSpawner: Spawner, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private let scheduler: Scheduler
    private(set) var running = 0
    /// Called whenever a piece of work has ended.
    var whenOneEnds: () -> Void = {}

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void) {
        running += 1
        scheduler.start { [self] in
            await work()
            running -= 1
            whenOneEnds()
        }
    }
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
    /// What must never be logged.
    private(set) var broken: [String] = []
    private let scheduler: Scheduler
    private let chronicle: Chronicle

    init(_ scheduler: Scheduler, _ chronicle: Chronicle) {
        self.scheduler = scheduler
        self.chronicle = chronicle
    }

    func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {
        let values = fields.map { "\($0)=\($1)" }.joined(separator: " ")
        lines.append("\(scheduler.now.rfc3339) \(level) \(event) \(values)")
        chronicle.tell("daemon", "\(level): \(event) \(values)")
        // I7: no pull is written twice, whoever held the claim.
        if event == "pull not saved", values.contains("exists") { broken.append("I7: a pull was to be written twice") }
    }
}
