import Wire

/// Whether the access token is refreshed before a pull: a pure table.
enum RefreshDecision: Sendable, Hashable {
    /// The access token is good, or nobody knows that it is not: use it, a 401 will tell.
    case useAccessToken
    case refresh
    /// It has ended and there is nothing to refresh it with.
    case askForConsent
    /// It has ended, and the refresh token may not be sent now (`RefreshHold`).
    case wait
    /// The provider calls it active: its API refuses us, and another one would fare no better.
    case spare

    static func decide(_ grant: TokenVersion, at moment: Moment, isHeld: Bool) -> RefreshDecision {
        let hasEnded = grant.life(at: moment) == .ended
        let isDue = hasEnded || (grant.refreshAheadAt.map { $0 <= moment.wall } ?? false)
        guard isDue else { return .useAccessToken }
        if isHeld { return hasEnded ? .wait : .useAccessToken }
        if grant.sealedRefresh == nil { return hasEnded ? .askForConsent : .useAccessToken }
        return .refresh
    }

    /// After the API refused the access token (401 `invalid_token`): one refresh, if there is anything to spend. A
    /// token that never worked and is fresh is not replaced at once: the API refuses us, not the token, and every try
    /// would spend another refresh token. Nor is one without a named lifetime more often than every 15 minutes.
    ///
    /// - Parameter isCalledActive: whether the provider was asked about it (RFC 7662) and calls it active.
    static func afterRefusal(
        _ grant: TokenVersion, now: Instant, isHeld: Bool, isCalledActive: Bool = false
    ) -> RefreshDecision {
        if isHeld { return .wait }
        let trust = grant.receivedAt.adding(seconds: Limits.freshTokenSeconds)
        let isFresh = grant.receivedAt <= now && now < trust
        let isForced = grant.accessEndsAt == nil && grant.generation > 1
        if isFresh, grant.confirmedAt == nil || isForced { return .useAccessToken }
        guard grant.sealedRefresh != nil else { return .askForConsent }
        return isCalledActive ? .spare : .refresh
    }

    /// Whether it is worth asking about an access token that the API refuses. Only while it ought to be good: where no
    /// lifetime is named, a 401 is how its end is told. And only for the first few failures in a row, so that a provider
    /// that is wrong about it delays a refresh, and prevents none.
    static func isAskedAbout(_ grant: TokenVersion, failures: Int, at moment: Moment) -> Bool {
        failures < Limits.sparedFailures && grant.life(at: moment) == .good
    }
}

/// Why a refresh token may not be sent at the moment.
enum RefreshHold: Sendable, Hashable {
    /// It was sent, and nobody knows what became of it; it is sent again then.
    case inDoubt(until: Instant?)
    /// It was sent and brought others, which wait for the provider's keys: a condition in those words.
    case uncheckable(LinkCondition)
    case suspected(until: Instant)
    /// The database is a restored one: the token may have been spent by the daemon that went on with the other.
    case restored

    /// - Parameter shown: the link's condition: what settling the kept answer came to was said there.
    static func decide(
        _ past: CustodyPast, _ policy: RotationPolicy, grant: TokenVersion, restoredAt: Instant?,
        shown: LinkCondition = .ok, now: Instant
    ) -> RefreshHold? {
        // Answers that said nothing hold nobody up once the provider has said no.
        let isRefused = past.suspicion?.generation == grant.generation
        if Plant.isIn("two-flights") { return nil }
        if past.intent != nil || !past.answers.isEmpty && !isRefused {
            let hasWhole = past.answers.contains { !$0.isPart }
            return hasWhole && shown.isUncheckable ? .uncheckable(shown) : .inDoubt(until: nil)
        }
        if let suspicion = past.suspicion, suspicion.generation == grant.generation {
            let until = Refusal.notBefore(suspicion, policy)
            if until > now { return .suspected(until: until) }
        }
        return isForRestored(grant, policy, restoredAt) ? .restored : nil
    }

    /// Whether the refresh token is of before the database was put back, where the other daemon may have spent it and a
    /// second time would cost the grant.
    static func isForRestored(_ grant: TokenVersion, _ policy: RotationPolicy, _ restoredAt: Instant?) -> Bool {
        guard policy.losesOnReplay, grant.sealedRefresh != nil, let restoredAt else { return false }
        return grant.receivedAt <= restoredAt
    }

    var condition: LinkCondition {
        switch self {
        case .inDoubt(let until):
            LinkCondition(
                .outcomeUnknown, cause: "the refresh token was sent and the provider's answer is not known",
                until: until)
        case .uncheckable(let condition): condition
        case .suspected(let until): .suspected(nil, until)
        case .restored:
            LocalTrouble.restored.condition(
                "its tokens may have been spent since; when nothing runs on the other one any more: purser restored")
        }
    }

    var until: Instant? {
        switch self {
        case .inDoubt(let until): until
        case .suspected(let until): until
        case .uncheckable, .restored: nil
        }
    }
}
