import PurserEngine

extension SQLiteLooks {
    func ledger(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> LinkLedger {
        LinkLedger(
            memberships: try connection.all(
                """
                SELECT id, external_id, number, holder, since, tiers, missing, ended_at FROM membership
                WHERE wallet = ?1 AND link = ?2 ORDER BY id
                """, wallet, link, as: LedgerRows.membership),
            accounts: try connection.all(
                """
                SELECT id, membership, type, unit, balance, amount, as_of, lots, opening, entries_total, complete,
                    observation, observed_at, stale_after, version, missing, ended_at
                FROM account WHERE wallet = ?1 AND link = ?2 ORDER BY id
                """, wallet, link, as: LedgerRows.account),
            vouchers: try connection.all(
                """
                SELECT membership, external_id, title, amount, unit, expires, sealed_code FROM voucher
                WHERE wallet = ?1 AND link = ?2 ORDER BY position
                """, wallet, link, as: LedgerRows.voucher),
            cursors: try connection.all(
                """
                SELECT request, membership, next FROM pull_cursor WHERE wallet = ?1 AND link = ?2
                ORDER BY request, membership
                """, wallet, link, as: LedgerRows.cursor),
            observation: Int(
                try connection.number(
                    "SELECT max(number) FROM observation WHERE wallet = ?1 AND link = ?2", wallet, link)))
    }

    func keptAnswers(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [KeptAnswer] {
        try connection.all(
            """
            SELECT request, membership, uri, tag, link_header, received_at, sealed_body FROM kept_answer
            WHERE wallet = ?1 AND link = ?2 ORDER BY request, membership
            """, wallet, link, as: LedgerRows.kept)
    }

    func knownEntries(
        _ wallet: WalletID, _ account: AccountID, _ externalIDs: [String]
    ) throws(StoreError) -> Set<String> {
        var known: Set<String> = []
        for id in externalIDs {
            let isKnown = try connection.number(
                "SELECT 1 FROM entry WHERE wallet = ?1 AND account = ?2 AND external_id = ?3", wallet, account, id)
            if isKnown != 0 { known.insert(id) }
        }
        return known
    }

    func entries(
        _ wallet: WalletID, _ account: AccountID, before: EntryPosition?, limit: Int
    ) throws(StoreError) -> [Entry] {
        guard let before else {
            return try connection.all(
                """
                SELECT id, account, external_id, posted, kind, amount, text, balance_after, first_seen_at FROM entry
                WHERE wallet = ?1 AND account = ?2 ORDER BY posted DESC, id DESC LIMIT ?3
                """, wallet, account, max(0, limit), as: LedgerRows.entry)
        }
        return try connection.all(
            """
            SELECT id, account, external_id, posted, kind, amount, text, balance_after, first_seen_at FROM entry
            WHERE wallet = ?1 AND account = ?2 AND (posted, id) < (?3, ?4) ORDER BY posted DESC, id DESC LIMIT ?5
            """, wallet, account, before.posted, before.id, max(0, limit), as: LedgerRows.entry)
    }

    func observations(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [Observation] {
        try connection.all(
            """
            SELECT number, at, digest, answers, scopes, generation FROM observation
            WHERE wallet = ?1 AND link = ?2 ORDER BY number
            """, wallet, link, as: LedgerRows.observation)
    }

    func snapshot(_ wallet: WalletID) throws(StoreError) -> WalletSnapshot {
        WalletSnapshot(
            version: Int(try connection.number("SELECT version FROM wallet WHERE id = ?1", wallet)),
            accounts: try connection.all(
                """
                SELECT account, link, place, head, number, masked_number, tail, version FROM account_fragment
                WHERE wallet = ?1 ORDER BY place, account
                """, wallet, as: LedgerRows.fragment),
            links: try connection.all(
                "SELECT link, bytes FROM link_fragment WHERE wallet = ?1 ORDER BY created_at, link", wallet,
                as: LedgerRows.linkFragment))
    }
}
