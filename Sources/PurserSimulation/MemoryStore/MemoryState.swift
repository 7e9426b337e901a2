public import PurserEngine
public import Wire

/// Everything a store holds, as plain values: a copy is a snapshot, and putting a copy back undoes what came after.
public struct MemoryState: Sendable, Equatable {
    /// A link's row and all that hangs on it.
    public struct LinkRecord: Sendable, Equatable {
        public var link: Link
        /// `link.dueAt` is the end of a claim.
        public var isLeased = false
        /// Its grant dies soon after it is due.
        public var isAtRisk = false
        public var dataKeys: [WrappedDataKey] = []
        public var pending: PendingLink?
        public var tokens: [Int: TokenVersion] = [:]
        public var intent: Intent?
        public var rawAnswers: [RawAnswer] = []
        public var orphans: [Orphan] = []
        public var suspicion: Suspicion?
        public internal(set) var events: [CustodyEvent] = []
        /// Lines of the story that are no longer kept.
        public internal(set) var forgotten = 0
        public var memberships: [MembershipID: Membership] = [:]
        public var accounts: [AccountID: Account] = [:]
        public var vouchers: [Voucher] = []
        public var cursors: [PullCursor] = []
        public var kept: [KeptAnswer] = []
        public var observations: [Observation] = []
        public var entries: [AccountID: Lines] = [:]
        public var fragments: [AccountID: AccountFragment] = [:]
        /// The link's own fragment.
        public var fragment: [UInt8] = []
    }

    /// An account's entries, in the order they were seen.
    public struct Lines: Sendable, Equatable {
        public private(set) var all: [Entry] = []
        public private(set) var externalIDs: Set<String> = []

        /// What is there already stays as it was first seen.
        mutating func append(_ entry: Entry) {
            if externalIDs.insert(entry.externalID).inserted { all.append(entry) }
        }
    }

    /// A feed's row and what it brought.
    public struct FeedRecord: Sendable, Equatable {
        public var feed: Feed
        public var values: [PointValue] = []
        public var partners: [TransferPartner] = []
    }

    /// A stream's row and the event tokens that came in it, oldest first.
    public struct SignalRecord: Sendable, Equatable {
        public var stream: SignalStream
        public var taken: [String] = []
    }

    public struct LinkPlace: Sendable, Hashable {
        public let wallet: WalletID
        public let link: LinkID
    }

    public struct ReceiptPlace: Sendable, Hashable {
        public let wallet: WalletID
        public let receipt: ReceiptID
    }

    public let storeID: String
    public internal(set) var epoch = "unwitnessed"
    public internal(set) var restoredAt: Instant?
    public internal(set) var epochs: [WrappedEpoch] = []
    public internal(set) var root: RootSource?
    public internal(set) var storeKeys: [StoreKey] = []
    /// Each wallet's version.
    public internal(set) var wallets: [WalletID: Int] = [:]
    public internal(set) var links: [LinkPlace: LinkRecord] = [:]
    public internal(set) var receipts: [ReceiptPlace: Receipt] = [:]
    /// By provider.
    public internal(set) var clients: [String: RegisteredClient] = [:]
    /// By provider.
    public internal(set) var metadata: [String: KeptMetadata] = [:]
    /// By provider.
    public internal(set) var flows: [String: ProviderFlow] = [:]
    /// By provider.
    public internal(set) var feeds: [String: FeedRecord] = [:]
    /// By provider.
    public internal(set) var signals: [String: SignalRecord] = [:]
    public internal(set) var outbox: [ReceiptPlace: OutboxRevocation] = [:]

    /// By hash.
    public internal(set) var tokens: [[UInt8]: APIToken] = [:]

    public init(storeID: String) { self.storeID = storeID }
}
