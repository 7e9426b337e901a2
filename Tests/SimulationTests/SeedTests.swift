import PurserEngine
import PurserSimulation
import Testing

/// Whole worlds from seeds: crashes between any two verbs, lost answers, bad days. A seed that fails is played again
/// with `purser-simulate --from SEED --trace`, with `--provider` for a world of one.
@Suite("Seeds")
struct SeedTests {
    static let seeds = Array(UInt64(1)...20)

    /// Worlds of one provider.
    static let alone = Case.all(1...3)

    private static func outcome(_ seed: UInt64, _ providers: [SimulatedProvider] = Shipped.all) -> SimulationOutcome {
        Simulation(seed: seed, providers: providers, runner: MemoryRunner()).run()
    }

    private static func onDisk(_ seed: UInt64, tells: Bool = false) throws -> SimulationOutcome {
        Simulation(seed: seed, providers: Shipped.all, runner: try DiskRunner(seed: seed), tells: tells).run()
    }

    @Test("nothing that must hold breaks in a wallet with links at all providers", arguments: seeds)
    func holds(_ seed: UInt64) {
        let outcome = Self.outcome(seed)
        #expect(outcome.violations.isEmpty, "seed \(seed)")
        #expect(outcome.verbs > 0 && outcome.requests > 0)
    }

    @Test("nor in one with links at one provider", arguments: alone)
    func holdsAlone(_ one: Case) {
        let outcome = Self.outcome(UInt64(one.number), [Shipped.provider(one.name)])
        #expect(outcome.violations.isEmpty, "\(one.name) seed \(one.number)")
    }

    @Test("nor in one that once broke something", arguments: KeptSeeds.all)
    func holdsAgain(_ kept: KeptSeeds.Kept) { #expect(Self.outcome(kept.seed).violations.isEmpty) }

    @Test("one seed gives one trace, and another seed another", arguments: [3, 14] as [UInt64])
    func repeats(_ seed: UInt64) {
        let first = Self.outcome(seed)
        #expect(first == Self.outcome(seed))
        #expect(first.trace != Self.outcome(seed + 1000).trace)
    }

    @Test("telling the story changes nothing, and the same disk fails in the same way")
    func tells() throws {
        let told = try Self.onDisk(7, tells: true)
        #expect(told.trace == (try Self.onDisk(7)).trace)
        #expect(told.story.count > 100)
    }

    @Test("the seeds see crashes, pulls, refreshes and lost answers enough to mean something")
    func coverage() {
        #expect(Set(Shipped.all.map(\.folder.name)).isSuperset(of: Shipped.names))
        let outcomes = Self.seeds.prefix(8).map { Self.outcome($0) }
        #expect(outcomes.reduce(0) { $0 + $1.crashes } >= 10)
        #expect(outcomes.reduce(0) { $0 + $1.pulls } >= 100)
        #expect(outcomes.reduce(0) { $0 + $1.tally.refreshes } >= 100)
        #expect(outcomes.reduce(0) { $0 + $1.tally.recovered } > 0)
    }

    @Test("the same worlds hold over SQLite on a disk that fails", arguments: seeds.prefix(4))
    func overSQLite(_ seed: UInt64) throws {
        #expect(try Self.onDisk(seed).violations.isEmpty, "seed \(seed)")
    }

    @Test("memory and SQLite tell the same story of one seed", arguments: [5] as [UInt64])
    func agrees(_ seed: UInt64) throws {
        let scratch = Scratch()
        let runner = try SQLiteRunner(path: scratch.path + "/purser.db")
        defer { runner.close() }
        #expect(
            Simulation(seed: seed, providers: Shipped.all, runner: runner).run().trace == Self.outcome(seed).trace)
    }
}
