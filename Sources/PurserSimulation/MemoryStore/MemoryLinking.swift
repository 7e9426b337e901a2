public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func ensureWallet(_ wallet: WalletID, now: Instant) throws(StoreError) {
        if state.wallets[wallet] == nil { state.wallets[wallet] = 0 }
    }

    public func savePending(_ link: Link, _ key: WrappedDataKey, _ pending: PendingLink) throws(StoreError) {
        try check(key)
        guard state.wallets[link.wallet] != nil else { throw .failed("no such wallet") }
        guard record(link.wallet, link.id) == nil else { throw .failed("this link exists") }
        guard !state.links.values.contains(where: { $0.pending?.stateHash == pending.stateHash }) else {
            throw .failed("this state was given out before")
        }
        var record = LinkRecord(link: link)
        record.link.dueAt = pending.firstDue
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

    public func amendPending(_ claim: Claim, sealed: [UInt8]) throws(StoreError) -> Bool {
        guard var record = held(claim), let pending = record.pending, pending.takenAt != nil else { return false }
        record.pending = pending.with(sealed: sealed)
        keep(record)
        return true
    }

    public func activate(
        _ claim: Claim, identity: [UInt8], scopes: [String], signIn: [UInt8]?, now: Instant, due: Instant
    ) throws(StoreError) -> Activation {
        guard var record = held(claim) else { return .claimLost }
        if record.link.state == .active, record.link.identity == identity { return .activated }
        guard record.link.state == .linking else { return .claimLost }
        let twin = oldestFirst(claim.wallet).map(\.link).first { other in
            other.id != claim.link && other.state.isLiving && other.provider == record.link.provider
                && other.identity == identity
        }
        if let twin { return .alreadyLinked(twin.id) }
        var renewed = record.pending?.renews
        if let meant = renewed, self.record(claim.wallet, meant)?.link.state.isLiving != true { renewed = nil }
        record.link.identify(identity, scopes: scopes, renews: renewed, now: now)
        record.rest(until: renewed == nil ? due : nil)
        record.pending = nil
        let generation = record.link.generation
        record.tokens = record.tokens.mapValues { $0.with(idToken: $0.generation == generation ? signIn : nil) }
        keep(record)
        return renewed.map { .anotherMember(than: $0) } ?? .activated
    }

    public func merge(
        _ claim: Claim, into other: LinkID, _ token: TokenVersion, now: Instant, forget: Instant
    ) throws(StoreError) -> Merge {
        guard let record = held(claim), record.link.state == .linking else { return .claimLost }
        guard var older = self.record(claim.wallet, other), older.link.provider == record.link.provider,
            other != claim.link, older.link.state.isLiving, token.generation == older.link.generation + 1
        else { return .moved }
        if let intent = older.intent, intent.deadline > now { return .busy(until: intent.deadline) }
        older.suspicion = nil
        if older.intent != nil || !older.rawAnswers.isEmpty || !older.orphans.isEmpty {
            (older.intent, older.rawAnswers, older.orphans) = (nil, [], [])
            older.tell(CustodyEvent(at: now, kind: "superseded", generation: older.link.generation))
        }
        if older.link.clientID != record.link.clientID || older.link.issuer != record.link.issuer {
            older.tokens = [:]
            older.vouchers = older.vouchers.map(\.withoutCode)
        }
        older.tokens[token.generation] =
            Plant.isIn("merge-keeps-old") ? older.tokens[older.link.generation] ?? token : token
        older.link.takeOver(token, from: record.link, now: now)
        older.rest(until: now)
        older.tell(
            CustodyEvent(
                at: now, kind: "renewed", generation: token.generation, detail: "by \(claim.link)"))
        keep(older)
        var ended = record.emptied
        ended.link.merge(into: other, now: now)
        ended.link.dueAt = forget
        ended.tell(
            CustodyEvent(at: now, kind: "merged", generation: ended.link.generation, detail: "into \(other)"))
        keep(ended)
        return .merged
    }
}

extension Voucher {
    fileprivate var withoutCode: Voucher {
        Voucher(
            membership: membership, externalID: externalID, title: title, amount: amount, unit: unit, expires: expires,
            sealedCode: nil)
    }
}

extension PendingLink {
    fileprivate func with(sealed: [UInt8]) -> PendingLink {
        var out = PendingLink(
            wallet: wallet, link: link, provider: provider, stateHash: stateHash, starter: starter, sealed: sealed,
            createdAt: createdAt, expiresAt: expiresAt, renews: renews)
        out.takenAt = takenAt
        return out
    }
}

extension TokenVersion {
    fileprivate func with(idToken: [UInt8]?) -> TokenVersion {
        TokenVersion(
            generation: generation, sealedAccess: sealedAccess, sealedRefresh: sealedRefresh, sealedIDToken: idToken,
            scopes: scopes, accessEndsAt: accessEndsAt, refreshAheadAt: refreshAheadAt, receivedAt: receivedAt,
            confirmedAt: confirmedAt, endsUp: endsUp, ends: ends)
    }
}
