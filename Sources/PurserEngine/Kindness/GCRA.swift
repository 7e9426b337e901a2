import Wire

/// A rate as one timestamp a key (the generic cell rate algorithm, ITU-T I.371): "the next call would be the first of a
/// full bucket at this moment". Pure; the timestamp lies wherever its caller keeps it.
///
/// In every window no more than `calls` pass, whenever it begins: of the calls of a window `burst` may come at once, and
/// the others so far apart that both together do not exceed it. So interval = window / (calls - burst + 1).
struct GCRA: Sendable, Hashable {
    /// Between two calls that come as fast as they may go on coming.
    let intervalMilliseconds: Int64
    /// So many may come at once after a rest.
    let burst: Int64

    init(calls: Int64, windowMilliseconds: Int64, burst: Int64) {
        self.burst = max(1, min(burst, calls))
        let steps = max(1, calls - self.burst + 1)
        intervalMilliseconds = max(1, windowMilliseconds / steps + (windowMilliseconds % steps == 0 ? 0 : 1))
    }

    /// A day's quota: a fifth of it at once, or twenty calls where that is more, but never over half of it. People link
    /// and ask in bursts; what is left still lets links be pulled around the clock. Its day is a minute longer than one:
    /// what is sent a little later may arrive a little earlier.
    static func daily(_ quota: Int) -> GCRA {
        let quota = Int64(max(1, quota)) + (Plant.isIn("quota-off-by-one") ? 1 : 0)
        return GCRA(calls: quota, windowMilliseconds: 86_460_000, burst: min(max(quota / 5, 20), (quota + 1) / 2))
    }

    /// So many calls a second, a third of them at once; below one a second each on its own.
    static func perSecond(_ rate: ExactDecimal) -> GCRA? {
        // In millionths of a call, whole: what is finer is no rate.
        guard let scaled = rate.scaled(6), let millionths = Int64(scaled.text.prefix { $0 != "." }), millionths > 0
        else { return nil }
        if millionths < 2_000_000 {
            let interval = (1_000_000_000 + millionths - 1) / millionths
            return GCRA(calls: 1, windowMilliseconds: interval, burst: 1)
        }
        let calls = millionths / 1_000_000
        return GCRA(calls: calls, windowMilliseconds: 1000, burst: calls / 3)
    }

    /// The earliest moment at which `needing` calls may pass and `leaving` more would still be there.
    func earliest(_ at: Instant, now: Instant, needing: Int64 = 1, leaving: Int64 = 0) -> Instant {
        let kept = max(0, min(leaving, burst - 1))
        let wanted = max(1, min(needing, burst - kept))
        return max(now, at.adding(milliseconds: -(burst - kept - wanted) * intervalMilliseconds))
    }

    /// The timestamp after one call at `moment`.
    func taking(_ at: Instant, at moment: Instant) -> Instant {
        max(at, moment).adding(milliseconds: intervalMilliseconds)
    }

    /// The timestamp of a bucket with nothing in it.
    func empty(_ now: Instant) -> Instant { now.adding(milliseconds: burst * intervalMilliseconds) }

    /// How many calls go on through in so many milliseconds.
    func calls(inMilliseconds span: Int64) -> Int64 { span / intervalMilliseconds }
}
