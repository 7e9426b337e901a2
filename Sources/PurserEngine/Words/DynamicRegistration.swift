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
    public struct Turn: Sendable, Equatable {
        /// When it is next worked on (while claimed: when the claim ends); nil: never.
        public var dueAt: Instant?
        /// `dueAt` is the end of a claim.
        public var isLeased = false
        /// Grows with each claim, like a link's. Begins with the moment of the registration, so that no claim of an
        /// earlier one holds.
        public var fence: Int64
        /// Attempts that failed in a row.
        public var failures = 0
        /// Why the last one failed, in words.
        public var trouble: String?

        public init(dueAt: Instant?, fence: Int64) {
            self.dueAt = dueAt
            self.fence = fence
        }
    }

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

/// How a claim of a registration ends.
public struct RegistrationPause: Sendable, Hashable {
    /// Nil: it is not worked on any more.
    public let due: Instant?
    public let failures: Int
    public let trouble: String?

    public init(due: Instant?, failures: Int = 0, trouble: String? = nil) {
        self.due = due
        self.failures = failures
        self.trouble = trouble
    }
}

// What verbs do to a registration's turn, the same in every store.
extension DynamicRegistration.Turn {
    public mutating func lease(_ provider: String, until: Instant) -> ProviderClaim {
        fence += 1
        (dueAt, isLeased) = (until, true)
        return ProviderClaim(provider: provider, fence: fence, until: until)
    }

    public mutating func end(_ pause: RegistrationPause) {
        (dueAt, isLeased) = (pause.due, false)
        (failures, trouble) = (pause.failures, pause.trouble)
    }

    /// The wall clock was set back by so much.
    public mutating func move(earlierBy milliseconds: Int64) { dueAt = dueAt?.adding(milliseconds: -milliseconds) }

    /// Whoever claimed it is gone.
    public mutating func release(now: Instant) {
        guard isLeased else { return }
        (dueAt, isLeased) = (dueAt.map { min($0, now) }, false)
    }
}
