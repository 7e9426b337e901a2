import Wire

/// A ledger only grows. Where a provider's does not, what it once said stays here, and that it is gone there is told.
enum VanishedLines {
    /// How many stored entries the provider should have named and did not: pure.
    ///
    /// - Parameter head: the lines of a stream from its newest on, without a gap. Only where they really stand newest
    ///   first is it known what must be among them: everything newer than the last. Lines without an id of the
    ///   provider's are left out: what is made of them here depends on their likes.
    static func count(head: [MappedPull.MappedEntry], stored: [Entry]) -> Int {
        guard let last = head.last, zip(head, head.dropFirst()).allSatisfy({ $0.posted >= $1.posted }) else { return 0 }
        let named = Set(head.map(\.id))
        return stored.count {
            $0.posted > last.posted && !named.contains($0.externalID) && !$0.externalID.hasPrefix(MadeID.prefix)
        }
    }
}
