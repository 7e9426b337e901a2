public import Wire

/// A member's standing in a programme or its alliance.
public struct Tier: Sendable, Hashable {
    public let code: String
    public let title: String
    /// `programme` or `alliance`.
    public let scheme: String
    public let until: CivilDate?

    public init(code: String, title: String, scheme: String, until: CivilDate?) {
        self.code = code
        self.title = title
        self.scheme = scheme
        self.until = until
    }
}

/// One membership found behind a link. Number and holder are plain at rest and masked by scope.
public struct Membership: Sendable, Hashable {
    public let id: MembershipID
    /// The provider's id for it.
    public let externalID: String
    public var number: String
    public var holder: String?
    public var since: CivilDate?
    public var tiers: [Tier]
    /// Good pulls in a row that no longer named it; at two it ends.
    public var missing: Int = 0
    public var endedAt: Instant?

    public init(
        id: MembershipID, externalID: String, number: String, holder: String?, since: CivilDate?, tiers: [Tier]
    ) {
        self.id = id
        self.externalID = externalID
        self.number = number
        self.holder = holder
        self.since = since
        self.tiers = tiers
    }
}

/// A part of a balance with its own expiry.
public struct Lot: Sendable, Hashable {
    public let amount: ExactDecimal
    public let expires: CivilDate
    public let earned: CivilDate?

    public init(amount: ExactDecimal, expires: CivilDate, earned: CivilDate?) {
        self.amount = amount
        self.expires = expires
        self.earned = earned
    }
}

/// A certificate or coupon of a membership.
public struct Voucher: Sendable, Hashable {
    public let membership: MembershipID
    public let externalID: String
    public let title: String?
    public let amount: ExactDecimal?
    public let unit: String?
    public let expires: CivilDate?
    /// The redeemable code, sealed under the link's data key.
    public let sealedCode: [UInt8]?

    public init(
        membership: MembershipID, externalID: String, title: String?, amount: ExactDecimal?, unit: String?,
        expires: CivilDate?, sealedCode: [UInt8]?
    ) {
        self.membership = membership
        self.externalID = externalID
        self.title = title
        self.amount = amount
        self.unit = unit
        self.expires = expires
        self.sealedCode = sealedCode
    }
}

/// One balance-bearing thing, as last seen.
public struct Account: Sendable, Hashable {
    public let id: AccountID
    public let membership: MembershipID
    /// redeemable, pending, status, lifetime, toNextTier.
    public let type: String
    public let unit: String
    public var amount: BalanceAmount
    /// When the provider says the balance held; nil: it does not say.
    public var asOf: Instant?
    public var lots: [Lot]
    /// balance = opening + sum of entries; nil while the balance is not a number.
    public var opening: ExactDecimal?
    public var entriesTotal: ExactDecimal
    /// Whether every entry back to the first is here; then the opening must be 0.
    public var historyIsComplete: Bool
    /// The observation (by its number) and the moment this balance was seen, and until when that counts as fresh.
    public var observation: Int
    public var observedAt: Instant
    public var staleAfter: Instant
    /// Grows when anything shown changes.
    public var version: Int
    /// Good pulls in a row that no longer named it; at two it ends.
    public var missing: Int = 0
    public var endedAt: Instant?

    public init(
        id: AccountID, membership: MembershipID, type: String, unit: String, amount: BalanceAmount, asOf: Instant?,
        lots: [Lot], opening: ExactDecimal?, entriesTotal: ExactDecimal, historyIsComplete: Bool, observation: Int,
        observedAt: Instant, staleAfter: Instant, version: Int
    ) {
        self.id = id
        self.membership = membership
        self.type = type
        self.unit = unit
        self.amount = amount
        self.asOf = asOf
        self.lots = lots
        self.opening = opening
        self.entriesTotal = entriesTotal
        self.historyIsComplete = historyIsComplete
        self.observation = observation
        self.observedAt = observedAt
        self.staleAfter = staleAfter
        self.version = version
    }
}

/// One ledger line. Append-only: never changed, never removed while the link lives.
public struct Entry: Sendable, Hashable {
    public let id: EntryID
    public let account: AccountID
    /// The provider's id, or one made of (posted, kind, amount, text, n-th alike that day). Unique per account.
    public let externalID: String
    public let posted: Instant
    /// earn, redeem, transfer, expire, adjust, buy, refund.
    public let kind: String
    public let amount: ExactDecimal
    public let text: String?
    public let balanceAfter: ExactDecimal?
    public let firstSeenAt: Instant

    public init(
        id: EntryID, account: AccountID, externalID: String, posted: Instant, kind: String, amount: ExactDecimal,
        text: String?, balanceAfter: ExactDecimal?, firstSeenAt: Instant
    ) {
        self.id = id
        self.account = account
        self.externalID = externalID
        self.posted = posted
        self.kind = kind
        self.amount = amount
        self.text = text
        self.balanceAfter = balanceAfter
        self.firstSeenAt = firstSeenAt
    }
}

/// What one pull saw: the answers it read and their digest. Append-only.
public struct Observation: Sendable, Hashable {
    /// Counts up from 1 within a link.
    public let number: Int
    public let at: Instant
    /// SHA-256 over the answers' bodies in order.
    public let digest: [UInt8]
    /// The names of the requests that were answered, e.g. `me`, `activity#2`.
    public let answers: [String]
    /// The scopes under which they were asked.
    public let scopes: [String]
    public let generation: Int

    public init(number: Int, at: Instant, digest: [UInt8], answers: [String], scopes: [String], generation: Int) {
        self.number = number
        self.at = at
        self.digest = digest
        self.answers = answers
        self.scopes = scopes
        self.generation = generation
    }
}

/// Where an entry stream was cut, so that the next pull goes on there.
public struct PullCursor: Sendable, Hashable {
    public let request: String
    /// The membership's external id; empty for a request of the whole link.
    public let membership: String
    /// The cursor of the first page not read yet, as JSON text; nil: the stream has been read to its end.
    public let next: String?

    public init(request: String, membership: String, next: String?) {
        self.request = request
        self.membership = membership
        self.next = next
    }
}

/// An answer that its provider may confirm with a 304 instead of sending it again (RFC 9110 13.1.2). It is kept whole, so
/// that the mapping of the day reads it as if it had come.
public struct KeptAnswer: Sendable, Hashable {
    public let request: String
    /// The membership's external id; empty for a request of the whole link.
    public let membership: String
    /// The address it is the answer of: a tag says nothing of another.
    public let uri: String
    /// Its entity tag, as it came.
    public let tag: String
    /// Its `Link` header, which a 304 does not repeat.
    public let link: String?
    /// When it came whole.
    public let receivedAt: Instant
    public let sealedBody: [UInt8]

    public init(
        request: String, membership: String, uri: String, tag: String, link: String?, receivedAt: Instant,
        sealedBody: [UInt8]
    ) {
        self.receivedAt = receivedAt
        self.request = request
        self.membership = membership
        self.uri = uri
        self.tag = tag
        self.link = link
        self.sealedBody = sealedBody
    }
}
