public import Wire

// What is to be told of a member, as `POST /_mock/signals` takes it:
//
//     {"event": "account-disabled", "member": "member-1", "content": {"reason": "hijacking"}, "times": 1,
//      "subject": {…}, "id": "…", "unasked": true, "claims": {…}, "twist": {…}}
//
// `event` is the end of an event's type or all of it, `subject` stands in place of the member's, `twist` is that of ID
// tokens. With `unasked` it goes to streams that did not ask for it. `stream-updated` changes the stream's status, too.

/// See above.
struct SignalWish: Sendable {
    let type: String
    var content = JSONObject()
    /// Nil: it is about the stream.
    var subject: JSON?
    var id: String?
    var claims = JSONObject()
    var twist: TokenTwist?

    init(type: String, content: JSONObject) {
        self.type = type
        self.content = content
    }
}

extension MockProvider {
    /// - Returns: into how many streams it went.
    public mutating func addSignal(
        _ json: JSON, now: Instant, draw: (Int) -> [UInt8]
    ) throws(MockProblem) -> Int {
        let shape = try Shape(
            json, at: "signal",
            knows: ["event", "member", "content", "times", "subject", "id", "unasked", "claims", "twist"])
        guard traits.signals != nil else { throw shape.problem("", "this provider transmits no signals") }
        var wish = SignalWish(
            type: EventType.full(try shape.text("event")),
            content: JSONObject(try shape.members("content").map { ($0.name, $0.value) }))
        let member = try shape.optionalText("member")
        if let member, !people.contains(where: { $0.subject == member }) {
            throw shape.problem("member", "nobody here is called that")
        }
        wish.subject = shape["subject"] ?? member.map(subject)
        wish.id = try shape.optionalText("id")
        wish.claims = JSONObject(try shape.members("claims").map { ($0.name, $0.value) })
        if let json = shape["twist"] { wish.twist = try TokenTwist(json, at: "signal/twist") }
        let (isUnasked, times) = (
            try shape.bool("unasked", default: false), try shape.int("times", in: 1...10_000) ?? 1
        )
        if let member, wish.type.hasSuffix("-revoked"), wish.type.contains("/oauth/") {
            for (number, family) in book.families.enumerated() where family.subject == member {
                book.revokeFamily(number, because: "revoked at the provider", at: now)
            }
        }
        var count = 0
        for at in transmitter.streams.indices where isUnasked || tells(transmitter.streams[at], wish) {
            for _ in 0..<times { queue(wish, at, now: now, draw: draw) }
            count += 1
        }
        return count
    }

    private func subject(_ member: String) -> JSON {
        ["format": "iss_sub", "iss": .string(issuer), "sub": .string(member)]
    }

    private func tells(_ stream: MockStream, _ wish: SignalWish) -> Bool {
        if wish.type.hasPrefix(EventType.stream) { return true }
        guard stream.status != "disabled", delivered(stream).contains(wish.type) else { return false }
        guard traits.signals?.namesSubjects == true, let subject = wish.subject else { return true }
        return stream.subjects.contains(subject)
    }

    /// A token of it, in a stream (RFC 8417 2.2, OpenID Shared Signals Framework 1.0 4).
    mutating func queue(_ wish: SignalWish, _ at: Int, now: Instant, draw: (Int) -> [UInt8]) {
        let stream = transmitter.streams[at]
        let id = wish.id ?? Self.value("ev_", draw)
        var claims = JSONObject([
            ("iss", .string(issuer)), ("aud", .string(stream.client)), ("iat", .int(now.seconds)), ("jti", .string(id)),
            ("sub_id", wish.subject ?? ["format": "opaque", "id": .string(stream.id)]),
            ("events", .object(JSONObject([(wish.type, .object(wish.content))]))),
        ])
        for claim in wish.claims.members { claims[claim.name] = claim.value }
        let token = signed(claims, traits.signing.idToken, twist: wish.twist, now: now, type: "secevent+jwt")
        if wish.type == EventType.streamUpdated, let status = wish.content["status"]?.string {
            transmitter.streams[at].status = status
            transmitter.streams[at].reason = wish.content["reason"]?.string
        }
        transmitter.streams[at].waiting.append(MockStream.Event(id: id, type: wish.type, token: token))
    }
}
