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
    /// Those that people link; the others are asked in our own name.
    public let linked: [String]
    let surroundings: Surroundings
    private let journal = SimulatedServer.Journal()
    let seed: UInt64
    private var chance: SeededRandom
    private(set) var lives = 0
    private var verbsBefore = 0
    private(set) var life: Life
    public private(set) var crashes = 0
    private var isDownAfterCrash = false
    private var fuseAfterCrash = 0
    /// A second daemon, on a copy of the database.
    var twin: Twin?
    /// Where the code of the last device link is entered.
    var devicePage: (server: SimulatedServer, address: String)?
    /// Codes and states that went through a browser.
    var secrets: [String] = []

    public static let start = Instant(seconds: 1_790_000_000)
    /// Links that are worked on at once.
    public static let slots = Life.slots

    /// - Parameters:
    ///   - strangers: servers that the daemon has no folder of.
    ///   - people: so many members of each provider beside its folder's own.
    ///   - checksEvery: what must hold after every write is looked at after so many; a big world takes its time.
    ///   - tells: whether all that happens is kept as lines for a reader.
    public init(
        seed: UInt64, providers: [SimulatedProvider], strangers: [MockFolder] = [], runner: any VerbRunner,
        people: Int = 3, checksEvery: Int = 1,
        tells: Bool = false
    ) {
        self.seed = seed
        chance = SeededRandom(seed: seed ^ 0xC4A9CE)
        names = providers.map(\.folder.name)
        let catalogue = Catalogue(providers.map(\.folder))
        precondition(catalogue.problems.isEmpty, "a provider's folder does not load")
        linked = names.filter { !catalogue[$0]!.manifest.isFeed }
        let scheduler = Scheduler(seed: seed, start: Self.start)
        let journal = journal
        let chronicle = Chronicle(keeps: tells) { scheduler.now }
        journal.chronicle = chronicle
        let policies = Dictionary(
            uniqueKeysWithValues: names.map { ($0, catalogue[$0]!.manifest.authorization.rotation) })
        let servers = (providers.map(\.mock) + strangers).enumerated().map { place, mock in
            SimulatedServer(mock, people: people, seed: seed, place: place, journal)
        }
        surroundings = Surroundings(
            scheduler: scheduler, clock: SimulatedClock(scheduler), runner: runner, servers: servers,
            watch: TokenWatch(runner, every: checksEvery, policies: policies, chronicle: chronicle),
            log: SimulatedLog(scheduler, chronicle), catalogue: catalogue, chronicle: chronicle,
            escrow: SimulatedEscrow(seed: seed), witness: SimulatedWitness())
        surroundings.escrow.watch = surroundings.watch
        life = Life(surroundings, seed: seed)
        life.start()
    }

    public convenience init(seed: UInt64, provider: SimulatedProvider, runner: any VerbRunner) {
        self.init(seed: seed, providers: [provider], runner: runner)
    }

    var scheduler: Scheduler { surroundings.scheduler }
    var watch: TokenWatch { surroundings.watch }
    var chronicle: Chronicle { surroundings.chronicle }

    func server(_ name: String?) -> SimulatedServer {
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
    /// All that happened, line by line, if the stage tells it.
    public var story: [String] { surroundings.chronicle.lines }
    /// Links whose loss no client can prevent, by policy and cause.
    public var unavoidable: [String: Int] { watch.losses.unavoidable }
    /// Lost answers that were asked for again, and refresh requests in all.
    public var recovered: Int { watch.losses.recovered }
    public var refreshes: Int { watch.refreshes }
    public var replays: Int { watch.ledgers.replays }
    public var logLines: [String] { surroundings.log.lines }
    public var watchViolations: [String] { watch.violations }
    /// What the store did that it must not.
    public var storeViolations: [String] { surroundings.runner.violations }

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
    public func sleep(seconds: Int64) {
        watch.losses.hindered(from: now, until: now.adding(seconds: seconds))
        watch.pace.disturbed(at: now.adding(seconds: seconds))
        scheduler.sleepThrough(seconds: seconds)
    }

    /// The daemon's wall clock is set so far beside the true time.
    public func setClock(offsetSeconds: Int64) {
        watch.losses.hindered(from: now, until: now.adding(milliseconds: Hindrances.clockMilliseconds))
        watch.pace.disturbed(at: now)
        watch.waits.clockWasSet(offsetSeconds: offsetSeconds)
        chronicle.tell("clock", "\(offsetSeconds) s beside the true time")
        surroundings.clock.offsetSeconds = offsetSeconds
    }

    /// What the daemon takes for the time.
    public var wallClock: Instant { surroundings.clock.now }

    /// The most requests that were under way at once since the last time this was asked.
    public func mostInFlight() -> Int {
        defer { life.transport.mostInFlight = 0 }
        return life.transport.mostInFlight
    }

    /// The process dies at the so-many-th place from now where it can; the provider may be gone from then on, and the
    /// next process may die at the so-many-th place after its own start (0: it does not).
    public func light(fuse: Int, thenDown: Bool = false, again: Int = 0) {
        isDownAfterCrash = thenDown
        fuseAfterCrash = again
        scheduler.light(fuse: fuse)
    }

    /// I8: calls above a provider's quota, by its own count. Two daemons on copies of one database do not know of each
    /// other's calls; from a day after the second one's end on nobody is excused.
    var overQuota: [String] {
        surroundings.servers.compactMap { server in
            let count = server.events.count { $0.what == "over-quota" && twin?.mayHaveCalled(before: $0.at) != true }
            return count > 0 ? "I8: \(server.name) was asked \(count) times above its quota" : nil
        }
    }

    /// The process dies at this moment, and a new one starts.
    public func crash() { restart() }

    func restart() {
        crashes += 1
        chronicle.tell("daemon", "dies")
        verbsBefore += life.store.verbs
        lives += 1
        let letters = life.transport.letters.values.sorted { $0.begun.number < $1.begun.number }
        watch.crashed()
        scheduler.restart()
        surroundings.runner.crash()
        for letter in letters { deliver(letter) }
        let (trouble, doubles) = (life.transport.trouble, life.transport.doubles)
        let isDown = life.transport.isDown || isDownAfterCrash
        let (stalls, refusals, slowness) = (life.store.stalls, life.store.refusals, life.store.slowness)
        life = Life(surroundings, seed: seed &+ UInt64(lives) &* 7919)
        life.transport.trouble = trouble
        life.transport.doubles = doubles
        life.store.stalls = stalls
        life.store.refusals = refusals
        life.store.slowness = slowness
        life.transport.isDown = isDown
        life.start(after: Int64(300 + chance.below(1000)))
        twin?.restart(lives, seed: seed)
        scheduler.light(fuse: fuseAfterCrash)
        fuseAfterCrash = 0
    }

    /// What had left when the process died may arrive all the same: at once, or, through a slow gateway, as late as its
    /// answer would have been waited for.
    private func deliver(_ letter: SimulatedTransport.Letter) {
        guard chance.chance(500), letter.begun.isSpend else { return }
        let isStrict = manifest(of: letter.server.name).authorization.rotation.isStrict
        let most = isStrict ? Int(max(1, letter.begun.deadline.milliseconds(since: now) - 2000)) : 250
        let delay = Int64(chance.below(most))
        scheduler.start { [self] in
            await scheduler.sleep(milliseconds: delay)
            watch.ledgers.follow(letter.server)
            _ = letter.server.answer(letter.message, certificate: letter.certificate, now: scheduler.now)
            watch.servedLate(letter.begun, by: letter.server)
        }
    }

    /// How many of a thousand requests go wrong on the way.
    public func setTrouble(perMille: Int) { life.transport.trouble = perMille }

    /// How many of a thousand requests reach their provider twice.
    func setDoubles(perMille: Int) { life.transport.doubles = perMille }

    /// Before how many of a thousand verbs a worker stands still, often longer than its claim lasts.
    public func setStalls(perMille: Int) { life.store.stalls = perMille }

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
        callback: String? = nil, in wallet: WalletID = .first, renewing link: LinkID? = nil,
        tamper: @escaping @Sendable (Form) -> [Form] = { [$0] },
        done: @escaping @Sendable (LinkEnding) -> Void = { _ in }
    ) {
        let name = links().first { $0.id == link }?.provider ?? name ?? names[0]
        scheduler.start { [self] in
            guard let door = life.door,
                let started = link == nil
                    ? try? await door.startLink(name, in: wallet, by: .socket(uid: 1000))
                    : try? await door.relink(link!, in: wallet, by: .socket(uid: 1000))
            else { return }
            await scheduler.sleep(milliseconds: pauseMilliseconds)
            let address = started.authorizationURI.text
            guard let came = consented(address, member: member, allows: allows, of: started.link),
                let door = life.door
            else { return }
            for form in tamper(came.parameters) {
                let response = ArrivedResponse(form, isPosted: came.isPosted)
                done(await door.completeLink(callback ?? name, response, by: nil))
            }
            poke()
        }
    }

    func keep(secrets query: Form) {
        for name in ["code", "state"] { if let secret = Browser.inside(query)[name] { secrets.append(secret) } }
        if let response = query["response"] { secrets.append(response) }
    }

    /// Starts work in this world's tasks, with the door of the moment; nothing when the daemon is not up. The clockwork
    /// looks afterwards, as it does in the daemon when somebody has asked for something.
    public func act(_ work: @escaping @Sendable (Wallet) async -> Void) {
        guard let door = life.door else { return }
        scheduler.start { [self] in
            await work(door)
            poke()
        }
    }

    /// The clockwork looks at once.
    func poke() { life.poke() }

    /// Does something in this world and lets time pass until it is done, at most ten minutes; nil: it was not.
    public func perform<R: Sendable>(_ work: @escaping @Sendable (Wallet, World) async -> R) -> R? {
        guard let door = life.door else { return nil }
        let world = life.world
        let result = Result<R>()
        scheduler.start { [self] in
            result.value = await work(door, world)
            poke()
        }
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
        (try? surroundings.runner.inspect { reads throws(StoreError) in try reads.everyLink() }) ?? []
    }

    public func feeds() -> [Feed] {
        (try? surroundings.runner.inspect { reads throws(StoreError) in try reads.feeds() }) ?? []
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try surroundings.runner.inspect(look)
    }

    /// What `GET /v1/accounts` would answer.
    public func accounts(_ scopes: Set<Scope> = [.admin], in wallet: WalletID = .first) -> JSON? {
        let snapshot = try? surroundings.runner.inspect { reads throws(StoreError) in try reads.snapshot(wallet) }
        return snapshot.flatMap { try? JSON.parse(MergedView($0, seeing: Sight(scopes)).bytes, limits: .file) }
    }

    /// Everything that must hold at any moment and does not: the ledger's sums, and secrets where anybody looks.
    public func violations(in shown: [(name: String, text: String)] = []) -> [String] {
        let stories =
            (try? surroundings.runner.inspect { reads throws(StoreError) -> [String] in
                var out: [String] = []
                for link in try reads.everyLink() {
                    out.append(String(decoding: LinkFragment.rendered(link), as: UTF8.self))
                    out += try reads.custodyEvents(link.wallet, link.id).map { "\($0.kind) \($0.detail ?? "")" }
                }
                out += try reads.everyReceipt().map { "\($0)" }
                return out
            }) ?? []
        let view = WalletID.everybody.map { accounts(in: $0)?.text ?? "" }.joined()
        let texts =
            shown + [
                ("the log", logLines.joined(separator: "\n")), ("the links", stories.joined(separator: "\n")),
                ("the accounts", view), ("the feeds", "\(feeds())"),
            ]
        let custody =
            (try? surroundings.runner.inspect { reads throws(StoreError) in
                try StoryCheck.violations(reads, escrowed: watch.everEscrowed)
            }) ?? ["the custody stories cannot be read"]
        for server in surroundings.servers { watch.ledgers.follow(server) }
        return LedgerCheck.violations(surroundings.runner) + custody + spentTwice
            + SecretCheck.violations(secrets + watch.ledgers.issued, in: texts) + bounds + surroundings.log.broken
            + (twin?.violations ?? [])
    }

    /// What may be open for a while and must not be after quiet days.
    public var leftOver: [String] { watch.leftOver() }

    /// What a provider saw a second time although it works once. Where a spent refresh token is taken again, and where a
    /// lost answer leaves no other way, the watch sees to it that nobody sends one whose successor is here.
    private var spentTwice: [String] {
        watch.ledgers.refusals.compactMap { provider, event in
            guard event.kind == "code", event.reason == "used before" else { return nil }
            return "a code was sent to \(provider) again after it was spent"
        }
    }

    /// I11, bounded: what waits to run, and what runs, stays small however bad the days are.
    private var bounds: [String] {
        var out: [String] = []
        if scheduler.backlog > Self.mostTasks { out.append("I11: \(scheduler.backlog) tasks wait") }
        if scheduler.isRestless { out.append("I11: work goes on without a rest, and time hardly does") }
        if life.spawner.running > Life.slots + Self.mostRevocations {
            out.append("I11: \(life.spawner.running) workers at once")
        }
        return out
    }

    private static let mostTasks = 400
    private static let mostRevocations = 8
}
