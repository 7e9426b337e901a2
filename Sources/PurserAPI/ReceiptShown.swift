public import Wire

/// What remains of an unlinked link: what `DELETE /v1/links/{id}` answers, and `GET /v1/receipts` later.
public struct ReceiptShown: Sendable, Hashable {
    /// Where the person ends their session at the provider, or why that cannot be: there when it was asked for.
    public enum Logout: Sendable, Hashable {
        case page(String)
        case problem(String)
    }

    public let id: String
    public let link: String
    public let provider: String
    /// The provider's latest: revoked, unsupported, pending, gaveUp, nothingHeld.
    public let answer: String
    public let detail: String?
    /// When it was unlinked.
    public let at: Instant
    public let logout: Logout?

    public init(
        id: String, link: String, provider: String, answer: String, detail: String?, at: Instant, logout: Logout? = nil
    ) {
        self.logout = logout
        self.id = id
        self.link = link
        self.provider = provider
        self.answer = answer
        self.detail = detail
        self.at = at
    }

    public var json: JSON {
        var object = JSONObject([
            ("id", .string(id)), ("link", .string(link)), ("provider", .string(provider)), ("answer", .string(answer)),
        ])
        if let detail { object["detail"] = .string(detail) }
        object["at"] = .string(at.rfc3339)
        switch logout {
        case .page(let uri): object["logoutUri"] = .string(uri)
        case .problem(let words): object["logoutProblem"] = .string(words)
        case nil: break
        }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let id = json["id"]?.string, let link = json["link"]?.string, let provider = json["provider"]?.string,
            let answer = json["answer"]?.string, let at = json["at"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        let logout =
            json["logoutUri"]?.string.map(Logout.page) ?? json["logoutProblem"]?.string.map(Logout.problem)
        self.init(
            id: id, link: link, provider: provider, answer: answer, detail: json["detail"]?.string, at: at,
            logout: logout)
    }
}

extension ReceiptShown {
    public static let answers = ["revoked", "unsupported", "pending", "gaveUp", "nothingHeld"]

    public static let schema = Schema.object(
        .must("id", .id("rcp_")), .must("link", .id("lnk_")), .must("provider", .text),
        .must("answer", .word(answers)), .may("detail", .text), .must("at", .moment),
        .may(
            "logoutUri",
            .uri.saying("Where the person ends their session at the provider; there when logout=true was asked.")),
        .may("logoutProblem", .text.saying("Why there is no such page; the link is unlinked all the same.")))
}
