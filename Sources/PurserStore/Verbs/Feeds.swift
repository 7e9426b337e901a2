import PurserEngine
import Wire

extension SQLiteLooks {
    func feeds() throws(StoreError) -> [Feed] {
        try connection.all(
            """
            SELECT provider, created_at, condition, cause, condition_until, fence, due_at, leased, failures,
                attempted_at, pulled_at, values_at, values_stale_after, partners_at, partners_stale_after, warnings
            FROM feed ORDER BY provider
            """, as: FeedRows.feed)
    }

    func pointValues(of provider: String) throws(StoreError) -> [PointValue] {
        try connection.all(
            """
            SELECT programme, unit, amount, low, high, currency, source, as_of
            FROM point_value WHERE provider = ?1 ORDER BY position
            """, provider, as: FeedRows.value)
    }

    func transferPartners(of provider: String) throws(StoreError) -> [TransferPartner] {
        try connection.all(
            """
            SELECT origin, target, give, get, minimum, since, until, title
            FROM transfer_partner WHERE provider = ?1 ORDER BY position
            """, provider, as: FeedRows.partner)
    }

    fileprivate func held(_ claim: ProviderClaim) throws(StoreError) -> Feed? {
        guard let feed = try feed(of: claim.provider), feed.fence == claim.fence else { return nil }
        return feed
    }
}

extension SQLiteVerbs {
    func keepFeed(
        _ provider: String, resting: LinkCondition?, atOnce: Bool, now: Instant
    ) throws(StoreError) {
        var feed = try feed(of: provider) ?? Feed(provider: provider, createdAt: now)
        feed.keep(resting: resting, atOnce: atOnce, now: now)
        try save(feed)
    }

    func dropFeeds(except providers: [String]) throws(StoreError) {
        for feed in try feeds() where !providers.contains(feed.provider) {
            try connection.run("DELETE FROM feed WHERE provider = ?1", feed.provider)
        }
    }

    func claimFeeds(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        let due = try feeds().filter { $0.dueAt.map { $0 <= now } ?? false }
            .sorted { ($0.dueAt!, $0.provider) < ($1.dueAt!, $1.provider) }
        var claims: [ProviderClaim] = []
        for var feed in due.prefix(limit) {
            claims.append(feed.lease(until: until))
            try save(feed)
        }
        return claims
    }

    func postponeFeed(_ claim: ProviderClaim, _ postponement: Postponement) throws(StoreError) -> Bool {
        guard var feed = try held(claim) else { return false }
        feed.postpone(postponement)
        try save(feed)
        return true
    }

    func recordFeed(_ claim: ProviderClaim, _ change: FeedChange) throws(StoreError) -> Bool {
        guard var feed = try held(claim) else { return false }
        feed.record(change)
        try save(feed)
        if let values = change.values {
            try connection.run("DELETE FROM point_value WHERE provider = ?1", claim.provider)
            for (position, value) in values.enumerated() {
                try connection.run(
                    """
                    INSERT INTO point_value(provider, position, programme, unit, amount, low, high, currency, source,
                        as_of)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """, claim.provider, position, value.programme, value.unit, value.amount, value.low, value.high,
                    value.currency, value.source, value.asOf)
            }
        }
        if let partners = change.partners {
            try connection.run("DELETE FROM transfer_partner WHERE provider = ?1", claim.provider)
            for (position, partner) in partners.enumerated() {
                try connection.run(
                    """
                    INSERT INTO transfer_partner(provider, position, origin, target, give, get, minimum, since, until,
                        title)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """, claim.provider, position, partner.from, partner.to, partner.give, partner.get,
                    partner.minimum, partner.since, partner.until, partner.title)
            }
        }
        return true
    }

    func requestFeed(_ provider: String, now: Instant) throws(StoreError) -> PullRequest {
        guard var feed = try feed(of: provider) else { return .noSuchLink }
        let answer = feed.request(now: now)
        try save(feed)
        return answer
    }

    func save(_ feed: Feed) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO feed(provider, created_at, condition, cause, condition_until, fence, due_at, leased, failures,
                attempted_at, pulled_at, values_at, values_stale_after, partners_at, partners_stale_after, warnings)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT(provider) DO UPDATE SET condition = ?3, cause = ?4, condition_until = ?5, fence = ?6,
                due_at = ?7, leased = ?8, failures = ?9, attempted_at = ?10, pulled_at = ?11, values_at = ?12,
                values_stale_after = ?13, partners_at = ?14, partners_stale_after = ?15, warnings = ?16
            """, feed.provider, feed.createdAt, feed.condition.kind.rawValue, feed.condition.cause,
            feed.condition.until, feed.fence, feed.dueAt, feed.isLeased, feed.failures, feed.attemptedAt,
            feed.pulledAt, feed.valuesSeen?.observedAt, feed.valuesSeen?.staleAfter, feed.partnersSeen?.observedAt,
            feed.partnersSeen?.staleAfter, ListText.words(feed.warnings))
    }
}

enum FeedRows {
    /// provider, created_at, condition, cause, condition_until, fence, due_at, leased, failures, attempted_at, pulled_at,
    /// values_at, values_stale_after, partners_at, partners_stale_after, warnings
    static func feed(_ row: inout Row) throws(StoreError) -> Feed {
        let (provider, createdAt) = (row.text(), row.instant())
        guard let kind = LinkCondition.Kind(rawValue: row.text()) else {
            throw .damaged("a feed's condition does not read")
        }
        let condition = LinkCondition(kind, cause: row.optionalText(), until: row.optionalInstant())
        var feed = Feed(provider: provider, createdAt: createdAt, condition: condition)
        feed.fence = row.int64()
        feed.dueAt = row.optionalInstant()
        feed.isLeased = row.bool()
        feed.failures = row.int()
        feed.attemptedAt = row.optionalInstant()
        feed.pulledAt = row.optionalInstant()
        feed.valuesSeen = sighting(row.optionalInstant(), row.optionalInstant())
        feed.partnersSeen = sighting(row.optionalInstant(), row.optionalInstant())
        feed.warnings = try ListText.words(from: row.text())
        return feed
    }

    private static func sighting(_ at: Instant?, _ staleAfter: Instant?) -> Feed.Sighting? {
        guard let at, let staleAfter else { return nil }
        return Feed.Sighting(observedAt: at, staleAfter: staleAfter)
    }

    /// programme, unit, amount, low, high, currency, source, as_of
    static func value(_ row: inout Row) throws(StoreError) -> PointValue {
        PointValue(
            programme: row.text(), unit: row.optionalText(), amount: try row.decimal(),
            low: try row.optionalDecimal(), high: try row.optionalDecimal(), currency: row.text(),
            source: row.optionalText(), asOf: try row.optionalDate())
    }

    /// origin, target, give, get, minimum, since, until, title
    static func partner(_ row: inout Row) throws(StoreError) -> TransferPartner {
        TransferPartner(
            from: row.text(), to: row.text(), give: try row.decimal(), get: try row.decimal(),
            minimum: try row.optionalDecimal(), since: try row.optionalDate(), until: try row.optionalDate(),
            title: row.optionalText())
    }
}
