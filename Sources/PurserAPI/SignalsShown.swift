public import Wire

/// How a provider's signals stand, as `GET /v1/providers` shows it on the socket.
public struct SignalsShown: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Nobody is linked: there is nothing to be told of.
        case resting
        /// There is no stream yet.
        case making
        /// The provider tells what happens.
        case active
        /// The provider holds back what it would tell, or drops it.
        case paused, disabled
    }

    public let state: State
    /// Why it is paused, or what failed last, in words.
    public let trouble: String?
    /// When the stream was made.
    public let since: Instant?
    /// When it was last asked for events.
    public let polledAt: Instant?
    /// Whether the provider has shown that its events come through.
    public let isVerified: Bool
    /// What is told of, by the events' own names.
    public let events: [String]

    public init(
        state: State, trouble: String?, since: Instant?, polledAt: Instant?, isVerified: Bool, events: [String]
    ) {
        self.state = state
        self.trouble = trouble
        self.since = since
        self.polledAt = polledAt
        self.isVerified = isVerified
        self.events = events
    }

    public var json: JSON {
        var object = JSONObject([("state", .string(state.rawValue))])
        if let trouble { object["trouble"] = .string(trouble) }
        if let since { object["since"] = .string(since.rfc3339) }
        if let polledAt { object["polledAt"] = .string(polledAt.rfc3339) }
        object["verified"] = .bool(isVerified)
        object["events"] = .array(events.map { .string($0) })
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let state = json["state"]?.string.flatMap(State.init) else { return nil }
        self.init(
            state: state, trouble: json["trouble"]?.string,
            since: json["since"]?.string.flatMap { Instant(rfc3339: $0) },
            polledAt: json["polledAt"]?.string.flatMap { Instant(rfc3339: $0) },
            isVerified: json["verified"]?.bool ?? false, events: json["events"]?.array?.compactMap(\.string) ?? [])
    }

    public static let schema = Schema.object(
        .must("state", .word(State.allCases.map(\.rawValue))),
        .may("trouble", .text.saying("Why it is paused, or what failed last, in words.")), .may("since", .moment),
        .may("polledAt", .moment),
        .must("verified", .flag.saying("Whether the provider has shown that its events come through.")),
        .must("events", .list(of: .text).saying("What is told of, by the events' own names.")))
}
