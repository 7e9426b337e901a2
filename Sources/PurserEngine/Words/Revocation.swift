public import Wire

/// What remains after a link was unlinked: that it was, and what the provider answered. No tokens, no numbers.
public struct Receipt: Sendable, Hashable {
    public enum Answer: String, Sendable, Hashable {
        /// The provider confirmed (RFC 7009 2.2).
        case revoked
        /// The provider has no revocation endpoint.
        case unsupported
        /// It did not confirm yet; tried again from the outbox.
        case pending
        /// It did not confirm and is no longer asked.
        case gaveUp
        /// There was no token to revoke.
        case nothingHeld
    }

    public let id: ReceiptID
    public let link: LinkID
    public let provider: String
    public let at: Instant
    public var answer: Answer
    /// The provider's last answer in words ("HTTP 503"), no secrets.
    public var detail: String?

    public init(id: ReceiptID, link: LinkID, provider: String, at: Instant, answer: Answer, detail: String? = nil) {
        self.id = id
        self.link = link
        self.provider = provider
        self.at = at
        self.answer = answer
        self.detail = detail
    }
}

/// A revocation the provider has not confirmed: the tokens, sealed under a data key of their own, so that the link's
/// key can be erased now and this one the moment the provider answers.
public struct OutboxRevocation: Sendable, Hashable {
    public let wallet: WalletID
    public let receipt: ReceiptID
    public let link: LinkID
    public let provider: String
    public let issuer: String
    public let clientID: String
    public let dataKey: WrappedDataKey
    /// Refresh token first, then access token; each may be absent.
    public let sealedRefresh: [UInt8]?
    public let sealedAccess: [UInt8]?
    public var attempts: Int
    public var nextAt: Instant

    public init(
        wallet: WalletID, receipt: ReceiptID, link: LinkID, provider: String, issuer: String, clientID: String,
        dataKey: WrappedDataKey, sealedRefresh: [UInt8]?, sealedAccess: [UInt8]?, attempts: Int, nextAt: Instant
    ) {
        self.wallet = wallet
        self.receipt = receipt
        self.link = link
        self.provider = provider
        self.issuer = issuer
        self.clientID = clientID
        self.dataKey = dataKey
        self.sealedRefresh = sealedRefresh
        self.sealedAccess = sealedAccess
        self.attempts = attempts
        self.nextAt = nextAt
    }

    /// The same row with its key wrapped anew.
    public func under(_ key: WrappedDataKey) -> OutboxRevocation {
        OutboxRevocation(
            wallet: wallet, receipt: receipt, link: link, provider: provider, issuer: issuer, clientID: clientID,
            dataKey: key, sealedRefresh: sealedRefresh, sealedAccess: sealedAccess, attempts: attempts, nextAt: nextAt)
    }
}
