import PurserAPI
import PurserEngine
import Wire

/// One request to a route: who asks, and everything of the request that the route has checked.
struct Call: Sendable {
    let web: Web
    let caller: Caller
    let request: HTTPRequest
    let query: Form
    private let route: Route
    private let names: [String: String]

    /// Refuses what the route does not take: its caller, its query, its body.
    init(_ web: Web, _ caller: Caller, _ request: HTTPRequest, _ route: Route, _ names: [String: String])
        throws(Problem)
    {
        try caller.check(route, web.challenge)
        guard let query = request.query else { throw Problem(.badRequest, "the query is malformed") }
        self.web = web
        self.caller = caller
        self.request = request
        self.query = query
        self.route = route
        self.names = names
        try checkQuery()
        try checkBody()
        if !route.worksSealed { _ = try door }
    }

    private func checkQuery() throws(Problem) {
        let known = route.parameters.map(\.name)
        for field in query.fields where !known.contains(field.name) {
            throw Problem(
                .badRequest, "unknown parameter in the query",
                detail: known.isEmpty ? "this path takes none" : "it takes \(known.joined(separator: ", "))")
        }
        if let twice = query.repeatedNames.first { throw Problem(.badRequest, "\(twice) is given more than once") }
    }

    private func checkBody() throws(Problem) {
        guard !request.body.isEmpty else { return }
        guard route.body != nil else { throw Problem(.badRequest, "this takes no body; nothing was done") }
        let type = (request.headers["Content-Type"] ?? "").prefix { $0 != ";" }
        guard type.filter({ $0 != " " && $0 != "\t" }).lowercased() == "application/json" else {
            throw Problem(
                .mediaType, "the body must be JSON; nothing was done", detail: "send Content-Type: application/json")
        }
    }

    /// What stands in the path for a name in braces.
    subscript(name: String) -> String { names[name] ?? "" }

    var wallet: WalletID { caller.wallet }
    var world: World { web.world }

    /// The engine's door; a problem while the keys cannot be had.
    var door: Wallet {
        get throws(Problem) {
            if let door = web.wallet { return door }
            guard caller.isOnSocket else {
                throw Problem(.sealed, "the daemon is sealed", detail: "nothing is lost; purser status says why")
            }
            throw Problem(
                .sealed, "the daemon is sealed: \(web.keys.sealed ?? "it has no key")",
                detail: "nothing is lost; once the key is there: purser unseal")
        }
    }

    /// The providers this caller may know of, by name, broken ones too.
    var visibleProviders: [String] {
        let catalogue = web.catalogue
        return Set(catalogue.providers.keys).union(catalogue.problems.keys).filter(caller.sight.sees).sorted()
    }

    /// The body as an object with members that the route knows.
    func object() throws(Problem) -> JSONObject {
        let known = route.body?.memberNames ?? []
        guard let object = (try? JSON.parse(request.body))?.object else {
            throw Problem(
                .badRequest, "the body must be a JSON object", detail: "its members: \(known.joined(separator: ", "))")
        }
        for member in object.members where !known.contains(member.name) {
            throw Problem(
                .badRequest, "unknown member \(member.name)",
                detail: "known here: \(known.joined(separator: ", "))")
        }
        return object
    }

    /// One look at the store.
    func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(Problem) -> R {
        do { return try await world.store.read(look) } catch { throw Problem(error) }
    }
}

extension Web {
    /// The API, for one caller.
    func api(_ request: HTTPRequest, by caller: Caller) async throws(Problem) -> HTTPResponse {
        switch RouteTable.find(request.method, request.path) {
        case .route(let route, let names): try await route.run(try Call(self, caller, request, route, names))
        case .wrongMethod(let allowed): throw RouteTable.wrongMethod(allowed)
        case .nothing: throw RouteTable.nothingHere
        }
    }
}
