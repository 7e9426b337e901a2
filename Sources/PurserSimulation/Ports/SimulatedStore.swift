public import PurserEngine

/// Something that runs verbs, each all or nothing: memory, or SQLite.
public protocol VerbRunner: AnyObject {
    /// One verb in a transaction of its own. What it throws undoes what it did.
    func write<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R
    func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R
    /// What was acknowledged, for those who watch: no failure of the disk gets in their way.
    func inspect<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R
    /// The process is gone, and perhaps the power with it; what comes back is what a new one finds.
    func crash()
    /// A failure that no process goes on after: the power is gone, or a sync has failed.
    var isFatal: Bool { get }
    /// How the disk behaves from now on.
    func trouble(_ trouble: DiskTrouble)
    /// The power goes at the so-many-th call of the disk from now.
    func light(diskCalls: Int)
    /// What must hold of it and did not.
    var violations: [String] { get }
}

extension VerbRunner {
    public func inspect<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R { try read(look) }
    public func crash() {}
    public var isFatal: Bool { false }
    public func trouble(_ trouble: DiskTrouble) {}
    public func light(diskCalls: Int) {}
    public var violations: [String] { [] }
}

/// How often a disk fails, of a million calls each.
public struct DiskTrouble: Sendable, Hashable {
    public var readErrors = 0
    /// Pages that come with one bit turned.
    public var turnedBits = 0
    public var writeErrors = 0
    public var writesWithoutRoom = 0
    public var syncErrors = 0
    /// No file can grow.
    public var isFull = false

    public init() {}
}

/// The store port of a simulated world: others may run, or the process may die, before a verb (nothing happened) and
/// after it (it happened, and nobody was told).
final class SimulatedStore: Store, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    let runner: any VerbRunner
    private let scheduler: Scheduler
    private(set) var verbs = 0
    /// Called after every write that happened.
    var afterWrite: () -> Void = {}
    /// Called when a caller begins to stand still, with for how many milliseconds, and when it goes on.
    var onStall: (Int64) -> Void = { _ in }
    var afterStall: () -> Void = {}
    /// Before how many of a thousand verbs the caller stands still for minutes, longer than a claim may last.
    var stalls = 0
    /// The store refuses a verb.
    var onRefusal: () -> Void = {}
    /// How many of a thousand verbs the store refuses: nothing of them happens.
    var refusals = 0
    /// The most that a write takes, in milliseconds: a disk is asked for more than memory is.
    var slowness = 0
    private var random: SeededRandom
    /// A stream of its own: a slow disk is the same world, later.
    private var turning: SeededRandom
    /// The numbers of writes that the disk has no room for.
    private var refused: ClosedRange<Int>?

    /// After so many writes more the disk is full, for so many.
    func refuse(after: Int, times: Int) { refused = (verbs + after + 1)...(verbs + after + times) }

    init(_ runner: any VerbRunner, _ scheduler: Scheduler, seed: UInt64) {
        self.runner = runner
        self.scheduler = scheduler
        random = SeededRandom(seed: seed ^ 0x57A11)
        turning = SeededRandom(seed: seed ^ 0xD15C)
    }

    func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        if random.chance(stalls) {
            let milliseconds = Int64(1 + random.below(400_000))
            onStall(milliseconds)
            await scheduler.sleep(milliseconds: milliseconds)
            afterStall()
        }
        await scheduler.mayCrash()
        if slowness > 0 { await scheduler.sleep(milliseconds: Int64(turning.below(slowness + 1))) }
        verbs += 1
        if refused?.contains(verbs) ?? false {
            onRefusal()
            throw .full
        }
        if random.chance(refusals) {
            onRefusal()
            throw random.chance(500) ? .full : .io("a write failed")
        }
        let result: R
        do { result = try runner.write(verb) } catch {
            if runner.isFatal { await scheduler.die() }
            throw error
        }
        if runner.isFatal { await scheduler.die() }
        afterWrite()
        await scheduler.mayCrash()
        return result
    }

    func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        await scheduler.sleep(milliseconds: 0)
        return try runner.read(look)
    }
}
