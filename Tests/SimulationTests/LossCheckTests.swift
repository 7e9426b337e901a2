import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

@Suite("What excuses a lost grant") struct LossCheckTests {
    private static let (link, other) = (LinkID(rawValue: "lnk_a"), LinkID(rawValue: "lnk_b"))

    private static func at(_ seconds: Int64) -> Instant { Instant(seconds: 1_700_000_000 + seconds) }

    /// An answer was lost at 100, and the old token is taken until 125.
    private static func leaveTime(_ hindrances: Hindrances) -> Bool {
        hindrances.leaveTime(for: link, at: "skyways", from: at(100), until: at(125))
    }

    @Test("nothing stood in the way") func nothing() { #expect(Self.leaveTime(Hindrances())) }

    @Test(
        "there was time where nothing stood in the way for eight seconds in a row",
        arguments: [
            // From and until of each, in seconds.
            ([(100, 125)], false), ([(90, 130)], false), ([(80, 100)], true), ([(125, 140)], true),
            ([(100, 117)], true), ([(100, 118)], false), ([(108, 125)], true), ([(107, 125)], false),
            ([(107, 110), (112, 120)], false), ([(107, 110), (118, 125)], true), ([(118, 125), (107, 110)], true),
            ([(90, 122), (105, 106)], false),
        ] as [([(Int64, Int64)], Bool)])
    func spans(spans: [(Int64, Int64)], isTime: Bool) {
        var hindrances = Hindrances()
        for (from, until) in spans { hindrances.add(.everybody, from: Self.at(from), until: Self.at(until)) }
        #expect(Self.leaveTime(hindrances) == isTime)
    }

    @Test(
        "what stood in the way of others does not count",
        arguments: [
            (.everybody, false), (.link(link), false), (.provider("skyways"), false), (.link(other), true),
            (.provider("grandstay"), true),
        ] as [(Hindrances.Whom, Bool)])
    func whose(whom: Hindrances.Whom, isTime: Bool) {
        var hindrances = Hindrances()
        hindrances.add(whom, from: Self.at(90), until: Self.at(130))
        #expect(Self.leaveTime(hindrances) == isTime)
    }
}
