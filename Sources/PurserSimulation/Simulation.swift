import Crypto
import PurserEngine
import Wire

/// What one seed came to.
public struct SimulationOutcome: Sendable, Equatable {
    public let seed: UInt64
    /// SHA-256 over everything that happened, in order: one seed always gives one trace.
    public let trace: String
    public let violations: [String]
    /// How much happened: verbs, requests, crashes, pulls.
    public let verbs: Int
    public let requests: Int
    public let crashes: Int
    public let pulls: Int
}

/// One wallet, its providers, some people and some bad days, all following from a seed.
public final class Simulation: @unchecked Sendable {
    // Ownership: the one thread that calls `run`.
    private let seed: UInt64
    private let stage: Stage
    private var random: SeededRandom
    private var violations: [String] = []
    /// Texts people and programs saw.
    private var shown: [(name: String, text: String)] = []

    private static let troubledSeconds: Int64 = 3 * 86_400
    private static let quietSeconds: Int64 = 2 * 86_400

    public init(seed: UInt64, providers: [SimulatedProvider], runner: any VerbRunner) {
        self.seed = seed
        stage = Stage(seed: seed, providers: providers, runner: runner)
        random = SeededRandom(seed: seed)
    }

    /// Plays the whole world and checks it.
    public func run() -> SimulationOutcome {
        let troubled = Stage.start.adding(seconds: Self.troubledSeconds)
        stage.setTrouble(perMille: random.below(120))
        stage.setStalls(perMille: random.below(30))
        stage.run(seconds: 1)
        while stage.now < troubled {
            act()
            if random.chance(350) { stage.light(fuse: 1 + random.below(40), thenDown: random.chance(200)) }
            stage.run(seconds: Int64(600 + random.below(20_000)))
            if random.chance(500) { stage.setDown(false) }
            if stage.names.count > 1 { moveTime() }
            check()
        }
        // The bad days are over: everything that can heal by itself must.
        stage.light(fuse: 0)
        stage.setDown(false)
        for name in stage.names { stage.fault(["clear": true], at: name) }
        stage.setClock(offsetSeconds: 0)
        stage.setTrouble(perMille: 0)
        stage.setStalls(perMille: 0)
        stage.run(seconds: Self.quietSeconds)
        check()
        checkHealed()
        return outcome()
    }

    private func outcome() -> SimulationOutcome {
        let trace = (stage.requests + stage.logLines + violations).joined(separator: "\n")
        return SimulationOutcome(
            seed: seed, trace: Hex.encode(Hash.sha256(Array(trace.utf8))),
            violations: violations + stage.watchViolations, verbs: stage.verbs, requests: stage.requests.count,
            crashes: stage.crashes, pulls: stage.logLines.count { $0.contains(" info pulled ") })
    }

    private func act() {
        switch random.below(11) {
        case 0...3: link()
        case 4: if let link = anyLink() { stage.act { _ = try? await $0.requestPull(.first, link) } }
        case 5:
            if stage.links().count > 2, let link = anyLink() { stage.act { _ = try? await $0.unlink(.first, link) } }
        case 6...7: trouble()
        case 8: resting()
        default: look()
        }
    }

    /// A laptop that is shut for hours, a clock that is set wrong and put right.
    private func moveTime() {
        if random.chance(60) { stage.sleep(seconds: Int64(600 + random.below(40_000))) }
        if random.chance(30) { stage.setClock(offsetSeconds: -Int64(random.below(90_000))) }
        if random.chance(200) { stage.setClock(offsetSeconds: 0) }
    }

    /// One of the providers. A world of one draws nothing for it.
    private func anyProvider() -> String {
        stage.names.count == 1 ? stage.names[0] : stage.names[random.below(stage.names.count)]
    }

    private func anyLink() -> LinkID? {
        let links = stage.links()
        return links.isEmpty ? nil : links[random.below(links.count)].id
    }

    /// A whole link: asked for here, consented to there, brought back by the browser once, twice or never.
    private func link() {
        let (member, allows, pause) = (random.below(8), random.chance(850), Int64(1 + random.below(120_000)))
        let times = random.chance(100) ? 0 : random.chance(150) ? 2 : 1
        stage.link(
            member: member, at: anyProvider(), allows: allows, pauseMilliseconds: pause,
            tamper: { query in Array(repeating: query, count: times) },
            done: { [self] ending in shown.append(("the callback page", "\(ending)")) })
    }

    /// A person who renews, pauses or resumes some link.
    private func resting() {
        guard let link = anyLink() else { return }
        switch random.below(3) {
        case 0: stage.act { _ = try? await $0.pause(.first, link) }
        case 1: stage.act { _ = try? await $0.resume(.first, link) }
        default:
            stage.link(
                member: random.below(8), allows: random.chance(850),
                pauseMilliseconds: Int64(1 + random.below(120_000)),
                renewing: link, done: { [self] ending in shown.append(("the callback page", "\(ending)")) })
        }
    }

    private func look() {
        stage.act { [self] door in
            guard let view = try? await door.accounts(.first, seeing: Sight([.admin])) else { return }
            if (try? JSON.parse(view.bytes, limits: .file)) == nil { violations.append("the accounts are not JSON") }
        }
    }

    private func trouble() {
        stage.setTrouble(perMille: random.below(250))
        let endpoint: JSON = .string(["token", "api", "jwks", "discovery", "revoke", "*"][random.below(6)])
        let effects: [(String, JSON)] = [
            ("replace", ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad gateway</h1>"]),
            ("replace", ["status": 500, "body": "oops", "unprocessed": true]),
            ("replace", ["status": 429, "headers": ["Retry-After": "600"], "body": "{}", "unprocessed": true]),
            ("cutAfterBytes", 10), ("delayMilliseconds", 45_000), ("rotateKeys", true),
            ("bodyRepeat", ["text": "[", "count": 1_048_576]), ("patch", ["pointer": "/expires_in", "value": "3600"]),
            ("patch", ["pointer": "/expires_in", "remove": true]), ("revoke", true),
        ]
        let effect = effects[random.below(effects.count)]
        let times = 1 + random.below(4)
        let name = anyProvider()
        stage.fault(.object(JSONObject([("match", ["endpoint": endpoint]), ("times", .int(times)), effect])), at: name)
        if stage.names.count > 1, random.chance(300) { disorder(name) }
    }

    /// Ledgers with their rows in another order, or twice.
    private func disorder(_ name: String) {
        for list in ["/items", "/lines", "/rows"] {
            let how = random.chance(500) ? "reversed" : "doubled"
            let effect: JSON = .object(JSONObject([("pointer", .string(list)), (how, true)]))
            stage.fault(
                ["match": ["endpoint": "api"], "times": .int(1 + random.below(6)), "rearrange": effect], at: name)
        }
    }
}

// What must hold.
extension Simulation {
    private func check() {
        for violation in stage.violations(in: shown) where !violations.contains(violation) {
            violations.append(violation)
        }
        shown = []
    }

    /// After two days without trouble nothing is left hanging, and what is active has been pulled.
    private func checkHealed() {
        for link in stage.links() {
            switch link.state {
            case .linking:
                // Said plainly and kept: a refresh whose answer was lost waits for a person, linked or not.
                guard !isInDoubt(link.id) else { continue }
                violations.append(
                    "\(link.id) still links after two quiet days: \(link.condition.kind) \(link.condition.cause ?? "")")
            case .merged: violations.append("\(link.id) is still kept as merged")
            case .failed: violations.append("\(link.id) is still kept as failed")
            case .revoked(.user): violations.append("\(link.id) is still being unlinked")
            case .active:
                guard link.condition.kind != .outcomeUnknown else { continue }
                let age = stage.now.milliseconds(since: link.pulledAt ?? Stage.start)
                if link.condition != .ok || age > 86_400_000 {
                    violations.append("\(link.id) has not healed: \(link.condition.kind) \(link.condition.cause ?? "")")
                }
            default: break
            }
        }
        violations += stage.leftOver
        let due = try? stage.read { reads throws(StoreError) in try reads.nextDue() }
        if let due = due ?? nil, due < stage.now.adding(seconds: -60) {
            violations.append("something due is not worked on")
        }
    }

    /// Whether a refresh token was sent and nobody knows what became of it.
    private func isInDoubt(_ link: LinkID) -> Bool {
        let intent = try? stage.read { reads throws(StoreError) in try reads.intent(.first, link) }
        return (intent ?? nil)?.purpose == .refresh
    }
}
