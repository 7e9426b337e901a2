import Crypto
public import MockProviders
public import PurserEngine
public import Wire

/// A provider's folder for simulation: as the engine reads it and as the mock plays it.
public struct SimulatedProvider: Sendable {
    let folder: ProviderFolder
    let mock: MockFolder

    public init(folder: ProviderFolder, mock: MockFolder) {
        self.folder = folder
        self.mock = mock
    }
}

/// A simulated world that can be directed: a daemon with one wallet, a provider, people with browsers, virtual time.
public final class Stage: @unchecked Sendable {
    // Ownership: the one thread that directs it.
    public let name: String
    let runner: any VerbRunner
    let scheduler: Scheduler
    let server: SimulatedServer
    let watch: TokenWatch
    let log: SimulatedLog
    public let catalogue: Catalogue
    private let seed: UInt64
    private var lives = 0
    private var verbsBefore = 0
    private(set) var life: Life
    public private(set) var crashes = 0
    private var isDownAfterCrash = false
    /// Codes and states that went through a browser.
    private(set) var secrets: [String] = []

    public static let start = Instant(seconds: 1_790_000_000)

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
        life = Self.life(scheduler, runner, server, watch, log, catalogue, seed)
        life.start()
    }

    private static func life(
        _ scheduler: Scheduler, _ runner: any VerbRunner, _ server: SimulatedServer, _ watch: TokenWatch,
        _ log: SimulatedLog, _ catalogue: Catalogue, _ seed: UInt64
    ) -> Life {
        Life(
            scheduler: scheduler, runner: runner, server: server, watch: watch, log: log, catalogue: catalogue,
            seed: seed)
    }

    public var now: Instant { scheduler.now }
    public var verbs: Int { verbsBefore + life.store.verbs }
    public var requests: [String] { server.log }
    public var logLines: [String] { log.lines }
    public var watchViolations: [String] { watch.violations }

    /// Lets virtual time pass; a crash on the way is followed by a new start.
    public func run(seconds: Int64) {
        let end = now.adding(seconds: seconds)
        while true {
            scheduler.run(until: end)
            guard scheduler.hasCrashed else { return }
            restart()
        }
    }

    /// The process dies at the so-many-th place from now where it can; the provider may be gone from then on.
    public func light(fuse: Int, thenDown: Bool = false) {
        isDownAfterCrash = thenDown
        scheduler.light(fuse: fuse)
    }

    /// The process dies at this moment, and a new one starts.
    public func crash() { restart() }

    private func restart() {
        crashes += 1
        verbsBefore += life.store.verbs
        lives += 1
        watch.crashed()
        scheduler.restart()
        let (trouble, isDown) = (life.transport.trouble, life.transport.isDown || isDownAfterCrash)
        let stalls = life.store.stalls
        life = Self.life(scheduler, runner, server, watch, log, catalogue, seed &+ UInt64(lives) &* 7919)
        life.transport.trouble = trouble
        life.store.stalls = stalls
        life.transport.isDown = isDown
        life.start()
    }

    /// How many of a thousand requests go wrong on the way.
    public func setTrouble(perMille: Int) { life.transport.trouble = perMille }

    /// Before how many of a thousand verbs a worker stands still, often longer than its claim lasts.
    public func setStalls(perMille: Int) { life.store.stalls = perMille }

    /// Nobody answers at the provider's address, or somebody does again.
    public func setDown(_ isDown: Bool) {
        life.transport.isDown = isDown
        isDownAfterCrash = false
    }

    public func fault(_ json: JSON) { server.addFault(json) }

    public var mockLedger: JSON { server.ledger }

    /// Starts a link and, as the person, consents to it after `pause`; `tamper` changes what the callback is called
    /// with. Nil from the browser: the person never comes back. `done` hears how it ended.
    public func link(
        member: Int, allows: Bool = true, pauseMilliseconds: Int64 = 500, provider: String? = nil,
        renewing link: LinkID? = nil,
        tamper: @escaping @Sendable (Form) -> [Form] = { [$0] },
        done: @escaping @Sendable (LinkEnding) -> Void = { _ in }
    ) {
        scheduler.start { [self] in
            guard let door = life.door,
                let started = link == nil
                    ? try? await door.startLink(name, in: .first, by: .socket(uid: 1000))
                    : try? await door.relink(link!, in: .first, by: .socket(uid: 1000))
            else { return }
            await scheduler.sleep(milliseconds: pauseMilliseconds)
            let address = started.authorizationURI.text
            guard let query = Browser(server: server).consent(address, member: member, allows: allows, now: now)
            else { return }
            for name in ["code", "state"] { if let secret = query[name] { secrets.append(secret) } }
            if let code = query["code"] { watch.learn(code: code, of: started.link) }
            for form in tamper(query) { done(await door.completeLink(provider ?? name, form, by: nil)) }
        }
    }

    /// Starts work in this world's tasks, with the door of the moment; nothing when the daemon is not up.
    public func act(_ work: @escaping @Sendable (Wallet) async -> Void) {
        guard let door = life.door else { return }
        scheduler.start { await work(door) }
    }

    /// Does something in this world and lets time pass until it is done, at most ten minutes; nil: it was not.
    public func perform<R: Sendable>(_ work: @escaping @Sendable (Wallet, World) async -> R) -> R? {
        guard let door = life.door else { return nil }
        let world = life.world
        let result = Result<R>()
        scheduler.start { result.value = await work(door, world) }
        for _ in 0..<600 where result.value == nil { run(seconds: 1) }
        return result.value
    }

    private final class Result<R: Sendable>: @unchecked Sendable {
        // Ownership: the one thread of the stage.
        var value: R?
    }

    /// Suspends work of this world for a while of virtual time.
    public func pause(milliseconds: Int64) async { await scheduler.sleep(milliseconds: milliseconds) }

    public func links() -> [Link] {
        (try? runner.read { reads throws(StoreError) in try reads.links(.first) }) ?? []
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try runner.read(look)
    }

    /// What `GET /v1/accounts` would answer.
    public func accounts(_ scopes: Set<Scope> = [.admin]) -> JSON? {
        let snapshot = try? runner.read { reads throws(StoreError) in try reads.snapshot(.first) }
        return snapshot.flatMap { try? JSON.parse(MergedView($0, seeing: Sight(scopes)).bytes, limits: .file) }
    }

    /// Everything that must hold at any moment and does not: the ledger's sums, and secrets where anybody looks.
    public func violations(in shown: [(name: String, text: String)] = []) -> [String] {
        let stories =
            (try? runner.read { reads throws(StoreError) -> [String] in
                var out: [String] = []
                for link in try reads.links(.first) {
                    out.append(String(decoding: LinkFragment.rendered(link), as: UTF8.self))
                    out += try reads.custodyEvents(.first, link.id).map { "\($0.kind) \($0.detail ?? "")" }
                }
                out += try reads.receipts(.first).map { "\($0)" }
                return out
            }) ?? []
        let view = accounts()?.text ?? ""
        let texts =
            shown + [
                ("the log", log.lines.joined(separator: "\n")), ("the links", stories.joined(separator: "\n")),
                ("the accounts", view),
            ]
        let custody =
            (try? runner.read { reads throws(StoreError) in
                try StoryCheck.violations(reads, .first)
            }) ?? ["the custody stories cannot be read"]
        return LedgerCheck.violations(runner, .first) + custody + spentTwice
            + SecretCheck.violations(secrets + issuedTokens, in: texts)
    }

    /// What the provider saw a second time although it works once.
    private var spentTwice: [String] {
        (server.ledger["events"]?.array ?? []).compactMap { event in
            guard let kind = event["kind"]?.string, event["reason"]?.string == "used before" else { return nil }
            return "a \(kind) token was sent again after it was spent"
        }
    }

    /// What may be open for a while and must not be after quiet days.
    public var leftOver: [String] { watch.leftOver() }

    private var issuedTokens: [String] {
        server.ledger["events"]?.array?.compactMap { $0["what"]?.string == "issued" ? $0["token"]?.string : nil } ?? []
    }
}
