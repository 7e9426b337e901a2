import PurserEngine
import Wire

extension SQLiteVerbs {
    func beginUnlink(
        _ wallet: WalletID, _ link: LinkID, now: Instant, until: Instant
    ) throws(StoreError) -> Claim? {
        guard var row = try self.link(wallet, link) else { return nil }
        let claim = Claim(wallet: wallet, link: link, fence: row.fence + 1, until: until)
        row.fence = claim.fence
        row.move(to: .revoked(.user), note: nil, now: now)
        try save(row)
        try setDue(row, until, leased: true)
        return claim
    }

    func unlink(_ claim: Claim, _ receipt: Receipt?, _ outbox: OutboxRevocation?) throws(StoreError) -> Bool {
        guard let link = try held(claim) else { return false }
        try check(outbox?.dataKey)
        try eraseContents(link)
        try connection.run(
            "DELETE FROM link_fragment WHERE wallet = ?1 AND created_at = ?2 AND link = ?3", link.wallet,
            link.createdAt, link.id)
        // The rest of its rows goes by cascade.
        try connection.run("DELETE FROM link WHERE wallet = ?1 AND id = ?2", link.wallet, link.id)
        if let receipt { try put(receipt, link.wallet) }
        if let outbox { try put(outbox) }
        try raiseVersion(link.wallet)
        return true
    }

    /// Erases everything a link holds but its row, its fragment and its custody story.
    /// - Returns: whether accounts were shown for it.
    @discardableResult
    func eraseContents(_ link: Link) throws(StoreError) -> Bool {
        let (wallet, id) = (link.wallet, link.id)
        try connection.run(
            """
            DELETE FROM entry WHERE wallet = ?1 AND account IN (SELECT id FROM account WHERE wallet = ?1 AND link = ?2)
            """, wallet, id)
        let shown = try connection.run("DELETE FROM account_fragment WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM data_key WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM pending_link WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM token_version WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM refresh_intent WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM raw_answer WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM orphan_token WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM suspicion WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM membership WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM account WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM voucher WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM pull_cursor WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM kept_answer WHERE wallet = ?1 AND link = ?2", wallet, id)
        try connection.run("DELETE FROM observation WHERE wallet = ?1 AND link = ?2", wallet, id)
        traces.hasErased = true
        return shown > 0
    }

    private func put(_ receipt: Receipt, _ wallet: WalletID) throws(StoreError) {
        try connection.run(
            "INSERT INTO receipt(wallet, id, link, provider, at, answer, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            wallet, receipt.id, receipt.link, receipt.provider, receipt.at, receipt.answer.rawValue, receipt.detail)
    }

    private func put(_ outbox: OutboxRevocation) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO revocation_outbox(wallet, receipt, link, provider, issuer, client_id, key_id, key_epoch,
                key_wrapped, key_commitment, sealed_refresh, sealed_access, attempts, next_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """, outbox.wallet, outbox.receipt, outbox.link, outbox.provider, outbox.issuer, outbox.clientID,
            outbox.dataKey.id, outbox.dataKey.epoch, outbox.dataKey.wrapped, outbox.dataKey.commitment,
            outbox.sealedRefresh, outbox.sealedAccess, outbox.attempts, outbox.nextAt)
    }

    func claimRevocations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [OutboxRevocation] {
        var rows = try connection.all(
            """
            SELECT wallet, receipt, link, provider, issuer, client_id, key_id, key_epoch, key_wrapped, key_commitment,
                sealed_refresh, sealed_access, attempts, next_at
            FROM revocation_outbox WHERE next_at <= ?1 ORDER BY next_at, wallet, receipt LIMIT ?2
            """, now, max(0, limit), as: LinkRows.revocation)
        for at in rows.indices {
            rows[at].nextAt = until
            try connection.run(
                "UPDATE revocation_outbox SET next_at = ?3 WHERE wallet = ?1 AND receipt = ?2", rows[at].wallet,
                rows[at].receipt, until)
        }
        return rows
    }

    func settleRevocation(
        _ wallet: WalletID, _ receipt: ReceiptID, answer: Receipt.Answer, detail: String?, again: Instant?
    ) throws(StoreError) {
        let open = try connection.number(
            "SELECT count(*) FROM revocation_outbox WHERE wallet = ?1 AND receipt = ?2", wallet, receipt)
        guard open > 0 else { return }
        try connection.run(
            "UPDATE receipt SET answer = ?3, detail = ?4 WHERE wallet = ?1 AND id = ?2", wallet, receipt,
            answer.rawValue, detail)
        if let again {
            try connection.run(
                """
                UPDATE revocation_outbox SET attempts = attempts + 1, next_at = ?3 WHERE wallet = ?1 AND receipt = ?2
                """, wallet, receipt, again)
        } else {
            try connection.run("DELETE FROM revocation_outbox WHERE wallet = ?1 AND receipt = ?2", wallet, receipt)
            traces.hasErased = true
        }
    }
}
