import Crypto
import MockProviders
public import PurserEngine
public import Wire

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

/// A provider's folder for simulation: as the engine reads it and as the mock plays it.
public struct SimulatedProvider: Sendable {
    let folder: ProviderFolder
    let mock: MockFolder

    public init(folder: ProviderFolder, mock: MockFolder) {
        self.folder = folder
        self.mock = mock
    }
}

/// One wallet, one provider, some people and some bad days, all following from a seed.
public final class Simulation: @unchecked Sendable {
    // Ownership: the one thread that calls `run`.
    private let seed: UInt64
    private let runner: any VerbRunner
    private let scheduler: Scheduler
    private let server: SimulatedServer
    private let watch: TokenWatch
    private let log: SimulatedLog
    private let name: String
    private let catalogue: Catalogue
    private var random: SeededRandom
    private var life: Life?
    private var lives = 0
    private var verbs = 0
    private var crashes = 0
    private var violations: [String] = []
    private var secrets: [String] = []
    /// Texts people and programs saw.
    private var shown: [(name: String, text: String)] = []

    private static let start = Instant(seconds: 1_790_000_000)
    private static let troubledSeconds: Int64 = 3 * 86_400
    private static let quietSeconds: Int64 = 2 * 86_400

    public init(seed: UInt64, provider: SimulatedProvider, runner: any VerbRunner) {
        self.seed = seed
        self.runner = runner
        name = provider.folder.name
        catalogue = Catalogue([provider.folder])
        precondition(catalogue.problems.isEmpty, "the provider's folder does not load")
        scheduler = Scheduler(seed: seed, start: Self.start)
        let issuer = provider.mock.manifest["authorization"]?["issuer"]?.string ?? ""
        server = SimulatedServer(
            MockProvider(folder: provider.mock, issuer: issuer, epoch: provider.mock.dayZero, people: 3, seed: seed),
            seed: seed)
        watch = TokenWatch(runner)
        log = SimulatedLog(scheduler)
        random = SeededRandom(seed: seed)
    }

    /// Plays the whole world and checks it.
    public func run() -> SimulationOutcome {
        let troubled = Self.start.adding(seconds: Self.troubledSeconds)
        boot()
        while scheduler.now < troubled {
            act()
            runLives(until: scheduler.now.adding(seconds: Int64(600 + random.below(20_000))), mayCrash: true)
            check()
        }
        // The bad days are over: everything that can heal by itself must.
        server.addFault(["clear": true])
        life?.transport.trouble = 0
        runLives(until: scheduler.now.adding(seconds: Self.quietSeconds), mayCrash: false)
        check()
        checkHealed()
        return outcome()
    }

    private func runLives(until end: Instant, mayCrash: Bool) {
        if mayCrash, random.chance(350) { scheduler.light(fuse: 1 + random.below(40)) }
        while true {
            scheduler.run(until: end)
            guard scheduler.hasCrashed else { return }
            crashes += 1
            watch.crashed()
            scheduler.restart()
            boot()
        }
    }

    private func boot() {
        lives += 1
        verbs += life?.store.verbs ?? 0
        let life = Life(
            scheduler: scheduler, runner: runner, server: server, watch: watch, log: log, catalogue: catalogue,
            seed: seed &+ UInt64(lives) &* 7919)
        life.transport.trouble = self.life?.transport.trouble ?? random.below(120)
        self.life = life
        life.start()
    }

    private func outcome() -> SimulationOutcome {
        let trace = (server.log + log.lines + violations).joined(separator: "\n")
        return SimulationOutcome(
            seed: seed, trace: Hex.encode(Hash.sha256(Array(trace.utf8))), violations: violations + watch.violations,
            verbs: verbs + (life?.store.verbs ?? 0), requests: server.log.count, crashes: crashes,
            pulls: log.lines.count { $0.contains(" info pulled ") })
    }
}

// What people do, and what goes wrong.
extension Simulation {
    private func act() {
        switch random.below(10) {
        case 0...3: link(allows: random.chance(850))
        case 4: pullSome()
        case 5: unlinkSome()
        case 6...7: trouble()
        default: look()
        }
    }

    /// A whole link: asked for here, consented to there, brought back by the browser (perhaps twice, perhaps never).
    private func link(allows: Bool) {
        guard let life else { return }
        let (member, repeats, leaves) = (random.below(8), random.chance(150), random.chance(100))
        let pause = Int64(1 + random.below(120_000))
        scheduler.start { [self] in
            guard let door = life.door,
                let started = try? await door.startLink(name, in: .first, by: .socket(uid: 1000))
            else { return }
            await scheduler.sleep(milliseconds: pause)
            if leaves { return }
            let browser = Browser(server: server)
            guard
                let query = browser.consent(
                    started.authorizationURI.text, member: member, allows: allows, now: scheduler.now)
            else { return }
            for name in ["code", "state"] { if let secret = query[name] { secrets.append(secret) } }
            if let code = query["code"] { watch.learn(code: code, of: started.link) }
            if repeats {
                scheduler.start { [self] in _ = await door.completeLink(name, query, by: nil) }
            }
            let ending = await door.completeLink(name, query, by: nil)
            shown.append(("the callback page", "\(ending)"))
        }
    }

    private func links() -> [Link] {
        (try? runner.read { reads throws(StoreError) in try reads.links(.first) }) ?? []
    }

    private func pullSome() {
        let links = links()
        guard !links.isEmpty, let door = life?.door else { return }
        let link = links[random.below(links.count)].id
        scheduler.start { _ = try? await door.requestPull(.first, link) }
    }

    private func unlinkSome() {
        let links = links()
        guard links.count > 2, let door = life?.door else { return }
        let link = links[random.below(links.count)].id
        scheduler.start { _ = try? await door.unlink(.first, link) }
    }

    private func look() {
        guard let door = life?.door else { return }
        scheduler.start { [self] in
            guard let view = try? await door.accounts(.first, seeing: Sight([.admin])) else { return }
            shown.append(("the accounts", String(decoding: view.bytes, as: UTF8.self)))
            if (try? JSON.parse(view.bytes, limits: .file)) == nil { violations.append("the accounts are not JSON") }
        }
    }

    private func trouble() {
        life?.transport.trouble = random.below(250)
        let endpoint: JSON = .string(["token", "api", "jwks", "discovery", "revoke", "*"][random.below(6)])
        let times: JSON = .int(1 + random.below(4))
        let effects: [(String, JSON)] = [
            ("replace", ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad gateway</h1>"]),
            ("replace", ["status": 500, "body": "oops", "unprocessed": true]),
            ("replace", ["status": 429, "headers": ["Retry-After": "600"], "body": "{}", "unprocessed": true]),
            ("cutAfterBytes", 10), ("delayMilliseconds", 45_000), ("rotateKeys", true),
            ("bodyRepeat", ["text": "[", "count": 1_048_576]), ("patch", ["pointer": "/expires_in", "value": "3600"]),
            ("patch", ["pointer": "/expires_in", "remove": true]), ("revoke", true),
        ]
        let effect = effects[random.below(effects.count)]
        server.addFault(
            .object(
                JSONObject([
                    ("match", .object(JSONObject([("endpoint", endpoint)]))), ("times", times), (effect.0, effect.1),
                ])))
    }
}

// What must hold.
extension Simulation {
    private func check() {
        for violation in LedgerCheck.violations(runner, .first) where !violations.contains(violation) {
            violations.append(violation)
        }
        let stories =
            (try? runner.read { reads throws(StoreError) -> [String] in
                var out: [String] = []
                for link in try reads.links(.first) {
                    out.append(String(decoding: LinkFragment.rendered(link), as: UTF8.self))
                    out += try reads.custodyEvents(.first, link.id).map { "\($0.kind) \($0.detail ?? "")" }
                }
                return out
            }) ?? []
        let texts =
            shown + [("the log", log.lines.joined(separator: "\n")), ("the links", stories.joined(separator: "\n"))]
        shown = []
        for violation in SecretCheck.violations(secrets + issuedTokens(), in: texts)
        where !violations.contains(violation) {
            violations.append(violation)
        }
    }

    private func issuedTokens() -> [String] {
        server.ledger["events"]?.array?.compactMap { $0["what"]?.string == "issued" ? $0["token"]?.string : nil } ?? []
    }

    /// After two days without trouble nothing is left hanging, and what is active has been pulled.
    private func checkHealed() {
        for link in links() {
            switch link.state {
            case .linking: violations.append("\(link.id) still links after two quiet days")
            case .failed: violations.append("\(link.id) is still kept as failed")
            case .revoked(.user): violations.append("\(link.id) is still being unlinked")
            case .active:
                guard link.condition.kind != .outcomeUnknown else { continue }
                let age = scheduler.now.milliseconds(since: link.pulledAt ?? Self.start)
                if link.condition != .ok || age > 86_400_000 {
                    violations.append("\(link.id) has not healed: \(link.condition.kind) \(link.condition.cause ?? "")")
                }
            default: break
            }
        }
        let due = try? runner.read { reads throws(StoreError) in try reads.nextDue() }
        if let due = due ?? nil, due < scheduler.now.adding(seconds: -60) {
            violations.append("something due is not worked on")
        }
    }
}
