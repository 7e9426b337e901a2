public import Wire

/// Where a link stands: a closed list, and what API, CLI and page show. Custody's own states are internal.
public enum LinkState: Sendable, Hashable {
    /// Consent has been asked for, or was given and the person is not identified yet.
    case linking
    /// It never came to be. Kept ten minutes, so that a waiting CLI learns why.
    case failed(FailureReason)
    case active
    /// The user asked for quiet; nothing is refreshed or pulled.
    case paused
    /// The provider no longer honours the grant, or it does not reach far enough: the person must consent again.
    case needsConsent(ConsentReason)
    /// Something about the provider or the person changed: a question for the user, and no token is sent until then.
    case suspended(SuspensionReason)
    case revoked(RevokedBy)
    /// Its grant went over to the link that `mergedInto` names. Kept ten minutes, so that a waiting CLI learns where to.
    case merged

    /// The stable code of the state, without its reason.
    public var code: String {
        switch self {
        case .linking: "linking"
        case .failed: "failed"
        case .active: "active"
        case .paused: "paused"
        case .needsConsent: "needsConsent"
        case .suspended: "suspended"
        case .revoked: "revoked"
        case .merged: "merged"
        }
    }

    /// The stable code of the reason, where the state has one.
    public var reason: String? {
        switch self {
        case .linking, .active, .paused, .merged: nil
        case .failed(let why): why.rawValue
        case .needsConsent(let why): why.rawValue
        case .suspended(let why): why.rawValue
        case .revoked(let by): by.rawValue
        }
    }

    /// The state that a store wrote as `code` and `reason`; nil when no version of Purser writes that.
    public init?(code: String, reason: String?) {
        switch code {
        case "linking": self = .linking
        case "active": self = .active
        case "paused": self = .paused
        case "merged": self = .merged
        case "failed":
            guard let why = reason.flatMap(FailureReason.init) else { return nil }
            self = .failed(why)
        case "needsConsent":
            guard let why = reason.flatMap(ConsentReason.init) else { return nil }
            self = .needsConsent(why)
        case "suspended":
            guard let why = reason.flatMap(SuspensionReason.init) else { return nil }
            self = .suspended(why)
        case "revoked":
            guard let by = reason.flatMap(RevokedBy.init) else { return nil }
            self = .revoked(by)
        default: return nil
        }
    }
}

/// Why a link never came to be.
public enum FailureReason: String, Sendable, Hashable, CaseIterable {
    /// The person said no at the provider (`access_denied`).
    case denied
    /// Nobody came back from the provider in time: ten minutes, or as long as a pushed request holds.
    case expired
    /// The authorization response was not one we may act on (issuer, code and error together, …).
    case responseRefused
    /// The authorization server answered the request with an error.
    case authorizationError
    /// The token endpoint refused the code.
    case exchangeRefused
    /// The code was sent and no answer came; a code works once, so it must be asked for again.
    case codeLost
    /// The token response was no token response.
    case tokenResponseInvalid
    /// The ID token did not hold (signature, issuer, audience, expiry, nonce).
    case idTokenInvalid
    /// Nothing in the provider's answers says who was linked.
    case identityUnreadable
    /// This member is linked already. Written by versions before 0.2 only: now the older link takes the grant over.
    case alreadyLinked
    /// Another client was registered while the consent was under way.
    case clientChanged
    /// The provider's folder is gone or no longer loads.
    case providerGone
}

/// Why the person must consent again.
public enum ConsentReason: String, Sendable, Hashable, CaseIterable {
    /// The token endpoint says the refresh token is dead (RFC 6749 5.2), and said so again when asked later.
    case invalidGrant
    /// A refresh token was sent, its answer was lost on the way, and the provider no longer takes the old one: what
    /// strict rotation makes of a lost answer.
    case answerLost
    /// The access token has ended and there is no refresh token.
    case noRefreshToken
    /// The API says that the granted scope does not reach (RFC 6750 3.1).
    case insufficientScope
    /// The API wants a sign-in of another kind, or a newer one (RFC 9470).
    case insufficientAuthentication
    /// The person logged out at the provider, and the grant ends with the session: it came without `offline_access`
    /// (OpenID Connect Back-Channel Logout 1.0 2.7).
    case loggedOut
    /// The provider has told that it revoked the grant's tokens (`SignalKind.tokensRevoked`).
    case revokedThere
}

/// Why a link waits for an answer from its user.
public enum SuspensionReason: String, Sendable, Hashable, CaseIterable {
    /// Endpoints or client differ from those at consent time.
    case configurationChanged
    /// A link was to be renewed, and somebody else than its member consented; or a refresh brought somebody else's
    /// ID token.
    case identityChanged
    /// A refresh brought more than was ever asked for: scope, or what stands beside it (`GrantReach`).
    case scopeWidened
    /// The provider has told of something that puts the grant in doubt (`SignalKind`): an account that is disabled, a
    /// credential that has changed, sessions that were ended.
    case signalled
}

/// Who ended a grant.
public enum RevokedBy: String, Sendable, Hashable, CaseIterable {
    case user
    case provider
}

/// How a link is doing, beside its state.
public struct LinkCondition: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case ok
        /// The provider fails; last good values stay.
        case degraded
        /// The provider asked us to wait.
        case rateLimited
        /// A refresh token was sent and it is not known whether the provider replaced it.
        case outcomeUnknown
    }

    public let kind: Kind
    /// What failed, in words without secrets; nil when ok.
    public let cause: String?
    /// When it is tried again or ends, where known.
    public let until: Instant?

    public init(_ kind: Kind, cause: String? = nil, until: Instant? = nil) {
        self.kind = kind
        self.cause = cause
        self.until = until
    }

    public static let ok = LinkCondition(.ok)
}
