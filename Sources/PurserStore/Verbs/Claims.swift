import PurserEngine
import Wire

extension SQLiteVerbs {
    /// A new claim on a link, whoever had one before.
    func claim(_ link: Link, until: Instant) throws(StoreError) -> Claim {
        let claim = Claim(wallet: link.wallet, link: link.id, fence: link.fence + 1, until: until)
        try lease(claim)
        return claim
    }

    // Neither fence nor due time is shown, so no fragment changes.
    func lease(_ claim: Claim) throws(StoreError) {
        try connection.run(
            "UPDATE link SET fence = ?3 WHERE wallet = ?1 AND id = ?2", claim.wallet, claim.link, claim.fence)
        try connection.run(
            """
            INSERT INTO due(wallet, link, rank, due_at, leased) VALUES (?1, ?2, 1, ?3, 1)
            ON CONFLICT(wallet, link) DO UPDATE SET due_at = excluded.due_at, leased = 1
            """, claim.wallet, claim.link, claim.until)
    }

    func postpone(_ claim: Claim, _ postponement: Postponement) throws(StoreError) -> Bool {
        guard var link = try held(claim) else { return false }
        link.postpone(postponement)
        try save(link)
        if let seconds = postponement.pollSeconds {
            try connection.run(
                "UPDATE pending_link SET poll_seconds = ?3 WHERE wallet = ?1 AND link = ?2 AND poll_seconds IS NOT NULL",
                claim.wallet, claim.link, seconds)
        }
        try endClaim(link, postponement.due, isAtRisk: postponement.isAtRisk)
        return true
    }

    func setLinkState(
        _ wallet: WalletID, _ link: LinkID, claim: Claim?, state: LinkState, note: String?, now: Instant, due: Instant?
    ) throws(StoreError) -> Bool {
        guard var row = try self.link(wallet, link) else { return false }
        if let claim {
            guard claim.wallet == wallet, claim.link == link, claim.fence == row.fence else { return false }
        }
        row.move(to: state, note: note, now: now)
        if case .failed = state {
            let wasSeen = try eraseContents(row)
            try save(row, isSeen: wasSeen)
        } else {
            try save(row)
        }
        try setDue(row, due)
        return true
    }

    func setCondition(
        _ wallet: WalletID, _ link: LinkID, _ condition: LinkCondition, now: Instant
    ) throws(StoreError) {
        guard var row = try self.link(wallet, link) else { return }
        row.show(condition, now: now)
        try save(row)
    }

    func moveDue(earlierBy milliseconds: Int64, now: Instant) throws(StoreError) {
        let ahead = try connection.all(
            "SELECT wallet, id FROM link WHERE attempted_at > ?1 OR pulled_at > ?1 OR asked_at > ?1 ORDER BY wallet, id",
            now, as: { row in (wallet: row.id() as WalletID, link: row.id() as LinkID) })
        for place in ahead {
            guard var link = try self.link(place.wallet, place.link) else { continue }
            link.settle(now: now)
            try save(link)
        }
        for var feed in try feeds() where feed.attemptedAt.map({ $0 > now }) == true {
            feed.settle(now: now)
            try save(feed)
        }
        try connection.run(
            """
            UPDATE provider_flow SET reserved_at = reserved_at - ?1, token_blocked_until = token_blocked_until - ?1,
                data_blocked_until = data_blocked_until - ?1
            """, milliseconds)
        try connection.run(
            """
            UPDATE refresh_intent SET sent_at = sent_at - max(?1, sent_at - ?2),
                deadline = deadline - max(?1, sent_at - ?2)
            WHERE sent_at > ?2
            """, milliseconds, now)
        try connection.run("UPDATE due SET due_at = due_at - ?1", milliseconds)
        try connection.run("UPDATE feed SET due_at = due_at - ?1", milliseconds)
        try connection.run("UPDATE dynamic_registration SET due_at = due_at - ?1", milliseconds)
        try connection.run("UPDATE signal_stream SET due_at = due_at - ?1", milliseconds)
        try connection.run("UPDATE suspicion SET first_at = first_at - ?1, last_at = last_at - ?1", milliseconds)
        try connection.run("UPDATE revocation_outbox SET next_at = next_at - ?1", milliseconds)
    }

    func requestPull(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> PullRequest {
        guard var row = try self.link(wallet, link) else { return .noSuchLink }
        let isAtRisk = try connection.number(
            "SELECT rank = ?3 FROM due WHERE wallet = ?1 AND link = ?2", wallet, link, DueRank.atRisk.rawValue)
        let isClaimed = try connection.number(
            "SELECT leased AND due_at > ?3 FROM due WHERE wallet = ?1 AND link = ?2", wallet, link, now)
        let answer = row.answerToPullRequest(isClaimed: isClaimed != 0, now: now)
        guard answer == .due else { return answer }
        row.askedAt = row.askedAt ?? now
        try save(row)
        try setDue(row, min(row.dueAt ?? now, now), isAtRisk: isAtRisk != 0)
        return answer
    }
}
