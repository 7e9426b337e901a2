import Crypto
import PurserEngine
import Wire

/// What one seed came to.
public struct SimulationOutcome: Sendable, Equatable {
    public let seed: UInt64
    /// SHA-256 over everything that happened, in order: one seed always gives one trace.
    public let trace: String
    public let violations: [String]
    /// How much happened.
    public let tally: Tally
    /// Links that were lost although nothing here was wrong, by policy and cause (RELIABILITY.md A.2).
    public let unavoidable: [String: Int]
    /// All that happened, a line each; empty unless it was asked for.
    public let story: [String]

    public var verbs: Int { tally.verbs }
    public var requests: Int { tally.requests }
    public var crashes: Int { tally.crashes }
    public var pulls: Int { tally.pulls }
}

/// How much happened in a world, or in many.
public struct Tally: Sendable, Equatable {
    public var verbs = 0
    public var requests = 0
    public var crashes = 0
    public var pulls = 0
    /// Refresh requests that were sent; spent refresh tokens that a provider took once more.
    public var refreshes = 0
    public var replays = 0
    /// Answers with tokens that were lost on the way and asked for again.
    public var recovered = 0
    /// Links times days.
    public var linkDays = 0

    public init() {}

    /// Each figure with its name, in a fixed order.
    public var figures: [(name: String, count: Int)] {
        [
            ("link-days", linkDays), ("requests", requests), ("pulls", pulls), ("refreshes", refreshes),
            ("replays", replays), ("recovered", recovered), ("crashes", crashes), ("verbs", verbs),
        ]
    }
}

/// One wallet, its providers, some people and some bad days, all following from a seed.
public final class Simulation: @unchecked Sendable {
    // Ownership: the one thread that calls `run`.
    private let seed: UInt64
    let stage: Stage
    let weather: Weather
    var random: SeededRandom
    /// For what is rare.
    var odd: SeededRandom
    var violations: [String] = []
    /// Texts people and programs saw.
    var shown: [(name: String, text: String)] = []
    var backup: Stage.Backup?
    private var linkSeconds: Int64 = 0

    private static let troubledSeconds: Int64 = 3 * 86_400
    private static let quietSeconds: Int64 = 2 * 86_400

    /// - Parameters:
    ///   - providers: as they ship; each gets a rotation policy that is drawn.
    ///   - tells: whether the outcome has a story.
    public init(seed: UInt64, providers: [SimulatedProvider], runner: any VerbRunner, tells: Bool = false) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        odd = SeededRandom(seed: seed ^ 0x0DD)
        var drawing = SeededRandom(seed: seed ^ 0x9011C7)
        var turning = SeededRandom(seed: seed ^ 0x7E12)
        weather = Weather(&drawing, &turning)
        let quotas = weather.quotas
        let rotating = providers.map { Rotations.drawn(for: $0, quotas: quotas, &drawing) }
        var asking = SeededRandom(seed: seed ^ 0xA5C)
        let drawn = rotating.map { Introspecting.drawn(for: $0, &asking) }
        stage = Stage(seed: seed, providers: drawn, runner: runner, tells: tells)
    }

    /// Plays the whole world and checks it.
    public func run() -> SimulationOutcome {
        let troubled = Stage.start.adding(seconds: Self.troubledSeconds)
        stage.setTrouble(perMille: weather.network)
        stage.setStalls(perMille: weather.stalls)
        stage.setSlowness(milliseconds: weather.slowness)
        stage.setDoubles(perMille: weather.doubles)
        stage.run(seconds: 1)
        while stage.now < troubled {
            act()
            if random.chance(weather.crashes) {
                stage.light(
                    fuse: 1 + random.below(40), thenDown: random.chance(200),
                    again: random.chance(weather.crashesAtStart) ? 1 + random.below(12) : 0)
            }
            let seconds = Int64(600 + random.below(20_000))
            linkSeconds += seconds * Int64(stage.links().count)
            stage.run(seconds: seconds)
            if random.chance(500) { stage.setDown(false) }
            moveTime()
            moveDisk()
            moveKeys()
            moveBackups()
            moveOddities()
            check()
        }
        calm()
        stage.run(seconds: 300)
        // A daemon that was being started while the days turned good heard nothing of what its operator did then.
        putClientsRight()
        stage.act { _ = try? await $0.confirmRestored() }
        linkSeconds += Self.quietSeconds * Int64(stage.links().count)
        stage.run(seconds: Self.quietSeconds)
        check()
        violations += LivenessCheck.violations(stage)
        return outcome()
    }

    /// The bad days are over: everything that can heal by itself must.
    private func calm() {
        stage.stopTwin()
        stage.unseal()
        stage.setDoubles(perMille: 0)
        stage.light(fuse: 0)
        stage.light(diskCalls: 0)
        stage.setDisk(DiskTrouble())
        stage.setRefusals(perMille: 0)
        stage.setDown(false)
        for name in stage.names {
            stage.fault(["clear": true], at: name)
        }
        putClientsRight()
        stage.setClock(offsetSeconds: 0)
        stage.setTrouble(perMille: 0)
        stage.setStalls(perMille: 0)
    }

    private func putClientsRight() {
        for name in stage.names { stage.act { _ = try? await $0.removeClient(name) } }
    }

    private func outcome() -> SimulationOutcome {
        let all = violations + stage.watchViolations + stage.storeViolations + stage.overQuota
        let trace = (stage.requests + stage.logLines + all).joined(separator: "\n")
        var tally = Tally()
        tally.verbs = stage.verbs
        tally.requests = stage.requests.count
        tally.crashes = stage.crashes
        tally.pulls = stage.logLines.count { $0.contains(" info pulled ") }
        tally.refreshes = stage.refreshes
        tally.replays = stage.replays
        tally.recovered = stage.recovered
        tally.linkDays = Int(linkSeconds / 86_400)
        return SimulationOutcome(
            seed: seed, trace: Hex.encode(Hash.sha256(Array(trace.utf8))), violations: all, tally: tally,
            unavoidable: stage.unavoidable, story: stage.story)
    }

    private func check() {
        for violation in stage.violations(in: shown) where !violations.contains(violation) {
            violations.append(violation)
            stage.surroundings.chronicle.tell("RULE BROKEN", violation)
        }
        shown = []
    }
}
