public import Crypto
public import Wire

/// A client registration as somebody sets it.
public struct ClientSetting: Sendable {
    public let clientID: String
    /// Nil: the secret that is there stays, if the client id is the same.
    public let secret: Secret?
    /// Exactly as the provider's portal was told; nil: the daemon's own callback.
    public let redirectURI: String?
    /// Nil: the manifest's.
    public let scopes: [String]?

    public init(clientID: String, secret: Secret?, redirectURI: String?, scopes: [String]?) {
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
    case store(StoreError)
    case failed(String)

    public var description: String {
        switch self {
        case .unknownProvider(let names): "no provider has that name; there are: \(names.joined(separator: ", "))"
        case .unfit(let why), .failed(let why): why
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
    /// What must be registered at the provider's portal.
    public let redirectURI: String
    public let isOwnRedirect: Bool
    public let scopes: [String]
    public let changedAt: Instant?
}
