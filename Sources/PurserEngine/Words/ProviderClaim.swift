public import Wire

/// The right to work until a time on what there is one of for a provider and none for a wallet: its feed, or the client that
/// registered itself there.
public struct ProviderClaim: Sendable, Hashable {
    /// The provider's folder name.
    public let provider: String
    public let fence: Int64
    public let until: Instant

    public init(provider: String, fence: Int64, until: Instant) {
        self.provider = provider
        self.fence = fence
        self.until = until
    }
}
