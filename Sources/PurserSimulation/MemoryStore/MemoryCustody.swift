public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func beginSpend(_ intent: Intent) throws(StoreError) -> SpendStart {
        guard var record = record(intent.wallet, intent.link), record.link.fence == intent.fence,
            record.link.state.holdsGrant
        else { return .claimLost }
        if let other = record.intent, !intent.repeats(other), !Plant.isIn("two-flights") { return .inFlight(other) }
        guard record.link.generation == intent.generation else { return .generationMoved }
        record.intent = intent
        if let event = intent.event { record.tell(event) }
        keep(record)
        return .begun
    }

    public func keepRaw(_ raw: RawAnswer) throws(StoreError) {
        guard var record = record(raw.wallet, raw.link) else { return }
        let isRepeat = record.rawAnswers.contains {
            $0.answers(raw.generation, raw.fence) && $0.attempt == raw.attempt
                && ($0.sealedBody == raw.sealedBody || (raw.isPart && !$0.isPart))
        }
        guard !isRepeat else { return }
        record.rawAnswers.removeAll { $0.answers(raw.generation, raw.fence) && $0.attempt == raw.attempt }
        record.rawAnswers.append(raw)
        record.tell(raw.event)
        keep(record)
    }

    public func commitGeneration(
        _ wallet: WalletID, _ link: LinkID, parent: Int, fence: Int64, _ token: TokenVersion
    ) throws(StoreError) -> Commit {
        guard token.generation == parent + 1 else { throw .failed("tokens of another generation than the next") }
        guard var record = record(wallet, link) else { return .orphaned }
        if record.tokens[token.generation]?.sealedAccess == token.sealedAccess { return .committed }
        let isExpected = record.link.generation == parent || Plant.isIn("no-compare-and-set")
        let isHeld = record.link.fence == fence || Plant.isIn("no-compare-and-set")
        guard isExpected, isHeld, record.link.state.holdsGrant else {
            guard !record.orphans.contains(where: { $0.token.sealedAccess == token.sealedAccess }) else {
                return .orphaned
            }
            if Plant.isIn("orphan-dropped") {
                record.removeSpend(parent, fence)
                keep(record)
                return .orphaned
            }
            let number = (record.orphans.map(\.number).max() ?? 0) + 1
            record.orphans.append(
                Orphan(number: number, parent: parent, fence: fence, token: token.asOrphan))
            record.tell(
                CustodyEvent(at: token.receivedAt, kind: "orphaned", generation: token.generation))
            keep(record)
            return .orphaned
        }
        record.tokens[token.generation] = token
        let told = record.link.committed(token)
        record.link.commit(token)
        if parent == 0, record.pending?.takenAt == nil { record.pending?.takenAt = token.receivedAt }
        record.settleSpend(parent, fence)
        record.tell(told)
        keep(record)
        return .committed
    }

    public func clearIntent(_ intent: Intent, _ event: CustodyEvent?) throws(StoreError) {
        guard var record = record(intent.wallet, intent.link),
            record.removeSpend(intent.generation, intent.fence)
        else { return }
        if let event { record.tell(event) }
        keep(record)
    }

    public func adopt(_ claim: Claim, orphan: Int, at: Instant) throws(StoreError) -> Bool {
        guard var record = held(claim), record.link.state.holdsGrant,
            let found = record.orphans.first(where: { $0.number == orphan && $0.parent == record.link.generation })
        else { return false }
        record.tokens[found.token.generation] = found.token
        record.orphans.removeAll { $0.number == orphan }
        record.link.commit(found.token)
        record.settleSpend(found.parent, found.fence)
        record.tell(CustodyEvent(at: at, kind: "adopted", generation: found.token.generation))
        keep(record)
        return true
    }

    public func suspect(
        _ claim: Claim, provider: String, counts: Bool, lostAt: Instant?, at: Instant
    ) throws(StoreError) -> Suspicion? {
        guard var record = held(claim) else { return nil }
        record.suspicion = Suspicion(
            after: record.suspicion, generation: record.link.generation, counts: counts, lostAt: lostAt, at: at)
        keep(record)
        return record.suspicion
    }

    public func releaseClaims(now: Instant) throws(StoreError) {
        for (place, record) in state.links where record.isLeased {
            state.links[place]?.link.dueAt = record.link.dueAt.map { min($0, now) }
            state.links[place]?.isLeased = false
        }
        for (name, record) in state.feeds where record.feed.isLeased {
            state.feeds[name]?.feed.dueAt = record.feed.dueAt.map { min($0, now) }
            state.feeds[name]?.feed.isLeased = false
        }
        for name in state.clients.keys { state.clients[name]?.dynamic?.turn.release(now: now) }
        for name in state.signals.keys { state.signals[name]?.stream.turn.release(now: now) }
    }

    public func setStoreEpoch(_ epoch: String) throws(StoreError) { state.epoch = epoch }
    public func setRestored(_ at: Instant?) throws(StoreError) { state.restoredAt = at }

    public func confirm(
        _ wallet: WalletID, _ link: LinkID, generation: Int, at: Instant
    ) throws(StoreError) {
        guard var record = record(wallet, link), let token = record.tokens[generation], token.confirmedAt == nil
        else { return }
        record.tokens[generation]?.confirmedAt = at
        record.tokens = record.tokens.filter { $0.key >= generation + (Plant.isIn("confirm-erases-all") ? 1 : 0) }
        record.rawAnswers.removeAll { $0.generation < generation }
        record.orphans.removeAll { $0.parent < generation }
        record.tell(CustodyEvent(at: at, kind: "confirmed", generation: generation))
        keep(record)
    }

    public func eraseDead(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> Bool {
        guard var record = record(wallet, link), record.isDead(at: now) else { return false }
        record.tokens = [:]
        record.rawAnswers = []
        record.orphans = []
        record.intent = nil
        record.suspicion = nil
        record.tell(CustodyEvent(at: now, kind: "erased", generation: record.link.generation))
        keep(record)
        return true
    }

    public func deadGrants(now: Instant, limit: Int) throws(StoreError) -> [(WalletID, LinkID)] {
        allLinks.filter { $0.isDead(at: now) }.prefix(max(0, limit)).map { ($0.link.wallet, $0.link.id) }
    }

    public func note(_ wallet: WalletID, _ link: LinkID, _ event: CustodyEvent) throws(StoreError) {
        guard var record = record(wallet, link) else { return }
        record.tell(event)
        keep(record)
    }
}

extension RawAnswer {
    fileprivate func answers(_ generation: Int, _ fence: Int64) -> Bool {
        self.generation == generation && self.fence == fence
    }
}

extension TokenVersion {
    /// The store keeps of an orphan what its columns hold.
    fileprivate var asOrphan: TokenVersion {
        TokenVersion(
            generation: generation, sealedAccess: sealedAccess, sealedRefresh: sealedRefresh,
            sealedIDToken: sealedIDToken, scopes: scopes, accessEndsAt: accessEndsAt, refreshAheadAt: refreshAheadAt,
            receivedAt: receivedAt, ends: ends)
    }
}

extension MemoryState.LinkRecord {
    /// Whether it holds what is to be erased.
    fileprivate func isDead(at now: Instant) -> Bool {
        guard DeadGrant.isErased(link, at: now) else { return false }
        return !tokens.isEmpty || !rawAnswers.isEmpty || !orphans.isEmpty || intent != nil
    }

    /// The parent's next generation is here: whoever sent it, and whatever was suspected of it.
    fileprivate mutating func settleSpend(_ parent: Int, _ fence: Int64) {
        removeSpend(parent, fence)
        if intent?.generation == parent { intent = nil }
        suspicion = nil
    }

    /// - Returns: whether there was an intent or a raw answer to remove.
    @discardableResult
    fileprivate mutating func removeSpend(_ generation: Int, _ fence: Int64) -> Bool {
        let before = rawAnswers.count
        rawAnswers.removeAll { $0.answers(generation, fence) }
        guard let held = intent, held.generation == generation, held.fence == fence else {
            return rawAnswers.count < before
        }
        intent = nil
        return true
    }
}
