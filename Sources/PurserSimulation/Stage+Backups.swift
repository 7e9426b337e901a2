import Crypto
import PurserEngine
import Wire

// Copies of the database, in a world over memory: put back, or started beside the original.

extension Stage {
    /// A copy of the database.
    public struct Backup {
        fileprivate let state: MemoryState
    }

    /// Whether there is a database that can be copied and put back here.
    var keepsBackups: Bool { surroundings.runner is MemoryRunner }

    private var memory: MemoryRunner {
        guard let memory = surroundings.runner as? MemoryRunner else { preconditionFailure("not over memory") }
        return memory
    }

    public func backUp() -> Backup { Backup(state: memory.state) }

    /// The daemon is stopped, an earlier copy of its database put in the place of it, and a new one starts.
    public func putBack(_ backup: Backup) {
        chronicle.tell("disk", "an earlier copy of the database is put back")
        watch.crashed()
        memory.state = backup.state
        watch.putBack()
        restart()
    }

    /// A second daemon starts on a copy of the database as it is, where no lock keeps it out. What lies beside the
    /// database is copied too, or not.
    public func startTwin(withWitness: Bool) {
        guard twin == nil else { return }
        chronicle.tell("disk", "a second daemon starts on a copy of the database")
        watch.losses.share()
        twin = Twin(of: surroundings, state: memory.state, witness: withWitness, seed: seed)
        twin?.restart(lives, seed: seed)
    }

    /// It is stopped for good, between two steps of its own.
    public func stopTwin() {
        guard let twin else { return }
        chronicle.tell("disk", "the second daemon is stopped")
        twin.stop()
    }
}

/// A daemon on a copy of another one's database: nobody keeps the two apart. Whatever it costs the links, neither of
/// them may break a rule by itself.
final class Twin: @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private let surroundings: Surroundings
    private var life: Life?
    private let begunAt: Instant
    private var endedAt: Instant?

    init(of original: Surroundings, state: MemoryState, witness isCopied: Bool, seed: UInt64) {
        begunAt = original.scheduler.now
        let runner = MemoryRunner()
        runner.state = state
        let watch = original.watch.twin(runner)
        surroundings = Surroundings(
            scheduler: original.scheduler, clock: original.clock, runner: runner, servers: original.servers,
            watch: watch, log: SimulatedLog(original.scheduler, original.chronicle), catalogue: original.catalogue,
            chronicle: original.chronicle, escrow: SimulatedEscrow(seed: seed ^ 0x7417),
            witness: isCopied ? original.witness.copy() : SimulatedWitness())
        surroundings.escrow.watch = watch
    }

    /// It dies with the other one, and starts again.
    func restart(_ lives: Int, seed: UInt64) {
        guard endedAt == nil else { return }
        surroundings.watch.crashed()
        let life = Life(surroundings, seed: (seed ^ 0x7417_7417) &+ UInt64(lives) &* 7919)
        life.start(after: 500)
        self.life = life
    }

    func stop() {
        endedAt = endedAt ?? surroundings.scheduler.now
        life?.transport.isDown = true
        life?.end()
    }

    /// Whether it may have called a provider within a day before a moment.
    func mayHaveCalled(before moment: Instant) -> Bool {
        moment >= begunAt && endedAt.map { moment < $0.adding(seconds: 86_400) } != false
    }

    var violations: [String] {
        let runner = surroundings.runner
        let custody =
            (try? runner.inspect { reads throws(StoreError) in
                try StoryCheck.violations(reads, escrowed: surroundings.watch.everEscrowed)
            }) ?? ["the custody stories cannot be read"]
        let found = LedgerCheck.violations(runner) + custody + surroundings.watch.violations
        return (found + surroundings.log.broken).map { "on the copy: \($0)" }
    }
}
