import Wire

/// What is done about a refresh token that was sent and whose answer nobody has: a pure table by rotation policy
/// (RELIABILITY.md A.2 and A.3).
///
/// The replay lemma: sending it again is right, whatever the policy, once no answer to the first time is here or can
/// still arrive. Where a replay is harmless it happens at once, inside the grace where there is one; where it may cost
/// the grant, the access token that is still good is used once more first, since some servers end it on a replay.
///
/// A provider that can be asked what became of the token (RFC 7662) is asked before: one that was never spent is sent again
/// at once; one that was spent is left until the access token has ended, and then sent once more all the same, since what a
/// provider says of it is no verdict.
enum ResolveStep: Sendable, Hashable {
    case resend
    /// What became of it is to be asked (`Introspect`), and decided anew.
    case ask
    /// One more pull with the access token that is held, then again.
    case pullFirst
    /// An answer can still arrive.
    case wait(milliseconds: Int64)

    /// What the provider said of the refresh token.
    enum Said: Sendable, Hashable {
        /// It cannot be asked, or said nothing that counts.
        case nothing
        case notAsked
        case active
        /// - accessServes: whether the access token may serve on.
        case inactive(accessServes: Bool)
    }

    /// - Parameters:
    ///   - isFlying: whether this process still waits for an answer.
    ///   - mayPullFirst: whether the access token may still be good, and has not been used since.
    static func decide(
        _ intent: Intent, _ policy: RotationPolicy, at moment: Moment, isFlying: Bool, mayPullFirst: Bool,
        said: Said = .nothing
    ) -> ResolveStep {
        if Plant.isIn("replay-at-once") { return .resend }
        let span = intent.answerMilliseconds
        let elapsed = intent.elapsed(at: moment)
        let left = max(0, span - elapsed)
        if isFlying { return .wait(milliseconds: max(left, 1000)) }
        if isHarmless(policy, elapsed) { return .resend }
        if left > 0 { return .wait(milliseconds: left) }
        switch said {
        case .notAsked: return .ask
        case .active, .inactive(accessServes: false): return .resend
        case .inactive(accessServes: true): return .pullFirst
        case .nothing: return mayPullFirst ? .pullFirst : .resend
        }
    }

    /// Whether the access token may serve on where the refresh token is said to be spent: for as long as it is good, and
    /// within bounds.
    static func accessServes(_ intent: Intent, _ grant: TokenVersion, idleSeconds: Int64?, at moment: Moment) -> Bool {
        grant.life(at: moment) == .good && intent.elapsed(at: moment) < mostServedSeconds(idleSeconds) * 1000
    }

    /// When it is over by the wall clock, so that the refresh token is not sent late.
    static func servesUntil(_ intent: Intent, _ grant: TokenVersion, idleSeconds: Int64?) -> Instant {
        let most = intent.sentAt.adding(seconds: mostServedSeconds(idleSeconds))
        return min(most, grant.accessEndsAt ?? most)
    }

    /// A day, and no longer than leaves the refresh token most of its idle life, should it not be spent after all.
    private static func mostServedSeconds(_ idleSeconds: Int64?) -> Int64 {
        min(Limits.lostAnswerServesSeconds, idleSeconds.map { $0 / 3 } ?? .max)
    }

    /// Whether the old refresh token is still taken, so many milliseconds after it was sent.
    static func isHarmless(_ policy: RotationPolicy, _ elapsed: Int64) -> Bool {
        guard !policy.losesOnReplay, !Plant.isIn("replay-never") else { return false }
        if case .grace(let seconds) = policy {
            return elapsed < graceMilliseconds(seconds)
        }
        return true
    }

    /// How soon a link is worked on again whose piece of work ended with a spend in doubt: a part of what is left of the
    /// grace, so that a back-off does not outlast it. Nil: nothing hurries. After many attempts nothing does: whatever keeps
    /// each of them from an answer is no matter of seconds, and the provider is not to be stormed for it.
    ///
    /// - Parameter earlier: how long before it the first attempt was, in milliseconds.
    static func hurryMilliseconds(
        _ intent: Intent?, _ policy: RotationPolicy, at moment: Moment, earlier: Int64 = 0
    ) -> Int64? {
        guard case .grace(let seconds) = policy, let intent, intent.purpose == .refresh,
            intent.attempt <= Limits.hurriedAttempts
        else { return nil }
        let elapsed = intent.elapsed(at: moment)
        guard isHarmless(policy, elapsed) else { return nil }
        return max(500, leftMilliseconds(seconds, elapsed, earlier: earlier) / 4)
    }

    /// How much of a grace is left to ask in. It may have begun with any attempt that brought no answer: what is left since
    /// the first counts first, half of the margin included, and when that is over what is left since the newest.
    static func leftMilliseconds(_ seconds: Int, _ elapsed: Int64, earlier: Int64) -> Int64 {
        let ofFirst = graceMilliseconds(seconds) - elapsed - earlier
        return ofFirst > -Limits.graceMarginSeconds * 500 ? ofFirst : graceMilliseconds(seconds) - elapsed
    }

    /// Whether an attempt is one of those that hurry within a grace.
    static func isHurried(_ policy: RotationPolicy, attempt: Int) -> Bool {
        guard case .grace = policy, !policy.losesOnReplay else { return false }
        return attempt > 1 && attempt <= Limits.hurriedAttempts
    }

    /// How much of a grace may be relied on.
    static func graceMilliseconds(_ seconds: Int) -> Int64 {
        (Int64(seconds) - Limits.graceMarginSeconds) * 1000
    }
}

extension Intent {
    /// Milliseconds since it was sent; a clock that was set back shortens nothing.
    func elapsed(at moment: Moment) -> Int64 { max(0, moment.milliseconds(since: sentAt, sentUp)) }

    /// How long before it this generation was first sent, in milliseconds, as the link's story tells; 0: it is the first
    /// itself, or the clock was set since and nobody can tell.
    func sinceFirst(_ story: [CustodyEvent]) -> Int64 {
        let first = story.last { $0.kind == CustodyEvent.Kind.intent.rawValue && $0.generation == generation }
        guard attempt > 1, let first else { return 0 }
        return max(0, sentAt.milliseconds(since: first.at))
    }

    /// How long after it was sent an answer may still arrive.
    var answerMilliseconds: Int64 { deadline.milliseconds(since: sentAt) + Limits.lateAnswerMilliseconds }
}
