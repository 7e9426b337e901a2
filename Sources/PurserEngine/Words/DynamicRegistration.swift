public import Wire

/// What a client that registered itself (RFC 7591) has beside one that was set by hand: how it proves who it is, how it is
/// managed (RFC 7592), and until when its secret lives. Part of its registration's row, and gone with it.
public struct DynamicRegistration: Sendable, Equatable {
    /// What the provider registered, which may be another method than was asked for.
    public let authentication: ClientAuthentication
    public let registeredAt: Instant
    /// The client configuration endpoint and the registration access token, sealed under the registration's data key;
    /// nil: the provider did not give both, and nothing here can change the registration or take it back.
    public let sealedAccess: [UInt8]?
    /// When the present secret came, and when it ends (`client_secret_expires_at`); nil: never, or there is none.
    public let secretSince: Instant
    public let secretEndsAt: Instant?
    public var turn: Turn

    /// When its secret is renewed, and how that goes.
    public typealias Turn = ProviderTurn

    public init(
        authentication: ClientAuthentication, registeredAt: Instant, sealedAccess: [UInt8]?, secretSince: Instant,
        secretEndsAt: Instant?, turn: Turn
    ) {
        self.authentication = authentication
        self.registeredAt = registeredAt
        self.sealedAccess = sealedAccess
        self.secretSince = secretSince
        self.secretEndsAt = secretEndsAt
        self.turn = turn
    }
}
