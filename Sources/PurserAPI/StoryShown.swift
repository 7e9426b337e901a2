public import Wire

/// What became of a link's tokens, as `GET /v1/links/{link}/story` tells it: oldest first, and how it stands now.
public struct StoryShown: Sendable {
    public let json: JSON
    public let link: LinkShown
    /// When the access token that is held ends, where that is known.
    public let accessEndsAt: Instant?
    public let events: [Event]
    /// Lines between `events[forgottenAfter - 1]` and the next that are no longer kept; 0: the story is whole.
    public let forgotten: Int
    public let forgottenAfter: Int

    /// One line of it.
    public struct Event: Sendable {
        public let at: Instant
        public let kind: String
        public let generation: Int
        /// A sentence without its full stop.
        public let words: String
        public let detail: String?

        public init(at: Instant, kind: String, generation: Int, words: String, detail: String?) {
            self.at = at
            self.kind = kind
            self.generation = generation
            self.words = words
            self.detail = detail
        }

        init?(_ json: JSON) {
            guard let at = json["at"]?.string.flatMap({ Instant(rfc3339: $0) }), let kind = json["kind"]?.string,
                let generation = json["generation"]?.int, let words = json["words"]?.string
            else { return nil }
            self.init(at: at, kind: kind, generation: Int(generation), words: words, detail: json["detail"]?.string)
        }

        var json: JSON {
            var out = JSONObject([
                ("at", .string(at.rfc3339)), ("kind", .string(kind)), ("generation", .int(generation)),
                ("words", .string(words)),
            ])
            if let detail { out["detail"] = .string(detail) }
            return .object(out)
        }
    }

    public init?(_ json: JSON) {
        guard let link = json["link"].flatMap(LinkShown.init), let events = json["events"]?.array else { return nil }
        self.json = json
        self.link = link
        accessEndsAt = json["accessEndsAt"]?.string.flatMap { Instant(rfc3339: $0) }
        self.events = events.compactMap(Event.init)
        forgotten = json["forgotten"]?["count"]?.int.map { Int($0) } ?? 0
        forgottenAfter = json["forgotten"]?["after"]?.int.map { Int($0) } ?? 0
    }

    /// The answer's body.
    public static func json(
        _ link: JSON, accessEndsAt: Instant?, _ events: [Event], forgotten: Int, after: Int
    ) -> JSON {
        var out = JSONObject([("link", link)])
        if let accessEndsAt { out["accessEndsAt"] = .string(accessEndsAt.rfc3339) }
        out["events"] = .array(events.map(\.json))
        if forgotten > 0 { out["forgotten"] = ["count": .int(forgotten), "after": .int(after)] }
        return .object(out)
    }
}

extension StoryShown {
    public static let schema = Schema.object(
        .must("link", .shape("Link")),
        .may("accessEndsAt", .moment.saying("When the access token that is held ends.")),
        .must("events", .list(of: .shape("StoryEvent"))),
        .may(
            "forgotten",
            .object(.must("count", .count), .must("after", .count))
                .saying(
                    "A long story keeps its beginning and its end: how many events after the first `after` are gone.")))

    public static let eventSchema = Schema.object(
        .must("at", .moment), .must("kind", .text.saying("A stable code; new ones may come.")),
        .must("generation", .count.saying("Which tokens; 0 is the code from the consent.")),
        .must("words", .text.saying("For a person, in English.")), .may("detail", .text))
}
