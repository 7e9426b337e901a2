/// How many requests may be sent a second time: about one in ten, by a bucket that answers fill and retries empty. When
/// a provider fails for everybody, retries would only double what it has to bear.
struct RetryBudget: Sendable, Hashable {
    /// In tenths of a token.
    private static let capacity = 5000
    private static let cost = 140
    private static let gain = 14

    private var tenths = Self.capacity

    /// A request was sent.
    mutating func sent() { tenths = min(Self.capacity, tenths + Self.gain) }

    /// Whether one may be sent again; if so it is paid for.
    mutating func takesRetry() -> Bool {
        guard tenths >= Self.cost else { return false }
        tenths -= Self.cost
        return true
    }
}
