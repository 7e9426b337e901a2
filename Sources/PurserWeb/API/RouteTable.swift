import PurserAPI

/// Every route there is. A new one is a row in one of these lists, its shapes are named in `Schema.shapes`, and the walk
/// through the document (WebTests) wants a call for it.
public enum RouteTable {
    public static let all: [Route] =
        [Route.document, Route.protectedResource] + Route.status + Route.accounts + Route.values + Route.links
        + Route.receipts + Route.rest + Route.clients
        + Route.folders
        + Route.providers + Route.tokens + Route.keys

    /// What a segment in braces may be, with an example that names nothing.
    static let segments: [String: (schema: Schema, example: String)] = [
        "account": (.id("acc_"), "acc_k3v7q2m5x4a6b7c2"), "link": (.id("lnk_"), "lnk_k3v7q2m5x4a6b7c2"),
        "receipt": (.id("rcp_"), "rcp_k3v7q2m5x4a6b7c2"), "token": (.id("tok_"), "tok_k3v7q2m5x4a6b7c2"),
        "provider": (.text("^[a-z0-9-]{1,64}$"), "hogwarts"),
    ]

    enum Finding {
        case route(Route, [String: String])
        /// The path is there, for these methods.
        case wrongMethod([String])
        case nothing
    }

    /// Most are asked for by a path without braces: one look finds those.
    private static let plain = Dictionary(grouping: all.filter(\.names.isEmpty), by: \.path)
    private static let patterns = all.filter { !$0.names.isEmpty }

    static func find(_ method: String, _ path: String) -> Finding {
        let method = method == "HEAD" ? "GET" : method
        var meant = (plain[path] ?? []).map { ($0, [String: String]()) }
        if meant.isEmpty {
            let segments = path.split(separator: "/", omittingEmptySubsequences: false)
            let found = patterns.compactMap { route in route.match(segments).map { (route, $0) } }
            // Of `/v1/links/{link}/sync` and `/v1/{a}/{b}/sync` the one that says more is meant.
            let fewest = found.map(\.1.count).min()
            meant = found.filter { $0.1.count == fewest }
        }
        if let (route, names) = meant.first(where: { $0.0.method == method }) { return .route(route, names) }
        guard !meant.isEmpty else { return .nothing }
        return .wrongMethod(meant.flatMap { $0.0.method == "GET" ? ["GET", "HEAD"] : [$0.0.method] }.sorted())
    }

    static let nothingHere = Problem(
        .notFound, "there is nothing at this path", detail: "GET /openapi.json says what is")

    static func wrongMethod(_ allowed: [String]) -> Problem {
        Problem(.methodNotAllowed, "this path answers \(allowed.joined(separator: ", ")) only")
            .with("Allow", allowed.joined(separator: ", "))
    }
}
