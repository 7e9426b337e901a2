import Testing
import Wire

@testable import PurserEngine

@Suite("A throttle")
struct ThrottleTests {
    private static let start = Instant(seconds: 1_800_000_000)
    private func at(_ seconds: Int64) -> Instant { Self.start.adding(seconds: seconds) }

    @Test(
        "refuses with (requests - 2 x accepts) in (requests + 1), never while half succeed, never below ten requests",
        arguments: [
            (0, 0, 0), (9, 0, 0), (10, 0, 10), (10, 4, 2), (10, 5, 0), (10, 10, 0), (100, 10, 80), (100, 50, 0),
        ] as [(Int64, Int64, Int64)])
    func odds(_ requests: Int64, _ accepts: Int64, _ excess: Int64) {
        let odds = Throttle.odds(requests: requests, accepts: accepts)
        #expect(odds.excess == excess)
        #expect(odds.outOf == (requests < Throttle.least ? 1 : requests + 1))
    }

    /// Requests, one a second, of which the first so many are taken.
    private func played(_ requests: Int, taken: Int) -> Throttle {
        var throttle = Throttle()
        for number in 0..<requests {
            let now = at(Int64(number))
            let goes = throttle.admit(now: now, underWay: 0, isSpared: false) { $0 - 1 }
            #expect(goes)
            if number < taken { throttle.accepted(now: now) }
        }
        return throttle
    }

    private func goes(
        _ throttle: Throttle, at now: Instant, underWay: Int = 0, isSpared: Bool = false, drawing drawn: Int64 = 0
    ) -> Bool {
        var throttle = throttle
        return throttle.admit(now: now, underWay: underWay, isSpared: isSpared) { _ in drawn }
    }

    @Test("it is chance that refuses, by the number that is drawn")
    func chance() {
        let throttle = played(20, taken: 4)
        #expect(!goes(throttle, at: at(20), drawing: 11))
        #expect(goes(throttle, at: at(20), drawing: 12))
    }

    @Test("what is under way counts as taken, what is spared goes, and after two minutes nothing is remembered")
    func spared() {
        let throttle = played(20, taken: 0)
        #expect(!goes(throttle, at: at(20)))
        #expect(goes(throttle, at: at(20), underWay: 10))
        #expect(goes(throttle, at: at(20), isSpared: true))
        #expect(goes(throttle, at: at(20 + 120)))
    }

    @Test("one that is refused counts as a request; one that was never sent does not")
    func counting() {
        var throttle = played(10, taken: 5)
        let before = throttle
        _ = throttle.admit(now: at(10), underWay: 0, isSpared: false) { _ in 0 }
        #expect(!goes(throttle, at: at(10)), "eleven requests and five accepts")
        throttle.unsent()
        #expect(goes(throttle, at: at(10)))
        #expect(goes(before, at: at(10)))
    }

    private func passage(_ kind: EndpointClass, isReplay: Bool = false) -> Passage {
        var passage = Passage(
            provider: "testair", limits: Manifest.CallLimits(perSecond: nil, perDay: nil, inFlight: nil),
            wallet: .first, link: LinkID(rawValue: "lnk_a"), kind: kind, lane: .scheduled, made: 0, cost: 1,
            mayProbe: false, patienceMilliseconds: 0)
        passage.isReplay = isReplay
        return passage
    }

    @Test("each class of endpoint is throttled apart, and a refresh that was begun is never refused")
    func classes() {
        var flow = Flow(passage(.data).limits, kept: ProviderFlow(provider: "testair"), now: Self.start)
        // All of one link: the breaker leaves that to the link's own back-off.
        for number in 0..<12 {
            let (passage, now) = (passage(.token), at(Int64(number)))
            guard case .go = flow.turn(passage, now: now, chance: { $0 - 1 }) else { return #expect(Bool(false)) }
            _ = flow.heard(.failed, Permit(number: 1, passage: passage, isProbe: false), now: now)
        }
        func turn(_ passage: Passage) -> Flow.Turn {
            var flow = flow
            return flow.turn(passage, now: at(12)) { _ in 0 }
        }
        #expect(turn(passage(.token)) == .no(.failing, until: at(12 + 30)))
        #expect(turn(passage(.token, isReplay: true)) == .go(at: at(12), isProbe: false))
        #expect(turn(passage(.data)) == .go(at: at(12), isProbe: false))
    }
}
