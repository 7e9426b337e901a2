public import PurserEngine

/// Something that runs verbs, each all or nothing: memory, or SQLite.
public protocol VerbRunner: AnyObject {
    /// One verb in a transaction of its own. What it throws undoes what it did.
    func write<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R
    func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R
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
    /// Before how many of a thousand verbs the caller stands still for minutes, longer than a claim may last.
    var stalls = 0
    private var random: SeededRandom
    /// The numbers of writes that the disk has no room for.
    private var refused: ClosedRange<Int>?

    /// After so many writes more the disk is full, for so many.
    func refuse(after: Int, times: Int) { refused = (verbs + after + 1)...(verbs + after + times) }

    init(_ runner: any VerbRunner, _ scheduler: Scheduler, seed: UInt64) {
        self.runner = runner
        self.scheduler = scheduler
        random = SeededRandom(seed: seed ^ 0x57A11)
    }

    func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        if random.chance(stalls) { await scheduler.sleep(milliseconds: Int64(1 + random.below(400_000))) }
        await scheduler.mayCrash()
        verbs += 1
        if refused?.contains(verbs) ?? false { throw .full }
        let result = try runner.write(verb)
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
