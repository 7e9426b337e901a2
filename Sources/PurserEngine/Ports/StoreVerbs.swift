public import Wire

/// What can be done to a store: each verb is one transaction, all or nothing, synchronous.
///
/// Rules that hold for every verb, and that the conformance suite checks:
/// - A verb that changes a link row also renders the link's fragment (`LinkFragment.rendered(link)`) and, if the
///   fragment or an account changed, raises the wallet's version by one.
/// - A verb that takes a fence does nothing but what it says for a lost claim when the link's fence differs.
/// - Time comes in as a parameter. Rows of one wallet are never touched through another wallet's id.
public protocol StoreVerbs: StoreReads, TokenVerbs, KeyVerbs, FeedVerbs, ClientVerbs, SignalVerbs {
    /// Makes the wallet if it is not there.
    func ensureWallet(_ wallet: WalletID, now: Instant) throws(StoreError)

    // Linking

    /// Saves a new link in state `linking` with its data key and its pending row, due at the row's `firstDue`.
    func savePending(_ link: Link, _ key: WrappedDataKey, _ pending: PendingLink) throws(StoreError)
    /// Takes the pending link with this `state` hash, once: `takenAt` is written (the row itself stays until the link
    /// is active), fence + 1, due at `until`: the taker holds a claim. The answer carries the row with `takenAt` set.
    /// Crosses wallets: the caller knows nothing but the hash.
    func takePending(
        stateHash: [UInt8], provider: String, now: Instant, until: Instant
    ) throws(StoreError) -> PendingTake
    /// Puts something else into the seal of a taken pending row. False: there is none, or the claim is lost.
    func amendPending(_ claim: Claim, sealed: [UInt8]) throws(StoreError) -> Bool
    /// The person is known: state `active`, identity and granted scopes written, pending row gone, due at `due`. The ID
    /// token goes, and `signIn` (sealed for the present generation) takes its place. Nothing happens when a living link of the wallet has this provider and identity already. When the
    /// pending row was to renew a link that still lives, and it is not that link's member who consented, the state is
    /// `suspended(identityChanged)` instead, due never.
    func activate(
        _ claim: Claim, identity: [UInt8], scopes: [String], signIn: [UInt8]?, now: Instant, due: Instant
    ) throws(StoreError) -> Activation
    /// Moves the grant of a claimed `linking` link over to an older link of the same member: `token` (sealed for that
    /// link, as its next generation) is added there, its unfinished spend and the kept answer of it go, its fence is
    /// raised, it is `active`, asked for and due at `now`. The claimed link keeps its row and story only: `merged`,
    /// due at `forget`. Tokens the older link held stay until the new ones have worked, unless another client got
    /// them: then nobody here can use them any more, and they go.
    func merge(
        _ claim: Claim, into link: LinkID, _ token: TokenVersion, now: Instant, forget: Instant
    ) throws(StoreError) -> Merge

    // Claims

    /// Claims up to `limit` links due by `now`: fence + 1, due at `until` (the claim is the lease; nobody reaps). Whose
    /// grant is at risk first, then those asked for, then the others; among them as `FairPick` has it, with the links
    /// of `underWay` counted: `FairPick.together` of a wallet at a provider at most. So many candidates are looked at as
    /// `FairPick.page` and, where those are all of pairs that have enough, `FairPick.depth` say.
    func claimDue(now: Instant, until: Instant, limit: Int, underWay: [Claim]) throws(StoreError) -> [Claim]
    /// Gives links that are due by `now` another time and rank; one that is not due, or gone, stays as it is.
    func reschedule(_ moves: [Reschedule], now: Instant) throws(StoreError)
    /// Ends a claim without a pull: next due, condition, failures in a row, attempted at; of a device link how often it
    /// is asked about from now on. Claim lost: false, nothing written.
    func postpone(_ claim: Claim, _ postponement: Postponement) throws(StoreError) -> Bool
    /// Moves a link to another state. With a claim: only while it holds. `due` nil: never by itself.
    /// A state change resets condition and failures. False when the claim is lost or the link is gone.
    /// A link that moves to `failed` keeps its row and custody story only: pending row, tokens, intent, raw answer,
    /// orphans and data keys go in the same transaction.
    func setLinkState(
        _ wallet: WalletID, _ link: LinkID, claim: Claim?, state: LinkState, note: String?, now: Instant, due: Instant?
    ) throws(StoreError) -> Bool
    /// Sets the condition alone; `now` counts as its beginning where it is another than before.
    func setCondition(
        _ wallet: WalletID, _ link: LinkID, _ condition: LinkCondition, now: Instant
    ) throws(StoreError)
    /// The wall clock was set back by so much: all that is due, feeds, claims and revocations, what providers let us do and
    /// what they refused too, comes as much earlier, or it would wait for a time that is over already. What was last done
    /// later than `now` counts as done now: the same step is not seen twice. A spend that was begun later was begun as much
    /// earlier, and its answer is waited for no longer than before. Crosses wallets.
    func moveDue(earlierBy milliseconds: Int64, now: Instant) throws(StoreError)
    /// Makes an active link due now, because somebody asked.
    func requestPull(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> PullRequest

    // Custody

    /// Writes the intent. The row is the single flight: one per link. One of attempt n takes the place of that of attempt
    /// n - 1 of the same refresh; any other that is there stays, and nothing is begun.
    func beginSpend(_ intent: Intent) throws(StoreError) -> SpendStart
    /// Keeps what the token endpoint answered, whatever became of the claim. Another one of the same
    /// (link, generation, fence, attempt) takes its place; the very same again changes nothing, and neither does a part
    /// of an answer (`RawAnswer.isPart`) where a whole one is kept.
    func keepRaw(_ raw: RawAnswer) throws(StoreError)
    /// Commits generation `parent + 1` by compare-and-set on (generation, fence): token version added, link's
    /// generation raised, scopes granted written, the parent's intent and the raw answers of this fence removed, any
    /// suspicion taken back, a pending row that is not taken yet (a device link's) taken. When the set fails the tokens go to `orphan_token`; nothing received is dropped. Repeating a
    /// commit that happened answers `committed` again.
    func commitGeneration(
        _ wallet: WalletID, _ link: LinkID, parent: Int, fence: Int64, _ token: TokenVersion
    ) throws(StoreError) -> Commit
    /// Removes the intent and raw answer of (link, generation, fence): provably not sent, or definitely refused. Without an
    /// event there is nothing to tell: the person has not answered yet.
    func clearIntent(_ intent: Intent, _ event: CustodyEvent?) throws(StoreError)
    /// An orphan of the claimed link's present generation becomes its next one, as a commit would have made it.
    /// False: the claim is lost, or the orphan is of another generation or gone.
    func adopt(_ claim: Claim, orphan: Int, at: Instant) throws(StoreError) -> Bool
    /// The provider refused the present generation: noted, counted unless `counts` is false.
    func suspect(
        _ claim: Claim, provider: String, counts: Bool, lostAt: Instant?, at: Instant
    ) throws(StoreError) -> Suspicion?
    /// Every claim is void: an earlier daemon's, at a start. What was claimed is due at `now`.
    func releaseClaims(now: Instant) throws(StoreError)
    func setStoreEpoch(_ epoch: String) throws(StoreError)
    func setRestored(_ at: Instant?) throws(StoreError)
    /// The access token of this generation worked: older generations are erased, and what was kept for them: raw
    /// answers, and orphans with an older parent than the newest generation.
    func confirm(_ wallet: WalletID, _ link: LinkID, generation: Int, at: Instant) throws(StoreError)
    /// Erases what a link holds of a grant that has been dead for thirty days (`DeadGrant.isErased`): tokens, kept
    /// answers, orphans, an unsettled spend, the suspicion. The link, its data key and all that was pulled stay, and its
    /// story says so. False: it is no such link, or there is nothing left to erase.
    func eraseDead(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> Bool
    /// Adds a line to the custody story, as other verbs do. Of each link the first `Limits.storyFirst` lines and the
    /// newest `Limits.storyNewest` are kept.
    func note(_ wallet: WalletID, _ link: LinkID, _ event: CustodyEvent) throws(StoreError)

    // Pulling

    /// Writes one good pull whole and ends the claim. Claim lost: false, nothing written.
    func record(_ claim: Claim, _ change: LedgerChange) throws(StoreError) -> Bool

    // Traffic

    /// The provider's day is spoken for up to `until` at least: never moved back.
    func reserveCalls(_ provider: String, until: Instant) throws(StoreError)
    /// A class of the provider's endpoints is not asked before `until`: never shortened.
    func blockCalls(_ provider: String, _ kind: EndpointClass, until: Instant) throws(StoreError)

    /// Keeps a provider's discovery document, in place of the one that was kept.
    func keepMetadata(_ kept: KeptMetadata) throws(StoreError)

    // Unlinking

    /// State `revoked(by: user)`, fence + 1, due at `until`: whoever works on the link has lost it. Nil: no such link.
    func beginUnlink(
        _ wallet: WalletID, _ link: LinkID, now: Instant, until: Instant
    ) throws(StoreError) -> Claim?
    /// Deletes every row of the link, its data keys too; the receipt stays, and the outbox row if one is given.
    func unlink(_ claim: Claim, _ receipt: Receipt?, _ outbox: OutboxRevocation?) throws(StoreError) -> Bool
    /// Takes up to `limit` revocations due by `now`, moving each to `until`. Crosses wallets.
    func claimRevocations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [OutboxRevocation]
    /// The provider's latest word on a revocation: the receipt is updated; `again` nil: the outbox row and its key are
    /// erased, else attempts + 1 and next at `again`. Nothing happens once the outbox row is gone: a worker that stood
    /// still does not take back what another one has settled.
    func settleRevocation(
        _ wallet: WalletID, _ receipt: ReceiptID, answer: Receipt.Answer, detail: String?, again: Instant?
    ) throws(StoreError)
}

extension StoreVerbs {
    /// With nothing under way.
    public func claimDue(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [Claim] {
        try claimDue(now: now, until: until, limit: limit, underWay: [])
    }
}

/// What became of a callback's `state`.
public enum PendingTake: Sendable, Equatable {
    case taken(PendingLink, Claim)
    /// No such state was ever given out, or it is long gone.
    case unknown
    case expired(LinkID)
    case alreadyTaken(LinkID)
    /// Given out for another provider: this callback is a mix-up. Nothing was taken.
    case otherProvider
}

/// What became of making a link active.
public enum Activation: Sendable, Hashable {
    case activated
    /// Another member than that of the link to be renewed consented; the new link waits for an answer.
    case anotherMember(than: LinkID)
    case alreadyLinked(LinkID)
    case claimLost
}

/// What became of moving a grant to an older link.
public enum Merge: Sendable, Hashable {
    case merged
    case claimLost
    /// The older link is gone or at another generation by now: look again.
    case moved
    /// The older link's refresh token was sent, and until this time its answer may still come.
    case busy(until: Instant)
}

/// What asking for a pull came to.
public enum PullRequest: Sendable, Hashable {
    /// It is due now.
    case due
    /// A worker has it at this moment.
    case running
    /// Asked for too recently; possible again at this time.
    case tooSoon(Instant)
    /// Its state does not allow a pull.
    case notActive
    case noSuchLink
}

/// Whether a spend may go ahead.
public enum SpendStart: Sendable, Hashable {
    case begun
    /// The claim is lost; nothing was written.
    case claimLost
    /// The link's generation is another one by now.
    case generationMoved
    /// Somebody spends already, or it is unknown whether somebody did.
    case inFlight(Intent)
}

/// Where tokens that were received went.
public enum Commit: Sendable, Hashable {
    case committed
    case orphaned
}

/// How a claim ends without a pull.
public struct Postponement: Sendable, Equatable {
    public internal(set) var due: Instant
    public let condition: LinkCondition
    public let failures: Int
    public let attemptedAt: Instant
    /// Its grant dies soon after `due`: it goes first then.
    public internal(set) var isAtRisk: Bool
    /// Of a device link: the pause between two questions from now on; nil: it stays.
    public let pollSeconds: Int64?

    public init(
        due: Instant, condition: LinkCondition, failures: Int, attemptedAt: Instant, isAtRisk: Bool = false,
        pollSeconds: Int64? = nil
    ) {
        self.pollSeconds = pollSeconds
        self.due = due
        self.condition = condition
        self.failures = failures
        self.attemptedAt = attemptedAt
        self.isAtRisk = isAtRisk
    }

    /// After an attempt that failed: the time of the next one is drawn. To be told when to come back is no failure.
    ///
    /// - Parameters:
    ///   - until: when the provider said that it may be asked again.
    ///   - failures: those in a row before this one, since `failingSince`.
    init(
        _ condition: LinkCondition, until: Instant?, failures before: Int, failingSince: Instant?, now: Instant,
        _ randomness: any Randomness
    ) {
        let failures = condition.kind == .rateLimited && until != nil ? before : before + 1
        let due = Backoff.next(
            after: failures, notBefore: until, failingSince: failingSince, now: now, randomness)
        self.init(due: due, condition: condition, failures: failures, attemptedAt: now)
    }
}

/// One good pull, reconciled: all that is written for it.
public struct LedgerChange: Sendable, Equatable {
    /// Inserted or replaced by id.
    public var memberships: [Membership]
    public var accounts: [Account]
    /// All vouchers of the link; nil: they stay as they were.
    public var vouchers: [Voucher]?
    /// Appended.
    public var entries: [Entry]
    /// Inserted or replaced by (request, membership).
    public var cursors: [PullCursor]
    public var observation: Observation
    /// Of the accounts whose shown form changed.
    public var fragments: [AccountFragment]
    /// Accounts that ended: their fragments go.
    public var ended: [AccountID]
    public var warnings: [String]
    public var condition: LinkCondition
    public var pulledAt: Instant
    public var due: Instant
    /// The grant dies soon after `due`: the link goes first then.
    public var isAtRisk = false
    /// Inserted or replaced by (request, membership).
    public var kept: [KeptAnswer] = []

    public init(
        memberships: [Membership], accounts: [Account], vouchers: [Voucher]?, entries: [Entry],
        cursors: [PullCursor], observation: Observation, fragments: [AccountFragment], ended: [AccountID],
        warnings: [String], condition: LinkCondition, pulledAt: Instant, due: Instant
    ) {
        self.memberships = memberships
        self.accounts = accounts
        self.vouchers = vouchers
        self.entries = entries
        self.cursors = cursors
        self.observation = observation
        self.fragments = fragments
        self.ended = ended
        self.warnings = warnings
        self.condition = condition
        self.pulledAt = pulledAt
        self.due = due
    }
}
