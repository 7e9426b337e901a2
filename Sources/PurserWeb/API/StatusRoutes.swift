import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let status: [Route] = [
        Route(
            "getStatus", "GET", "/v1/status", .scope(.admin), "How the daemon is doing.",
            replies: [.json(200, "Status", "How it is doing, sealed or not.")], worksSealed: true,
            run: { call throws(Problem) in try await StatusRoutes(call).status() })
    ]

    static let providers: [Route] = [
        Route(
            "listProviders", "GET", "/v1/providers", .scope(.linksManage),
            "What can be linked, and which folder does not load and why.",
            replies: [.json(200, "Providers", "All of them, by name.")], worksSealed: true,
            run: { call throws(Problem) in StatusRoutes(call).providers() })
    ]
}

/// `/v1/status` and `/v1/providers`: what also answers while the daemon is sealed.
struct StatusRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func status() async throws(Problem) -> HTTPResponse {
        let (facts, catalogue, wallet) = (call.web.facts, call.web.catalogue, call.wallet)
        let found = try await call.read { reads throws(StoreError) -> ([(String, Int)], Instant?) in
            var counts: [String: Int] = [:]
            for link in try reads.links(wallet) { counts[link.state.code, default: 0] += 1 }
            return (counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, try reads.nextDue())
        }
        let shown = StatusShown(
            version: facts.version, startedAt: facts.startedAt, now: call.world.clock.now, listen: facts.listen,
            data: facts.data, keySource: facts.keySource, sealed: facts.sealed,
            links: found.0.map { (state: $0.0, count: $0.1) }, providers: catalogue.providers.count,
            brokenProviders: catalogue.problems.keys.sorted(), nextDue: found.1, working: facts.working())
        return .json(shown.json)
    }

    func providers() -> HTTPResponse {
        let catalogue = call.web.catalogue
        let names = Set(catalogue.providers.keys).union(catalogue.problems.keys).sorted()
        let shown = names.map { name -> JSON in
            let manifest = catalogue[name]?.manifest
            return ProviderShown(
                name: name, title: manifest?.title ?? name, kind: manifest?.programme.kind.rawValue ?? "other",
                isMock: manifest?.isMock ?? false, source: catalogue[name]?.source ?? "",
                problems: (catalogue.problems[name] ?? []).map(\.description)
            ).json
        }
        return .json(["providers": .array(shown)])
    }
}
