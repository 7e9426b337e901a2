import PurserEngine
import Wire

extension SQLiteVerbs {
    func ensureWallet(_ wallet: WalletID, now: Instant) throws(StoreError) {
        try connection.run(
            "INSERT INTO wallet(id, created_at, version) VALUES (?1, ?2, 0) ON CONFLICT(id) DO NOTHING", wallet, now)
    }

    func savePending(_ link: Link, _ key: WrappedDataKey, _ pending: PendingLink) throws(StoreError) {
        try check(key)
        try connection.run(
            """
            INSERT INTO link(wallet, id, provider, issuer, client_id, created_at, state, since, condition,
                condition_since, scopes_asked, scopes_granted, generation, fence, failures, warnings)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, ?10, '[]', 0, 0, 0, '[]')
            """, link.wallet, link.id, link.provider, link.issuer, link.clientID, link.createdAt, link.state.code,
            link.since, link.condition.kind.rawValue, ListText.words(link.scopesAsked),
            link.conditionSince)
        try connection.run(
            "INSERT INTO link_fragment(wallet, created_at, link, bytes) VALUES (?1, ?2, ?3, x'')", link.wallet,
            link.createdAt, link.id)
        try save(link)
        try setDue(link, pending.firstDue)
        try connection.run(
            "INSERT INTO data_key(wallet, link, id, epoch, wrapped, commitment) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            link.wallet, link.id, key.id, key.epoch, key.wrapped, key.commitment)
        var (uid, session, token): (UInt32?, [UInt8]?, TokenID?)
        switch pending.starter {
        case .socket(let who): uid = who
        case .token(let id): token = id
        case .session(let hash): session = hash
        }
        try connection.run(
            """
            INSERT INTO pending_link(wallet, link, provider, state_hash, starter_uid, starter_session, starter_token,
                sealed, created_at, expires_at, taken_at, renews, poll_seconds)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """, link.wallet, link.id, pending.provider, pending.stateHash, uid, session, token, pending.sealed,
            pending.createdAt, pending.expiresAt, pending.takenAt, pending.renews, pending.pollSeconds)
    }

    func takePending(
        stateHash: [UInt8], provider: String, now: Instant, until: Instant
    ) throws(StoreError) -> PendingTake {
        let found = try connection.first(
            """
            SELECT wallet, link, provider, state_hash, starter_uid, starter_session, starter_token, sealed, created_at,
                expires_at, taken_at, renews, poll_seconds
            FROM pending_link WHERE state_hash = ?1
            """, stateHash, as: LinkRows.pending)
        guard var pending = found else { return .unknown }
        guard pending.provider == provider else { return .otherProvider }
        // A link that is being unlinked has been dealt with, too.
        guard pending.takenAt == nil, let link = try link(pending.wallet, pending.link), link.state == .linking
        else { return .alreadyTaken(pending.link) }
        guard now < pending.expiresAt else { return .expired(pending.link) }
        pending.takenAt = now
        try connection.run(
            "UPDATE pending_link SET taken_at = ?3 WHERE wallet = ?1 AND link = ?2", pending.wallet, pending.link, now)
        return .taken(pending, try claim(link, until: until))
    }

    func amendPending(_ claim: Claim, sealed: [UInt8]) throws(StoreError) -> Bool {
        guard let link = try held(claim) else { return false }
        let changed = try connection.run(
            "UPDATE pending_link SET sealed = ?3 WHERE wallet = ?1 AND link = ?2 AND taken_at IS NOT NULL", link.wallet,
            link.id, sealed)
        return changed > 0
    }

    func activate(
        _ claim: Claim, identity: [UInt8], scopes: [String], signIn: [UInt8]?, now: Instant, due: Instant
    ) throws(StoreError) -> Activation {
        guard var link = try held(claim) else { return .claimLost }
        if link.state == .active, link.identity == identity { return .activated }
        guard link.state == .linking else { return .claimLost }
        let other = try connection.first(
            """
            SELECT id FROM link WHERE wallet = ?1 AND provider = ?2 AND identity = ?3
                AND state NOT IN ('failed', 'revoked') AND id <> ?4
            """, link.wallet, link.provider, identity, link.id, as: LedgerRows.text)
        if let other { return .alreadyLinked(LinkID(rawValue: other)) }
        var renewed = try pendingLink(link.wallet, link.id)?.renews
        if let meant = renewed, try self.link(link.wallet, meant)?.state.isLiving != true { renewed = nil }
        link.identify(identity, scopes: scopes, renews: renewed, now: now)
        try save(link)
        try setDue(link, renewed == nil ? due : nil)
        try connection.run("DELETE FROM pending_link WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
        try connection.run(
            """
            UPDATE token_version SET sealed_id_token = CASE generation WHEN ?3 THEN ?4 END
            WHERE wallet = ?1 AND link = ?2
            """, link.wallet, link.id, link.generation, signIn)
        traces.hasErased = true
        return renewed.map { .anotherMember(than: $0) } ?? .activated
    }

    func merge(
        _ claim: Claim, into other: LinkID, _ token: TokenVersion, now: Instant, forget: Instant
    ) throws(StoreError) -> Merge {
        guard var link = try held(claim), link.state == .linking else { return .claimLost }
        guard var older = try self.link(claim.wallet, other), older.provider == link.provider, older.id != link.id,
            older.state.isLiving, token.generation == older.generation + 1
        else { return .moved }
        if let intent = try intent(claim.wallet, other), intent.deadline > now { return .busy(until: intent.deadline) }
        try supersedeSpend(older, now)
        if older.clientID != link.clientID || older.issuer != link.issuer {
            try connection.run("DELETE FROM token_version WHERE wallet = ?1 AND link = ?2", claim.wallet, other)
            try connection.run(
                "UPDATE voucher SET sealed_code = NULL WHERE wallet = ?1 AND link = ?2", claim.wallet, other)
        }
        try add(token, claim.wallet, other)
        older.takeOver(token, from: link, now: now)
        try save(older)
        try setDue(older, now)
        try tell(
            claim.wallet, other,
            CustodyEvent(at: now, kind: "renewed", generation: token.generation, detail: "by \(link.id)"))
        link.merge(into: other, now: now)
        try eraseContents(link)
        try save(link)
        try setDue(link, forget)
        try tell(
            claim.wallet, link.id,
            CustodyEvent(at: now, kind: "merged", generation: link.generation, detail: "into \(other)"))
        return .merged
    }
}
