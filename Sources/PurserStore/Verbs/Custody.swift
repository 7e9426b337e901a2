import PurserEngine
import Wire

extension SQLiteVerbs {
    func beginSpend(_ intent: Intent) throws(StoreError) -> SpendStart {
        // A link that has ended has nothing left to spend, whoever holds the claim.
        guard let link = try link(intent.wallet, intent.link), link.fence == intent.fence, link.state.holdsGrant
        else { return .claimLost }
        if let other = try self.intent(intent.wallet, intent.link), !intent.repeats(other) { return .inFlight(other) }
        guard link.generation == intent.generation else { return .generationMoved }
        try connection.run(
            """
            INSERT OR REPLACE INTO refresh_intent(wallet, link, purpose, generation, fence, sent_at, deadline, attempt,
                boot, sent_up)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, intent.wallet, intent.link, intent.purpose.rawValue, intent.generation, intent.fence, intent.sentAt,
            intent.deadline, intent.attempt, intent.sentUp?.boot, intent.sentUp?.milliseconds)
        if let event = intent.event { try tell(intent.wallet, intent.link, event) }
        return .begun
    }

    func keepRaw(_ raw: RawAnswer) throws(StoreError) {
        guard try exists(raw.wallet, raw.link) else { return }
        let isRepeat = try connection.number(
            """
            SELECT 1 FROM raw_answer
            WHERE wallet = ?1 AND link = ?2 AND generation = ?3 AND fence = ?4 AND attempt = ?5
                AND (sealed_body = ?6 OR (status >= 0 AND ?7))
            """, raw.wallet, raw.link, raw.generation, raw.fence, raw.attempt, raw.sealedBody, raw.isPart ? 1 : 0)
        guard isRepeat == 0 else { return }
        try connection.run(
            """
            INSERT OR REPLACE INTO raw_answer(wallet, link, generation, fence, attempt, status, sealed_body, received_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """, raw.wallet, raw.link, raw.generation, raw.fence, raw.attempt, CustodyRows.status(raw), raw.sealedBody,
            raw.receivedAt)
        try tell(raw.wallet, raw.link, raw.event)
    }

    func commitGeneration(
        _ wallet: WalletID, _ link: LinkID, parent: Int, fence: Int64, _ token: TokenVersion
    ) throws(StoreError) -> Commit {
        guard token.generation == parent + 1 else { throw .failed("tokens of another generation than the next") }
        // Without the link there is no key that opens them: nothing is left to keep.
        guard var row = try self.link(wallet, link) else { return .orphaned }
        if try isCommitted(wallet, link, token) { return .committed }
        guard row.generation == parent, row.fence == fence, row.state.holdsGrant else {
            try keepOrphan(wallet, link, parent: parent, fence: fence, token)
            return .orphaned
        }
        try add(token, wallet, link)
        if Plant.isIn("half-commit") {
            try connection.script("RELEASE job; COMMIT; BEGIN IMMEDIATE; SAVEPOINT job")
        }
        let told = row.committed(token)
        row.commit(token)
        try save(row)
        if parent == 0 {
            try connection.run(
                "UPDATE pending_link SET taken_at = ?3 WHERE wallet = ?1 AND link = ?2 AND taken_at IS NULL", wallet,
                link, token.receivedAt)
        }
        try settleSpend(wallet, link, parent, fence)
        try tell(wallet, link, told)
        return .committed
    }

    func clearIntent(_ intent: Intent, _ event: CustodyEvent?) throws(StoreError) {
        // A repeat finds nothing, and has nothing to tell.
        guard try removeSpend(intent.wallet, intent.link, intent.generation, intent.fence) else { return }
        if let event { try tell(intent.wallet, intent.link, event) }
    }

    func adopt(_ claim: Claim, orphan: Int, at: Instant) throws(StoreError) -> Bool {
        guard var row = try held(claim), row.state.holdsGrant else { return false }
        let found = try orphans(claim.wallet, claim.link, parent: row.generation).first { $0.number == orphan }
        guard let found else { return false }
        try add(found.token, claim.wallet, claim.link)
        try connection.run(
            "DELETE FROM orphan_token WHERE wallet = ?1 AND link = ?2 AND number = ?3", claim.wallet, claim.link,
            orphan)
        row.commit(found.token)
        try save(row)
        try settleSpend(claim.wallet, claim.link, found.parent, found.fence)
        let event = CustodyEvent(at: at, kind: "adopted", generation: found.token.generation)
        try tell(claim.wallet, claim.link, event)
        return true
    }

    func suspect(
        _ claim: Claim, provider: String, counts: Bool, lostAt: Instant?, at: Instant
    ) throws(StoreError) -> Suspicion? {
        guard let row = try held(claim) else { return nil }
        let before = try suspicion(claim.wallet, claim.link)
        let suspicion = Suspicion(after: before, generation: row.generation, counts: counts, lostAt: lostAt, at: at)
        try connection.run(
            """
            INSERT OR REPLACE INTO suspicion(wallet, link, provider, generation, first_at, last_at, refusals, lost_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """, claim.wallet, claim.link, provider, suspicion.generation, suspicion.firstAt, suspicion.lastAt,
            suspicion.refusals, suspicion.lostAt)
        return suspicion
    }

    func releaseClaims(now: Instant) throws(StoreError) {
        try connection.run("UPDATE due SET due_at = min(due_at, ?1), leased = 0 WHERE leased = 1", now)
        try connection.run("UPDATE feed SET due_at = min(due_at, ?1), leased = 0 WHERE leased = 1", now)
        try connection.run("UPDATE dynamic_registration SET due_at = min(due_at, ?1), leased = 0 WHERE leased = 1", now)
        try connection.run("UPDATE signal_stream SET due_at = min(due_at, ?1), leased = 0 WHERE leased = 1", now)
    }

    func setStoreEpoch(_ epoch: String) throws(StoreError) {
        try connection.run("UPDATE meta SET epoch = ?1", epoch)
    }

    func setRestored(_ at: Instant?) throws(StoreError) {
        try connection.run("UPDATE meta SET restored_at = ?1", at)
    }

    func confirm(_ wallet: WalletID, _ link: LinkID, generation: Int, at: Instant) throws(StoreError) {
        let changed = try connection.run(
            """
            UPDATE token_version SET confirmed_at = ?4
            WHERE wallet = ?1 AND link = ?2 AND generation = ?3 AND confirmed_at IS NULL
            """, wallet, link, generation, at)
        guard changed > 0 else { return }
        var erased = try connection.run(
            "DELETE FROM token_version WHERE wallet = ?1 AND link = ?2 AND generation < ?3", wallet, link, generation)
        erased += try connection.run(
            "DELETE FROM raw_answer WHERE wallet = ?1 AND link = ?2 AND generation < ?3", wallet, link, generation)
        erased += try connection.run(
            "DELETE FROM orphan_token WHERE wallet = ?1 AND link = ?2 AND parent < ?3", wallet, link, generation)
        if erased > 0 { traces.hasErased = true }
        try tell(wallet, link, CustodyEvent(at: at, kind: "confirmed", generation: generation))
    }

    func eraseDead(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> Bool {
        guard let row = try self.link(wallet, link), DeadGrant.isErased(row, at: now) else { return false }
        var erased = try connection.run("DELETE FROM token_version WHERE wallet = ?1 AND link = ?2", wallet, link)
        erased += try connection.run("DELETE FROM raw_answer WHERE wallet = ?1 AND link = ?2", wallet, link)
        erased += try connection.run("DELETE FROM orphan_token WHERE wallet = ?1 AND link = ?2", wallet, link)
        erased += try connection.run("DELETE FROM refresh_intent WHERE wallet = ?1 AND link = ?2", wallet, link)
        guard erased > 0 else { return false }
        try connection.run("DELETE FROM suspicion WHERE wallet = ?1 AND link = ?2", wallet, link)
        traces.hasErased = true
        try tell(wallet, link, CustodyEvent(at: now, kind: "erased", generation: row.generation))
        return true
    }

    func note(_ wallet: WalletID, _ link: LinkID, _ event: CustodyEvent) throws(StoreError) {
        if try exists(wallet, link) { try tell(wallet, link, event) }
    }

    private func exists(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Bool {
        try connection.number("SELECT 1 FROM link WHERE wallet = ?1 AND id = ?2", wallet, link) != 0
    }

    func add(_ token: TokenVersion, _ wallet: WalletID, _ link: LinkID) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO token_version(wallet, link, generation, sealed_access, sealed_refresh, sealed_id_token, scopes,
                access_ends_at, refresh_ahead_at, received_at, confirmed_at, boot, ends_up, refresh_ends_at,
                refresh_end_moves, authorization_ends_at, authorization_end_moves)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
            """, wallet, link, token.generation, token.sealedAccess, token.sealedRefresh, token.sealedIDToken,
            ListText.words(token.scopes), token.accessEndsAt, token.refreshAheadAt, token.receivedAt,
            token.confirmedAt, token.endsUp?.boot, token.endsUp?.milliseconds, token.ends.refresh?.at,
            token.ends.refresh?.moves, token.ends.authorization?.at, token.ends.authorization?.moves)
    }

    /// A spend that nobody knows the end of, and an answer that nobody parsed: a new consent takes their place.
    func supersedeSpend(_ link: Link, _ now: Instant) throws(StoreError) {
        let intents = try connection.run(
            "DELETE FROM refresh_intent WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
        let answers = try connection.run("DELETE FROM raw_answer WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
        let orphans = try connection.run(
            "DELETE FROM orphan_token WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
        try connection.run("DELETE FROM suspicion WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
        guard intents + answers + orphans > 0 else { return }
        traces.hasErased = true
        try tell(
            link.wallet, link.id, CustodyEvent(at: now, kind: "superseded", generation: link.generation))
    }

    func tell(_ wallet: WalletID, _ link: LinkID, _ event: CustodyEvent) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO custody_event(wallet, link, number, at, kind, generation, detail)
            SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6 FROM custody_event
            WHERE wallet = ?1 AND link = ?2
            """, wallet, link, event.at, event.kind, event.generation, event.detail)
        // By its primary key, so that a long story costs as little as a short one.
        try connection.run(
            """
            DELETE FROM custody_event WHERE wallet = ?1 AND link = ?2 AND number > ?3
                AND number <= (SELECT max(number) FROM custody_event WHERE wallet = ?1 AND link = ?2) - ?4
            """, wallet, link, Limits.storyFirst, Limits.storyNewest)
    }

    /// The parent's next generation is here: whoever sent it, and whatever was suspected of it.
    private func settleSpend(
        _ wallet: WalletID, _ link: LinkID, _ parent: Int, _ fence: Int64
    ) throws(StoreError) {
        _ = try removeSpend(wallet, link, parent, fence)
        try connection.run(
            "DELETE FROM refresh_intent WHERE wallet = ?1 AND link = ?2 AND generation = ?3", wallet, link, parent)
        try connection.run("DELETE FROM suspicion WHERE wallet = ?1 AND link = ?2", wallet, link)
    }

    /// - Returns: whether there was an intent or a raw answer to remove.
    private func removeSpend(
        _ wallet: WalletID, _ link: LinkID, _ generation: Int, _ fence: Int64
    ) throws(StoreError) -> Bool {
        let intents = try connection.run(
            "DELETE FROM refresh_intent WHERE wallet = ?1 AND link = ?2 AND generation = ?3 AND fence = ?4", wallet,
            link, generation, fence)
        let answers = try connection.run(
            "DELETE FROM raw_answer WHERE wallet = ?1 AND link = ?2 AND generation = ?3 AND fence = ?4", wallet, link,
            generation, fence)
        return intents + answers > 0
    }

    // Sealing draws a nonce each time, so equal ciphertexts are the same tokens of the same call.
    private func isCommitted(_ wallet: WalletID, _ link: LinkID, _ token: TokenVersion) throws(StoreError) -> Bool {
        try connection.number(
            """
            SELECT 1 FROM token_version WHERE wallet = ?1 AND link = ?2 AND generation = ?3 AND sealed_access = ?4
            """, wallet, link, token.generation, token.sealedAccess) != 0
    }

    /// Keeps tokens that came too late. Intent and raw answer stay: what was spent stays spent.
    private func keepOrphan(
        _ wallet: WalletID, _ link: LinkID, parent: Int, fence: Int64, _ token: TokenVersion
    ) throws(StoreError) {
        let isRepeat = try connection.number(
            "SELECT 1 FROM orphan_token WHERE wallet = ?1 AND link = ?2 AND sealed_access = ?3", wallet, link,
            token.sealedAccess)
        guard isRepeat == 0 else { return }
        try connection.run(
            """
            INSERT INTO orphan_token(wallet, link, number, parent, fence, sealed_access, sealed_refresh,
                sealed_id_token, scopes, access_ends_at, refresh_ahead_at, received_at, refresh_ends_at,
                refresh_end_moves, authorization_ends_at, authorization_end_moves)
            SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
            FROM orphan_token
            WHERE wallet = ?1 AND link = ?2
            """, wallet, link, parent, fence, token.sealedAccess, token.sealedRefresh, token.sealedIDToken,
            ListText.words(token.scopes), token.accessEndsAt, token.refreshAheadAt, token.receivedAt,
            token.ends.refresh?.at, token.ends.refresh?.moves, token.ends.authorization?.at,
            token.ends.authorization?.moves)
        try tell(wallet, link, CustodyEvent(at: token.receivedAt, kind: "orphaned", generation: token.generation))
    }
}
