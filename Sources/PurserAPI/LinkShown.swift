public import Wire

/// One link as `GET /v1/links` shows it.
public struct LinkShown: Sendable {
    public let json: JSON
    public let id: String
    public let provider: String
    public let state: String
    public let reason: String?
    public let note: String?
    public let since: Instant
    public let condition: String
    public let cause: String?
    public let until: Instant?
    public let createdAt: Instant
    public let pulledAt: Instant?
    public let attemptedAt: Instant?
    public let askedAt: Instant?
    /// The link that took this one's grant over.
    public let mergedInto: String?
    public let warnings: [String]

    public init?(_ json: JSON) {
        func moment(_ name: String) -> Instant? { json[name]?.string.flatMap { Instant(rfc3339: $0) } }
        guard let id = json["id"]?.string, let provider = json["provider"]?.string, let state = json["state"]?.string,
            let condition = json["condition"]?.string, let since = moment("since"), let created = moment("createdAt")
        else { return nil }
        self.json = json
        self.id = id
        self.provider = provider
        self.state = state
        reason = json["reason"]?.string
        note = json["note"]?.string
        self.since = since
        self.condition = condition
        cause = json["cause"]?.string
        until = moment("until")
        createdAt = created
        pulledAt = moment("pulledAt")
        attemptedAt = moment("attemptedAt")
        askedAt = moment("askedAt")
        mergedInto = json["mergedInto"]?.string
        warnings = json["warnings"]?.array?.compactMap(\.string) ?? []
    }

    /// Whether what somebody asked for (a link, a pull) is still under way.
    public var isUnderWay: Bool {
        switch state {
        case "linking": true
        case "active": askedAt != nil || !(pulledAt != nil || attemptedAt.map { $0 >= since } ?? false)
        default: false
        }
    }
}

extension LinkShown {
    /// The closed list of states, and of conditions beside them.
    public static let states = [
        "linking", "failed", "active", "paused", "needsConsent", "suspended", "revoked", "merged",
    ]
    public static let conditions = ["ok", "degraded", "rateLimited", "outcomeUnknown"]

    public static let schema = Schema.object(
        .must("id", .id("lnk_")), .must("provider", .text), .must("state", .word(states)), .may("reason", .text),
        .may("note", .text), .must("since", .moment), .must("condition", .word(conditions)), .may("cause", .text),
        .may("until", .moment), .must("createdAt", .moment), .may("askedAt", .moment), .may("attemptedAt", .moment),
        .may("pulledAt", .moment), .may("consentEndsAt", .moment), .may("mergedInto", .id("lnk_")),
        .must("scopes", .object(.must("asked", .list(of: .text)), .must("granted", .list(of: .text)))),
        .may("warnings", .list(of: .text)))
}
