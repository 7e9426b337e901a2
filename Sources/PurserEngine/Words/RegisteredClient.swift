public import Wire

/// A client registration that was set (`purser client set`) or registered itself (`purser client register`) here, as its
/// row holds it. It takes the place of the preset of the provider's folder, belongs to whoever runs the daemon, and serves
/// all wallets.
public struct RegisteredClient: Sendable, Equatable {
    /// The provider's folder name.
    public let provider: String
    /// Empty while only its keys were made: nobody is registered with them yet.
    public let clientID: String
    /// Exactly what the provider's portal was told; nil: the daemon's own callback.
    public let redirectURI: String?
    /// What is asked for instead of the manifest's scopes; nil: those.
    public let scopes: [String]?
    /// The client secret, sealed under `dataKey`; nil: none.
    public let sealedSecret: [UInt8]?
    /// The key of this row alone; nil where nothing is sealed.
    public let dataKey: WrappedDataKey?
    public let createdAt: Instant
    public let changedAt: Instant
    /// Nil: it was set by hand.
    public var dynamic: DynamicRegistration?

    public init(
        provider: String, clientID: String, redirectURI: String?, scopes: [String]?, sealedSecret: [UInt8]?,
        dataKey: WrappedDataKey?, createdAt: Instant, changedAt: Instant,
        dynamic: DynamicRegistration? = nil
    ) {
        self.provider = provider
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.scopes = scopes
        self.sealedSecret = sealedSecret
        self.dataKey = dataKey
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.dynamic = dynamic
    }
}

/// What setting or removing a client registration did to links that live by it.
public struct ClientChange: Sendable, Hashable {
    /// Links that were suspended, in any wallet: another client would answer for them now.
    public let suspended: Int
    /// Consents under way that were called off.
    public let calledOff: Int
    /// What else there is to say of it, in words.
    public var remarks: [String] = []

    public static let none = ClientChange(suspended: 0, calledOff: 0)

    public init(suspended: Int, calledOff: Int) {
        self.suspended = suspended
        self.calledOff = calledOff
    }
}
