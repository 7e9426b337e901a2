internal import Wire

/// The loyalty API of one provider: `mock/routes.json`.
struct Routes: Sendable {
    let routes: [Route]
    /// The template of an error body over `status`, `error` and `message`.
    let error: JSON

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(json, at: "routes.json", knows: ["routes", "error"])
        var routes: [Route] = []
        for (index, item) in try shape.list("routes").enumerated() {
            routes.append(try Route(item, at: "routes.json/routes/\(index)"))
        }
        guard !routes.isEmpty else { throw shape.problem("routes", "at least one route is needed") }
        self.routes = routes
        error = shape["error"] ?? ["error": ["$": "/error"], "message": ["$": "/message"]]
        if let words = Template.problem(error) { throw shape.problem("error", words) }
    }
}

/// One kind of request and the template it is answered with.
struct Route: Sendable {
    enum Found: Sendable {
        case found(JSON)
        /// The path names something of another member, or of nobody: the same answer for both.
        case notTheirs
        case badParameter(String)
    }

    let method: String
    let scope: String?
    let status: Int
    let headers: [(name: String, value: String)]
    private let segments: [Substring]
    /// The path parameter that must name one of the items at `each` by its member of that name.
    private let own: (each: String, parameter: String)?
    private let page: Paging?
    private let template: JSON

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(
            json, at: place, knows: ["method", "path", "scope", "status", "headers", "own", "page", "body"])
        method = try shape.optionalText("method") ?? "GET"
        let path = try shape.text("path")
        guard path.hasPrefix("/") else { throw shape.problem("path", "a path like /members/{number}") }
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
        scope = try shape.optionalText("scope")
        status = try shape.int("status", in: 200...599) ?? 200
        var headers: [(name: String, value: String)] = []
        for header in try shape.members("headers") {
            guard let value = header.value.string else { throw shape.problem("headers", "header values are texts") }
            headers.append((header.name, value))
        }
        self.headers = headers
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
        if let page {
            switch page.cut(scopes[scopes.count - 1], query) {
            case .failure(let problem): return .badParameter(problem.words)
            case .success(let cut): scopes.append(cut)
            }
        }
        return .found(Template.render(template, scopes) ?? .null)
    }
}

/// A long list in pages, newest first, by an opaque cursor that stays good while new items come in at the head.
struct Paging: Sendable {
    struct Problem: Error, Sendable {
        let words: String
    }

    private let of: String
    private let size: Int
    private let cursor: String
    private let since: String?

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["of", "size", "cursor", "since"])
        of = try shape.text("of")
        guard JSONPointer.tokens(of) != nil else { throw shape.problem("of", "a pointer to the list") }
        size = try shape.int("size", in: 1...1000) ?? 20
        cursor = try shape.optionalText("cursor") ?? "cursor"
        since = try shape.optionalText("since")
    }

    /// `{"items": [...], "next": cursor or null}`. Items hold `ref` and `posted`, oldest first in the truth.
    func cut(_ scope: JSON, _ query: Form) -> Result<JSON, Problem> {
        var items = Array((JSONPointer.resolve(of, in: scope)?.array ?? []).reversed())
        if let since, let text = query[since] {
            guard let start = Instant(rfc3339: text) ?? CivilDate(iso: text).map({ Instant($0) }) else {
                return .failure(Problem(words: "\(since) is neither a date nor a time"))
            }
            items = items.filter { ($0["posted"]?.string).flatMap { Instant(rfc3339: $0) }.map { $0 >= start } ?? true }
        }
        var first = 0
        if let text = query[cursor] {
            guard let bytes = Base64URL.decode(text), let ref = String(validating: bytes, as: UTF8.self),
                let at = items.firstIndex(where: { $0["ref"]?.string == ref })
            else { return .failure(Problem(words: "\(cursor) is not one that was given out")) }
            first = at + 1
        }
        let cut = items.dropFirst(first).prefix(size)
        let isLast = first + cut.count >= items.count
        let next = isLast ? nil : cut.last?["ref"]?.string
        return .success([
            "items": .array(Array(cut)), "next": next.map { .string(Base64URL.encode(Array($0.utf8))) } ?? .null,
        ])
    }
}
