import PurserEngine
import Wire

extension SQLiteLooks {
    func link(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Link? {
        try connection.first(
            """
            SELECT link.wallet, link.id, provider, issuer, client_id, created_at, state, reason, note, since,
                condition, cause, condition_until, condition_since, scopes_asked, scopes_granted, identity,
                merged_into, consent_ends_at, consent_end_moves, generation, fence, asked_at, pulled_at, attempted_at,
                failures, warnings, due_at
            FROM link LEFT JOIN due ON due.wallet = link.wallet AND due.link = link.id
            WHERE link.wallet = ?1 AND link.id = ?2
            """, wallet, link, as: LinkRows.link)
    }

    func links(_ wallet: WalletID) throws(StoreError) -> [Link] {
        try connection.all(
            """
            SELECT link.wallet, link.id, provider, issuer, client_id, created_at, state, reason, note, since,
                condition, cause, condition_until, condition_since, scopes_asked, scopes_granted, identity,
                merged_into, consent_ends_at, consent_end_moves, generation, fence, asked_at, pulled_at, attempted_at,
                failures, warnings, due_at
            FROM link LEFT JOIN due ON due.wallet = link.wallet AND due.link = link.id
            WHERE link.wallet = ?1 ORDER BY created_at, link.id
            """, wallet, as: LinkRows.link)
    }

    func pendingLink(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> PendingLink? {
        try connection.first(
            """
            SELECT wallet, link, provider, state_hash, starter_uid, starter_session, starter_token, sealed, created_at,
                expires_at, taken_at, renews, poll_seconds
            FROM pending_link WHERE wallet = ?1 AND link = ?2
            """, wallet, link, as: LinkRows.pending)
    }

    func receipts(_ wallet: WalletID) throws(StoreError) -> [Receipt] {
        try connection.all(
            "SELECT id, link, provider, at, answer, detail FROM receipt WHERE wallet = ?1 ORDER BY at, id", wallet,
            as: LinkRows.receipt)
    }

    func nextDue() throws(StoreError) -> Instant? {
        // One search of an index for each: `min` over all ranks together would walk all of it.
        let found = try connection.first(
            """
            SELECT min(at) FROM (
                SELECT min(due_at) AS at FROM due WHERE rank = -1
                UNION ALL SELECT min(due_at) FROM due WHERE rank = 0
                UNION ALL SELECT min(due_at) FROM due WHERE rank = 1
                UNION ALL SELECT min(next_at) FROM revocation_outbox
                UNION ALL SELECT min(due_at) FROM feed
                UNION ALL SELECT min(due_at) FROM dynamic_registration
                UNION ALL SELECT min(due_at) FROM signal_stream)
            """, as: Self.optionalInstant)
        return found ?? nil
    }

    func lastAttempt() throws(StoreError) -> Instant? {
        let found = try connection.first(
            """
            SELECT max(at) FROM (
                SELECT max(attempted_at) AS at FROM link UNION ALL SELECT max(attempted_at) FROM feed)
            """, as: Self.optionalInstant)
        return found ?? nil
    }

    private static func optionalInstant(_ row: inout Row) throws(StoreError) -> Instant? { row.optionalInstant() }
}
