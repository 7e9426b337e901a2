public import Wire

/// A due link that might be claimed now.
public struct DueLink: Sendable, Hashable {
    public let wallet: WalletID
    public let link: LinkID
    public let provider: String
    public let rank: DueRank
    public let due: Instant

    public init(wallet: WalletID, link: LinkID, provider: String, rank: DueRank, due: Instant) {
        self.wallet = wallet
        self.link = link
        self.provider = provider
        self.rank = rank
        self.due = due
    }

    public var pair: FairPick.Pair { FairPick.Pair(wallet: wallet, provider: provider) }
}

/// In which order links that are due are worked on. Numbers as they are stored.
public enum DueRank: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Its grant dies within two days if it is not refreshed, or a start found a spend of it in doubt.
    case atRisk = -1
    /// Somebody asked.
    case asked = 0
    case ordinary = 1
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Which of the due links are claimed: by rank; within a rank from the wallet that has least under way, there the
/// longest due; and never more than two of a wallet at one provider at once, save where a grant is at risk. So a wallet
/// with one link does not wait behind ten thousand of another. Pure; both stores use it.
public struct FairPick: Sendable {
    /// At most so many links of one (wallet, provider) are worked on at once.
    public static let together = 2
    /// So many candidates a store looks at in one step; and so far from the front at most, where it leaves some out.
    public static let page = 256
    public static let depth = 16_384

    /// A wallet's links at one provider.
    public struct Pair: Sendable, Hashable {
        public let wallet: WalletID
        public let provider: String

        public init(wallet: WalletID, provider: String) {
            self.wallet = wallet
            self.provider = provider
        }
    }

    private var pairs: [Pair: Int] = [:]
    private var wallets: [WalletID: Int] = [:]
    private let limit: Int
    public private(set) var chosen: [DueLink] = []

    /// - Parameter underWay: what is worked on already.
    public init(underWay: [Pair], limit: Int) {
        self.limit = limit
        for pair in underWay { count(pair) }
    }

    private mutating func count(_ pair: Pair) {
        pairs[pair, default: 0] += 1
        wallets[pair.wallet, default: 0] += 1
    }

    public var isFull: Bool { chosen.count >= limit }

    /// What a store leaves out of a page from the front of its queue.
    public enum Past: Sendable, Hashable {
        case nothing
        case wallets(Set<WalletID>)
        case pairs(Set<Pair>)
    }

    /// Chooses among those of one rank, a page at a time, each in the order they came due. A page of one wallet's alone
    /// says nothing of who waits behind it: others are looked for, until there are as many idle wallets as may be
    /// claimed for, or all are seen.
    /// - Parameter wallets: so many there are.
    public mutating func choose(
        among wallets: Int, _ page: (Past) throws(StoreError) -> [DueLink]
    ) throws(StoreError) {
        let front = try page(.nothing)
        var (candidates, last) = (front, front)
        var seen = Set(front.map(\.wallet))
        while last.count >= Self.page, seen.count < wallets, idle(seen) < limit - chosen.count {
            last = try page(.wallets(seen))
            candidates += last
            seen.formUnion(last.map(\.wallet))
        }
        choose(candidates)
        if front.count >= Self.page, !isFull { choose(try page(.pairs(enough))) }
    }

    private func idle(_ seen: Set<WalletID>) -> Int { seen.count { wallets[$0] == nil } }

    /// Those of which nothing more may be claimed now.
    private var enough: Set<Pair> { Set(pairs.filter { $0.value >= Self.together }.keys) }

    /// Chooses among candidates of one rank, in the order they came due.
    mutating func choose(_ candidates: [DueLink]) {
        var queues: [WalletID: ArraySlice<DueLink>] = [:]
        var order: [WalletID] = []
        for candidate in candidates {
            if queues[candidate.wallet] == nil { order.append(candidate.wallet) }
            queues[candidate.wallet, default: []].append(candidate)
        }
        while !isFull, !order.isEmpty {
            // The first of those with least: the longest due counts between equals.
            let least =
                Plant.isIn("first-come")
                ? 0 : order.indices.min { wallets[order[$0], default: 0] < wallets[order[$1], default: 0] }!
            let wallet = order[least]
            var taken: DueLink?
            while taken == nil, let next = queues[wallet]?.popFirst() {
                let hasRoom = next.rank == .atRisk || pairs[next.pair, default: 0] < Self.together
                if hasRoom, !chosen.contains(where: { $0.link == next.link }) {
                    taken = next
                    count(next.pair)
                }
            }
            if let taken { chosen.append(taken) } else { order.remove(at: least) }
        }
    }
}
