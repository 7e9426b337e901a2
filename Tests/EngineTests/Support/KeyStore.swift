import PurserEngine
import Synchronization
import Wire

/// A store that knows its name, its epochs and kept metadata, and nothing else.
final class KeyStore: Store {
    struct State {
        var storeID = "store"
        var epochs: [WrappedEpoch] = []
        var root: RootSource?
        var keys: [StoreKey] = []
        var metadata: [String: KeptMetadata] = [:]
        /// How often metadata was kept.
        var keeps = 0
        var error: StoreError?
    }
    let state = Mutex(State())

    func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R { try verb(FewVerbs(store: self)) }

    func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(StoreError) -> R { try look(FewVerbs(store: self)) }
}

private struct FewVerbs: StoreVerbs {
    let store: KeyStore
    private static let none = StoreError.failed("not in this store")

    private func look<R>(_ part: (inout KeyStore.State) -> R) throws(StoreError) -> R {
        let (error, found) = store.state.withLock { state in (state.error, part(&state)) }
        if let error { throw error }
        return found
    }

    func storeID() throws(StoreError) -> String { try look { $0.storeID } }
    func epochs() throws(StoreError) -> [WrappedEpoch] { try look { $0.epochs } }
    func addEpoch(_ epoch: WrappedEpoch) throws(StoreError) { try look { $0.epochs.append(epoch) } }
    func rootSource() throws(StoreError) -> RootSource? { try look { $0.root } }
    func storeKeys() throws(StoreError) -> [StoreKey] { try look { $0.keys } }
    func saveRoot(_ source: RootSource, _ keys: [StoreKey]) throws(StoreError) {
        try look { state in
            state.root = state.root ?? source
            if state.keys.isEmpty { state.keys = keys }
        }
    }
    func keys(outside _: UInt32, after: KeyPlace?, limit: Int) throws(StoreError) -> [PlacedKey] { throw Self.none }
    func keyUses() throws(StoreError) -> [UInt32: Int] { throw Self.none }
    func sealedCounts() throws(StoreError) -> SealedCounts { throw Self.none }
    func rewrap(_: [Rewrapped]) throws(StoreError) -> Int { throw Self.none }
    func destroyEpoch(_: UInt32) throws(StoreError) -> Bool { throw Self.none }
    func replaceRoot(_: RootSource, _: [WrappedEpoch], _: [StoreKey]) throws(StoreError) { throw Self.none }

    func metadata(_ provider: String) throws(StoreError) -> KeptMetadata? { try look { $0.metadata[provider] } }
    func keepMetadata(_ kept: KeptMetadata) throws(StoreError) {
        try look { state in
            guard state.error == nil else { return }
            state.metadata[kept.provider] = kept
            state.keeps += 1
        }
    }
    func signalStreams() throws(StoreError) -> [SignalStream] { throw Self.none }
    func wakeSignals(_: String, makes: Bool, now: Instant) throws(StoreError) { throw Self.none }
    func dropSignals(except _: [String]) throws(StoreError) { throw Self.none }
    func claimSignals(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        throw Self.none
    }
    func keepStream(_: ProviderClaim, _: SignalStream.Made?) throws(StoreError) -> Bool { throw Self.none }
    func endSignals(_: ProviderClaim, _: TurnPause) throws(StoreError) -> Bool { throw Self.none }
    func loseStream(_: String, now: Instant) throws(StoreError) { throw Self.none }
    func takeSignal(_: ProviderClaim, _: String, now: Instant) throws(StoreError) -> Bool? { throw Self.none }

    func feeds() throws(StoreError) -> [Feed] { throw Self.none }
    func pointValues(of _: String) throws(StoreError) -> [PointValue] { throw Self.none }
    func transferPartners(of _: String) throws(StoreError) -> [TransferPartner] { throw Self.none }
    func keepFeed(_: String, resting: LinkCondition?, atOnce: Bool, now: Instant) throws(StoreError) {
        throw Self.none
    }
    func dropFeeds(except _: [String]) throws(StoreError) { throw Self.none }
    func claimFeeds(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] { throw Self.none }
    func postponeFeed(_: ProviderClaim, _: Postponement) throws(StoreError) -> Bool { throw Self.none }
    func recordFeed(_: ProviderClaim, _: FeedChange) throws(StoreError) -> Bool { throw Self.none }
    func requestFeed(_: String, now: Instant) throws(StoreError) -> PullRequest { throw Self.none }

    func link(_: WalletID, _: LinkID) throws(StoreError) -> Link? { throw Self.none }
    func links(_: WalletID) throws(StoreError) -> [Link] { throw Self.none }
    func dataKey(_: WalletID, _: LinkID) throws(StoreError) -> WrappedDataKey? { throw Self.none }
    func grant(_: WalletID, _: LinkID) throws(StoreError) -> TokenVersion? { throw Self.none }
    func pendingLink(_: WalletID, _: LinkID) throws(StoreError) -> PendingLink? { throw Self.none }
    func intent(_: WalletID, _: LinkID) throws(StoreError) -> Intent? { throw Self.none }
    func custodyEvents(_: WalletID, _: LinkID) throws(StoreError) -> [CustodyEvent] { throw Self.none }
    func forgottenEvents(_: WalletID, _: LinkID) throws(StoreError) -> Int { throw Self.none }
    func orphanCount(_: WalletID, _: LinkID) throws(StoreError) -> Int { throw Self.none }
    func ledger(_: WalletID, _: LinkID) throws(StoreError) -> LinkLedger { throw Self.none }
    func keptAnswers(_: WalletID, _: LinkID) throws(StoreError) -> [KeptAnswer] { throw Self.none }
    func knownEntries(_: WalletID, _: AccountID, _: [String]) throws(StoreError) -> Set<String> { throw Self.none }
    func entries(
        _: WalletID, _: AccountID, before: EntryPosition?, limit: Int
    ) throws(StoreError) -> [Entry] { throw Self.none }
    func observations(_: WalletID, _: LinkID) throws(StoreError) -> [Observation] { throw Self.none }
    func snapshot(_: WalletID) throws(StoreError) -> WalletSnapshot { throw Self.none }
    func receipts(_: WalletID) throws(StoreError) -> [Receipt] { throw Self.none }
    func unfinishedSpends() throws(StoreError) -> [UnfinishedSpend] { throw Self.none }
    func nextDue() throws(StoreError) -> Instant? { throw Self.none }
    func lastAttempt() throws(StoreError) -> Instant? { throw Self.none }
    func client(_: String) throws(StoreError) -> RegisteredClient? { throw Self.none }
    func waitingLinks(now: Instant) throws(StoreError) -> [WaitingLink] { throw Self.none }

    func tokens(_: WalletID) throws(StoreError) -> [APIToken] { throw Self.none }
    func tokenByHash(_: [UInt8]) throws(StoreError) -> APIToken? { throw Self.none }
    func saveToken(_: APIToken, limit: Int, forgettingBefore: Instant) throws(StoreError) -> Bool { throw Self.none }
    func revokeToken(_: WalletID, _: TokenID) throws(StoreError) -> Bool { throw Self.none }
    func touchToken(_: WalletID, _: TokenID, now: Instant) throws(StoreError) { throw Self.none }

    func past(_: WalletID, _: LinkID) throws(StoreError) -> CustodyPast { throw Self.none }
    func refusals(_: String, since: Instant) throws(StoreError) -> Int { throw Self.none }
    func frozen(_: String, since: Instant) throws(StoreError) -> Int { throw Self.none }
    func grants(_: String) throws(StoreError) -> Int { throw Self.none }
    func grantHolders(_: String) throws(StoreError) -> [(WalletID, LinkID)] { throw Self.none }
    func lastRenewal(_: String) throws(StoreError) -> Instant? { throw Self.none }
    func deadGrants(now: Instant, limit: Int) throws(StoreError) -> [(WalletID, LinkID)] { throw Self.none }
    func eraseDead(_: WalletID, _: LinkID, now: Instant) throws(StoreError) -> Bool { throw Self.none }
    func storeEpoch() throws(StoreError) -> String { throw Self.none }
    func restoredAt() throws(StoreError) -> Instant? { throw Self.none }
    func adopt(_: Claim, orphan: Int, at: Instant) throws(StoreError) -> Bool { throw Self.none }
    func suspect(
        _: Claim, provider: String, counts: Bool, lostAt: Instant?, at: Instant
    ) throws(StoreError) -> Suspicion? { throw Self.none }
    func releaseClaims(now: Instant) throws(StoreError) { throw Self.none }
    func setStoreEpoch(_: String) throws(StoreError) { throw Self.none }
    func setRestored(_: Instant?) throws(StoreError) { throw Self.none }
    func amendPending(_: Claim, sealed: [UInt8]) throws(StoreError) -> Bool { throw Self.none }
    func ensureWallet(_: WalletID, now: Instant) throws(StoreError) { throw Self.none }
    func savePending(_: Link, _: WrappedDataKey, _: PendingLink) throws(StoreError) { throw Self.none }
    func takePending(
        stateHash: [UInt8], provider: String, now: Instant, until: Instant
    ) throws(StoreError) -> PendingTake { throw Self.none }
    func activate(
        _: Claim, identity: [UInt8], scopes: [String], signIn: [UInt8]?, now: Instant, due: Instant
    ) throws(StoreError) -> Activation { throw Self.none }
    func merge(
        _: Claim, into: LinkID, _: TokenVersion, now: Instant, forget: Instant
    ) throws(StoreError) -> Merge { throw Self.none }
    func setClient(
        _: String, _: RegisteredClient?, question: String?, now: Instant, forget: Instant
    ) throws(StoreError) -> ClientChange { throw Self.none }
    func claimRegistrations(
        now: Instant, until: Instant, limit: Int
    ) throws(StoreError) -> [ProviderClaim] { throw Self.none }
    func keepRegistration(_: ProviderClaim, _: RegisteredClient) throws(StoreError) -> Bool { throw Self.none }
    func endRegistration(_: ProviderClaim, _: TurnPause) throws(StoreError) -> Bool { throw Self.none }
    func claimDue(
        now: Instant, until: Instant, limit: Int, underWay: [Claim]
    ) throws(StoreError) -> [Claim] { throw Self.none }
    func reschedule(_: [Reschedule], now: Instant) throws(StoreError) { throw Self.none }
    func reserveCalls(_: String, until: Instant) throws(StoreError) { throw Self.none }
    func blockCalls(_: String, _: EndpointClass, until: Instant) throws(StoreError) { throw Self.none }
    func overdue(now: Instant) throws(StoreError) -> [OverdueLink] { throw Self.none }
    func flows() throws(StoreError) -> [ProviderFlow] { [] }
    func postpone(_: Claim, _: Postponement) throws(StoreError) -> Bool { throw Self.none }
    func setLinkState(
        _: WalletID, _: LinkID, claim: Claim?, state: LinkState, note: String?, now: Instant, due: Instant?
    ) throws(StoreError) -> Bool { throw Self.none }
    func setCondition(_: WalletID, _: LinkID, _: LinkCondition, now: Instant) throws(StoreError) { throw Self.none }
    func moveDue(earlierBy milliseconds: Int64, now: Instant) throws(StoreError) { throw Self.none }
    func requestPull(_: WalletID, _: LinkID, now: Instant) throws(StoreError) -> PullRequest { throw Self.none }
    func beginSpend(_: Intent) throws(StoreError) -> SpendStart { throw Self.none }
    func keepRaw(_: RawAnswer) throws(StoreError) { throw Self.none }
    func commitGeneration(
        _: WalletID, _: LinkID, parent: Int, fence: Int64, _: TokenVersion
    ) throws(StoreError) -> Commit { throw Self.none }
    func clearIntent(_: Intent, _: CustodyEvent?) throws(StoreError) { throw Self.none }
    func confirm(_: WalletID, _: LinkID, generation: Int, at: Instant) throws(StoreError) { throw Self.none }
    func note(_: WalletID, _: LinkID, _: CustodyEvent) throws(StoreError) { throw Self.none }
    func record(_: Claim, _: LedgerChange) throws(StoreError) -> Bool { throw Self.none }
    func beginUnlink(_: WalletID, _: LinkID, now: Instant, until: Instant) throws(StoreError) -> Claim? {
        throw Self.none
    }
    func unlink(_: Claim, _: Receipt?, _: OutboxRevocation?) throws(StoreError) -> Bool { throw Self.none }
    func claimRevocations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [OutboxRevocation] {
        throw Self.none
    }
    func settleRevocation(
        _: WalletID, _: ReceiptID, answer: Receipt.Answer, detail: String?, again: Instant?
    ) throws(StoreError) { throw Self.none }
}
