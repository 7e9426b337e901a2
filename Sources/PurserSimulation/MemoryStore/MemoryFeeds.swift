public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func feeds() throws(StoreError) -> [Feed] {
        state.feeds.values.map(\.feed).sorted { $0.provider < $1.provider }
    }

    public func pointValues(of provider: String) throws(StoreError) -> [PointValue] {
        state.feeds[provider]?.values ?? []
    }

    public func transferPartners(of provider: String) throws(StoreError) -> [TransferPartner] {
        state.feeds[provider]?.partners ?? []
    }

    public func keepFeed(
        _ provider: String, resting: LinkCondition?, atOnce: Bool, now: Instant
    ) throws(StoreError) {
        state.feeds[provider, default: .init(feed: Feed(provider: provider, createdAt: now))].feed
            .keep(resting: resting, atOnce: atOnce, now: now)
    }

    public func dropFeeds(except providers: [String]) throws(StoreError) {
        state.feeds = state.feeds.filter { providers.contains($0.key) }
    }

    public func claimFeeds(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        let due = try feeds().compactMap { feed in feed.dueAt.map { (at: $0, name: feed.provider) } }
            .filter { $0.at <= now }.sorted { ($0.at, $0.name) < ($1.at, $1.name) }
        return due.prefix(limit).compactMap { state.feeds[$0.name]?.feed.lease(until: until) }
    }

    public func postponeFeed(_ claim: ProviderClaim, _ postponement: Postponement) throws(StoreError) -> Bool {
        guard state.feeds[claim.provider]?.feed.fence == claim.fence else { return false }
        state.feeds[claim.provider]?.feed.postpone(postponement)
        return true
    }

    public func recordFeed(_ claim: ProviderClaim, _ change: FeedChange) throws(StoreError) -> Bool {
        guard var record = state.feeds[claim.provider], record.feed.fence == claim.fence else { return false }
        record.feed.record(change)
        record.values = change.values ?? record.values
        record.partners = change.partners ?? record.partners
        state.feeds[claim.provider] = record
        return true
    }

    public func requestFeed(_ provider: String, now: Instant) throws(StoreError) -> PullRequest {
        state.feeds[provider]?.feed.request(now: now) ?? .noSuchLink
    }
}
