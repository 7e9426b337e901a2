import Wire

/// The values of a request's placeholders, by name; one without a value is absent.
struct PlaceholderValues: Sendable {
    private var values: [String: JSON]

    init(_ values: [String: JSON] = [:]) { self.values = values }

    subscript(name: String) -> JSON? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// As text, for a path or a query; nil: absent or null.
    func text(_ name: String) -> String? {
        switch values[name] {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }
}

/// Turns a manifest's request and its placeholders into what is sent.
enum RequestBuilder {
    struct Built: Sendable {
        let method: String
        let uri: URI
        let headers: HTTPHeaders
        let body: [UInt8]?
    }

    /// Nil when a placeholder of the path has no value, or the whole is no URI.
    static func request(_ template: RequestTemplate, base: URI, values: PlaceholderValues) -> Built? {
        var path = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        for part in template.path.parts {
            switch part {
            case .text(let text): path += text
            case .placeholder(let name):
                guard let value = values.text(name), !value.isEmpty, value != ".", value != ".." else { return nil }
                path += URI.percentEncode(value)
            }
        }
        var query: [String] = []
        for (name, value) in template.query {
            if let text = filled(value, values) {
                query.append(URI.percentEncode(name) + "=" + URI.percentEncode(text))
            }
        }
        let text = base.origin + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        guard let uri = URI(text), uri.origin == base.origin else { return nil }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        var body: [UInt8]?
        if let json = template.body {
            headers["Content-Type"] = "application/json"
            body = filled(json, values).bytes
        }
        return Built(method: template.method, uri: uri, headers: headers, body: body)
    }

    /// The URI of a next page that a `Link` header named: of the same origin or not at all.
    static func following(_ reference: String, from uri: URI) -> URI? {
        guard let next = uri.resolving(reference), next.origin == uri.origin, next.userinfo == nil else { return nil }
        return next
    }

    /// Nil when one of its placeholders has no value: the parameter is dropped.
    private static func filled(_ template: Template, _ values: PlaceholderValues) -> String? {
        var out = ""
        for part in template.parts {
            switch part {
            case .text(let text): out += text
            case .placeholder(let name):
                guard let value = values.text(name) else { return nil }
                out += value
            }
        }
        return out
    }

    private static func filled(_ json: JSON, _ values: PlaceholderValues) -> JSON {
        switch json {
        case .string(let text):
            guard let template = Template(text) else { return json }
            if case .placeholder(let name)? = template.parts.first, template.parts.count == 1 {
                return values[name] ?? .null
            }
            return filled(template, values).map { .string($0) } ?? .null
        case .array(let items): return .array(items.map { filled($0, values) })
        case .object(let object): return .object(JSONObject(object.members.map { ($0.name, filled($0.value, values)) }))
        default: return json
        }
    }
}
