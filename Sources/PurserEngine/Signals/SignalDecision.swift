import Wire

/// What a provider's signal means for a link there: a pure table.
///
/// None of it deletes anything: values stay, and tokens stay sealed and unsent. What was suspended goes on by its person's
/// word alone, also when the provider says that all is well again: whoever could take an account over could have that said.
enum SignalDecision: Sendable, Hashable, CaseIterable {
    /// It is about somebody else, or another session of this person's.
    case notMeant
    /// The person has signed in since. It is also what becomes of a token that comes once more after a new consent.
    case earlierSession
    /// The link waits for a new consent already, or has ended.
    case rests
    /// The grant is as good as before: the story tells of it.
    case told
    /// The grant must not be used before its person has said so.
    case suspends
    /// The link is suspended for another reason already, and that question stays in front.
    case adds
    /// The provider has ended the grant.
    case ends

    static func decide(
        _ kind: SignalKind, change: String?, isMeant: Bool, happenedAt: Int64, _ signIn: SignIn, _ state: LinkState
    ) -> SignalDecision {
        guard isMeant else { return .notMeant }
        if let began = signIn.token.issuedAt, happenedAt < began { return .earlierSession }
        switch state {
        case .active, .paused, .suspended: break
        case .linking, .needsConsent, .failed, .revoked, .merged: return .rests
        }
        switch kind.weight(change: change) {
        case .news: return .told
        case .doubt: if case .suspended = state { return .adds } else { return .suspends }
        case .end: return .ends
        }
    }

    /// The line of the story.
    var event: CustodyEvent.Kind? {
        switch self {
        case .notMeant, .earlierSession, .rests: nil
        case .told: .signalHeard
        case .suspends, .adds: .signalled
        case .ends: .revokedThere
        }
    }
}

extension SignalKind {
    /// How much it says of a grant.
    enum Weight: Sendable, Hashable, CaseIterable {
        case news, doubt, end
    }

    /// - Parameter change: `change_type` of a changed credential (CAEP 1.0 3.3): one that was added takes nothing from what
    ///   was consented to.
    func weight(change: String?) -> Weight {
        switch self {
        case .sessionRevoked, .sessionsRevoked, .accountDisabled, .accountPurged, .credentialCompromise,
            .credentialChangeRequired:
            .doubt
        case .credentialChange: change == "create" ? .news : .doubt
        case .tokenRevoked, .tokensRevoked: .end
        case .tokenClaimsChange, .assuranceLevelChange, .deviceComplianceChange, .riskLevelChange, .accountEnabled,
            .identifierChanged, .identifierRecycled:
            .news
        }
    }
}
