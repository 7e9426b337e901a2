import Wire

/// The single place through which requests go to providers, and what is remembered of each provider between them.
///
/// An actor, like `MetadataShelf`, because all trips share it: limits are the provider's, whatever link or wallet asks.
/// What it decides is `Flow`'s, which is pure; here are the waiting, the store and the order. Bounded by the catalogue.
actor Traffic {
    private struct Waiting {
        let lane: Lane
        let wake: CheckedContinuation<Void, Never>
    }

    private struct Place: Hashable {
        let provider: String
        let wallet: WalletID
    }

    nonisolated let world: World
    private var kept: [String: ProviderFlow]?
    private var flows: [String: Flow] = [:]
    private var underWay: [String: Int] = [:]
    private var waiting: [String: [Waiting]] = [:]
    private var permits: Set<Int> = []
    private var lastPermit = 0
    /// Where the next piece of work of a wallet that must wait for a provider finds its place in line.
    private var line: [Place: Instant] = [:]
    private var warned: Set<String> = []
    /// The last wait that the log told of, by provider.
    private var announced: [String: Instant] = [:]
    /// What the store did not take yet.
    private var unsaved: Set<CallBlock> = []
    /// Claims that are worked on, by wallet and link.
    private(set) var claims: [Claim] = []

    init(world: World) {
        self.world = world
        begun = world.clock.moment
    }

    private let begun: Moment

    /// The time that limits are counted in: begun with the wall clock, counted on by the one that nobody sets.
    private var now: Instant {
        begun.wall.adding(milliseconds: world.clock.uptime.milliseconds(since: begun.up) ?? 0)
    }

    /// How far it is ahead of the wall clock by now. What leaves here and what is stored is by the wall clock.
    private var aheadMilliseconds: Int64 { now.milliseconds(since: world.clock.now) }

    private func wall(_ moment: Instant) -> Instant { moment.adding(milliseconds: -aheadMilliseconds) }

    /// Asks to send one request. What may go soon waits here for its turn; what may not is told when to come back.
    /// Whoever gets a permit gives it back with `leave`, sent or not.
    func enter(_ passage: Passage) async -> Admission {
        await saveRest()
        do { try await load(passage) } catch { return .notNow(stopped("\(error)")) }
        let name = passage.provider
        if let (reason, until) = flows[name]!.gate(passage, now: now) { return .notNow(delay(reason, until, passage)) }
        guard await takePlace(passage) else {
            return .notNow(delay(.crowded, now.adding(milliseconds: Limits.patienceMilliseconds), passage))
        }
        for _ in 0..<Limits.reservationTries {
            let now = now
            switch flows[name]!.turn(passage, now: now, chance: { world.randomness.below($0) }) {
            case .no(let reason, let until):
                givePlace(name)
                return .notNow(delay(reason, until, passage))
            case .reserve(let until):
                do { try await reserve(name, until) } catch {
                    givePlace(name)
                    return .notNow(stopped("\(error)"))
                }
            case .go(let at, let isProbe):
                lastPermit += 1
                permits.insert(lastPermit)
                let permit = Permit(number: lastPermit, passage: passage, isProbe: isProbe)
                return await waited(permit, milliseconds: at.milliseconds(since: now))
            }
        }
        givePlace(name)
        return .notNow(delay(.crowded, now.adding(milliseconds: Limits.patienceMilliseconds), passage))
    }

    /// The time until a permit's turn; what the provider said meanwhile counts.
    private func waited(_ permit: Permit, milliseconds: Int64) async -> Admission {
        guard milliseconds > 0 else { return .go(permit) }
        await world.clock.pause(milliseconds: milliseconds)
        let passage = permit.passage
        let flow = flows[passage.provider]!
        if let (reason, until) = flow.gate(passage, now: now) {
            await leave(permit, .unsent)
            return .notNow(delay(reason, until, passage))
        }
        if !permit.isProbe, flow.isFailing(passage.kind) {
            await leave(permit, .unsent)
            return .notNow(delay(.failing, now.adding(seconds: Breaker.firstWaitSeconds), passage))
        }
        return .go(permit)
    }

    /// A request ended. What the provider asks for is durable when this returns. Given back twice, nothing happens.
    func leave(_ permit: Permit, _ heard: Heard) async {
        if let block = hear(permit, heard) { await save(block) }
    }

    /// The same for whoever makes durable what it returns: it is known here at once. Nil: nothing was asked for.
    func hear(_ permit: Permit, _ heard: Heard) -> CallBlock? {
        guard permits.remove(permit.number) != nil else { return nil }
        let passage = permit.passage
        let blocked = flows[passage.provider]!.heard(heard, permit, now: now)
        givePlace(passage.provider)
        switch heard {
        case .answered(_, let headers):
            warned.remove(Self.certificate + passage.provider)
            warnOfSkew(headers, passage.provider)
        case .untrusted: warnOfCertificate(passage.provider)
        case .failed, .unsent: break
        }
        guard let blocked else { return nil }
        let until = wall(blocked)
        if announced[passage.provider].map({ until.milliseconds(since: $0) > 1000 }) ?? true {
            announced[passage.provider] = until
            world.log.write(
                .warning, "provider asks us to wait",
                [("provider", passage.provider), ("endpoints", passage.kind.rawValue), ("until", until.rfc3339)])
        }
        return CallBlock(provider: passage.provider, kind: passage.kind, until: until)
    }

    /// Makes durable what a provider asked for. Where the store refuses it is tried again before the next request.
    func save(_ block: CallBlock) async {
        do { try await world.store.write { verbs throws(StoreError) in try verbs.blockCalls(block) } } catch {
            unsaved.insert(block)
            world.log.write(.error, "block not saved", [("provider", block.provider), ("why", "\(error)")])
        }
    }

    private func saveRest() async {
        for block in unsaved.sorted(by: { ($0.until, $0.provider) < ($1.until, $1.provider) }) {
            unsaved.remove(block)
            if block.until > world.clock.now { await save(block) }
        }
    }

    /// Whether a GET that a gateway answered may be sent once more.
    func takesRetry(_ provider: String) -> Bool { flows[provider]?.takesRetry() ?? false }

    /// The token endpoint gave tokens, or refused a grant and not who asked. If it refuses us again, that is news.
    func accepted(_ provider: String) {
        flows[provider]?.accepted()
        warned.remove("client " + provider)
    }

    /// The token endpoint refused our registration (`invalid_client` and the like) for a link. After three links of a
    /// provider its token endpoint is left alone: it is the operator's to mend, and no link's fault.
    func misconfigured(_ provider: String, _ link: LinkID) {
        flows[provider]?.misconfigured(link, now: now)
        if flows[provider]?.isFailing(.token) == true, warned.insert("client " + provider).inserted {
            world.log.write(
                .error, "the provider refuses our client registration",
                [("provider", provider), ("do", "look at purser client show")])
        }
    }

    // Claims

    func begin(_ claims: [Claim]) { self.claims += claims }
    func end(_ claim: Claim) { claims.removeAll { $0 == claim } }

    // Places

    /// False: as many wait already as could ever be under way.
    private func takePlace(_ passage: Passage) async -> Bool {
        let (name, places) = (passage.provider, flows[passage.provider]!.places)
        // Every second counts for a spend in doubt.
        guard underWay[name, default: 0] >= places, !passage.isReplay else {
            underWay[name, default: 0] += 1
            return true
        }
        let isBegun = passage.made > 0 || passage.lane > .scheduled
        guard isBegun || waiting[name, default: []].count < places else { return false }
        await withCheckedContinuation { wake in
            waiting[name, default: []].append(Waiting(lane: passage.lane, wake: wake))
        }
        return true
    }

    /// Hands a place on to who waits for it: those who ask first, then as they came.
    private func givePlace(_ name: String) {
        guard underWay[name, default: 0] <= flows[name]!.places, var queue = waiting[name],
            let highest = queue.map(\.lane).max(),
            let next = queue.firstIndex(where: { $0.lane == highest })
        else {
            underWay[name, default: 1] -= 1
            return
        }
        let chosen = queue.remove(at: next)
        waiting[name] = queue.isEmpty ? nil : queue
        chosen.wake.resume()
    }

    // The store

    /// A start reads what was remembered, before anybody can set the clock: afterwards what lies there may be by the clock
    /// as it was.
    func recall() async throws(StoreError) {
        let rows = try await world.store.read { reads throws(StoreError) in try reads.flows() }
        guard kept == nil else { return }
        var found: [String: ProviderFlow] = [:]
        for var row in rows {
            row.move(earlierBy: -aheadMilliseconds)
            found[row.provider] = row
        }
        kept = found
    }

    /// What is remembered of each provider's traffic, as it is or ought to be in the store: by the wall clock.
    var remembered: [ProviderFlow] {
        flows.values.map { flow in
            var row = flow.kept
            row.move(earlierBy: aheadMilliseconds)
            return row
        }.sorted { $0.provider < $1.provider }
    }

    private func load(_ passage: Passage) async throws(StoreError) {
        if kept == nil { try await recall() }
        guard flows[passage.provider] == nil else { return }
        let row = kept?[passage.provider] ?? ProviderFlow(provider: passage.provider)
        flows[passage.provider] = Flow(passage.limits, kept: row, now: now)
    }

    /// Part of the day's quota is spoken for, durably, before any of it is used.
    private func reserve(_ provider: String, _ until: Instant) async throws(StoreError) {
        let written = wall(until)
        try await world.store.write { verbs throws(StoreError) in try verbs.reserveCalls(provider, until: written) }
        flows[provider]!.reserved(until: until)
    }

    // Words

    private func stopped(_ why: String) -> Delay {
        Delay(kind: .degraded, words: why, until: wall(now.adding(seconds: Breaker.firstWaitSeconds)), isFirm: false)
    }

    /// When to come back: who must wait finds a place in line, a line for each wallet, so that a wallet with many links
    /// is spread out and one with a single link is not put behind it. Who asked waits for the provider only.
    private func delay(_ reason: Flow.Reason, _ until: Instant, _ passage: Passage) -> Delay {
        let flow = flows[passage.provider]!
        var place = until
        if passage.lane == .scheduled {
            if line.count > 1000 { line = line.filter { $0.value > now } }
            let key = Place(provider: passage.provider, wallet: passage.wallet)
            place = max(until, line[key] ?? until)
            let span = Limits.backoffCapSeconds * 1000
            if place.milliseconds(since: until) > span {
                place = until.adding(milliseconds: world.randomness.below(span))
            } else {
                line[key] = place.adding(milliseconds: flow.spacingMilliseconds(reason, passage))
            }
        }
        let isFirm = reason == .blocked || passage.lane > .scheduled
        return Delay(
            kind: reason.kind, words: reason.words(flow.limits, until: wall(place)), until: wall(place),
            isFirm: isFirm)
    }

    private static let certificate = "certificate "

    private func warnOfCertificate(_ provider: String) {
        guard warned.insert(Self.certificate + provider).inserted else { return }
        world.log.write(
            .error, "the provider's certificate is not trusted",
            [("provider", provider), ("do", "see whose server answers in its name, and caFile in its manifest")])
    }

    private func warnOfSkew(_ headers: HTTPHeaders, _ provider: String) {
        guard let skew = RetryAfter.skewSeconds(headers, now: now), warned.insert("clock " + provider).inserted else {
            return
        }
        world.log.write(
            .warning, "clocks differ",
            [("provider", provider), ("seconds", "\(skew)"), ("do", "see that this machine's clock is set")])
    }
}

extension StoreVerbs {
    func blockCalls(_ block: CallBlock) throws(StoreError) {
        try blockCalls(block.provider, block.kind, until: block.until)
    }

    func keepFlow(_ flow: ProviderFlow) throws(StoreError) {
        if flow.reservedAt.milliseconds > 0 { try reserveCalls(flow.provider, until: flow.reservedAt) }
        for kind in EndpointClass.allCases {
            if let until = flow.blockedUntil(kind) { try blockCalls(flow.provider, kind, until: until) }
        }
    }
}

extension Flow.Reason {
    fileprivate var kind: LinkCondition.Kind {
        switch self {
        case .blocked, .daily, .rate, .crowded: .rateLimited
        case .failing, .misconfigured, .untrusted: .degraded
        }
    }

    /// For a link's condition.
    fileprivate func words(_ limits: Manifest.CallLimits, until: Instant) -> String {
        switch self {
        case .blocked: return "the provider asked us to wait"
        case .daily:
            return "the provider's daily quota of \(Self.grouped(limits.perDay ?? 0)) calls is used up until "
                + until.rfc3339
        case .rate: return "more is due at the provider than the calls a second that it allows"
        case .crowded: return "as many requests as the provider takes at once are under way"
        case .failing: return "the provider fails for most requests, so it is left alone for a while"
        case .untrusted: return LinkCondition.untrusted + ", so nothing is sent to it for a while"
        case .misconfigured:
            return "the provider refuses our client registration for several links; whoever runs purser must look at it"
        }
    }

    private static func grouped(_ number: Int) -> String {
        var out = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0, place % 3 == 0 { out = "," + out }
            out = String(digit) + out
        }
        return out
    }
}
