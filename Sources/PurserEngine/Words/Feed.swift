public import Wire

/// What is pulled of a provider in our own name (RFC 6749 4.4): of no person and no wallet. It belongs to whoever runs the
/// daemon, as client registrations do. There is one for each valuation provider; its row outlives a start.
public struct Feed: Sendable, Equatable {
    /// When something was seen, and from when on it counts as stale.
    public struct Sighting: Sendable, Hashable {
        public let observedAt: Instant
        public let staleAfter: Instant

        public init(observedAt: Instant, staleAfter: Instant) {
            self.observedAt = observedAt
            self.staleAfter = staleAfter
        }
    }

    /// The provider's folder name.
    public let provider: String
    public let createdAt: Instant
    /// Grows with each claim, like a link's.
    public var fence: Int64 = 0
    /// When it is next worked on (while claimed: when the claim ends); nil: it rests, and the condition says why.
    public var dueAt: Instant?
    /// `dueAt` is the end of a claim.
    public var isLeased = false
    public private(set) var condition = LinkCondition.ok
    /// Attempts that failed in a row.
    public var failures = 0
    public var attemptedAt: Instant?
    /// The last good pull.
    public var pulledAt: Instant?
    /// When the rows that are kept were seen; nil: none ever were.
    public var valuesSeen: Sighting?
    public var partnersSeen: Sighting?
    /// What mapping dropped or doubted in the last good pull, in words.
    public var warnings: [String] = []

    public init(provider: String, createdAt: Instant, condition: LinkCondition = .ok) {
        self.provider = provider
        self.createdAt = createdAt
        self.condition = condition
    }

    /// Stands where a link's id stands in what is counted and logged of requests.
    public static func owner(_ provider: String) -> LinkID { LinkID(rawValue: "feed:" + provider) }

    /// Since when nothing has gone well; nil: the last attempt did.
    var failingSince: Instant? { failures > 0 ? pulledAt ?? createdAt : nil }
}

/// One good pull of a feed: all that is written for it.
public struct FeedChange: Sendable, Equatable {
    /// All there are now; nil: what was known stays as it was.
    public let values: [PointValue]?
    public let partners: [TransferPartner]?
    public let seen: Feed.Sighting
    public let condition: LinkCondition
    public let warnings: [String]
    public let due: Instant

    public init(
        values: [PointValue]?, partners: [TransferPartner]?, seen: Feed.Sighting, condition: LinkCondition,
        warnings: [String], due: Instant
    ) {
        self.values = values
        self.partners = partners
        self.seen = seen
        self.condition = condition
        self.warnings = warnings
        self.due = due
    }
}

// What verbs do to a feed's row, the same in every store.
extension Feed {
    /// Nothing can have been done later than now.
    public mutating func settle(now: Instant) {
        attemptedAt = attemptedAt.map { min($0, now) }
        pulledAt = pulledAt.map { min($0, now) }
    }

    /// It is to be pulled, or rests for a reason. What has its time keeps it, unless it is wanted `atOnce`: then whoever
    /// works on it has lost it.
    public mutating func keep(resting trouble: LinkCondition?, atOnce: Bool, now: Instant) {
        if let trouble {
            (dueAt, isLeased, condition) = (nil, false, trouble)
            fence += 1
        } else if dueAt == nil || atOnce {
            (dueAt, isLeased, condition, failures) = (now, false, .ok, 0)
            fence += 1
        }
    }

    public mutating func lease(until: Instant) -> ProviderClaim {
        fence += 1
        (dueAt, isLeased) = (until, true)
        return ProviderClaim(provider: provider, fence: fence, until: until)
    }

    /// A claim that ended without a pull.
    public mutating func postpone(_ postponement: Postponement) {
        condition = postponement.condition
        failures = postponement.failures
        attemptedAt = postponement.attemptedAt
        (dueAt, isLeased) = (postponement.due, false)
    }

    public mutating func record(_ change: FeedChange) {
        condition = change.condition
        failures = change.condition == .ok ? 0 : failures + 1
        attemptedAt = change.seen.observedAt
        pulledAt = change.seen.observedAt
        warnings = change.warnings
        if change.values != nil { valuesSeen = change.seen }
        if change.partners != nil { partnersSeen = change.seen }
        (dueAt, isLeased) = (change.due, false)
    }

    /// Whether it may be pulled now because somebody asks; if so it is due.
    public mutating func request(now: Instant) -> PullRequest {
        guard let due = dueAt else { return .notActive }
        if isLeased, due > now { return .running }
        if condition.kind == .rateLimited, let until = condition.until, until > now { return .tooSoon(until) }
        if let last = attemptedAt, last <= now {
            let again = last.adding(seconds: Limits.requestPullSeconds)
            if again > now { return .tooSoon(again) }
        }
        (dueAt, isLeased) = (min(due, now), false)
        return .due
    }
}
