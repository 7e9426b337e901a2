import Wire

/// Which feeds there are: one for each valuation provider of the catalogue.
struct Feeds {
    let wallet: Wallet

    /// What becomes of a provider's feed.
    enum Fate: Sendable, Hashable {
        case pulled
        case resting(LinkCondition)
        /// There is none: the provider is no valuation provider, or not there any more.
        case gone
    }

    /// - Parameters:
    ///   - isKnown: whether there is a feed of it already.
    ///   - isFeed: nil: its folder does not load.
    static func fate(isKnown: Bool, isFeed: Bool?, hasClient: Bool, _ name: String) -> Fate {
        switch isFeed {
        case true?: hasClient ? .pulled : .resting(noClient(name))
        case false?: .gone
        case nil: isKnown ? .resting(brokenFolder) : .gone
        }
    }

    static func noClient(_ name: String) -> LinkCondition {
        LinkCondition(.degraded, cause: StartLinkProblem.noClient(name).description)
    }

    private static let brokenFolder = LinkCondition(
        .degraded, cause: "the provider's folder does not load (purser providers says why)")

    /// A step of the start: feeds are what the catalogue says, in the caller's transaction.
    func settle(_ verbs: any StoreVerbs, now: Instant) throws(StoreError) {
        let catalogue = wallet.catalogue
        let known = Set(try verbs.feeds().map(\.provider))
        var kept: [String] = []
        for name in Set(catalogue.providers.keys).union(catalogue.problems.keys).sorted() {
            let provider = catalogue[name]
            let client = try provider.flatMap { provider throws(StoreError) in
                provider.manifest.isFeed ? wallet.client(of: provider, try verbs.client(name)) : nil
            }
            let fate = Self.fate(
                isKnown: known.contains(name), isFeed: provider?.manifest.isFeed, hasClient: client != nil, name)
            switch fate {
            case .gone: continue
            case .pulled: try verbs.keepFeed(name, resting: nil, atOnce: false, now: now)
            case .resting(let why): try verbs.keepFeed(name, resting: why, atOnce: false, now: now)
            }
            kept.append(name)
        }
        if kept.count < known.count || !known.isSubset(of: kept) { try verbs.dropFeeds(except: kept) }
    }

    /// Another client answers at this provider from now on: its feed is pulled by that one, at once, or rests.
    func clientChanged(_ name: String, _ verbs: any StoreVerbs, now: Instant) throws(StoreError) {
        guard let provider = wallet.catalogue[name], provider.manifest.isFeed else { return }
        let client = wallet.client(of: provider, try verbs.client(name))
        try verbs.keepFeed(name, resting: client == nil ? Self.noClient(name) : nil, atOnce: true, now: now)
    }
}
