import PurserEngine
import Wire

// The due queue. One narrow index holds its order, (rank, due_at, wallet, link), and every step below walks a bounded
// piece of it from the front: a page of candidates, and where those are all of wallets or pairs that have enough under
// way, further. Nothing is sorted, and there is no window over the backlog.

extension SQLiteVerbs {
    func claimDue(now: Instant, until: Instant, limit: Int, underWay: [Claim]) throws(StoreError) -> [Claim] {
        var pick = FairPick(underWay: try pairs(underWay), limit: limit)
        let wallets = try connection.first("SELECT count(*) FROM wallet", as: Self.number) ?? 0
        for rank in DueRank.allCases where !pick.isFull {
            try pick.choose(among: Int(wallets)) { past throws(StoreError) in
                switch past {
                case .nothing: try candidates(rank, now)
                case .wallets(let seen): try further(rank, now, wallets: seen)
                case .pairs(let enough): try further(rank, now, pairs: enough)
                }
            }
        }
        var claims: [Claim] = []
        for due in pick.chosen {
            guard
                let fence = try connection.first(
                    "SELECT fence + 1 FROM link WHERE wallet = ?1 AND id = ?2", due.wallet, due.link, as: Self.number)
            else { continue }
            claims.append(Claim(wallet: due.wallet, link: due.link, fence: fence, until: until))
        }
        for claim in claims { try lease(claim) }
        return claims
    }

    private func pairs(_ claims: [Claim]) throws(StoreError) -> [FairPick.Pair] {
        var out: [FairPick.Pair] = []
        for claim in claims {
            let provider = try connection.first(
                "SELECT provider FROM link WHERE wallet = ?1 AND id = ?2", claim.wallet, claim.link,
                as: LedgerRows.text)
            if let provider { out.append(FairPick.Pair(wallet: claim.wallet, provider: provider)) }
        }
        return out
    }

    private func candidates(_ rank: DueRank, _ now: Instant) throws(StoreError) -> [DueLink] {
        try connection.all(
            """
            SELECT due.wallet, due.link, provider, rank, due_at FROM due
                JOIN link ON link.wallet = due.wallet AND link.id = due.link
            WHERE rank = ?1 AND due_at <= ?2 ORDER BY due_at, due.wallet, due.link LIMIT ?3
            """, rank.rawValue, now, FairPick.page, as: Self.due)
    }

    /// Candidates of other wallets and pairs than those, from the front of the queue as far as `FairPick.depth`.
    private func further(
        _ rank: DueRank, _ now: Instant, wallets: Set<WalletID> = [], pairs: Set<FairPick.Pair> = []
    ) throws(StoreError) -> [DueLink] {
        let seen = JSON.array(wallets.map { .string($0.rawValue) })
        let enough = JSON.array(pairs.map { .array([.string($0.wallet.rawValue), .string($0.provider)]) })
        return try connection.all(
            """
            SELECT front.wallet, front.link, provider, ?1, due_at
            FROM (SELECT wallet, link, due_at FROM due WHERE rank = ?1 AND due_at <= ?2
                    ORDER BY due_at, wallet, link LIMIT ?3) AS front
                JOIN link ON link.wallet = front.wallet AND link.id = front.link
            WHERE front.wallet NOT IN (SELECT value FROM json_each(?4))
                AND NOT EXISTS (SELECT 1 FROM json_each(?5) AS pair
                    WHERE pair.value ->> 0 = front.wallet AND pair.value ->> 1 = provider)
            LIMIT ?6
            """, rank.rawValue, now, FairPick.depth, seen.text, enough.text, FairPick.page, as: Self.due)
    }

    func reschedule(_ moves: [Reschedule], now: Instant) throws(StoreError) {
        for move in moves {
            try connection.run(
                """
                UPDATE due SET due_at = ?3, rank = ?4, leased = 0
                WHERE wallet = ?1 AND link = ?2 AND due_at <= ?5
                """, move.wallet, move.link, move.due, move.rank.rawValue, now)
        }
    }

    func reserveCalls(_ provider: String, until: Instant) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO provider_flow(provider, reserved_at) VALUES (?1, ?2)
            ON CONFLICT(provider) DO UPDATE SET reserved_at = max(reserved_at, excluded.reserved_at)
            """, provider, until)
    }

    func blockCalls(_ provider: String, _ kind: EndpointClass, until: Instant) throws(StoreError) {
        try connection.run(
            "INSERT INTO provider_flow(provider, reserved_at) VALUES (?1, 0) ON CONFLICT DO NOTHING", provider)
        switch kind {
        case .token:
            try connection.run(
                """
                UPDATE provider_flow SET token_blocked_until = max(coalesce(token_blocked_until, ?2), ?2)
                WHERE provider = ?1
                """, provider, until)
        case .data:
            try connection.run(
                """
                UPDATE provider_flow SET data_blocked_until = max(coalesce(data_blocked_until, ?2), ?2)
                WHERE provider = ?1
                """, provider, until)
        }
    }

    private static func number(_ row: inout Row) throws(StoreError) -> Int64 { row.int64() }

    private static func due(_ row: inout Row) throws(StoreError) -> DueLink {
        DueLink(
            wallet: row.id(), link: row.id(), provider: row.text(), rank: try rank(&row), due: row.instant())
    }

    private static func rank(_ row: inout Row) throws(StoreError) -> DueRank {
        guard let rank = DueRank(rawValue: row.int()) else { throw .damaged("a rank does not read") }
        return rank
    }
}

extension SQLiteLooks {
    func overdue(now: Instant) throws(StoreError) -> [OverdueLink] {
        try connection.all(
            """
            SELECT due.wallet, due.link, provider, rank, received_at, refresh_ends_at, refresh_end_moves,
                authorization_ends_at, authorization_end_moves,
                EXISTS (SELECT 1 FROM refresh_intent AS spend WHERE spend.wallet = due.wallet AND spend.link = due.link)
            FROM due
                JOIN link ON link.wallet = due.wallet AND link.id = due.link
                LEFT JOIN token_version AS token
                    ON token.wallet = link.wallet AND token.link = link.id AND token.generation = link.generation
            WHERE due_at <= ?1 AND state = 'active' ORDER BY due.wallet, due.link
            """, now, as: SQLiteVerbs.overdue)
    }

    func flows() throws(StoreError) -> [ProviderFlow] {
        try connection.all(
            """
            SELECT provider, reserved_at, token_blocked_until, data_blocked_until FROM provider_flow ORDER BY provider
            """, as: SQLiteVerbs.flow)
    }
}

extension SQLiteVerbs {
    fileprivate static func overdue(_ row: inout Row) throws(StoreError) -> OverdueLink {
        OverdueLink(
            wallet: row.id(), link: row.id(), provider: row.text(), rank: try rank(&row),
            receivedAt: row.optionalInstant(), ends: CustodyRows.ends(&row), isInDoubt: row.bool())
    }

    fileprivate static func flow(_ row: inout Row) throws(StoreError) -> ProviderFlow {
        ProviderFlow(
            provider: row.text(), reservedAt: row.instant(), tokenBlockedUntil: row.optionalInstant(),
            dataBlockedUntil: row.optionalInstant())
    }
}
