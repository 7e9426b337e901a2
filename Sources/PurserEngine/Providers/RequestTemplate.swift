public import Wire

/// One request of a manifest: what is asked, how often, and how its answers are paged.
public struct RequestTemplate: Sendable {
    /// How one page leads to the next.
    public enum Page: Sendable, Hashable {
        /// The value at the pointer goes into `{cursor}`; absent or null ends.
        case cursor(next: String)
        /// RFC 8288 `rel=next`, same origin only.
        case link
        /// `{page}` counts up from `first` to the number at the pointer, or to an empty page.
        case page(first: Int, last: String?, items: String?)
    }

    /// Errors that arrive with status 200.
    public struct Failure: Sendable, Hashable {
        public enum Meaning: String, Sendable, Hashable, CaseIterable { case rateLimited, needsConsent, degraded }
        public let at: String
        public let map: [String: Meaning]
        public let otherwise: Meaning
    }

    public let method: String
    /// Below the API's base; with placeholders.
    public let path: Template
    public let query: [(name: String, value: Template)]
    /// A JSON template; strings that are one whole placeholder keep its type.
    public let body: JSON?
    /// Runs once per membership.
    public let isForMembership: Bool
    public let page: Page?
    public let isNewestFirst: Bool
    /// How much the asked time overlaps the last pull.
    public let sinceSeconds: Int64?
    public let isConditional: Bool
    public let failure: Failure?

    /// The placeholders in it.
    var names: Set<String> {
        Set(path.names + query.flatMap(\.value.names) + (body.map(Self.names) ?? []))
    }

    private static func names(_ json: JSON) -> [String] {
        switch json {
        case .string(let text): Template(text)?.names ?? []
        case .array(let items): items.flatMap(names)
        case .object(let object): object.members.flatMap { names($0.value) }
        default: []
        }
    }

    private static let keys = [
        "method", "path", "query", "body", "for", "page", "since", "conditional", "failure",
    ]

    static func read(_ json: JSON, _ place: String, _ reader: Reader) -> RequestTemplate? {
        guard let node = reader.object(json, place, keys, required: ["method", "path"]) else { return nil }
        let method = node.text("method")
        if let method, method != "GET", method != "POST" { node.refuse("method", "must be GET or POST") }
        let isForMembership = node["for"] != nil
        if let value = node.text("for"), value != "membership" { node.refuse("for", "must be \"membership\"") }
        let path = node.text("path").flatMap { template($0, node.at("path"), reader, isForMembership) }
        if node.text("path")?.hasPrefix("/") == false { node.refuse("path", "must start with a slash") }
        var query: [(name: String, value: Template)] = []
        for parameter in node.each("query") {
            guard let text = parameter.value.string else {
                reader.refuse(parameter.place, "must be a text")
                continue
            }
            if let value = template(text, parameter.place, reader, isForMembership) {
                query.append((parameter.name, value))
            }
        }
        if node["body"] != nil {
            if method == "GET" { node.refuse("body", "a GET has no body") }
            checkBody(node["body"]!, node.at("body"), reader, isForMembership)
        }
        let page = readPage(node)
        let failure = readFailure(node)
        guard let method, let path else { return nil }
        return RequestTemplate(
            method: method, path: path, query: query, body: node["body"], isForMembership: isForMembership,
            page: page?.page, isNewestFirst: page?.isNewestFirst ?? false,
            sinceSeconds: node["since"] == nil ? nil : Manifest.duration(node, "since", least: 0),
            isConditional: node.bool("conditional") ?? false, failure: failure)
    }

    private static func template(_ text: String, _ place: String, _ reader: Reader, _ isForMembership: Bool)
        -> Template?
    {
        guard let template = Template(text) else {
            reader.refuse(place, "has a brace that opens or closes nothing", "a placeholder is {name}")
            return nil
        }
        for name in template.names where !Template.known(name, isForMembership) {
            let hint =
                isForMembership
                ? "known: membership.id and the membership's keys, since, cursor, page, today"
                : "known: since, cursor, page, today; membership.… only with \"for\": \"membership\""
            reader.refuse(place, "unknown placeholder {\(name)}", hint)
        }
        return template
    }

    private static func checkBody(_ json: JSON, _ place: String, _ reader: Reader, _ isForMembership: Bool) {
        switch json {
        case .string(let text): _ = template(text, place, reader, isForMembership)
        case .array(let items):
            for (index, item) in items.enumerated() { checkBody(item, place + "/\(index)", reader, isForMembership) }
        case .object(let object):
            for member in object.members {
                checkBody(member.value, Reader.child(place, member.name), reader, isForMembership)
            }
        default: break
        }
    }

    private static func readPage(_ node: Node) -> (page: Page, isNewestFirst: Bool)? {
        guard node["page"] != nil,
            let inner = node.object("page", ["by", "next", "order", "first", "last", "items"], required: ["by"]),
            let by = inner.text("by")
        else { return nil }
        let order = inner.text("order")
        if let order, order != "newest" { inner.refuse("order", "must be \"newest\", or left out") }
        for name in ["next", "last", "items"] where inner[name] != nil {
            if let text = inner.text(name), JSONPointer.tokens(text) == nil { inner.refuse(name, "is no JSON Pointer") }
        }
        switch by {
        case "cursor":
            guard let next = inner.text("next") else {
                if inner["next"] == nil { inner.refuse("next", "missing") }
                return nil
            }
            return (.cursor(next: next), order != nil)
        case "link": return (.link, order != nil)
        case "page":
            if inner["last"] == nil, inner["items"] == nil {
                inner.refuse(
                    "last", "missing",
                    "the pointer to the last page's number, or \"items\": the list that is empty at the end")
            }
            return (
                .page(first: inner.int("first", in: 0...1) ?? 1, last: inner.text("last"), items: inner.text("items")),
                order != nil
            )
        default:
            inner.refuse("by", "unknown value \(by)", "one of: cursor, link, page")
            return nil
        }
    }

    private static func readFailure(_ node: Node) -> Failure? {
        guard node["failure"] != nil, let inner = node.object("failure", ["at", "map", "else"], required: ["at"]),
            let at = inner.text("at")
        else { return nil }
        if JSONPointer.tokens(at) == nil { inner.refuse("at", "is no JSON Pointer") }
        var map: [String: Failure.Meaning] = [:]
        for item in inner.each("map") {
            guard let meaning = item.value.string.flatMap(Failure.Meaning.init) else {
                node.reader.refuse(item.place, "unknown value", "one of: rateLimited, needsConsent, degraded")
                continue
            }
            map[item.name] = meaning
        }
        return Failure(at: at, map: map, otherwise: inner.choice("else", Failure.Meaning.self) ?? .degraded)
    }
}

/// A text with placeholders.
public struct Template: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case text(String)
        case placeholder(String)
    }

    public let parts: [Part]

    /// Nil when braces do not pair up.
    public init?(_ text: String) {
        var parts: [Part] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let plain = rest.prefix { $0 != "{" && $0 != "}" }
            if !plain.isEmpty { parts.append(.text(String(plain))) }
            rest = rest.dropFirst(plain.count)
            guard let brace = rest.first else { break }
            guard brace == "{", let end = rest.firstIndex(of: "}") else { return nil }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            guard !name.isEmpty, !name.contains("{") else { return nil }
            parts.append(.placeholder(String(name)))
            rest = rest[rest.index(after: end)...]
        }
        self.parts = parts
    }

    var names: [String] {
        parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    static func known(_ name: String, _ isForMembership: Bool) -> Bool {
        if ["since", "cursor", "page", "today"].contains(name) { return true }
        return isForMembership && name.hasPrefix("membership.") && name.utf8.count > 11
    }
}
