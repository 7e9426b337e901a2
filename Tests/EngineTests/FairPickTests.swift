import Testing
import Wire

@testable import PurserEngine

@Suite("Who is claimed")
struct FairPickTests {
    private func due(_ wallet: String, _ link: String, _ provider: String = "skyways", at: Int64 = 0) -> DueLink {
        DueLink(
            wallet: WalletID(rawValue: wallet), link: LinkID(rawValue: link), provider: provider, rank: .ordinary,
            due: Instant(seconds: at))
    }

    private func picked(
        _ candidates: [DueLink], underWay: [(String, String)] = [], limit: Int = 10
    ) -> [String] {
        var pick = FairPick(
            underWay: underWay.map { FairPick.Pair(wallet: WalletID(rawValue: $0.0), provider: $0.1) }, limit: limit)
        pick.choose(candidates)
        return pick.chosen.map(\.link.rawValue)
    }

    @Test("wallets take turns, each with its longest due first")
    func turns() {
        let crowd = (0..<5).map { due("wal_a", "a\($0)", "p\($0)", at: Int64($0)) }
        let candidates = crowd + [due("wal_b", "b0", at: 7), due("wal_b", "b1", "other", at: 8)]
        #expect(picked(candidates, limit: 4) == ["a0", "b0", "a1", "b1"])
        #expect(picked(candidates, limit: 6) == ["a0", "b0", "a1", "b1", "a2", "a3"])
    }

    @Test("two of a wallet at one provider at most, those under way counted")
    func together() {
        let candidates = (0..<5).map { due("wal_a", "a\($0)") } + [due("wal_a", "g", "grandstay")]
        #expect(picked(candidates) == ["a0", "a1", "g"])
        #expect(picked(candidates, underWay: [("wal_a", "skyways")]) == ["a0", "g"])
        #expect(picked(candidates, underWay: [("wal_a", "skyways"), ("wal_a", "skyways")]) == ["g"])
        #expect(picked(candidates, underWay: [("wal_b", "skyways"), ("wal_b", "skyways")]) == ["a0", "a1", "g"])
    }

    @Test("a wallet with something under way waits for one without")
    func least() {
        let candidates = [due("wal_a", "a0", "x"), due("wal_b", "b0")]
        #expect(picked(candidates, underWay: [("wal_a", "skyways")], limit: 1) == ["b0"])
    }

    @Test("nobody is chosen twice, however often candidates are shown")
    func once() {
        var pick = FairPick(underWay: [], limit: 5)
        for _ in 0..<3 { pick.choose([due("wal_a", "a0"), due("wal_a", "a1")]) }
        #expect(pick.chosen.map(\.link.rawValue) == ["a0", "a1"])
        #expect(picked([], limit: 3) == [])
        #expect(picked([due("wal_a", "a0")], limit: 0) == [])
    }

    /// Picks from a whole queue a page at a time; what was picked, and how many pages were looked at.
    private func paged(
        _ queue: [DueLink], wallets: Int, underWay: [(String, String)] = [], limit: Int
    ) throws -> (picked: [String], pages: Int) {
        var pick = FairPick(
            underWay: underWay.map { FairPick.Pair(wallet: WalletID(rawValue: $0.0), provider: $0.1) }, limit: limit)
        var pages = 0
        try pick.choose(among: wallets) { past throws(StoreError) in
            pages += 1
            let left = queue.filter { link in
                switch past {
                case .nothing: true
                case .wallets(let seen): !seen.contains(link.wallet)
                case .pairs(let enough): !enough.contains(link.pair)
                }
            }
            return Array(left.prefix(FairPick.page))
        }
        return (pick.chosen.map(\.link.rawValue), pages)
    }

    @Test("whoever stands behind pages of others is found, and no page more is looked at than it takes")
    func pages() throws {
        func crowd(_ wallet: String, _ count: Int = 300, _ provider: String = "skyways") -> [DueLink] {
            (0..<count).map { due(wallet, "\(wallet)\($0)", provider, at: Int64($0)) }
        }
        let single = due("wal_z", "z", at: 999)
        let (a, b) = (crowd("wal_a"), crowd("wal_b"))
        #expect(try paged(a + [single], wallets: 2, limit: 1) == (["wal_a0"], 1))
        #expect(try paged(a + [single], wallets: 2, underWay: [("wal_a", "x")], limit: 1) == (["z"], 2))
        #expect(try paged(a + b + [single], wallets: 3, limit: 3) == (["wal_a0", "wal_b0", "z"], 3))
        // The only wallet: nobody else is looked for, and where it has enough at one provider, another one is.
        #expect(try paged(a, wallets: 1, limit: 1) == (["wal_a0"], 1))
        #expect(
            try paged(a + [due("wal_a", "o", "other")], wallets: 1, limit: 9) == (["wal_a0", "wal_a1", "o"], 2))
        // There are other wallets, and nothing of theirs is due.
        #expect(try paged(a, wallets: 5, underWay: [("wal_a", "x")], limit: 1) == (["wal_a0"], 2))
        #expect(try paged(Array(a.prefix(9)) + [single], wallets: 2, limit: 2) == (["wal_a0", "z"], 1))
    }
}
