/// What a provider can tell of a person's account in a security event token: the event types of CAEP 1.0, of RISC 1.0, and
/// those two of tokens that are in use beside them. A closed list: nothing else is asked for.
public enum SignalKind: String, Sendable, Hashable, CaseIterable {
    // CAEP 1.0 3
    case sessionRevoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
    case tokenClaimsChange = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"
    case credentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
    case assuranceLevelChange = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change"
    case deviceComplianceChange = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change"
    case riskLevelChange = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change"
    // RISC 1.0 2
    case credentialChangeRequired =
        "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required"
    case accountPurged = "https://schemas.openid.net/secevent/risc/event-type/account-purged"
    case accountDisabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
    case accountEnabled = "https://schemas.openid.net/secevent/risc/event-type/account-enabled"
    case identifierChanged = "https://schemas.openid.net/secevent/risc/event-type/identifier-changed"
    case identifierRecycled = "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled"
    case credentialCompromise = "https://schemas.openid.net/secevent/risc/event-type/credential-compromise"
    case sessionsRevoked = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked"
    // Tokens
    case tokenRevoked = "https://schemas.openid.net/secevent/oauth/event-type/token-revoked"
    case tokensRevoked = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked"

    /// Its last part, which is its name in the specifications.
    public var name: String { rawValue.split(separator: "/").last.map(String.init) ?? rawValue }

    init?(named name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// What the provider says by it, after "the provider says that".
    var words: String {
        switch self {
        case .sessionRevoked, .sessionsRevoked: "your sessions there were ended"
        case .tokenClaimsChange: "what it says of you has changed"
        case .credentialChange: "what you sign in with has changed"
        case .assuranceLevelChange: "how surely it knows you has changed"
        case .deviceComplianceChange: "a device of yours is trusted otherwise than before"
        case .riskLevelChange: "your account is at another risk than before"
        case .credentialChangeRequired: "you must change what you sign in with"
        case .accountPurged: "your account was deleted"
        case .accountDisabled: "your account is disabled"
        case .accountEnabled: "your account is enabled again"
        case .identifierChanged: "you are known by another address or number there"
        case .identifierRecycled: "your address or number belongs to somebody else now"
        case .credentialCompromise: "what you sign in with is in the wrong hands"
        case .tokenRevoked, .tokensRevoked: "it has revoked what purser may do there"
        }
    }
}
