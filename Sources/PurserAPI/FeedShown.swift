public import Wire

/// How a valuation provider's feed is doing, as `GET /v1/values` shows it.
public struct FeedShown: Sendable, Hashable {
    public let provider: String
    public let title: String
    public let condition: String
    public let cause: String?
    public let until: Instant?
    public let pulledAt: Instant?
    public let attemptedAt: Instant?
    /// Nil: it rests, and `cause` says why.
    public let nextAt: Instant?
    public let warnings: [String]

    public init(
        provider: String, title: String, condition: String, cause: String?, until: Instant?, pulledAt: Instant?,
        attemptedAt: Instant?, nextAt: Instant?, warnings: [String]
    ) {
        self.provider = provider
        self.title = title
        self.condition = condition
        self.cause = cause
        self.until = until
        self.pulledAt = pulledAt
        self.attemptedAt = attemptedAt
        self.nextAt = nextAt
        self.warnings = warnings
    }

    public var json: JSON {
        var object =
            JSON.members([
                ("provider", provider), ("title", title), ("condition", condition), ("cause", cause),
                ("until", until?.rfc3339), ("pulledAt", pulledAt?.rfc3339), ("attemptedAt", attemptedAt?.rfc3339),
                ("nextAt", nextAt?.rfc3339),
            ]).object ?? JSONObject()
        object["warnings"] = .array(warnings.map { .string($0) })
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let title = json["title"]?.string,
            let condition = json["condition"]?.string
        else { return nil }
        self.init(
            provider: provider, title: title, condition: condition, cause: json["cause"]?.string,
            until: json.moment("until"), pulledAt: json.moment("pulledAt"), attemptedAt: json.moment("attemptedAt"),
            nextAt: json.moment("nextAt"), warnings: json["warnings"]?.array?.compactMap(\.string) ?? [])
    }

    public static let schema = Schema.object(
        .must("provider", .text), .must("title", .text),
        .must("condition", .word(["ok", "degraded", "rateLimited", "outcomeUnknown"])),
        .may("cause", .text.saying("What failed; the values shown are the last good ones.")), .may("until", .moment),
        .may("pulledAt", .moment.saying("The last good pull.")), .may("attemptedAt", .moment),
        .may("nextAt", .moment.saying("When it is asked next; left out: it rests, and `cause` says why.")),
        .must("warnings", .list(of: .text)))

    /// All that valuation providers say.
    public static let viewSchema = Schema.object(
        .must("values", .list(of: .shape("PointValue"))), .must("partners", .list(of: .shape("TransferPartner"))),
        .must("feeds", .list(of: .shape("Feed"))))

    /// What asking for a pull of them came to.
    public static let syncSchema = Schema.object(
        .must(
            "feeds",
            .list(
                of: .object(
                    .must("provider", .text), .must("answer", .word(SyncShown.Answer.allCases.map(\.rawValue))),
                    .may("again", .moment.saying("From when on it may be asked for again."))))))
}
