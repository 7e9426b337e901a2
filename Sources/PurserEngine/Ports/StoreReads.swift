public import Wire

/// What can be looked up. Each call sees one consistent state; none changes anything.
public protocol StoreReads: TokenReads, KeyReads, FeedReads, SignalReads {
    /// The random name of this store, made once; part of every AAD.
    func storeID() throws(StoreError) -> String
    func epochs() throws(StoreError) -> [WrappedEpoch]

    func link(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Link?
    /// All of a wallet's links, oldest first, failed ones too.
    func links(_ wallet: WalletID) throws(StoreError) -> [Link]
    /// The newest data key of a link.
    func dataKey(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> WrappedDataKey?
    /// The tokens of the link's current generation; nil before the first.
    func grant(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> TokenVersion?
    func pendingLink(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> PendingLink?
    func intent(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Intent?
    /// The link's custody story, oldest first: of a long one how it began (`Limits.storyFirst` lines) and its end.
    func custodyEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [CustodyEvent]
    /// How many lines of the story between its beginning and its end are no longer kept.
    func forgottenEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int
    func orphanCount(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int
    /// What earlier work has left of the link's present generation. A single look-up by key.
    func past(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> CustodyPast
    /// All wallets: links of a provider whose grant was refused since, those left out of which an answer was lost
    /// before; those that a mass event since then froze and that were never refused otherwise; and how many hold a
    /// grant at all.
    func refusals(_ provider: String, since: Instant) throws(StoreError) -> Int
    func frozen(_ provider: String, since: Instant) throws(StoreError) -> Int
    func grants(_ provider: String) throws(StoreError) -> Int
    /// All wallets: the links that `grants` counts, by wallet and link.
    func grantHolders(_ provider: String) throws(StoreError) -> [(WalletID, LinkID)]
    /// All wallets: when a refresh of one of the provider's links last brought tokens. Reads every grant of the provider.
    func lastRenewal(_ provider: String) throws(StoreError) -> Instant?
    /// All wallets: links that `eraseDead` has something to erase of, by wallet and link.
    func deadGrants(now: Instant, limit: Int) throws(StoreError) -> [(WalletID, LinkID)]
    /// The random number that is kept here and beside the database (RELIABILITY.md A.6).
    func storeEpoch() throws(StoreError) -> String
    /// When it was noticed that this database is a restored one and nobody has said yet that the other one is gone.
    func restoredAt() throws(StoreError) -> Instant?

    /// What reconciling needs of a link: everything but its entries.
    func ledger(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> LinkLedger
    /// Answers of the link's last pulls that its provider may confirm, by request and membership.
    func keptAnswers(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [KeptAnswer]
    /// Which of these external ids are entries of the account already.
    func knownEntries(
        _ wallet: WalletID, _ account: AccountID, _ externalIDs: [String]
    ) throws(StoreError) -> Set<String>
    /// An account's entries, newest first by (posted, id), older than `before` if given.
    func entries(
        _ wallet: WalletID, _ account: AccountID, before: EntryPosition?, limit: Int
    ) throws(StoreError) -> [Entry]
    func observations(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [Observation]

    /// The merged view's pieces: one lookup, no token opened, nothing computed.
    func snapshot(_ wallet: WalletID) throws(StoreError) -> WalletSnapshot
    func receipts(_ wallet: WalletID) throws(StoreError) -> [Receipt]

    /// The client registered here at a provider; nil: the folder's preset counts.
    func client(_ provider: String) throws(StoreError) -> RegisteredClient?
    /// The discovery document of a provider that was kept last.
    func metadata(_ provider: String) throws(StoreError) -> KeptMetadata?
    /// All wallets: authorization requests that are out in a browser and not answered yet, by provider. For the start.
    func waitingLinks(now: Instant) throws(StoreError) -> [WaitingLink]
    /// All wallets: intents that were begun and not settled, each with its raw answer if one was kept. For the start.
    func unfinishedSpends() throws(StoreError) -> [UnfinishedSpend]
    /// All wallets: when the next link or revocation is due; nil: never.
    func nextDue() throws(StoreError) -> Instant?
    /// All wallets: active links due by `now`, by wallet and link. For the start.
    func overdue(now: Instant) throws(StoreError) -> [OverdueLink]
    /// What is remembered of every provider's traffic, by name.
    func flows() throws(StoreError) -> [ProviderFlow]
    /// All wallets: when a link was last worked on; nil: none ever was. For the start: by then it cannot be earlier.
    func lastAttempt() throws(StoreError) -> Instant?
}

/// An authorization request that waits for its response.
public struct WaitingLink: Sendable, Hashable {
    public let link: LinkID
    public let provider: String
    public let expiresAt: Instant

    public init(link: LinkID, provider: String, expiresAt: Instant) {
        self.link = link
        self.provider = provider
        self.expiresAt = expiresAt
    }
}

/// A place in an account's entries.
public struct EntryPosition: Sendable, Hashable {
    public let posted: Instant
    public let id: EntryID

    public init(posted: Instant, id: EntryID) {
        self.posted = posted
        self.id = id
    }
}

/// What a store knows of a link's accounts: the "before" that a pull is reconciled against.
public struct LinkLedger: Sendable, Equatable {
    public var memberships: [Membership]
    public var accounts: [Account]
    public var vouchers: [Voucher]
    public var cursors: [PullCursor]
    /// The number of the last observation; 0 before the first.
    public var observation: Int

    public init(
        memberships: [Membership] = [], accounts: [Account] = [], vouchers: [Voucher] = [],
        cursors: [PullCursor] = [], observation: Int = 0
    ) {
        self.memberships = memberships
        self.accounts = accounts
        self.vouchers = vouchers
        self.cursors = cursors
        self.observation = observation
    }
}

/// One account, ready encoded as far as it depends on the account alone (see `AccountFragment.rendered`).
///
/// The reader joins `head`, `number` or `maskedNumber`, `tail`, `,"link":`, the link's fragment, `,"version":N}`.
public struct AccountFragment: Sendable, Hashable {
    public let account: AccountID
    public let link: LinkID
    /// The order in which accounts are shown: (provider, membership, type, unit) as one text.
    public let order: String
    public let head: [UInt8]
    public let number: [UInt8]
    public let maskedNumber: [UInt8]
    public let tail: [UInt8]
    public let version: Int

    public init(
        account: AccountID, link: LinkID, order: String, head: [UInt8], number: [UInt8], maskedNumber: [UInt8],
        tail: [UInt8], version: Int
    ) {
        self.account = account
        self.link = link
        self.order = order
        self.head = head
        self.number = number
        self.maskedNumber = maskedNumber
        self.tail = tail
        self.version = version
    }
}

/// The pieces of a wallet's merged view.
public struct WalletSnapshot: Sendable, Equatable {
    /// Grows with every change that can be seen; the ETag is made of it.
    public let version: Int
    /// In order of `order`; ended accounts are not in here.
    public let accounts: [AccountFragment]
    /// Each link's fragment (`LinkFragment.rendered`), oldest link first.
    public let links: [(id: LinkID, bytes: [UInt8])]

    public init(version: Int, accounts: [AccountFragment], links: [(id: LinkID, bytes: [UInt8])]) {
        self.version = version
        self.accounts = accounts
        self.links = links
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.version == b.version && a.accounts == b.accounts
            && a.links.elementsEqual(b.links) { $0.id == $1.id && $0.bytes == $1.bytes }
    }
}

/// A spend that was begun and never settled.
public struct UnfinishedSpend: Sendable, Equatable {
    public let intent: Intent
    public let raw: RawAnswer?

    public init(intent: Intent, raw: RawAnswer?) {
        self.intent = intent
        self.raw = raw
    }
}
