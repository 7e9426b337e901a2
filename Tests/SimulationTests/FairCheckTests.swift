import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

@Suite("What a fair claim is (I10)") struct FairCheckTests {
    /// `a1 skyways`: a link of wallet a, at a provider; with `!` at risk, with `?` asked for.
    private func link(_ text: String) -> DueLink {
        let words = text.split(separator: " ").map(String.init)
        let rank: DueRank = words[0].hasSuffix("!") ? .atRisk : words[0].hasSuffix("?") ? .asked : .ordinary
        return DueLink(
            wallet: WalletID(rawValue: String(words[0].prefix(1))), link: LinkID(rawValue: words[0]),
            provider: words[1], rank: rank, due: Instant(seconds: 0))
    }

    private func violations(_ due: [String], chosen: [String], underWay: [String] = [], limit: Int = 4) -> [String] {
        FairCheck.violations(
            FairCheck.Choice(
                due: due.map(link), underWay: underWay.map { link($0).pair }, chosen: chosen.map(link), limit: limit))
    }

    @Test("turns, two at a provider, and the urgent first")
    func fair() {
        #expect(violations(["a1 x", "a2 y", "b1 x"], chosen: ["a1 x", "b1 x"], limit: 2) == [])
        #expect(violations(["a1 x", "a2 x", "a3 x"], chosen: ["a1 x", "a2 x"]) == [])
        #expect(violations(["a1 x", "b1? x"], chosen: ["b1? x"], limit: 1) == [])
        #expect(violations(["a1 x"], chosen: [], underWay: ["a2 x", "a3 x"]) == [])
        #expect(violations(["a1! x", "a2! x", "a3! x"], chosen: ["a1! x", "a2! x", "a3! x"]) == [])
        // One more for a wallet than for another is fair.
        #expect(violations(["a1 x", "a2 y", "b1 x", "b2 y"], chosen: ["a1 x", "b1 x", "a2 y"], limit: 3) == [])
    }

    @Test("whoever has more under way goes first")
    func behind() {
        #expect(
            violations(["a1 x", "a2 y", "b1 x"], chosen: ["a1 x", "a2 y"], limit: 2)
                == ["I10: b has 0 under way and waits behind a", "I10: b has 0 under way and waits behind a"])
        #expect(
            violations(["a1 x", "b1 x"], chosen: ["a1 x"], underWay: ["a2 y"], limit: 1)
                == ["I10: b has 0 under way and waits behind a"])
    }

    @Test("the ordinary goes before the urgent")
    func urgent() {
        for left in ["b1! x", "b1? x"] {
            #expect(
                violations(["a1 x", left], chosen: ["a1 x"], limit: 1)
                    == ["I10: \(link(left).link) waits for a1, which is less urgent"])
        }
    }

    @Test("something is left where there was room, at risk beside any number of its like")
    func room() {
        #expect(violations(["a1 x", "b1 x"], chosen: ["a1 x"]) == ["I10: b1 waits, and there is room"])
        #expect(
            violations(["a1! x"], chosen: [], underWay: ["a2 x", "a3 x"]) == ["I10: a1! waits, and there is room"])
    }

    @Test("a third at one provider")
    func third() {
        let three = ["a1 x", "a2 x", "a3 x"]
        #expect(Set(violations(three, chosen: three)) == ["I10: a has 3 under way at x"])
        #expect(violations(["a1 x"], chosen: ["a1 x"], underWay: ["a2 x", "a3 x"]) == ["I10: a has 3 under way at x"])
    }
}
