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
    public let conditionSince: Instant
    public let cause: String?
    public let until: Instant?
    /// What still works, whose move it is, and what can be done: words of the closed lists below.
    public let works: String
    public let actor: String
    public let advice: String?
    public let createdAt: Instant
    public let pulledAt: Instant?
    public let attemptedAt: Instant?
    public let askedAt: Instant?
    public let consentEndsAt: Instant?
    /// Whether refreshing moves that; nil: not known yet.
    public let consentEndMoves: Bool?
    /// The link that took this one's grant over.
    public let mergedInto: String?
    public let scopesGranted: [String]
    /// What was asked for and not granted.
    public let scopesRefused: [String]
    public let warnings: [String]

    public init?(_ json: JSON) {
        func moment(_ name: String) -> Instant? { json[name]?.string.flatMap { Instant(rfc3339: $0) } }
        guard let id = json["id"]?.string, let provider = json["provider"]?.string, let state = json["state"]?.string,
            let condition = json["condition"]?.string, let since = moment("since"), let created = moment("createdAt"),
            let conditionSince = moment("conditionSince"), let works = json["works"]?.string,
            let actor = json["actor"]?.string
        else { return nil }
        self.json = json
        self.id = id
        self.provider = provider
        self.state = state
        reason = json["reason"]?.string
        note = json["note"]?.string
        self.since = since
        self.condition = condition
        self.conditionSince = conditionSince
        cause = json["cause"]?.string
        until = moment("until")
        self.works = works
        self.actor = actor
        advice = json["advice"]?.string
        createdAt = created
        pulledAt = moment("pulledAt")
        attemptedAt = moment("attemptedAt")
        askedAt = moment("askedAt")
        consentEndsAt = moment("consentEndsAt")
        consentEndMoves = json["consentEndMoves"]?.bool
        mergedInto = json["mergedInto"]?.string
        scopesGranted = json["scopes"]?["granted"]?.array?.compactMap(\.string) ?? []
        scopesRefused = json["scopes"]?["refused"]?.array?.compactMap(\.string) ?? []
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
    /// What still works; whose move it is; what can be done about it.
    public static let works = ["everything", "pullsForNow", "part", "lastValues", "nothing"]
    public static let actors = ["nobody", "you", "operator", "provider"]
    public static let advices = [
        "consent", "link", "relink", "resume", "relinkOrResume", "resumeOrUnlink", "checkClient", "checkFolder",
        "checkDaemon",
    ]

    public static let schema = Schema.object(
        .must("id", .id("lnk_")), .must("provider", .text), .must("state", .word(states)), .may("reason", .text),
        .may("note", .text), .must("since", .moment), .must("condition", .word(conditions)),
        .must("conditionSince", .moment), .may("cause", .text), .may("until", .moment),
        .must("works", .word(works).saying("What still works.")),
        .must("actor", .word(actors).saying("Whose move it is; operator is whoever runs the daemon.")),
        .may("advice", .word(advices).saying("What the actor can do.")), .must("createdAt", .moment),
        .may("askedAt", .moment), .may("attemptedAt", .moment),
        .may("pulledAt", .moment),
        .may("consentEndsAt", .moment.saying("When the consent ends by the provider's last word; it may be past.")),
        .may("consentEndMoves", .flag.saying("Whether each refresh moves that end; absent before the first one.")),
        .may("mergedInto", .id("lnk_")),
        .must(
            "scopes",
            .object(
                .must("asked", .list(of: .text)),
                .must(
                    "granted",
                    .list(of: .text.saying("Beside scopes, `resource=` and `authorization_details=` where named."))),
                .may(
                    "refused",
                    .list(of: .text.saying("Asked for and not granted: what it opens does not come; warnings name it."))
                ))),
        .may("warnings", .list(of: .text)))
}
