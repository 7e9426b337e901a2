import Crypto
import Wire

/// A security event token (RFC 8417) as the Shared Signals Framework has it (4), once it has been checked.
struct SecurityEventToken: Sendable, Hashable {
    enum Event: Sendable, Hashable {
        /// The stream works (8.1.4); what was sent with the wish for it, where it was wished for.
        case verification(state: String?)
        /// The transmitter has changed the stream's status (8.1.5).
        case streamUpdated(SignalStream.Status, reason: String?)
        case signal(SignalKind, change: String?)
        /// Of a type that was never asked for.
        case other
    }

    let id: String
    let event: Event
    /// Nil: it names nobody, or in a way that is none.
    let subject: SignalSubject?
    /// When it came about, in seconds since 1970 by the transmitter's clock.
    let happenedAt: Int64

    enum Problem: SignedTextProblem, Hashable {
        /// What is wrong with it as with any signed token.
        case token(IDTokenProblem)
        /// `jti` is missing, or another than it was delivered under.
        case identifier
        /// `sub` or `exp`: no event token has them (4.1.2, 4.1.7), and a token that does may be meant for something else.
        case foreignClaim
        /// None, several, or one that is no object.
        case events
        /// An event about the stream names another stream, or has no such content.
        case stream
        /// A verification that was wished for with another state (8.1.4.1).
        case state

        /// For the transmitter (RFC 8935 2.4, Shared Signals Framework 8.1.4.1).
        var code: String {
            switch self {
            case .token(.signature), .token(.ambiguousKey), .token(.algorithm), .token(.header): "invalid_key"
            case .token(.issuer): "invalid_issuer"
            case .token(.audience): "invalid_audience"
            case .state: "invalid_state"
            case .token, .identifier, .foreignClaim, .events, .stream: "invalid_request"
            }
        }

        var ofAnyToken: IDTokenProblem? { if case .token(let problem) = self { problem } else { nil } }

        var words: String {
            switch self {
            case .token(let problem): problem.words.replacing("ID token", with: "event token")
            case .identifier: "the event token has no identifier, or came under another one (jti)"
            case .foreignClaim: "the event token has claims that event tokens have not (sub, exp)"
            case .events: "the event token does not tell of one event"
            case .stream: "the event is not about this stream"
            case .state: "the verification answers another request (state)"
            }
        }
    }

    /// What it must fit.
    struct Terms: Sendable {
        let issuer: String
        let audience: [String]
        let streamID: String
        let algorithm: SignatureAlgorithm
    }

    private static let ssf = "https://schemas.openid.net/secevent/ssf/event-type/"

    /// Checks one that was delivered under `id` (RFC 8936 2.3); whether it came before, and whether a verification's
    /// state is the one that was sent, is the caller's to know.
    static func checked(
        _ compact: String, deliveredAs id: String, keys: JWKSet, _ terms: Terms, now: Instant
    ) throws(Problem) -> SecurityEventToken {
        let claims: JSON
        do throws(IDTokenProblem) {
            // A kind of its own (RFC 8417 2.3): no other token of this issuer passes for one.
            claims = try Claims.verified(
                compact, keys: keys, algorithm: terms.algorithm, types: ["secevent+jwt"]
            ).claims
        } catch { throw .token(error) }
        guard Exactly.same(claims["iss"]?.string, terms.issuer) else { throw .token(.issuer) }
        guard Claims.isFor(claims["aud"], anyOf: terms.audience) else { throw .token(.audience) }
        guard let issued = Claims.seconds(claims["iat"]), issued <= now.seconds + Limits.clockSkewSeconds else {
            throw .token(.issuedAt)
        }
        guard isIdentifier(id), Exactly.same(claims["jti"]?.string, id) else { throw .identifier }
        guard claims["sub"] == nil, claims["exp"] == nil else { throw .foreignClaim }
        guard let events = claims["events"]?.object?.members, events.count == 1, events[0].value.object != nil else {
            throw .events
        }
        let (type, content) = (events[0].name, events[0].value)
        let subject = (claims["sub_id"] ?? content["subject"]).flatMap(SignalSubject.init)
        return SecurityEventToken(
            id: id, event: try event(type, content, subject, terms), subject: subject,
            happenedAt: min(
                issued, Claims.seconds(content["event_timestamp"]) ?? Claims.seconds(claims["toe"]) ?? issued))
    }

    /// What a token may be called (`jti`).
    static func isIdentifier(_ text: String) -> Bool { (1...255).contains(text.utf8.count) }

    private static func event(
        _ type: String, _ content: JSON, _ subject: SignalSubject?, _ terms: Terms
    ) throws(Problem) -> Event {
        if let kind = SignalKind(rawValue: type) { return .signal(kind, change: content["change_type"]?.string) }
        guard type.hasPrefix(ssf) else { return .other }
        guard Exactly.same(subject?.opaque, terms.streamID) else { throw .stream }
        switch String(type.dropFirst(ssf.count)) {
        case "verification": return .verification(state: content["state"]?.string)
        case "stream-updated":
            guard let status = content["status"]?.string.flatMap(SignalStream.Status.init) else { throw .stream }
            return .streamUpdated(status, reason: content["reason"]?.string.map { Harmless.words($0) })
        default: return .other
        }
    }
}
