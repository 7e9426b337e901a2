import Wire

/// Whether the access token is refreshed before a pull: a pure table.
enum RefreshDecision: Sendable, Hashable {
    /// The access token is good, or nobody knows that it is not: use it, a 401 will tell.
    case useAccessToken
    case refresh
    /// It has ended and there is nothing to refresh it with.
    case askForConsent
    /// It has ended, and it is unknown whether the refresh token was spent: nothing can be sent.
    case wait

    static func decide(_ grant: TokenVersion, now: Instant, spendIsUnknown: Bool) -> RefreshDecision {
        let hasEnded = grant.accessEndsAt.map { $0 <= now } ?? false
        let isDue = hasEnded || (grant.refreshAheadAt.map { $0 <= now } ?? false)
        guard isDue else { return .useAccessToken }
        if spendIsUnknown { return hasEnded ? .wait : .useAccessToken }
        if grant.sealedRefresh == nil { return hasEnded ? .askForConsent : .useAccessToken }
        return .refresh
    }

    /// After the API refused the access token (401 `invalid_token`): one refresh, if there is anything to spend. A
    /// token that never worked and is fresh is not replaced at once: the API refuses us, not the token, and every try
    /// would spend another refresh token.
    static func afterRefusal(_ grant: TokenVersion, now: Instant, spendIsUnknown: Bool) -> RefreshDecision {
        if spendIsUnknown { return .wait }
        let trust = grant.receivedAt.adding(seconds: Limits.freshTokenSeconds)
        if grant.confirmedAt == nil, grant.receivedAt <= now, now < trust { return .useAccessToken }
        return grant.sealedRefresh == nil ? .askForConsent : .refresh
    }
}
