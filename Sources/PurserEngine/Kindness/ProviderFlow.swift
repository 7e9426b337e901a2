public import Wire

/// What of a provider's traffic outlives a start.
public struct ProviderFlow: Sendable, Hashable {
    public let provider: String
    /// The day's calls are spoken for up to here (GCRA): written before they are used, so that neither a crash nor a
    /// start lets a provider see more than its quota.
    public var reservedAt: Instant
    /// Until when the provider asked not to be asked, by class of endpoint.
    public var tokenBlockedUntil: Instant?
    public var dataBlockedUntil: Instant?

    public init(
        provider: String, reservedAt: Instant = Instant(milliseconds: 0), tokenBlockedUntil: Instant? = nil,
        dataBlockedUntil: Instant? = nil
    ) {
        self.provider = provider
        self.reservedAt = reservedAt
        self.tokenBlockedUntil = tokenBlockedUntil
        self.dataBlockedUntil = dataBlockedUntil
    }

    public func blockedUntil(_ kind: EndpointClass) -> Instant? {
        kind == .token ? tokenBlockedUntil : dataBlockedUntil
    }

    /// Never shorter than it was.
    public mutating func block(_ kind: EndpointClass, until: Instant) {
        let latest = max(until, blockedUntil(kind) ?? until)
        if kind == .token { tokenBlockedUntil = latest } else { dataBlockedUntil = latest }
    }

    /// The wall clock was set back.
    public mutating func move(earlierBy milliseconds: Int64) {
        reservedAt = reservedAt.adding(milliseconds: -milliseconds)
        tokenBlockedUntil = tokenBlockedUntil?.adding(milliseconds: -milliseconds)
        dataBlockedUntil = dataBlockedUntil?.adding(milliseconds: -milliseconds)
    }
}
