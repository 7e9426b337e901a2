internal import Wire

/// The loyalty API of one provider: `mock/routes.json`.
struct Routes: Sendable {
    let routes: [Route]
    /// The template of an error body over `status`, `error` and `message`.
    let error: JSON
    /// What stands before the API and fails now and then.
    let stumble: Stumble?

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(json, at: "routes.json", knows: ["routes", "error", "stumbles"])
        var routes: [Route] = []
        for (index, item) in try shape.list("routes").enumerated() {
            routes.append(try Route(item, at: "routes.json/routes/\(index)"))
        }
        guard !routes.isEmpty else { throw shape.problem("routes", "at least one route is needed") }
        self.routes = routes
        error = shape["error"] ?? ["error": ["$": "/error"], "message": ["$": "/message"]]
        if let words = Template.problem(error) { throw shape.problem("error", words) }
        stumble = try shape["stumbles"].map { json throws(MockProblem) in
            try Stumble(json, at: "routes.json/stumbles")
        }
    }
}

/// A gateway before the API that answers every so-many-th request itself, and passes none of these on. Never two in a
/// row: whoever asks once more is served.
struct Stumble: Sendable {
    let every: Int
    let response: HTTPResponse

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["every", "status", "headers", "body"])
        guard let every = try shape.int("every", in: 2...100_000) else { throw shape.problem("every", "needed") }
        self.every = every
        var response = HTTPResponse.html(
            try shape.optionalText("body") ?? "<h1>Bad gateway</h1>",
            status: try shape.int("status", in: 400...599) ?? 502)
        for header in try Route.headers(shape) { response.headers[header.name] = header.value }
        self.response = response
    }
}

/// One kind of request and the template it is answered with.
struct Route: Sendable {
    enum Found: Sendable {
        /// The body, and where a `Link` header leads: the query of the next page.
        case found(JSON, next: Form?)
        /// The path names something of another member, or of nobody: the same answer for both.
        case notTheirs
        case badParameter(String)
    }

    let method: String
    let scope: String?
    let status: Int
    let headers: [(name: String, value: String)]
    /// Whether answers carry an entity tag and are confirmed by it.
    let hasTag: Bool
    private let segments: [Substring]
    /// The path parameter that must name one of the items at `each` by its member of that name.
    private let own: (each: String, parameter: String)?
    private let page: Paging?
    private let template: JSON

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(
            json, at: place, knows: ["method", "path", "scope", "status", "headers", "etag", "own", "page", "body"])
        method = try shape.optionalText("method") ?? "GET"
        let path = try shape.text("path")
        guard path.hasPrefix("/") else { throw shape.problem("path", "a path like /members/{number}") }
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
        scope = try shape.optionalText("scope")
        status = try shape.int("status", in: 200...599) ?? 200
        headers = try Self.headers(shape)
        hasTag = try shape.bool("etag", default: false)
        if let own = shape["own"] {
            let inner = try Shape(own, at: place + "/own", knows: ["each", "parameter"])
            self.own = (try inner.text("each"), try inner.text("parameter"))
        } else {
            own = nil
        }
        page = try shape["page"].map { json throws(MockProblem) in try Paging(json, at: place + "/page") }
        template = shape["body"] ?? .null
        if let words = Template.problem(template) { throw shape.problem("body", words) }
    }

    static func headers(_ shape: Shape) throws(MockProblem) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for header in try shape.members("headers") {
            guard let value = header.value.string else { throw shape.problem("headers", "header values are texts") }
            headers.append((header.name, value))
        }
        return headers
    }

    /// The path's parameters, decoded; nil when the path is another.
    func match(_ path: String) -> [String: String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var out: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                guard !part.isEmpty, let value = URI.percentDecode(String(part)) else { return nil }
                out[String(segment.dropFirst().dropLast())] = value
            } else if part != segment {
                return nil
            }
        }
        return out
    }

    /// The body for one member's truth.
    func body(root: JSON, parameters: [String: String], query: Form) -> Found {
        var scopes = [root]
        if let own {
            let items = JSONPointer.resolve(own.each, in: root)?.array ?? []
            let wanted = parameters[own.parameter]
            guard let item = items.first(where: { $0[own.parameter]?.string == wanted && wanted != nil }) else {
                return .notTheirs
            }
            scopes.append(item)
        }
        var next: Form?
        if let page {
            do throws(Paging.Problem) {
                let cut = try page.cut(scopes[scopes.count - 1], query)
                scopes.append(cut.scope)
                next = cut.link
            } catch { return .badParameter(error.words) }
        }
        return .found(Template.render(template, scopes) ?? .null, next: next)
    }
}
