import Wire

/// Where a paged stream goes on after an answer: a pure decision.
enum NextPage: Sendable, Equatable {
    /// With this as `{cursor}` or `{page}`.
    case value(JSON)
    /// At this URI (`Link: rel=next`).
    case uri(URI)
    case end
    /// The answer does not say it in the way the manifest promises.
    case broken(String)

    static func decide(
        _ page: RequestTemplate.Page, _ answer: JSON, _ headers: HTTPHeaders, at uri: URI, number: Int
    ) -> NextPage {
        switch page {
        case .cursor(let pointer):
            switch JSONPointer.resolve(pointer, in: answer) {
            case nil, .null?, .string("")?: return .end
            case .some(let value):
                guard value.string != nil || value.number != nil else {
                    return .broken("the cursor is neither a text nor a number")
                }
                return .value(value)
            }
        case .link:
            let links = headers.all("Link").flatMap { HeaderGrammar.links($0) }
            guard let next = links.first(where: { $0.relations.contains("next") }) else { return .end }
            guard let uri = RequestBuilder.following(next.target, from: uri) else {
                return .broken("the next page is at another origin")
            }
            return .uri(uri)
        case .page(_, let last, let items):
            if let last {
                guard let end = JSONPointer.resolve(last, in: answer)?.int else {
                    return .broken("the last page is not named")
                }
                return number < end ? .value(.int(number + 1)) : .end
            }
            let list = items.flatMap { JSONPointer.resolve($0, in: answer) }?.array ?? []
            return list.isEmpty ? .end : .value(.int(number + 1))
        }
    }
}
