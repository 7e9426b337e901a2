import Wire

/// What a logout at a provider means for a link there: a pure table (Back-Channel Logout 1.0 2.6, 2.7).
enum LogoutDecision: Sendable, Hashable, CaseIterable {
    /// Another person logged out, or this one in another session.
    case notMeant
    /// The person has signed in since: what ended is the session before. It is also what becomes of a token that is sent
    /// once more after a new consent, whatever was forgotten of it meanwhile.
    case earlierSession
    /// The link waits for a new consent already, or has ended.
    case rests
    /// The grant reaches beyond the session (`offline_access`): it goes on, and the story tells of it.
    case outlives
    /// The grant ends with the session.
    case ends

    /// - Parameter scopes: those granted.
    static func decide(_ token: LogoutToken, _ signIn: SignIn, _ state: LinkState, scopes: [String]) -> LogoutDecision {
        guard signIn.isMeant(by: token) else { return .notMeant }
        if let began = signIn.token.issuedAt, token.issuedAt < began { return .earlierSession }
        switch state {
        case .active, .paused, .suspended: return scopes.contains("offline_access") ? .outlives : .ends
        case .linking, .needsConsent, .failed, .revoked, .merged: return .rests
        }
    }

    /// The line of the story.
    var event: CustodyEvent.Kind? {
        switch self {
        case .notMeant, .earlierSession, .rests: nil
        case .outlives: .outlived
        case .ends: .loggedOut
        }
    }
}

extension SignIn {
    /// Whether a logout token is about this sign-in. Where it names a session and ours is known, that one alone counts;
    /// where ours is not known, the person does. A token of a session alone means nobody whose session is not known.
    func isMeant(by logout: LogoutToken) -> Bool {
        if let subject = logout.subject, !Exactly.same(subject, token.subject) { return false }
        guard let session = logout.session else { return logout.subject != nil }
        guard let ours = token.session else { return logout.subject != nil }
        return Exactly.same(session, ours)
    }
}
