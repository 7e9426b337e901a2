internal import Wire

/// How a pretended server transmits signals (OpenID Shared Signals Framework 1.0): `signals` of `mock/authorization.json`.
struct TransmitterTraits: Sendable {
    /// Event types that it tells of.
    let events: [String]
    /// Whether a stream tells of nobody who was not named to it.
    let namesSubjects: Bool
    /// What a token must reach; nil: any of the client's own does.
    let scope: String?
    /// How many streams one client may have.
    let mostStreams: Int
    /// Members of a subject that a receiver must understand.
    let criticalMembers: [String]

    static let names = ["events", "namesSubjects", "scope", "mostStreams", "criticalMembers"]

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(json, at: "authorization.json/signals", knows: Self.names)
        events = try (shape.texts("events") ?? EventType.all).map(EventType.full)
        namesSubjects = try shape.bool("namesSubjects", default: false)
        scope = try shape.optionalText("scope")
        mostStreams = try shape.int("mostStreams", in: 1...16) ?? 1
        criticalMembers = try shape.texts("criticalMembers") ?? []
    }
}

/// What events are called.
enum EventType {
    private static let root = "https://schemas.openid.net/secevent/"
    static let stream = root + "ssf/event-type/"
    static let verification = stream + "verification"
    static let streamUpdated = stream + "stream-updated"

    private static let families: [(String, [String])] = [
        (
            "caep/event-type/",
            [
                "session-revoked", "token-claims-change", "credential-change", "assurance-level-change",
                "device-compliance-change", "session-established", "session-presented", "risk-level-change",
            ]
        ),
        (
            "risc/event-type/",
            [
                "account-credential-change-required", "account-purged", "account-disabled", "account-enabled",
                "identifier-changed", "identifier-recycled", "credential-compromise", "opt-in", "opt-out-initiated",
                "opt-out-cancelled", "opt-out-effective", "recovery-activated", "recovery-information-changed",
                "sessions-revoked",
            ]
        ),
        ("oauth/event-type/", ["token-revoked", "tokens-revoked"]), ("ssf/event-type/", ["stream-updated"]),
    ]

    /// Those that tell of a person.
    static var all: [String] { families.dropLast().flatMap(\.1) }

    /// The whole name of an event that is called by the end of it.
    static func full(_ name: String) -> String {
        for (family, names) in families where names.contains(name) { return root + family + name }
        return name == "verification" ? verification : name
    }
}
