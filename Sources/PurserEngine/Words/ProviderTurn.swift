public import Wire

/// When the one thing of its kind at a provider is worked on next, and how that goes: the client that registered itself
/// there, or the stream of its signals.
public struct ProviderTurn: Sendable, Hashable {
    /// When it is next worked on (while claimed: when the claim ends); nil: never.
    public var dueAt: Instant?
    /// `dueAt` is the end of a claim.
    public var isLeased = false
    /// Grows with each claim, like a link's. Begins with the moment the thing was made, so that no claim of an earlier one
    /// holds.
    public var fence: Int64
    /// Attempts that failed in a row.
    public var failures = 0
    /// Why the last one failed, in words.
    public var trouble: String?

    public init(dueAt: Instant?, fence: Int64) {
        self.dueAt = dueAt
        self.fence = fence
    }
}

/// How a claim of such a thing ends.
public struct TurnPause: Sendable, Hashable {
    /// Nil: it is not worked on any more.
    public let due: Instant?
    public let failures: Int
    public let trouble: String?

    public init(due: Instant?, failures: Int = 0, trouble: String? = nil) {
        self.due = due
        self.failures = failures
        self.trouble = trouble
    }
}

// What verbs do to a turn, the same in every store.
extension ProviderTurn {
    public mutating func lease(_ provider: String, until: Instant) -> ProviderClaim {
        fence += 1
        (dueAt, isLeased) = (until, true)
        return ProviderClaim(provider: provider, fence: fence, until: until)
    }

    public mutating func end(_ pause: TurnPause) {
        (dueAt, isLeased) = (pause.due, false)
        (failures, trouble) = (pause.failures, pause.trouble)
    }

    /// There is something to do at once, unless somebody is at it.
    public mutating func wake(now: Instant) {
        guard !isLeased else { return }
        dueAt = dueAt.map { min($0, now) } ?? now
    }

    /// The wall clock was set back by so much.
    public mutating func move(earlierBy milliseconds: Int64) { dueAt = dueAt?.adding(milliseconds: -milliseconds) }

    /// Whoever claimed it is gone.
    public mutating func release(now: Instant) {
        guard isLeased else { return }
        (dueAt, isLeased) = (dueAt.map { min($0, now) }, false)
    }
}
