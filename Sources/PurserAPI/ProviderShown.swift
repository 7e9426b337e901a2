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

extension ProviderShown {
    /// What a programme can be.
    public static let kinds = [
        "airline", "hotel", "coffee", "rail", "fuel", "retail", "car", "bank", "valuation", "other",
    ]

    public static let schema = Schema.object(
        .must("name", .text), .must("title", .text), .must("kind", .word(kinds)), .must("mock", .flag),
        .must("source", .text), .must("problems", .list(of: .text)), .may("signals", .shape("Signals")))
}
