import PurserSimulation
import Testing

/// Whole worlds from seeds: crashes between any two verbs, lost answers, bad days. A seed that fails is played again
/// with `purser-simulate --seeds 1 --from SEED`, with `--provider` for a world of one.
@Suite("Seeds")
struct SeedTests {
    static let seeds = Array(UInt64(1)...30)

    /// Worlds of one provider, and those that once broke something:
    /// skyways 5082: a line was posted between the balance's answer and the entries'.
    static let alone = Case.all(1...5) + [Case(name: "skyways", number: 5082)]

    private static func outcome(_ seed: UInt64, _ providers: [SimulatedProvider] = Shipped.all) -> SimulationOutcome {
        Simulation(seed: seed, providers: providers, runner: MemoryRunner()).run()
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

    @Test("one seed gives one trace, and another seed another", arguments: [3, 14, 27] as [UInt64])
    func repeats(_ seed: UInt64) {
        let first = Self.outcome(seed)
        #expect(first == Self.outcome(seed))
        #expect(first.trace != Self.outcome(seed + 1000).trace)
    }

    @Test("the seeds see crashes, pulls and trouble enough to mean something")
    func coverage() {
        #expect(Shipped.all.count == Shipped.names.count)
        let outcomes = Self.seeds.prefix(8).map { Self.outcome($0) }
        #expect(outcomes.reduce(0) { $0 + $1.crashes } >= 10)
        #expect(outcomes.reduce(0) { $0 + $1.pulls } >= 100)
    }

    @Test("the same worlds hold over SQLite", arguments: seeds.prefix(4))
    func overSQLite(_ seed: UInt64) throws {
        let scratch = Scratch()
        let runner = try SQLiteRunner(path: scratch.path + "/purser.db")
        defer { runner.close() }
        let outcome = Simulation(seed: seed, providers: Shipped.all, runner: runner).run()
        #expect(outcome.violations.isEmpty, "seed \(seed)")
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
