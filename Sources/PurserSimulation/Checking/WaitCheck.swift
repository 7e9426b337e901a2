import PurserEngine
import Wire

/// I8: nobody asks a provider again before a wait that it named has ended, once that was heard.
struct WaitCheck {
    private struct Class: Hashable {
        let provider: String
        let kind: EndpointClass
    }

    private struct Wait {
        let since: Instant
        let until: Instant
    }

    private var waits: [Class: Wait] = [:]
    /// What was let through when the wait was heard arrives within this.
    private static let underWayMilliseconds: Int64 = 2_000

    mutating func heard(_ response: HTTPResponse, _ provider: String, _ kind: EndpointClass, at now: Instant) {
        guard response.status == 429 || response.status == 503,
            let until = response.headers["Retry-After"].flatMap({ HeaderGrammar.retryAfter($0, now: now) })
        else { return }
        let place = Class(provider: provider, kind: kind)
        waits[place] = Wait(since: now, until: max(until, waits[place]?.until ?? until))
    }

    /// - Returns: what is broken by a request that begins now; nil: nothing.
    func begins(_ provider: String, _ kind: EndpointClass, at now: Instant) -> String? {
        guard let wait = waits[Class(provider: provider, kind: kind)] else { return nil }
        let isLate = now > wait.since.adding(milliseconds: Self.underWayMilliseconds)
        guard isLate, now < wait.until.adding(milliseconds: -1000) else { return nil }
        return "I8: \(provider) is asked before its Retry-After has ended"
    }

    /// A new process knows what the store knows.
    mutating func crashed(_ kept: [ProviderFlow]) {
        waits = waits.filter { place, _ in
            kept.contains { $0.provider == place.provider && $0.blockedUntil(place.kind) != nil }
        }
    }

    /// The clock was set: what was written down is another moment now.
    mutating func forget() { waits = [:] }
}
