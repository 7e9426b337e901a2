internal import Wire

/// What a pretended provider lets a client do, and a journal of whoever does more: off unless `authorization.json` asks
/// for it (`limits`). Beyond its quota, and before a `Retry-After` of its own has ended, it answers 429 and writes that
/// down.
struct Quota: Sendable {
    /// `authorization.json/limits`.
    struct Terms: Sendable {
        /// API calls in any 24 hours; nil: as many as come.
        let perDay: Int?
        /// Whether calls before the end of a `Retry-After` are refused and written down.
        let holdsRetryAfter: Bool
        /// Whether answers of the API say how much of the day's quota is left (`RateLimit`, `RateLimit-Policy`).
        let tells: Bool

        init(_ json: JSON) throws(MockProblem) {
            let shape = try Shape(json, at: "authorization.json/limits", knows: ["perDay", "holdsRetryAfter", "tells"])
            perDay = try shape.int("perDay", in: 1...1_000_000)
            tells = try shape.bool("tells", default: false)
            holdsRetryAfter = try shape.bool("holdsRetryAfter", default: true)
        }
    }

    private struct Block: Sendable {
        let since: Instant
        let until: Instant
    }

    /// Requests that were under way when a wait was named reach it within this: no fault of who sent them.
    private static let underWayMilliseconds: Int64 = 2_000
    private static let day: Int64 = 86_400

    private let terms: Terms?
    private var taken: [Instant] = []
    private var blocks: [String: Block] = [:]

    init(_ terms: Terms?) { self.terms = terms }

    /// The endpoints that are counted and blocked together; nil: neither.
    private static func kind(_ endpoint: Endpoint) -> String? {
        switch endpoint {
        case .token, .revoke, .introspect, .push, .device, .register, .configuration: "token"
        case .api, .userinfo: "data"
        case .streams, .streamStatus, .streamVerification, .streamSubjects, .poll: "token"
        case .discovery, .webfinger, .authorize, .jwks, .logout, .transmitter: nil
        }
    }

    /// The answer to a request that may not be made, and what the journal says of it; nil: it may.
    mutating func refusal(_ endpoint: Endpoint, now: Instant) -> (answer: HTTPResponse, event: String?, kind: String)? {
        guard let terms, let kind = Self.kind(endpoint) else { return nil }
        if terms.holdsRetryAfter, let block = blocks[kind], now < block.until {
            let isLate = now >= block.since.adding(milliseconds: Self.underWayMilliseconds)
            return (Self.busy(until: block.until, now: now), isLate ? "before-retry-after" : nil, kind)
        }
        guard kind == "data", let perDay = terms.perDay else { return nil }
        taken.removeAll { $0 <= now.adding(seconds: -Self.day) }
        guard taken.count < perDay else {
            return (Self.busy(until: taken[0].adding(seconds: Self.day), now: now), "over-quota", kind)
        }
        taken.append(now)
        return nil
    }

    /// An answer went out: a wait that it names holds from now on.
    mutating func answered(_ endpoint: Endpoint, _ response: HTTPResponse, now: Instant) {
        guard let terms, terms.holdsRetryAfter, let kind = Self.kind(endpoint), [429, 503].contains(response.status),
            let until = response.headers["Retry-After"].flatMap({ HeaderGrammar.retryAfter($0, now: now) })
        else { return }
        blocks[kind] = Block(since: now, until: max(until, blocks[kind]?.until ?? until))
    }

    /// What is said of the quota with an answer of the API; nil: nothing.
    func hint(_ endpoint: Endpoint, now: Instant) -> [(name: String, value: String)] {
        guard let terms, terms.tells, let perDay = terms.perDay, Self.kind(endpoint) == "data" else { return [] }
        let left = max(0, perDay - taken.count)
        let reset = taken.first.map { max(1, Self.day - now.milliseconds(since: $0) / 1000) } ?? Self.day
        return [
            ("RateLimit-Policy", "\"day\";q=\(perDay);w=\(Self.day)"), ("RateLimit", "\"day\";r=\(left);t=\(reset)"),
        ]
    }

    private static func busy(until: Instant, now: Instant) -> HTTPResponse {
        var answer = HTTPResponse.json(["error": "too_many_requests"], status: 429)
        let wait = max(1, (until.milliseconds(since: now) + 999) / 1000)
        answer.headers["Retry-After"] = String(wait)
        return answer
    }
}
