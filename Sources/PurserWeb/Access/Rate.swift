import Wire

/// A rate limit: so many at once, and one more each interval (the generic cell rate algorithm). One moment per key says
/// it all: when everything used so far will have been earned.
struct Rate: Sendable, Hashable {
    let burst: Int64
    let intervalMilliseconds: Int64

    enum Verdict: Hashable {
        case allowed(earnedAt: Instant)
        case refused(waitMilliseconds: Int64)
    }

    /// - Parameter earnedAt: what an earlier verdict said; nil: nothing was used yet.
    func decide(_ earnedAt: Instant?, now: Instant) -> Verdict {
        let most = burst * intervalMilliseconds
        var base = max(earnedAt ?? now, now)
        // Further ahead than anybody can use: the clock was set back.
        if base.milliseconds(since: now) > most { base = now }
        let next = base.adding(milliseconds: intervalMilliseconds)
        let wait = next.milliseconds(since: now) - most
        return wait <= 0 ? .allowed(earnedAt: next) : .refused(waitMilliseconds: wait)
    }
}

/// The moments of many keys under one rate, never more than `most` of them.
struct RateTable<Key: Hashable & Sendable>: Sendable {
    let rate: Rate
    let most: Int
    private(set) var moments: [Key: Instant] = [:]

    init(_ rate: Rate, most: Int) {
        self.rate = rate
        self.most = most
    }

    /// Uses one. Nil: allowed; else how long to wait, in milliseconds.
    mutating func use(_ key: Key, now: Instant) -> Int64? {
        switch rate.decide(moments[key], now: now) {
        case .allowed(let earnedAt):
            if moments[key] == nil, moments.count >= most { makeRoom(now) }
            moments[key] = earnedAt
            return nil
        case .refused(let wait): return wait
        }
    }

    /// Whoever has earned all they used may as well be unknown; else the one who is nearest to it goes.
    private mutating func makeRoom(_ now: Instant) {
        moments = moments.filter { $0.value > now }
        while moments.count >= most, let nearest = moments.min(by: { $0.value < $1.value }) {
            moments[nearest.key] = nil
        }
    }
}
