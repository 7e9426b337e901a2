import Wire

/// When a failing link is tried again: full jitter, a uniform time up to base x 2^failures, at most the cap.
enum Backoff {
    /// The most that is waited after so many failures in a row, in milliseconds.
    static func ceiling(after failures: Int) -> Int64 {
        if Plant.isIn("backoff-zero") { return 1 }
        let doubled = Limits.backoffBaseSeconds << Int64(min(max(failures, 1), 16) - 1)
        return min(doubled, Limits.backoffCapSeconds) * 1000
    }

    /// Never at once: a tenth of the ceiling is the least.
    static func next(after failures: Int, now: Instant, _ randomness: any Randomness) -> Instant {
        let most = ceiling(after: failures)
        let least = most / 10
        return now.adding(milliseconds: least + randomness.below(most - least + 1))
    }

    /// As above, but never before the time the provider named. One that names none, or one that has passed, is not
    /// asked again at once.
    /// A link that has failed for a week is tried once a day.
    static func next(
        after failures: Int, notBefore until: Instant?, failingSince: Instant? = nil, now: Instant,
        _ randomness: any Randomness
    ) -> Instant {
        if let until { return max(until, next(after: 1, now: now, randomness)) }
        let isLong = failingSince.map { now > $0.adding(seconds: Limits.longFailureSeconds) } ?? false
        // A schedule of weeks is no failure: tries must have come to their longest pause too.
        guard isLong, ceiling(after: failures) == Limits.backoffCapSeconds * 1000 else {
            return next(after: failures, now: now, randomness)
        }
        return regular(86_400, now: now, randomness)
    }

    /// When a link that went well is due again: its schedule, give or take a tenth, so that links made together do
    /// not stay together.
    static func regular(_ everySeconds: Int64, now: Instant, _ randomness: any Randomness) -> Instant {
        let span = everySeconds * 1000
        return now.adding(milliseconds: span - span / 10 + randomness.below(max(1, span / 5)))
    }
}
