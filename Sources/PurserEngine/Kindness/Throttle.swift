import Wire

/// Lets the fewer requests of a class through the more of them fail, beside the breaker, which waits for twenty and then
/// lets none through: client-side throttling as Google's SRE book has it (RELIABILITY.md B.2). Pure.
///
/// Of two minutes it counts requests, before they are sent and whether they are sent, and those a provider took. One is
/// refused with p = max(0, (requests - 2 x accepts) / (requests + 1)): never while at least half succeed. One that is
/// under way counts as taken, since a burst is no failure; and below `least` requests there is no telling, since one
/// failure would be most of them.
struct Throttle: Sendable, Equatable {
    private struct Slot: Sendable, Equatable {
        let start: Instant
        var requests: Int64 = 0
        var accepts: Int64 = 0
    }

    static let least: Int64 = 10
    private static let slotSeconds: Int64 = 10

    private var slots: [Slot] = []

    /// The odds of being refused: `excess` in `outOf`.
    static func odds(requests: Int64, accepts: Int64) -> (excess: Int64, outOf: Int64) {
        guard requests >= least else { return (0, 1) }
        return (max(0, requests - 2 * accepts), requests + 1)
    }

    /// Whether a request may go; counted either way.
    ///
    /// - Parameters:
    ///   - underWay: requests that were sent and have not ended.
    ///   - isSpared: it goes whatever the odds are.
    ///   - chance: draws a number in `0..<bound`.
    mutating func admit(now: Instant, underWay: Int, isSpared: Bool, chance: (Int64) -> Int64) -> Bool {
        forget(now)
        let (requests, accepts) = slots.reduce((0, Int64(underWay))) { ($0.0 + $1.requests, $0.1 + $1.accepts) }
        let odds = Self.odds(requests: requests, accepts: accepts)
        count(now) { $0.requests += 1 }
        return isSpared || odds.excess == 0 || chance(odds.outOf) >= odds.excess
    }

    /// The provider took a request, whatever it said: somebody is there.
    mutating func accepted(now: Instant) {
        forget(now)
        count(now) { $0.accepts += 1 }
    }

    /// A request that was let through was never sent.
    mutating func unsent() {
        guard let last = slots.indices.last(where: { slots[$0].requests > 0 }) else { return }
        slots[last].requests -= 1
    }

    private mutating func forget(_ now: Instant) {
        let oldest = now.adding(seconds: -Breaker.windowSeconds)
        slots.removeAll { $0.start <= oldest || $0.start > now }
    }

    private mutating func count(_ now: Instant, _ change: (inout Slot) -> Void) {
        if slots.last.map({ now >= $0.start.adding(seconds: Self.slotSeconds) }) ?? true {
            slots.append(Slot(start: now))
        }
        change(&slots[slots.count - 1])
    }
}
