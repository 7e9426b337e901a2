public import Crypto
public import Wire

/// A client registration as somebody sets it.
public struct ClientSetting: Sendable {
    public let clientID: String
    /// Nil: the secret that is there stays, if the client id is the same.
    public let secret: Secret?
    /// A private key set, or a certificate with its key (PEM), for a client that proves itself with one; nil: what is
    /// there stays.
    public let key: Secret?
    /// Exactly as the provider's portal was told; nil: the daemon's own callback.
    public let redirectURI: String?
    /// Nil: the manifest's.
    public let scopes: [String]?

    public init(
        clientID: String, secret: Secret?, key: Secret? = nil, redirectURI: String?, scopes: [String]?
    ) {
        self.key = key
        self.clientID = clientID
        self.secret = secret
        self.redirectURI = redirectURI
        self.scopes = scopes
    }
}

/// Why a client registration could not be set. Nothing was changed.
public enum ClientProblem: Error, Sendable, Hashable, CustomStringConvertible {
    case unknownProvider([String])
    case unfit(String)
    /// The provider says no, or registered what we cannot live with.
    case refused(String)
    /// The provider cannot be asked now, or its answer was lost.
    case unavailable(String)
    case store(StoreError)
    case failed(String)

    public var description: String {
        switch self {
        case .unknownProvider(let names): "no provider has that name; there are: \(names.joined(separator: ", "))"
        case .unfit(let why), .refused(let why), .unavailable(let why), .failed(let why): why
        case .store(let error): error.description
        }
    }
}

/// Who we are at a provider, as shown: never with a secret in it.
public struct ClientFacts: Sendable, Hashable {
    public let provider: String
    /// Nil: no client is registered.
    public let clientID: String?
    public let isPreset: Bool
    public let authentication: ClientAuthentication
    public let hasSecret: Bool
    /// Until when the certificate is good that we show; nil: there is none.
    public let certificateEndsAt: Instant?
    /// What must be registered at the provider's portal; nil: nobody is sent back from there.
    public let redirectURI: String?
    public let isOwnRedirect: Bool
    public let scopes: [String]
    public let changedAt: Instant?
    /// Nil: it did not register itself.
    public let registration: RegistrationFacts?
}

/// How a client stands that registered itself, as shown.
public struct RegistrationFacts: Sendable, Hashable {
    public let registeredAt: Instant
    /// Whether it can be changed and taken back from here (RFC 7592).
    public let isManaged: Bool
    /// Nil: never, or there is no secret.
    public let secretEndsAt: Instant?
    /// When its secret is renewed next.
    public let renewsAt: Instant?
    /// Why that failed the last time, in words, and by when somebody must act.
    public let trouble: String?

    init(_ dynamic: DynamicRegistration) {
        registeredAt = dynamic.registeredAt
        isManaged = dynamic.sealedAccess != nil
        secretEndsAt = dynamic.secretEndsAt
        renewsAt = dynamic.turn.dueAt
        trouble = dynamic.turn.trouble
    }
}

/// The keys a client proves itself with: what may be published of them.
public struct ClientKeysFacts: Sendable, Hashable {
    public let provider: String
    /// Nil: the keys were made, and no client is registered with them yet.
    public let clientID: String?
    /// The public JWK set (RFC 7517 5), to be registered at the provider.
    public let published: JSON
    /// The `kid` of the key that signs.
    public let inUse: String
    /// The `kid` of the one that will, once it is activated.
    public let next: String?
}
