import Wire

/// Leaves one class of a provider's endpoints alone while most requests to it fail: a pure state machine, told of every
/// request before it is sent and of how it ended.
///
/// Closed, it counts the last two minutes. Where half of at least twenty requests failed, for more than one link, it
/// opens. After a while one request is let through to see (a probe); if that works it closes, else it waits twice as
/// long. A refresh whose loss costs the grant is never that one; where there is no other for ten minutes, the breaker
/// closes by itself, or links that can do nothing but refresh would wait for ever.
struct Breaker: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        case closed
        case open(until: Instant, waitSeconds: Int64)
        case probing(since: Instant, waitSeconds: Int64)
    }

    /// Whether a request may go.
    enum Passage: Sendable, Equatable {
        case go(isProbe: Bool)
        case no(until: Instant)
    }

    private struct Slot: Sendable, Equatable {
        let start: Instant
        var requests = 0
        var failures = 0
    }

    static let least = 20
    static let windowSeconds: Int64 = 120
    static let firstWaitSeconds: Int64 = 30
    static let longestWaitSeconds: Int64 = 600
    /// A probe that nobody heard of again is given up after this.
    static let probeSeconds: Int64 = 180
    private static let slotSeconds: Int64 = 10
    static let refusedLinks = 3

    private var state = State.closed
    private var slots: [Slot] = []
    /// Some links that it failed for: more than one, or it is that link's own affair.
    private var failing: Set<LinkID> = []
    /// Links for which our registration was refused since it was last accepted.
    private var refused: Set<LinkID> = []
    /// Whether it was our registration that opened it.
    private(set) var isMisconfigured = false
    /// Whether it was a certificate that opened it.
    private(set) var isUntrusted = false

    var isClosed: Bool { state == .closed }

    /// - Parameter mayProbe: whether this request may be the one that finds out.
    mutating func admit(now: Instant, mayProbe: Bool) -> Passage {
        switch state {
        case .closed: break
        case .open(let until, let wait):
            if now < until { return .no(until: until) }
            let lonely = until.adding(seconds: Self.longestWaitSeconds)
            if mayProbe {
                state = .probing(since: now, waitSeconds: wait)
                return .go(isProbe: true)
            }
            if now < lonely { return .no(until: lonely) }
            close()
        case .probing(let since, let wait):
            let given = since.adding(seconds: Self.probeSeconds)
            guard now >= given, mayProbe else {
                return .no(until: max(given, now.adding(seconds: Self.firstWaitSeconds)))
            }
            state = .probing(since: now, waitSeconds: wait)
            return .go(isProbe: true)
        }
        count(now)
        return .go(isProbe: false)
    }

    private mutating func count(_ now: Instant) {
        let oldest = now.adding(seconds: -Self.windowSeconds)
        slots.removeAll { $0.start <= oldest || $0.start > now }
        if slots.isEmpty { failing = [] }
        if let last = slots.last, now < last.start.adding(seconds: Self.slotSeconds) {
            slots[slots.count - 1].requests += 1
        } else {
            slots.append(Slot(start: now, requests: 1))
        }
    }

    /// A request ended well, whatever it said: somebody is there.
    mutating func worked(isProbe: Bool) {
        if isProbe, case .probing = state { close() }
    }

    /// A request failed: no connection, no answer, or a server's own error.
    mutating func failed(_ link: LinkID, now: Instant, isProbe: Bool) {
        switch state {
        case .probing(_, let wait) where isProbe:
            isUntrusted = false
            open(now, min(wait * 2, Self.longestWaitSeconds))
        case .closed:
            if slots.isEmpty { slots.append(Slot(start: now, requests: 1)) }
            slots[slots.count - 1].failures += 1
            if failing.count < 2 { failing.insert(link) }
            let requests = slots.reduce(0) { $0 + $1.requests }
            let failures = slots.reduce(0) { $0 + $1.failures }
            if requests >= Self.least, failures * 2 >= requests, failing.count > 1 {
                open(now, Self.firstWaitSeconds)
            }
        case .open, .probing: break
        }
    }

    /// Whoever answers there shows no certificate of the provider's. That is no link's affair, and no request is sent after
    /// it to see whether it happens again (RELIABILITY.md A.4).
    mutating func untrusted(now: Instant, isProbe: Bool) {
        switch state {
        case .probing(_, let wait) where isProbe: open(now, min(wait * 2, Self.longestWaitSeconds))
        case .closed: open(now, Self.firstWaitSeconds)
        case .open, .probing: return
        }
        isUntrusted = true
    }

    /// A probe was let through and never sent.
    mutating func unsent(now: Instant, isProbe: Bool) {
        if isProbe, case .probing(_, let wait) = state { state = .open(until: now, waitSeconds: wait) }
    }

    /// Our registration was accepted for a link: it is in order again.
    mutating func accepted() {
        refused = []
        if isMisconfigured { close() }
    }

    /// Our registration was refused for a link. The same for several links is the operator's to mend.
    mutating func misconfigured(_ link: LinkID, now: Instant) {
        if refused.count < Self.refusedLinks { refused.insert(link) }
        guard refused.count == Self.refusedLinks, state == .closed else { return }
        isMisconfigured = true
        state = .open(until: now.adding(seconds: Self.longestWaitSeconds), waitSeconds: Self.longestWaitSeconds)
    }

    private mutating func open(_ now: Instant, _ wait: Int64) {
        state = .open(until: now.adding(seconds: wait), waitSeconds: wait)
    }

    /// Somebody is there, which says nothing of our registration: it was not accepted yet, and one more refusal opens again.
    private mutating func close() {
        let refused = refused
        self = Breaker()
        self.refused = refused
    }
}
