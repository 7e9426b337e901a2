internal import Wire

/// A long list in pages, newest first: by an opaque cursor or a `Link` header that stay good while new items come in
/// at the head, or by page numbers, which shift when they do.
struct Paging: Sendable {
    struct Problem: Error, Sendable {
        let words: String
    }

    /// What a template sees of one page, and where the next one is.
    struct Page: Sendable {
        /// `items`, `next` (the cursor, or null), `number` and `last` (of pages).
        let scope: JSON
        /// Of a `Link` header: the query of the next page.
        let link: Form?
    }

    private enum By: String { case cursor, link, page }

    private let lists: [String]
    private let size: Int
    private let by: By
    /// The query parameter that says which page.
    private let parameter: String
    private let first: Int
    private let since: String?

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["of", "size", "by", "parameter", "first", "since"])
        lists = shape["of"]?.array == nil ? [try shape.text("of")] : try shape.texts("of") ?? []
        guard !lists.isEmpty, lists.allSatisfy({ JSONPointer.tokens($0) != nil }) else {
            throw shape.problem("of", "a pointer to the list, or a list of them")
        }
        size = try shape.int("size", in: 1...1000) ?? 20
        guard let by = By(rawValue: try shape.optionalText("by") ?? "cursor") else {
            throw shape.problem("by", "cursor, link or page")
        }
        self.by = by
        parameter = try shape.optionalText("parameter") ?? (by == .page ? "page" : "cursor")
        first = try shape.int("first", in: 0...1) ?? 1
        since = try shape.optionalText("since")
    }

    /// One page. Items hold `ref` and `posted`, oldest first in the truth; of more than one list they are put in order.
    func cut(_ scope: JSON, _ query: Form) throws(Problem) -> Page {
        var items = all(scope)
        if let since, let text = query[since] {
            guard let start = Instant(rfc3339: text) ?? CivilDate(iso: text).map({ Instant($0) }) else {
                throw Problem(words: "\(since) is neither a date nor a time")
            }
            items = items.filter { ($0["posted"]?.string).flatMap { Instant(rfc3339: $0) }.map { $0 >= start } ?? true }
        }
        let last = max(1, (items.count + size - 1) / size) + first - 1
        let start = try by == .page ? number(query) : position(query, items)
        let from = by == .page ? min(items.count, (start - first) * size) : start
        let cut = items.dropFirst(from).prefix(size)
        let isLast = from + cut.count >= items.count
        let next = isLast ? nil : cut.last?["ref"]?.string.map { Base64URL.encode(Array($0.utf8)) }
        var link: Form?
        if by == .link, let next {
            link = query
            link?.fields.removeAll { $0.name == parameter }
            link?.fields.append(Form.Field(name: parameter, value: next))
        }
        let shown: JSON = [
            "items": .array(Array(cut)), "next": next.map { .string($0) } ?? .null,
            "number": .int(by == .page ? start : first), "last": .int(last),
        ]
        return Page(scope: shown, link: link)
    }

    /// Newest first.
    private func all(_ scope: JSON) -> [JSON] {
        let found = lists.map { JSONPointer.resolve($0, in: scope)?.array ?? [] }
        guard found.count > 1 else { return (found.first ?? []).reversed() }
        let keyed = found.joined().map { item in
            (
                moment: item["posted"]?.string.flatMap { Instant(rfc3339: $0) }, ref: item["ref"]?.string ?? "",
                item: item
            )
        }
        let oldest = Instant(seconds: .min)
        return keyed.sorted { ($0.moment ?? oldest, $0.ref) > ($1.moment ?? oldest, $1.ref) }.map(\.item)
    }

    private func number(_ query: Form) throws(Problem) -> Int {
        guard let text = query[parameter] else { return first }
        guard let number = Int(text), (first...1_000_000).contains(number) else {
            throw Problem(words: "\(parameter) is no page's number")
        }
        return number
    }

    /// How many items stand before the page that a cursor names.
    private func position(_ query: Form, _ items: [JSON]) throws(Problem) -> Int {
        guard let text = query[parameter] else { return 0 }
        guard let bytes = Base64URL.decode(text), let ref = String(validating: bytes, as: UTF8.self),
            let at = items.firstIndex(where: { $0["ref"]?.string == ref })
        else { throw Problem(words: "\(parameter) is not one that was given out") }
        return at + 1
    }
}
