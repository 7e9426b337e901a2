import PurserEngine

/// I10, fairness (RELIABILITY.md B.2): what a claim took, and what it passed over. It says what must hold of a choice,
/// not how one is made: no wallet waits behind another that has more under way, what is urgent goes first, nothing is
/// left where there was room, and no wallet has more than two at one provider.
enum FairCheck {
    /// What a claim chose from.
    struct Choice: Sendable {
        let due: [DueLink]
        let underWay: [FairPick.Pair]
        let chosen: [DueLink]
        let limit: Int
    }

    static func violations(_ choice: Choice) -> [String] {
        let pairs = (choice.underWay + choice.chosen.map(\.pair)).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let wallets = pairs.reduce(into: [WalletID: Int]()) { $0[$1.key.wallet, default: 0] += $1.value }
        let taken = Set(choice.chosen.map(\.link))
        var out: [String] = []
        for link in choice.chosen where link.rank != .atRisk && pairs[link.pair, default: 0] > together {
            // What is at risk goes beyond it, and counts.
            if !choice.chosen.contains(where: { $0.rank == .atRisk && $0.pair == link.pair }) {
                out.append("I10: \(link.wallet) has \(pairs[link.pair, default: 0]) under way at \(link.provider)")
            }
        }
        for left in choice.due where !taken.contains(left.link) {
            guard left.rank == .atRisk || pairs[left.pair, default: 0] < together else { continue }
            if choice.chosen.count < choice.limit { out.append("I10: \(left.link) waits, and there is room") }
            for other in choice.chosen where other.rank > left.rank {
                out.append("I10: \(left.link) waits for \(other.link), which is less urgent")
            }
            let (mine, rank) = (wallets[left.wallet, default: 0], left.rank)
            for other in choice.chosen
            where other.wallet != left.wallet && other.rank == rank && wallets[other.wallet, default: 0] - 1 > mine {
                out.append("I10: \(left.wallet) has \(mine) under way and waits behind \(other.wallet)")
            }
        }
        return out
    }

    private static let together = 2
}
