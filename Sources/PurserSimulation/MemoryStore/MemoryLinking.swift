public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func ensureWallet(_ wallet: WalletID, now: Instant) throws(StoreError) {
        if state.wallets[wallet] == nil { state.wallets[wallet] = 0 }
    }

    public func addEpoch(_ epoch: WrappedEpoch) throws(StoreError) {
        if state.epochs.isEmpty, !state.links.isEmpty || !state.outbox.isEmpty {
            throw .failed("a first key is made for an empty store only")
        }
        guard !state.epochs.contains(where: { $0.id == epoch.id }) else { throw .failed("this epoch exists") }
        state.epochs.append(epoch)
        state.epochs.sort { $0.id < $1.id }
    }

    public func savePending(_ link: Link, _ key: WrappedDataKey, _ pending: PendingLink) throws(StoreError) {
        guard state.wallets[link.wallet] != nil else { throw .failed("no such wallet") }
        guard record(link.wallet, link.id) == nil else { throw .failed("this link exists") }
        guard !state.links.values.contains(where: { $0.pending?.stateHash == pending.stateHash }) else {
            throw .failed("this state was given out before")
        }
        var record = LinkRecord(link: link)
        record.link.dueAt = pending.expiresAt
        record.dataKeys = [key]
        record.pending = pending
        keep(record)
    }

    public func takePending(
        stateHash: [UInt8], provider: String, now: Instant, until: Instant
    ) throws(StoreError) -> PendingTake {
        guard var record = state.links.values.first(where: { $0.pending?.stateHash == stateHash }),
            var pending = record.pending
        else { return .unknown }
        if pending.provider != provider { return .otherProvider }
        if pending.takenAt != nil || record.link.state != .linking { return .alreadyTaken(pending.link) }
        if pending.expiresAt <= now { return .expired(pending.link) }
        pending.takenAt = now
        record.pending = pending
        let claim = record.lease(until: until)
        keep(record)
        return .taken(pending, claim)
    }

    public func activate(
        _ claim: Claim, identity: [UInt8], scopes: [String], now: Instant, due: Instant
    ) throws(StoreError) -> Activation {
        guard var record = held(claim) else { return .claimLost }
        if record.link.state == .active, record.link.identity == identity { return .activated }
        guard record.link.state == .linking else { return .claimLost }
        let twin = oldestFirst(claim.wallet).map(\.link).first { other in
            other.id != claim.link && other.state.isLiving && other.provider == record.link.provider
                && other.identity == identity
        }
        if let twin { return .alreadyLinked(twin.id) }
        record.link.move(to: .active, note: nil, now: now)
        record.link.identity = identity
        record.link.scopesGranted = scopes
        record.link.dueAt = due
        record.isLeased = false
        record.pending = nil
        record.tokens = record.tokens.mapValues(\.withoutIDToken)
        keep(record)
        return .activated
    }
}

extension TokenVersion {
    fileprivate var withoutIDToken: TokenVersion {
        TokenVersion(
            generation: generation, sealedAccess: sealedAccess, sealedRefresh: sealedRefresh, sealedIDToken: nil,
            scopes: scopes, accessEndsAt: accessEndsAt, refreshAheadAt: refreshAheadAt, receivedAt: receivedAt,
            confirmedAt: confirmedAt)
    }
}
