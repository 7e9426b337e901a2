import Wire

/// One provider's traffic as it stands: what it lets us do, what it asked for, how it is doing. Pure; `Traffic` has one
/// for each provider.
///
/// The manifest's limits are of the API (class `data`): calls a second, and a day's quota of which a part is reserved
/// durably before it is used. The token endpoint has a class of its own with the same rate a second and no quota a day:
/// no provider was found that counts both together. Requests under way are counted over both.
struct Flow: Sendable {
    /// Why a request does not go.
    enum Reason: Sendable, Hashable {
        case blocked, daily, rate, crowded, failing, misconfigured, untrusted
    }

    /// Whether a request may go.
    enum Turn: Sendable, Hashable {
        /// From this moment on; its place in the rate is taken.
        case go(at: Instant, isProbe: Bool)
        /// The day's reservation must reach this far first, durably.
        case reserve(until: Instant)
        case no(Reason, until: Instant)
    }

    fileprivate struct Side: Sendable {
        var second: GCRA?
        var secondAt: Instant
        var left: [String: RateHints.Left] = [:]
        var learned: [String: (rate: GCRA, at: Instant)] = [:]
        var breaker = Breaker()
        var throttle = Throttle()
        var underWay = 0
    }

    let limits: Manifest.CallLimits
    private let day: GCRA?
    private var dayAt: Instant
    private var sides: [EndpointClass: Side] = [:]
    /// As it is in the store, or about to be.
    private(set) var kept: ProviderFlow
    private(set) var budget = RetryBudget()

    /// A start begins the bucket of the second empty, so that starting again and again is no burst.
    init(_ limits: Manifest.CallLimits, kept: ProviderFlow, now: Instant) {
        self.limits = limits
        self.kept = kept
        day = limits.perDay.map(GCRA.daily)
        dayAt = kept.reservedAt
        let second = limits.perSecond.flatMap(GCRA.perSecond)
        for kind in EndpointClass.allCases {
            sides[kind] = Side(second: second, secondAt: second?.empty(now) ?? now)
        }
    }

    /// Requests that may be under way at once. Where the manifest does not say: half of what we work on, so that one
    /// slow provider never holds all of it.
    var places: Int { limits.inFlight ?? Self.places(slots: Limits.slots) }

    static func places(slots: Int) -> Int { max(1, slots / 2) }

    /// How far apart pieces of work should begin that wait for this.
    func spacingMilliseconds(_ reason: Reason, _ passage: Passage) -> Int64 {
        let interval = reason == .daily ? day?.intervalMilliseconds : sides[passage.kind]!.second?.intervalMilliseconds
        return Int64(passage.cost) * (interval ?? 100)
    }

    /// What holds whatever the rate is. Nobody jumps it.
    func gate(_ passage: Passage, now: Instant) -> (Reason, until: Instant)? {
        if Plant.isIn("retry-after-ignored") { return nil }
        if let until = kept.blockedUntil(passage.kind), until > now { return (.blocked, until) }
        let empty = sides[passage.kind]!.left.values.filter { $0.calls <= 0 && $0.until > now }
        return empty.map(\.until).max().map { (.blocked, $0) }
    }

    /// Takes a request's place in every rate it counts in, if that is near enough.
    ///
    /// - Parameter chance: draws a number in `0..<bound`, where it is left to chance whether a failing provider is asked.
    mutating func turn(_ passage: Passage, now: Instant, chance: (Int64) -> Int64) -> Turn {
        if let (reason, until) = gate(passage, now: now) { return .no(reason, until: until) }
        let latest = now.adding(milliseconds: passage.patienceMilliseconds)
        var at = now
        let counted = passage.kind == .data ? day : nil
        if let day = counted {
            // A fifth is kept for those who ask, and work begins only where it can end.
            let leaving = passage.lane == .scheduled ? (day.burst + 4) / 5 : 0
            let needing = passage.made == 0 ? Int64(passage.cost) : 1
            at = day.earliest(dayAt, now: now, needing: needing, leaving: leaving)
            if at > latest {
                let all = Int64(max(passage.made + 1, passage.cost))
                return .no(.daily, until: day.earliest(dayAt, now: now, needing: all, leaving: leaving))
            }
        }
        var side = sides[passage.kind]!
        if !passage.isReplay {
            if let second = side.second { at = second.earliest(side.secondAt, now: at) }
            for (rate, learnedAt) in side.learned.values { at = max(at, rate.earliest(learnedAt, now: at)) }
        }
        if at > latest { return .no(.rate, until: at) }
        if let day = counted {
            let taken = day.taking(dayAt, at: at)
            if taken > kept.reservedAt {
                return .reserve(
                    until: taken.adding(milliseconds: slice * day.intervalMilliseconds + Self.writeMilliseconds))
            }
        }
        // Last, since it counts what it lets through.
        var isProbe = false
        switch side.breaker.admit(now: now, mayProbe: passage.mayProbe) {
        case .go(let probes):
            isProbe = probes
            let isSpared = probes || passage.isReplay
            guard side.throttle.admit(now: now, underWay: side.underWay, isSpared: isSpared, chance: chance) else {
                sides[passage.kind] = side
                return .no(.failing, until: now.adding(seconds: Breaker.firstWaitSeconds))
            }
        case .no(let until):
            guard passage.isHurried, side.breaker.reason == .failing else {
                return .no(side.breaker.reason, until: until)
            }
        }
        if let day = counted { dayAt = day.taking(dayAt, at: at) }
        if let second = side.second { side.secondAt = second.taking(side.secondAt, at: at) }
        for (name, learned) in side.learned {
            side.learned[name]!.at = learned.rate.taking(learned.at, at: at)
        }
        for name in side.left.keys { side.left[name]!.calls -= 1 }
        side.underWay += 1
        sides[passage.kind] = side
        budget.sent()
        return .go(at: at, isProbe: isProbe)
    }

    /// How long making a reservation durable may take, and it still holds then: a bucket that lies empty moves on with the
    /// clock, so that one that reached no further than the moment it was asked for would be too short by the time it is made.
    private static let writeMilliseconds: Int64 = 60_000

    /// A fiftieth of the day's quota is reserved at a time, a tenth at most: so much a crash may waste.
    private var slice: Int64 { Int64(max(1, (limits.perDay ?? 0) / 50) - 1) }

    /// The reservation is durable.
    mutating func reserved(until: Instant) { kept.reservedAt = max(kept.reservedAt, until) }

    /// Whether a request may be sent once more; if so it is paid for.
    mutating func takesRetry() -> Bool { budget.takesRetry() }

    /// How a request ended.
    ///
    /// - Returns: until when the class is blocked, where that is longer than before: to be made durable.
    mutating func heard(_ heard: Heard, _ permit: Permit, now: Instant) -> Instant? {
        let (kind, link) = (permit.passage.kind, permit.passage.link)
        var side = sides[kind]!
        side.underWay = max(0, side.underWay - 1)
        defer { sides[kind] = side }
        switch heard {
        case .unsent:
            side.breaker.unsent(now: now, isProbe: permit.isProbe)
            side.throttle.unsent()
            return nil
        case .untrusted:
            side.breaker.untrusted(now: now, isProbe: permit.isProbe)
            return nil
        case .failed:
            side.breaker.failed(link, now: now, isProbe: permit.isProbe)
            return nil
        case .answered(let status, let headers):
            var until: Instant?
            if status == 429 || status == 503 { until = RetryAfter.until(headers, now: now) }
            if until == nil, status >= 500 || status == 429 {
                side.breaker.failed(link, now: now, isProbe: permit.isProbe)
            } else {
                side.breaker.worked(isProbe: permit.isProbe)
                side.throttle.accepted(now: now)
            }
            let hints = RateHints(headers, now: now)
            side.learn(hints, now: now)
            let spent = hints.left.values.filter { $0.calls == 0 && $0.until > now }.map(\.until).max()
            guard let latest = [until, spent].compactMap({ $0 }).max(), latest > now,
                latest > kept.blockedUntil(kind) ?? now
            else { return nil }
            kept.block(kind, until: latest)
            return latest
        }
    }

    /// Our registration was accepted for a link.
    mutating func accepted() { sides[.token]!.breaker.accepted() }

    /// Our registration was refused for a link.
    mutating func misconfigured(_ link: LinkID, now: Instant) {
        sides[.token]!.breaker.misconfigured(link, now: now)
    }

    /// Whether this class is left alone at the moment.
    func isFailing(_ kind: EndpointClass) -> Bool { !sides[kind]!.breaker.isClosed }

    /// Pulls a provider's limits allow in so many milliseconds once the burst is spent, at `cost` calls each.
    static func pulls(
        _ limits: Manifest.CallLimits, cost: Int, inMilliseconds span: Int64
    ) -> (burst: Int64, more: Int64) {
        let rates = [limits.perDay.map(GCRA.daily), limits.perSecond.flatMap(GCRA.perSecond)].compactMap { $0 }
        let burst = rates.map(\.burst).max() ?? Int64(Limits.slots)
        let calls = rates.map { $0.calls(inMilliseconds: span) }.min() ?? span / 100
        return (max(1, burst / Int64(max(1, cost))), calls / Int64(max(1, cost)))
    }
}

extension Breaker {
    /// Why it lets nothing through.
    fileprivate var reason: Flow.Reason { isMisconfigured ? .misconfigured : isUntrusted ? .untrusted : .failing }
}

extension Flow.Side {
    /// What a header says may only lower the rate: of two that speak of the same window the lower counts.
    fileprivate mutating func learn(_ hints: RateHints, now: Instant) {
        left = left.filter { $0.value.until > now }
        for (name, heard) in hints.left where heard.until > now {
            // Those under way may not be counted in it yet.
            let calls = max(0, heard.calls - underWay)
            if let known = left[name] {
                left[name] = RateHints.Left(
                    calls: min(known.calls, calls), until: calls == 0 ? max(known.until, heard.until) : known.until)
            } else if left.count < 8 {
                left[name] = RateHints.Left(calls: calls, until: heard.until)
            }
        }
        for (name, policy) in hints.policies {
            let rate = GCRA(
                calls: policy.calls, windowMilliseconds: policy.seconds * 1000, burst: max(1, policy.calls / 5))
            guard learned[name]?.rate != rate, learned[name] != nil || learned.count < 8 else { continue }
            learned[name] = (rate, now)
        }
    }
}
