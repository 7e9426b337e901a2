public import Wire

/// What can be looked up of feeds.
public protocol FeedReads {
    /// All of them, by provider.
    func feeds() throws(StoreError) -> [Feed]
    /// What points are worth by the last good pull that said so, in the provider's order.
    func pointValues(of provider: String) throws(StoreError) -> [PointValue]
    /// Where points can be transferred, likewise.
    func transferPartners(of provider: String) throws(StoreError) -> [TransferPartner]
}

extension FeedReads {
    /// A provider's feed; nil: there is none.
    public func feed(of provider: String) throws(StoreError) -> Feed? {
        try feeds().first { $0.provider == provider }
    }
}

/// What can be done to feeds. Like every verb, each is one transaction; none touches a wallet.
public protocol FeedVerbs: FeedReads {
    /// There is a feed of this provider: to be pulled, or resting with a reason (`Feed.keep`). A new one is due at `now`.
    func keepFeed(_ provider: String, resting: LinkCondition?, atOnce: Bool, now: Instant) throws(StoreError)
    /// Deletes every other feed with all that it brought.
    func dropFeeds(except providers: [String]) throws(StoreError)
    /// Claims up to `limit` feeds due by `now`, the longest overdue first: fence + 1, due at `until`.
    func claimFeeds(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim]
    /// Ends a claim without a pull; what is known stays. Claim lost: false, nothing written.
    func postponeFeed(_ claim: ProviderClaim, _ postponement: Postponement) throws(StoreError) -> Bool
    /// Writes one good pull whole and ends the claim. Claim lost: false, nothing written.
    func recordFeed(_ claim: ProviderClaim, _ change: FeedChange) throws(StoreError) -> Bool
    /// Makes a feed due now, because somebody asked (`Feed.request`).
    func requestFeed(_ provider: String, now: Instant) throws(StoreError) -> PullRequest
}
