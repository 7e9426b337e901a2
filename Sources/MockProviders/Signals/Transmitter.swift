internal import Wire

/// One stream of signals at a pretended server.
struct MockStream: Sendable {
    struct Event: Sendable {
        let id: String
        let type: String
        let token: String
        /// About the stream itself: not held back with the others.
        var isOwn: Bool { type.hasPrefix(EventType.stream) }
    }

    let id: String
    let client: String
    var description: String?
    var requested: [String]
    var status = "enabled"
    var reason: String?
    /// Whom it is about, where it must be told.
    var subjects: [JSON] = []
    /// What was not acknowledged yet, in the order it came about.
    var waiting: [Event] = []
}

/// The streams there are, and what became of the events in them.
struct Transmitter: Sendable {
    var streams: [MockStream] = []
    /// `{"event", "jti", "what", "err"}`: acknowledged, or refused and why.
    private(set) var outcomes: [JSON] = []

    func index(of id: String?, _ client: String) -> Int? {
        streams.firstIndex { $0.id == id && $0.client == client }
    }

    mutating func note(_ event: MockStream.Event, refused error: String?) {
        var row = JSONObject([
            ("event", .string(event.type)), ("jti", .string(event.id)),
            ("what", .string(error == nil ? "acknowledged" : "refused")),
        ])
        if let error { row["err"] = .string(error) }
        outcomes.append(.object(row))
    }

    /// For the ledger.
    var json: [(String, JSON)] {
        guard !streams.isEmpty || !outcomes.isEmpty else { return [] }
        let rows = streams.map { stream -> JSON in
            [
                "stream": .string(stream.id), "client": .string(stream.client), "status": .string(stream.status),
                "requested": .array(stream.requested.map { .string($0) }), "subjects": .array(stream.subjects),
                "waiting": .array(stream.waiting.map { .string($0.type) }),
            ]
        }
        return [("streams", .array(rows)), ("signals", .array(outcomes))]
    }
}
