import PurserEngine
import Wire

extension SQLiteVerbs {
    func record(_ claim: Claim, _ change: LedgerChange) throws(StoreError) -> Bool {
        guard var link = try held(claim) else { return false }
        for membership in change.memberships { try put(membership, claim) }
        for account in change.accounts { try put(account, claim) }
        if let vouchers = change.vouchers { try replace(vouchers, claim) }
        for entry in change.entries { try append(entry, claim.wallet) }
        for cursor in change.cursors {
            try connection.run(
                """
                INSERT OR REPLACE INTO pull_cursor(wallet, link, request, membership, next)
                VALUES (?1, ?2, ?3, ?4, ?5)
                """, claim.wallet, claim.link, cursor.request, cursor.membership, cursor.next)
        }
        for answer in change.kept { try keep(answer, claim) }
        try append(change.observation, claim)
        var isSeen = false
        for fragment in change.fragments where try put(fragment, claim) { isSeen = true }
        for account in change.ended {
            let removed = try connection.run(
                "DELETE FROM account_fragment WHERE wallet = ?1 AND link = ?2 AND account = ?3", claim.wallet,
                claim.link, account)
            if removed > 0 { isSeen = true }
        }
        link.record(change)
        try save(link, isSeen: isSeen)
        try endClaim(link, change.due, isAtRisk: change.isAtRisk)
        return true
    }

    private func keep(_ answer: KeptAnswer, _ claim: Claim) throws(StoreError) {
        try connection.run(
            """
            INSERT OR REPLACE INTO kept_answer(wallet, link, request, membership, uri, tag, link_header, received_at,
                sealed_body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """, claim.wallet, claim.link, answer.request, answer.membership, answer.uri, answer.tag, answer.link,
            answer.receivedAt, answer.sealedBody)
    }

    private func put(_ membership: Membership, _ claim: Claim) throws(StoreError) {
        try connection.run(
            """
            INSERT OR REPLACE INTO membership(wallet, link, id, external_id, number, holder, since, tiers, missing,
                ended_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, claim.wallet, claim.link, membership.id, membership.externalID, membership.number, membership.holder,
            membership.since, ListText.tiers(membership.tiers), membership.missing, membership.endedAt)
    }

    private func put(_ account: Account, _ claim: Claim) throws(StoreError) {
        try connection.run(
            """
            INSERT OR REPLACE INTO account(wallet, link, id, membership, type, unit, balance, amount, as_of, lots,
                opening, entries_total, complete, observation, observed_at, stale_after, version, missing, ended_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
            """, claim.wallet, claim.link, account.id, account.membership, account.type, account.unit,
            account.amount.state, account.amount.amount, account.asOf, ListText.lots(account.lots), account.opening,
            account.entriesTotal, account.historyIsComplete, account.observation, account.observedAt,
            account.staleAfter, account.version, account.missing, account.endedAt)
    }

    private func replace(_ vouchers: [Voucher], _ claim: Claim) throws(StoreError) {
        try connection.run("DELETE FROM voucher WHERE wallet = ?1 AND link = ?2", claim.wallet, claim.link)
        for (position, voucher) in vouchers.enumerated() {
            try connection.run(
                """
                INSERT INTO voucher(wallet, link, position, membership, external_id, title, amount, unit, expires,
                    sealed_code)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                """, claim.wallet, claim.link, position, voucher.membership, voucher.externalID, voucher.title,
                voucher.amount, voucher.unit, voucher.expires, voucher.sealedCode)
        }
    }

    // What is there already stays as it was first seen.
    private func append(_ entry: Entry, _ wallet: WalletID) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO entry(wallet, account, posted, id, external_id, kind, amount, text, balance_after,
                first_seen_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT(wallet, account, external_id) DO NOTHING
            """, wallet, entry.account, entry.posted, entry.id, entry.externalID, entry.kind, entry.amount, entry.text,
            entry.balanceAfter, entry.firstSeenAt)
    }

    private func append(_ observation: Observation, _ claim: Claim) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO observation(wallet, link, number, at, digest, answers, scopes, generation)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """, claim.wallet, claim.link, observation.number, observation.at, observation.digest,
            ListText.words(observation.answers), ListText.words(observation.scopes), observation.generation)
    }

    /// - Returns: whether anything is different now.
    private func put(_ fragment: AccountFragment, _ claim: Claim) throws(StoreError) -> Bool {
        let moved = try connection.run(
            "DELETE FROM account_fragment WHERE wallet = ?1 AND link = ?2 AND account = ?3 AND place <> ?4",
            claim.wallet, claim.link, fragment.account, fragment.order)
        let written = try connection.run(
            """
            INSERT INTO account_fragment(wallet, place, account, link, head, number, masked_number, tail, version)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT(wallet, place, account) DO UPDATE SET head = excluded.head, number = excluded.number,
                masked_number = excluded.masked_number, tail = excluded.tail, version = excluded.version
            WHERE head <> excluded.head OR number <> excluded.number OR masked_number <> excluded.masked_number
                OR tail <> excluded.tail OR version <> excluded.version
            """, claim.wallet, fragment.order, fragment.account, claim.link, fragment.head, fragment.number,
            fragment.maskedNumber, fragment.tail, fragment.version)
        return moved + written > 0
    }
}
