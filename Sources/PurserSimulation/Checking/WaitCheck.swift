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

    /// A new process knows what the store knows: a wait that was not durable is forgotten with the answer that named it.
    mutating func crashed(_ kept: [ProviderFlow]) {
        let offset = offsetSeconds * 1000 - 2000
        waits = waits.filter { place, wait in
            let row = kept.first { $0.provider == place.provider }
            return row?.blockedUntil(place.kind).map { $0 >= wait.until.adding(milliseconds: offset) } ?? false
        }
    }

    /// The daemon's clock was set so far beside the true time: what was written down is another moment now.
    mutating func clockWasSet(offsetSeconds: Int64) {
        if offsetSeconds != self.offsetSeconds { waits = [:] }
        self.offsetSeconds = offsetSeconds
    }

    private var offsetSeconds: Int64 = 0
}
