import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let values: [Route] = [
        Route(
            "listValues", "GET", "/v1/values", .scope(.balancesRead),
            "What points are worth and where they transfer, by valuation providers: opinions, with source and date. Asks "
                + "no provider.",
            replies: [.json(200, "Values", "As last pulled; no person's data.")],
            run: { call throws(Problem) in try await ValueRoutes(call).all() }),
        Route(
            "syncValues", "POST", "/v1/values/sync", .scope(.linksManage), "Have all valuation providers asked now.",
            replies: [.json(202, "FeedSyncs", "What became of it, by provider.")],
            run: { call throws(Problem) in try await ValueRoutes(call).sync() }),
    ]
}

/// `/v1/values`: what belongs to whoever runs the daemon, and every wallet may see.
struct ValueRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func all() async throws(Problem) -> HTTPResponse {
        let sight = call.caller.sight
        let found = try await call.read { reads throws(StoreError) -> [(Feed, [PointValue], [TransferPartner])] in
            var out: [(Feed, [PointValue], [TransferPartner])] = []
            for feed in try reads.feeds() where sight.sees(feed.provider) {
                let name = feed.provider
                out.append((feed, try reads.pointValues(of: name), try reads.transferPartners(of: name)))
            }
            return out
        }
        let titles = titles
        var (values, partners): ([JSON], [JSON]) = ([], [])
        for (feed, worth, transfers) in found {
            if let seen = feed.valuesSeen { values += worth.map { shown($0, feed, seen, titles).json } }
            if let seen = feed.partnersSeen { partners += transfers.map { shown($0, feed, seen, titles).json } }
        }
        return .json([
            "values": .array(values), "partners": .array(partners), "feeds": .array(found.map { shown($0.0).json }),
        ])
    }

    func sync() async throws(Problem) -> HTTPResponse {
        let (door, sight) = (try call.door, call.caller.sight)
        let names = try await call.read { reads throws(StoreError) in
            try reads.feeds().map(\.provider).filter(sight.sees)
        }
        var shown: [JSON] = []
        for name in names {
            let answer: PullRequest
            do { answer = try await door.requestFeed(name) } catch { throw Problem(error) }
            guard let (word, again) = answer.shown else { continue }
            var object = JSONObject([("provider", .string(name)), ("answer", .string(word.rawValue))])
            if let again { object["again"] = .string(again.rfc3339) }
            shown.append(.object(object))
        }
        call.web.poke()
        return .json(["feeds": .array(shown)], status: 202)
    }

    /// Of each programme's key, what the caller knows it as.
    private var titles: [String: String] {
        let known = call.visibleProviders.compactMap { call.web.catalogue[$0]?.manifest }
        return Dictionary(known.map { ($0.programme.key, $0.title) }) { first, _ in first }
    }

    private func shown(
        _ value: PointValue, _ feed: Feed, _ seen: Feed.Sighting, _ titles: [String: String]
    ) -> PointValueShown {
        PointValueShown(
            provider: feed.provider, programme: value.programme, title: titles[value.programme], unit: value.unit,
            amount: value.amount, low: value.low, high: value.high, currency: value.currency, source: value.source,
            asOf: value.asOf, observedAt: seen.observedAt, staleAfter: seen.staleAfter)
    }

    private func shown(
        _ partner: TransferPartner, _ feed: Feed, _ seen: Feed.Sighting, _ titles: [String: String]
    ) -> TransferPartnerShown {
        TransferPartnerShown(
            provider: feed.provider, from: partner.from, fromTitle: titles[partner.from], to: partner.to,
            toTitle: titles[partner.to], give: partner.give, get: partner.get, minimum: partner.minimum,
            since: partner.since, until: partner.until, title: partner.title, observedAt: seen.observedAt,
            staleAfter: seen.staleAfter)
    }

    private func shown(_ feed: Feed) -> FeedShown {
        FeedShown(
            provider: feed.provider, title: call.web.catalogue[feed.provider]?.manifest.title ?? feed.provider,
            condition: feed.condition.kind.rawValue, cause: feed.condition.cause, until: feed.condition.until,
            pulledAt: feed.pulledAt, attemptedAt: feed.attemptedAt, nextAt: feed.dueAt, warnings: feed.warnings)
    }
}
