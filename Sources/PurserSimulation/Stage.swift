import Crypto
public import MockProviders
public import PurserEngine
public import Wire

/// A provider's folder for simulation: as the engine reads it and as the mock plays it.
public struct SimulatedProvider: Sendable {
    public let folder: ProviderFolder
    public let mock: MockFolder

    public init(folder: ProviderFolder, mock: MockFolder) {
        self.folder = folder
        self.mock = mock
    }
}

/// A simulated world that can be directed: a daemon with one wallet, providers, people with browsers, virtual time.
///
/// What is said of a provider by its name goes for the first one where no name is given.
public final class Stage: @unchecked Sendable {
    // Ownership: the one thread that directs it.
    /// The providers' names.
    public let names: [String]
    let surroundings: Surroundings
    private let journal = SimulatedServer.Journal()
    private let seed: UInt64
    private var lives = 0
    private var verbsBefore = 0
    private(set) var life: Life
    public private(set) var crashes = 0
    private var isDownAfterCrash = false
    /// Codes and states that went through a browser.
    private(set) var secrets: [String] = []

    public static let start = Instant(seconds: 1_790_000_000)
    /// Links that are worked on at once.
    public static let slots = Life.slots

    /// - Parameters:
    ///   - people: so many members of each provider beside its folder's own.
    ///   - checksEvery: what must hold after every write is looked at after so many; a big world takes its time.
    public init(
        seed: UInt64, providers: [SimulatedProvider], runner: any VerbRunner, people: Int = 3, checksEvery: Int = 1
    ) {
        self.seed = seed
        names = providers.map(\.folder.name)
        let catalogue = Catalogue(providers.map(\.folder))
        precondition(catalogue.problems.isEmpty, "a provider's folder does not load")
        let scheduler = Scheduler(seed: seed, start: Self.start)
        let journal = journal
        let servers = providers.enumerated().map { place, provider in
            SimulatedServer(provider.mock, people: people, seed: seed, place: place, journal)
        }
        surroundings = Surroundings(
            scheduler: scheduler, clock: SimulatedClock(scheduler), runner: runner, servers: servers,
            watch: TokenWatch(runner, every: checksEvery), log: SimulatedLog(scheduler), catalogue: catalogue)
        life = Life(surroundings, seed: seed)
        life.start()
    }

    public convenience init(seed: UInt64, provider: SimulatedProvider, runner: any VerbRunner) {
        self.init(seed: seed, providers: [provider], runner: runner)
    }

    private var scheduler: Scheduler { surroundings.scheduler }
    private var watch: TokenWatch { surroundings.watch }

    private func server(_ name: String?) -> SimulatedServer {
        surroundings.servers.first { $0.name == name ?? names[0] }!
    }

    /// The providers' folders as the daemon has them.
    public var catalogue: Catalogue { surroundings.catalogue }

    /// One of them.
    public func manifest(of name: String? = nil) -> Manifest { catalogue[name ?? names[0]]!.manifest }

    public var now: Instant { scheduler.now }
    public var verbs: Int { verbsBefore + life.store.verbs }
    /// What providers were asked and answered: time, provider, method, path, status.
    public var requests: [String] { journal.lines }
    public var logLines: [String] { surroundings.log.lines }
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

    /// The machine sleeps: time passes, nobody does anything, and what was under way goes on afterwards.
    public func sleep(seconds: Int64) { scheduler.sleepThrough(seconds: seconds) }

    /// The daemon's wall clock is set so far beside the true time.
    public func setClock(offsetSeconds: Int64) { surroundings.clock.offsetSeconds = offsetSeconds }

    /// What the daemon takes for the time.
    public var wallClock: Instant { surroundings.clock.now }

    /// The most requests that were under way at once since the last time this was asked.
    public func mostInFlight() -> Int {
        defer { life.transport.mostInFlight = 0 }
        return life.transport.mostInFlight
    }

    /// The process dies at the so-many-th place from now where it can; the provider may be gone from then on.
    public func light(fuse: Int, thenDown: Bool = false) {
        isDownAfterCrash = thenDown
        scheduler.light(fuse: fuse)
    }

    /// A copy of the database, in a world over memory.
    public struct Backup {
        fileprivate let state: MemoryState
    }

    public func backUp() -> Backup {
        guard let memory = surroundings.runner as? MemoryRunner else { preconditionFailure("not over memory") }
        return Backup(state: memory.state)
    }

    /// The daemon is stopped, an earlier copy of its database put in the place of it, and a new one starts.
    public func putBack(_ backup: Backup) {
        guard let memory = surroundings.runner as? MemoryRunner else { preconditionFailure("not over memory") }
        memory.state = backup.state
        restart()
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
        life = Life(surroundings, seed: seed &+ UInt64(lives) &* 7919)
        life.transport.trouble = trouble
        life.store.stalls = stalls
        life.transport.isDown = isDown
        life.start()
    }

    /// How many of a thousand requests go wrong on the way.
    public func setTrouble(perMille: Int) { life.transport.trouble = perMille }

    /// Before how many of a thousand verbs a worker stands still, often longer than its claim lasts.
    public func setStalls(perMille: Int) { life.store.stalls = perMille }

    /// The second place for answers refuses, or has no room left before anything is sent.
    public func setEscrow(isBroken: Bool = false, trouble: String? = nil) {
        surroundings.escrow.isBroken = isBroken
        surroundings.escrow.trouble = trouble
    }

    public var escrowIsEmpty: Bool { surroundings.escrow.isEmpty }

    /// After so many writes more the disk is full, for so many writes.
    public func fillDisk(after: Int, times: Int) { life.store.refuse(after: after, times: times) }

    /// Nobody answers at any provider's address, or somebody does again.
    public func setDown(_ isDown: Bool) {
        life.transport.isDown = isDown
        isDownAfterCrash = false
    }

    /// Queues a fault at a provider.
    public func fault(_ json: JSON, at name: String? = nil) { server(name).addFault(json) }

    /// What a provider says it gave out, took and refused.
    public func mockLedger(of name: String) -> JSON { server(name).ledger }

    public var mockLedger: JSON { mockLedger(of: names[0]) }

    /// How often an endpoint of a provider was called.
    public func calls(_ endpoint: String, at name: String? = nil) -> Int {
        server(name).ledger["requests"]?[endpoint]?.int ?? 0
    }

    /// Starts a link and, as the person, consents to it after `pause`; `tamper` changes what the callback is called
    /// with, `callback` whose callback that is; `renewing` a link, at its own provider. Nil from the browser: the person
    /// never comes back. `done` hears how it ended.
    public func link(
        member: Int, at name: String? = nil, allows: Bool = true, pauseMilliseconds: Int64 = 500,
        callback: String? = nil, renewing link: LinkID? = nil,
        tamper: @escaping @Sendable (Form) -> [Form] = { [$0] },
        done: @escaping @Sendable (LinkEnding) -> Void = { _ in }
    ) {
        let name = links().first { $0.id == link }?.provider ?? name ?? names[0]
        let server = server(name)
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
            for form in tamper(query) { done(await door.completeLink(callback ?? name, form, by: nil)) }
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
        (try? surroundings.runner.read { reads throws(StoreError) in try reads.links(.first) }) ?? []
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try surroundings.runner.read(look)
    }

    /// What `GET /v1/accounts` would answer.
    public func accounts(_ scopes: Set<Scope> = [.admin]) -> JSON? {
        let snapshot = try? surroundings.runner.read { reads throws(StoreError) in try reads.snapshot(.first) }
        return snapshot.flatMap { try? JSON.parse(MergedView($0, seeing: Sight(scopes)).bytes, limits: .file) }
    }

    /// Everything that must hold at any moment and does not: the ledger's sums, and secrets where anybody looks.
    public func violations(in shown: [(name: String, text: String)] = []) -> [String] {
        let stories =
            (try? surroundings.runner.read { reads throws(StoreError) -> [String] in
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
                ("the log", logLines.joined(separator: "\n")), ("the links", stories.joined(separator: "\n")),
                ("the accounts", view),
            ]
        let custody =
            (try? surroundings.runner.read { reads throws(StoreError) in
                try StoryCheck.violations(reads, .first)
            }) ?? ["the custody stories cannot be read"]
        return LedgerCheck.violations(surroundings.runner, .first) + custody + spentTwice
            + SecretCheck.violations(secrets + issuedTokens, in: texts)
    }

    /// A code that a provider saw a second time. A refresh token may be sent again when its answer was lost; the watch
    /// sees to it that nobody sends one whose successor is here.
    private var spentTwice: [String] {
        surroundings.servers.flatMap { server -> [String] in
            (server.ledger["events"]?.array ?? []).compactMap { event in
                guard let kind = event["kind"]?.string, event["reason"]?.string == "used before", kind != "refresh"
                else { return nil }
                return "a \(kind) was sent again after it was spent"
            }
        }
    }

    /// What may be open for a while and must not be after quiet days.
    public var leftOver: [String] { watch.leftOver() }

    private var issuedTokens: [String] {
        surroundings.servers.flatMap { $0.ledger["events"]?.array ?? [] }
            .compactMap { $0["what"]?.string == "issued" ? $0["token"]?.string : nil }
    }
}
