public import Wire

/// The last good discovery document of a provider, as its row holds it: a start does not depend on the provider saying once
/// more where its endpoints are. It is public; the mark says that this daemon wrote it, and for whom.
public struct KeptMetadata: Sendable, Equatable {
    /// The provider's folder name.
    public let provider: String
    public let issuer: String
    /// As it came.
    public let document: [UInt8]
    public let fetchedAt: Instant
    /// HMAC-SHA256 over all of the above, by a key of the store.
    public let mark: [UInt8]

    public init(provider: String, issuer: String, document: [UInt8], fetchedAt: Instant, mark: [UInt8]) {
        self.provider = provider
        self.issuer = issuer
        self.document = document
        self.fetchedAt = fetchedAt
        self.mark = mark
    }
}
