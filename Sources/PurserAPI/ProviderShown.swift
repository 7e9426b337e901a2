public import Wire

/// One provider as `GET /v1/providers` shows it.
public struct ProviderShown: Sendable, Hashable {
    public let name: String
    public let title: String
    public let kind: String
    public let isMock: Bool
    /// Where its folder lies.
    public let source: String
    /// What of it does not load; empty: it can be linked.
    public let problems: [String]
    /// Nil: it tells of nothing, or this was not asked on the socket.
    public let signals: SignalsShown?

    public init(
        name: String, title: String, kind: String, isMock: Bool, source: String, problems: [String],
        signals: SignalsShown? = nil
    ) {
        self.signals = signals
        self.name = name
        self.title = title
        self.kind = kind
        self.isMock = isMock
        self.source = source
        self.problems = problems
    }

    /// Whether people link it; a valuation provider is asked in the name of whoever runs the daemon.
    public var isLinked: Bool { kind != "valuation" }

    public var json: JSON {
        var object = JSONObject([
            ("name", .string(name)), ("title", .string(title)), ("kind", .string(kind)), ("mock", .bool(isMock)),
            ("source", .string(source)), ("problems", .array(problems.map { .string($0) })),
        ])
        if let signals { object["signals"] = signals.json }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let name = json["name"]?.string, let title = json["title"]?.string, let kind = json["kind"]?.string
        else { return nil }
        self.init(
            name: name, title: title, kind: kind, isMock: json["mock"]?.bool ?? false,
            source: json["source"]?.string ?? "", problems: json["problems"]?.array?.compactMap(\.string) ?? [],
            signals: json["signals"].flatMap(SignalsShown.init))
    }
}

/// What `DELETE /v1/links/{id}` answers: the receipt.
public struct ReceiptShown: Sendable, Hashable {
    /// Where the person ends their session at the provider, or why that cannot be: there when it was asked for.
    public enum Logout: Sendable, Hashable {
        case page(String)
        case problem(String)
    }

    public let id: String
    public let link: String
    public let provider: String
    /// revoked, unsupported, pending, gaveUp, nothingHeld.
    public let answer: String
    public let detail: String?
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

extension ProviderShown {
    /// What a programme can be.
    public static let kinds = [
        "airline", "hotel", "coffee", "rail", "fuel", "retail", "car", "bank", "valuation", "other",
    ]

    public static let schema = Schema.object(
        .must("name", .text), .must("title", .text), .must("kind", .word(kinds)), .must("mock", .flag),
        .must("source", .text), .must("problems", .list(of: .text)), .may("signals", .shape("Signals")))
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
