public import Wire

/// One generation of a link's tokens, sealed. Append-only; the one before stays until this one has worked once.
public struct TokenVersion: Sendable, Equatable {
    public let generation: Int
    /// Sealed under the link's data key; the plaintext begins with the consent fingerprint.
    public let sealedAccess: [UInt8]
    /// Nil when the provider gave none, now or before.
    public let sealedRefresh: [UInt8]?
    /// Kept until the person is identified.
    public let sealedIDToken: [UInt8]?
    public let scopes: [String]
    /// Send time + expires_in - max(60 s, 10 %); nil: lifetime unknown, refreshed on 401 only.
    public let accessEndsAt: Instant?
    /// The point drawn once per token at which it is refreshed ahead; nil: only when a pull needs it.
    public let refreshAheadAt: Instant?
    public let receivedAt: Instant
    /// When the access token of this generation first worked.
    public var confirmedAt: Instant?

    public init(
        generation: Int, sealedAccess: [UInt8], sealedRefresh: [UInt8]?, sealedIDToken: [UInt8]?, scopes: [String],
        accessEndsAt: Instant?, refreshAheadAt: Instant?, receivedAt: Instant, confirmedAt: Instant? = nil
    ) {
        self.generation = generation
        self.sealedAccess = sealedAccess
        self.sealedRefresh = sealedRefresh
        self.sealedIDToken = sealedIDToken
        self.scopes = scopes
        self.accessEndsAt = accessEndsAt
        self.refreshAheadAt = refreshAheadAt
        self.receivedAt = receivedAt
        self.confirmedAt = confirmedAt
    }
}

/// The note "about to spend generation g", durable before anything is sent. One per link: the single flight.
public struct Intent: Sendable, Hashable {
    public enum Purpose: String, Sendable, Hashable { case exchange, refresh }

    public let wallet: WalletID
    public let link: LinkID
    public let purpose: Purpose
    /// The generation being spent: 0 for an authorization code.
    public let generation: Int
    public let fence: Int64
    public let sentAt: Instant
    /// After this no answer can still arrive.
    public let deadline: Instant

    public init(
        wallet: WalletID, link: LinkID, purpose: Purpose, generation: Int, fence: Int64, sentAt: Instant,
        deadline: Instant
    ) {
        self.wallet = wallet
        self.link = link
        self.purpose = purpose
        self.generation = generation
        self.fence = fence
        self.sentAt = sentAt
        self.deadline = deadline
    }
}

/// What a token endpoint answered, sealed whole and made durable before it is parsed.
public struct RawAnswer: Sendable, Equatable {
    public let wallet: WalletID
    public let link: LinkID
    public let generation: Int
    public let fence: Int64
    public let status: Int
    public let sealedBody: [UInt8]
    public let receivedAt: Instant

    public init(
        wallet: WalletID, link: LinkID, generation: Int, fence: Int64, status: Int, sealedBody: [UInt8],
        receivedAt: Instant
    ) {
        self.wallet = wallet
        self.link = link
        self.generation = generation
        self.fence = fence
        self.status = status
        self.sealedBody = sealedBody
        self.receivedAt = receivedAt
    }
}

/// One line of a link's custody story: what happened, never what was in it.
public struct CustodyEvent: Sendable, Hashable {
    public let at: Instant
    /// The raw value of a `Kind`.
    public let kind: String
    public let generation: Int
    public let detail: String?

    public init(at: Instant, kind: String, generation: Int, detail: String? = nil) {
        self.at = at
        self.kind = kind
        self.generation = generation
        self.detail = detail
    }
}

/// A link's data key as stored: wrapped under an epoch, with a commitment to the key itself (PROTOCOL.md E 1-5).
public struct WrappedDataKey: Sendable, Hashable {
    public let id: UInt32
    public let epoch: UInt32
    public let wrapped: [UInt8]
    public let commitment: [UInt8]

    public init(id: UInt32, epoch: UInt32, wrapped: [UInt8], commitment: [UInt8]) {
        self.id = id
        self.epoch = epoch
        self.wrapped = wrapped
        self.commitment = commitment
    }
}

/// A key-encryption-key epoch as stored: wrapped under the root.
public struct WrappedEpoch: Sendable, Hashable {
    public let id: UInt32
    public let wrapped: [UInt8]
    public let createdAt: Instant

    public init(id: UInt32, wrapped: [UInt8], createdAt: Instant) {
        self.id = id
        self.wrapped = wrapped
        self.createdAt = createdAt
    }
}
