import Wire

/// What taking an identifier came to that counts once.
enum Taking: Sendable, Hashable, CaseIterable {
    case taken
    /// It came before.
    case seen
    /// As many as may be remembered are: no more are taken until one of them is over.
    case full
}

/// Identifiers that count once, remembered for as long as what they name would be taken again.
struct TakenOnce<Identifier: Hashable & Sendable>: Sendable {
    let most: Int
    private var known: [Identifier: Instant] = [:]

    init(most: Int) { self.most = most }

    /// - Parameter until: from when on it would be refused for its age alone.
    mutating func take(_ id: Identifier, until: Instant, now: Instant) -> Taking {
        if known[id].map({ $0 > now }) ?? false { return .seen }
        if known.count >= most { known = known.filter { $0.value > now } }
        guard known.count < most else { return .full }
        known[id] = until
        return .taken
    }

    /// Nothing came of it: it may come again.
    mutating func giveBack(_ id: Identifier) { known[id] = nil }
}
