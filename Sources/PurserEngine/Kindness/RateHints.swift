import Wire

/// What an answer's header says of how much more we may ask (draft-ietf-httpapi-ratelimit-headers in its forms so far,
/// and the `X-RateLimit-` fields from before). It may only slow us down.
struct RateHints: Sendable, Equatable {
    /// So many more calls until a moment, by the limit's name.
    struct Left: Sendable, Equatable {
        var calls: Int
        var until: Instant
    }

    /// So many calls in so many seconds.
    struct Policy: Sendable, Equatable {
        let calls: Int64
        let seconds: Int64
    }

    var left: [String: Left] = [:]
    var policies: [String: Policy] = [:]

    /// At most so many limits are heeded of one answer.
    private static let maximum = 4

    init(_ headers: HTTPHeaders, now: Instant) {
        for value in headers.all("RateLimit-Policy") { policies(value) }
        for value in headers.all("RateLimit") { left(value, now) }
        for prefix in ["RateLimit-", "X-RateLimit-"] where left.isEmpty {
            guard let calls = headers[prefix + "Remaining"].flatMap(Self.whole),
                let reset = headers[prefix + "Reset"].flatMap(Self.whole)
            else { continue }
            left["x"] = Self.left(calls, Self.seconds(reset, now), now)
        }
    }

    private mutating func policies(_ value: String) {
        for item in HeaderGrammar.items(value) where policies.count < Self.maximum {
            guard Self.isOfAll(item), let quota = item["q"].flatMap(Self.whole), quota > 0,
                let window = item["w"].flatMap(Self.whole), window > 0, window <= Limits.retryAfterSeconds
            else { continue }
            policies[item.name] = Policy(calls: quota, seconds: window)
        }
    }

    private mutating func left(_ value: String, _ now: Instant) {
        let items = HeaderGrammar.items(value)
        for item in items where left.count < Self.maximum {
            guard Self.isOfAll(item), let calls = item["r"].flatMap(Self.whole) else { continue }
            guard let seconds = item["t"].flatMap(Self.whole) ?? policies[item.name]?.seconds else { continue }
            left[item.name] = Self.left(calls, seconds, now)
        }
        // The draft's first form was a dictionary: `limit=100, remaining=50, reset=5`.
        func member(_ name: String) -> Int64? { items.first { $0.name == name }?.value.flatMap(Self.whole) }
        if left.isEmpty, let calls = member("remaining"), let seconds = member("reset") {
            left["x"] = Self.left(calls, seconds, now)
        }
    }

    /// A limit for a partition (a user, a token) or on something else than requests says nothing of the provider.
    private static func isOfAll(_ item: HeaderGrammar.Item) -> Bool {
        item["pk"] == nil && (item["qu"] ?? "requests") == "requests"
    }

    private static func left(_ calls: Int64, _ seconds: Int64, _ now: Instant) -> Left {
        Left(
            calls: Int(clamping: calls),
            until: now.adding(seconds: min(max(0, seconds), Limits.retryAfterSeconds)))
    }

    private static func whole(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    /// Seconds from now in the wild: as such, or as a moment in seconds or milliseconds since 1970.
    private static func seconds(_ reset: Int64, _ now: Instant) -> Int64 {
        switch reset {
        case 100_000_000_000...: (reset - now.milliseconds + 999) / 1000
        case 1_000_000_000...: reset - now.seconds
        default: reset
        }
    }
}
