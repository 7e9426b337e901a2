public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func storeID() throws(StoreError) -> String { state.storeID }
    public func epochs() throws(StoreError) -> [WrappedEpoch] { state.epochs }

    public func link(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Link? { record(wallet, link)?.link }

    public func links(_ wallet: WalletID) throws(StoreError) -> [Link] { oldestFirst(wallet).map(\.link) }

    public func dataKey(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> WrappedDataKey? {
        record(wallet, link)?.dataKeys.max { $0.id < $1.id }
    }

    public func grant(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> TokenVersion? {
        record(wallet, link).flatMap { $0.tokens[$0.link.generation] }
    }

    public func pendingLink(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> PendingLink? {
        record(wallet, link)?.pending
    }

    public func intent(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Intent? {
        record(wallet, link)?.intent
    }

    public func custodyEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [CustodyEvent] {
        record(wallet, link)?.events ?? []
    }

    public func forgottenEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int {
        record(wallet, link)?.forgotten ?? 0
    }

    public func orphanCount(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int {
        record(wallet, link)?.orphans.count ?? 0
    }

    public func receipts(_ wallet: WalletID) throws(StoreError) -> [Receipt] {
        state.receipts.filter { $0.key.wallet == wallet }.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    public func unfinishedSpends() throws(StoreError) -> [UnfinishedSpend] {
        state.links.values.compactMap { record in
            guard let intent = record.intent else { return nil }
            let raw = record.rawAnswers.filter { $0.generation == intent.generation && $0.fence == intent.fence }
                .max { $0.attempt < $1.attempt }
            return UnfinishedSpend(intent: intent, raw: raw)
        }.sorted { ($0.intent.wallet, $0.intent.link) < ($1.intent.wallet, $1.intent.link) }
    }

    public func past(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> CustodyPast {
        guard let record = record(wallet, link) else { return CustodyPast() }
        let generation = record.link.generation
        return CustodyPast(
            intent: record.intent,
            answers: record.rawAnswers.filter { $0.generation == generation }
                .sorted { ($0.receivedAt, $0.fence, $0.attempt) > ($1.receivedAt, $1.fence, $1.attempt) },
            orphans: record.orphans.filter { $0.parent == generation }.sorted { $0.number > $1.number },
            suspicion: record.suspicion)
    }

    public func refusals(_ provider: String, since: Instant) throws(StoreError) -> Int {
        state.links.values.count {
            $0.link.provider == provider && ($0.suspicion.map { $0.lastAt > since && $0.lostAt == nil } ?? false)
        }
    }

    public func frozen(_ provider: String, since: Instant) throws(StoreError) -> Int {
        state.links.values.count {
            $0.link.provider == provider
                && ($0.suspicion.map { $0.refusals == 0 && $0.firstAt > since && $0.lastAt > since } ?? false)
        }
    }

    public func grants(_ provider: String) throws(StoreError) -> Int {
        state.links.values.count {
            $0.link.provider == provider && $0.link.generation > 0 && $0.link.state.holdsGrant
        }
    }

    public func grantHolders(_ provider: String) throws(StoreError) -> [(WalletID, LinkID)] {
        allLinks.map(\.link).filter { $0.provider == provider && $0.generation > 0 && $0.state.holdsGrant }
            .map { ($0.wallet, $0.id) }
    }

    public func lastRenewal(_ provider: String) throws(StoreError) -> Instant? {
        state.links.values.filter { $0.link.provider == provider }
            .compactMap { $0.tokens.filter { $0.key > 1 }.map(\.value.receivedAt).max() }.max()
    }

    public func storeEpoch() throws(StoreError) -> String { state.epoch }
    public func restoredAt() throws(StoreError) -> Instant? { state.restoredAt }

    public func nextDue() throws(StoreError) -> Instant? {
        (state.links.values.compactMap(\.link.dueAt) + state.outbox.values.map(\.nextAt)
            + state.feeds.values.compactMap(\.feed.dueAt) + state.clients.values.compactMap(\.dynamic?.turn.dueAt)
            + state.signals.values.compactMap(\.stream.turn.dueAt))
            .min()
    }

    public func lastAttempt() throws(StoreError) -> Instant? {
        (state.links.values.compactMap(\.link.attemptedAt) + state.feeds.values.compactMap(\.feed.attemptedAt)).max()
    }

    func oldestFirst(_ wallet: WalletID) -> [LinkRecord] {
        // Records are large: their places are sorted.
        let places = state.links.compactMap { place, record in
            place.wallet == wallet ? (at: record.link.createdAt, place: place) : nil
        }
        return places.sorted { ($0.at, $0.place.link) < ($1.at, $1.place.link) }.compactMap { state.links[$0.place] }
    }
}
