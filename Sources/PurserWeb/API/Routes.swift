import PurserAPI
import PurserEngine
import Wire

/// The API (`/v1/…`), for one caller: whose wallet, who they are, what they may see.
struct Routes: Sendable {
    let web: Web
    let wallet: WalletID
    let starter: Starter
    let sight: Sight

    func answer(_ request: HTTPRequest) async throws(Problem) -> HTTPResponse {
        guard let query = request.query else { throw Problem(.badRequest, "the query is malformed") }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard parts.first == "v1" else { throw Self.nothingHere }
        let method = request.method == "HEAD" ? "GET" : request.method
        if parts.dropFirst() == ["status"] {
            guard method == "GET" else { throw Web.wrongMethod("GET") }
            return try await status()
        }
        if parts.dropFirst() == ["providers"] {
            guard method == "GET" else { throw Web.wrongMethod("GET") }
            return providers()
        }
        guard let door = web.wallet else {
            throw Problem(
                .sealed, "the daemon is sealed: \(web.facts.sealed ?? "it has no key")",
                detail: "nothing is lost; put the key back and restart purserd")
        }
        let accounts = AccountRoutes(world: web.world, door: door, wallet: wallet, sight: sight)
        let links = LinkRoutes(web: web, door: door, wallet: wallet, starter: starter)
        switch (method, parts.count, parts[1]) {
        case ("GET", 2, "accounts"): return try await accounts.all(request)
        case ("GET", 3, "accounts"): return try await accounts.one(parts[2])
        case ("GET", 4, "accounts") where parts[3] == "entries": return try await accounts.entries(parts[2], query)
        case ("GET", 2, "links"): return try await links.all()
        case ("POST", 2, "links"): return try await links.start(request)
        case ("GET", 3, "links"): return try await links.one(parts[2], query)
        case ("DELETE", 3, "links"): return try await links.unlink(parts[2])
        case ("POST", 4, "links") where parts[3] == "sync": return try await links.sync(parts[2])
        case ("POST", 2, "sync"): return try await links.syncAll()
        case (_, 2, "accounts"), (_, 3, "accounts"): throw Web.wrongMethod("GET")
        case (_, 2, "links"): throw Web.wrongMethod("GET and POST")
        case (_, 3, "links"): throw Web.wrongMethod("GET and DELETE")
        case (_, 2, "sync"): throw Web.wrongMethod("POST")
        default: throw Self.nothingHere
        }
    }

    static let nothingHere = Problem(.notFound, "there is nothing at this path")

    private func status() async throws(Problem) -> HTTPResponse {
        let (facts, catalogue, wallet) = (web.facts, web.catalogue, wallet)
        let found: ([(String, Int)], Instant?)
        do {
            found = try await web.world.store.read { reads throws(StoreError) in
                var counts: [String: Int] = [:]
                for link in try reads.links(wallet) { counts[link.state.code, default: 0] += 1 }
                return (counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, try reads.nextDue())
            }
        } catch { throw Problem(error) }
        let shown = StatusShown(
            version: facts.version, startedAt: facts.startedAt, now: web.world.clock.now, listen: facts.listen,
            data: facts.data, keySource: facts.keySource, sealed: facts.sealed,
            links: found.0.map { (state: $0.0, count: $0.1) }, providers: catalogue.providers.count,
            brokenProviders: catalogue.problems.keys.sorted(), nextDue: found.1, working: facts.working())
        return .json(shown.json)
    }

    private func providers() -> HTTPResponse {
        let names = Set(web.catalogue.providers.keys).union(web.catalogue.problems.keys).sorted()
        let shown = names.map { name -> JSON in
            let manifest = web.catalogue[name]?.manifest
            return ProviderShown(
                name: name, title: manifest?.title ?? name, kind: manifest?.programme.kind.rawValue ?? "other",
                isMock: manifest?.isMock ?? false, source: web.catalogue[name]?.source ?? "",
                problems: (web.catalogue.problems[name] ?? []).map(\.description)
            ).json
        }
        return .json(["providers": .array(shown)])
    }
}
