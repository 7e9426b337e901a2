public import Wire

// What verbs do to a link's row, the same in every store.

extension LinkState {
    /// Whether tokens that arrive now still belong to the link.
    public var holdsGrant: Bool {
        switch self {
        case .linking, .active, .paused, .needsConsent, .suspended: true
        case .failed, .revoked, .merged: false
        }
    }

    /// Whether the link still counts when another one of the same person comes.
    public var isLiving: Bool { holdsGrant }
}

extension Link {
    /// Nothing can have been done later than now.
    public mutating func settle(now: Instant) {
        attemptedAt = attemptedAt.map { min($0, now) }
        pulledAt = pulledAt.map { min($0, now) }
        askedAt = askedAt.map { min($0, now) }
    }

    /// Another state: condition and failures begin anew. The same state again changes its note only.
    public mutating func move(to state: LinkState, note: String?, now: Instant) {
        if state != self.state {
            self.state = state
            since = now
            (condition, conditionSince) = (.ok, now)
            failures = 0
        }
        self.note = note
        askedAt = nil
    }

    /// How it is doing from now on.
    public mutating func show(_ condition: LinkCondition, now: Instant) {
        if condition.kind != self.condition.kind { conditionSince = now }
        self.condition = condition
    }

    /// Who was linked is known: active; or, where the consent was to renew another member's link, a question.
    public mutating func identify(_ identity: [UInt8], scopes: [String], renews other: LinkID?, now: Instant) {
        if let other {
            let note =
                "the consent was to renew \(other), but another member gave it; nothing is pulled here until you say so"
            move(to: .suspended(.identityChanged), note: note, now: now)
        } else {
            move(to: .active, note: nil, now: now)
        }
        self.identity = identity
        scopesGranted = scopes
    }

    /// A claim that ended without a pull.
    public mutating func postpone(_ postponement: Postponement) {
        show(postponement.condition, now: postponement.attemptedAt)
        failures = postponement.failures
        attemptedAt = postponement.attemptedAt
        askedAt = nil
    }

    /// New tokens became the current generation: nothing is in doubt any more.
    public mutating func commit(_ token: TokenVersion) {
        take(token)
        // An answer may be older than the doubt it ends.
        if condition.kind == .outcomeUnknown { show(.ok, now: max(token.receivedAt, conditionSince)) }
    }

    /// What a link says of the tokens it lives by.
    mutating func take(_ token: TokenVersion) {
        generation = token.generation
        scopesGranted = token.scopes
        consentEndsAt = token.ends.consent?.at
        consentEndMoves = token.ends.consent?.moves
    }

    /// A good pull was recorded.
    public mutating func record(_ change: LedgerChange) {
        show(change.condition, now: change.pulledAt)
        failures = change.condition == .ok ? 0 : failures + 1
        pulledAt = change.pulledAt
        attemptedAt = change.pulledAt
        askedAt = nil
        warnings = change.warnings
    }

    /// In which order it is worked on when it is due, if its grant is not at risk.
    public var dueRank: DueRank { askedAt == nil && state != .linking ? .ordinary : .asked }

    /// Since when nothing has gone well; nil: the last attempt did.
    var failingSince: Instant? { failures > 0 ? pulledAt ?? createdAt : nil }

    /// Whether a person may have it pulled now.
    public func answerToPullRequest(isClaimed: Bool, now: Instant) -> PullRequest {
        guard state == .active else { return .notActive }
        if isClaimed { return .running }
        if condition.kind == .rateLimited, let until = condition.until, until > now { return .tooSoon(until) }
        if let last = attemptedAt {
            let again = last.adding(seconds: Limits.requestPullSeconds)
            if again > now, last <= now { return .tooSoon(again) }
        }
        return .due
    }
}
