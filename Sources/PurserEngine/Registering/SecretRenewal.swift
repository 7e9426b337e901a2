import Wire

/// When a client secret that ends is renewed, and what comes of an attempt: pure decisions.
enum SecretRenewal {
    /// The longest time before its end that a secret is renewed in.
    static let mostAheadSeconds: Int64 = 14 * 86_400
    private static let daySeconds: Int64 = 86_400

    /// A third of its life before its end, and two weeks at most: time enough for a person, should it come to that.
    /// Nil: it never ends.
    static func due(since: Instant, endsAt: Instant?) -> Instant? {
        guard let endsAt else { return nil }
        let third = max(0, endsAt.milliseconds(since: since)) / 3
        return endsAt.adding(milliseconds: -min(third, mostAheadSeconds * 1000))
    }

    /// Where an attempt begins.
    enum Step: Sendable, Hashable {
        /// The provider is asked how the registration stands, and then to write it anew.
        case ask
        /// Nothing here can change it: whoever runs the daemon is told, by the day of its end each day, and then no more.
        case tell(again: Instant?)
    }

    static func step(canAsk: Bool, endsAt: Instant, now: Instant) -> Step {
        if canAsk { return .ask }
        return .tell(again: now < endsAt ? min(endsAt, now.adding(seconds: daySeconds)) : nil)
    }

    /// What one answer of the client configuration endpoint comes to.
    enum Progress: Sendable, Hashable {
        /// The secret lives long enough again: nothing more is asked.
        case renewed
        /// It was heard, and the secret ends as before.
        case unchanged
    }

    static func progress(since: Instant, endsAt: Instant?, now: Instant) -> Progress {
        due(since: since, endsAt: endsAt).map { $0 > now } ?? true ? .renewed : .unchanged
    }

    /// When it is tried again: what may be over soon by the usual back-off, what the provider refuses once a day.
    static func again(
        isFirm: Bool, failures: Int, now: Instant, _ randomness: any Randomness
    ) -> Instant {
        isFirm
            ? Backoff.regular(daySeconds, now: now, randomness)
            : Backoff.next(after: failures, now: now, randomness)
    }

    /// By when somebody must act, in words.
    static func advice(_ provider: String, endsAt: Instant, now: Instant) -> String {
        let anew = "register anew: purser client remove \(provider), then purser client register \(provider)"
        return now < endsAt
            ? "unless it is renewed by \(endsAt.date.iso), nothing can be fetched there any more; \(anew)"
            : "its secret ended on \(endsAt.date.iso), and nothing can be fetched there; \(anew)"
    }
}
