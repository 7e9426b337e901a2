import PurserEngine
import Wire

/// What stood in the way of asking a provider again, and until when. A loss within a grace is excused only if nothing
/// was left of that grace but pieces too short to ask in: that the process died once in it is no excuse.
struct Hindrances {
    enum Whom: Hashable {
        case everybody
        case provider(String)
        case link(LinkID)
    }

    private struct Span {
        let whom: Whom
        let from: Instant
        let until: Instant
    }

    private var spans: [Span] = []

    /// A new process is up within this: a start may take 1.3 s here.
    static let startMilliseconds: Int64 = 2000
    /// What failed within a grace of thirty seconds is tried again after a quarter of it at most (`ResolveStep`).
    static let againMilliseconds: Int64 = 6500
    /// Nobody is sent there for so long where somebody else answered (`Breaker`).
    static let strangerMilliseconds: Int64 = 31_000
    /// The clockwork that found the store refusing looks again after this.
    static let refusalMilliseconds: Int64 = 5000
    /// A clock that was set back is noticed when the clockwork wakes next.
    static let clockMilliseconds: Int64 = 31_000
    /// A claim, the provider's metadata, its keys and the request itself, each on its way for a second at most.
    static let enoughMilliseconds: Int64 = 8000

    mutating func add(_ whom: Whom, from: Instant, until: Instant) {
        spans.append(Span(whom: whom, from: from, until: until))
    }

    /// Whether nothing hindered this link for long enough in a row between two moments.
    func leaveTime(for link: LinkID, at provider: String, from: Instant, until: Instant) -> Bool {
        let whoms: Set<Whom> = [.everybody, .provider(provider), .link(link)]
        var free = from
        for span in spans.filter({ whoms.contains($0.whom) }).sorted(by: { $0.from < $1.from }) {
            if span.from >= until { break }
            if span.from.milliseconds(since: free) >= Self.enoughMilliseconds { return true }
            free = max(free, span.until)
        }
        return until.milliseconds(since: free) >= Self.enoughMilliseconds
    }
}
