import Testing
import Wire

@testable import PurserEngine

@Suite("A provider's traffic")
struct FlowTests {
    static let start = Instant(seconds: 1_800_000_000)
    private func at(_ seconds: Int64) -> Instant { Self.start.adding(seconds: seconds) }

    private func passage(
        _ kind: EndpointClass = .data, _ lane: Lane = .scheduled, made: Int = 0, cost: Int = 1, link: String = "lnk_a",
        patience: Int64 = 2000, mayProbe: Bool = true
    ) -> Passage {
        Passage(
            provider: "testair", limits: Self.limits(), wallet: .first, link: LinkID(rawValue: link), kind: kind,
            lane: lane, made: made, cost: cost, mayProbe: mayProbe, patienceMilliseconds: patience)
    }

    private static func limits(
        perSecond: String? = nil, perDay: Int? = nil, inFlight: Int? = nil
    ) -> Manifest.CallLimits {
        Manifest.CallLimits(perSecond: perSecond.flatMap { ExactDecimal($0) }, perDay: perDay, inFlight: inFlight)
    }

    private func flow(_ limits: Manifest.CallLimits, kept: ProviderFlow? = nil) -> Flow {
        Flow(limits, kept: kept ?? ProviderFlow(provider: "testair"), now: Self.start)
    }

    /// As `Traffic` does it: what must be reserved is.
    private func turn(_ flow: inout Flow, _ passage: Passage, _ now: Instant) -> Flow.Turn {
        let turn = flow.turn(passage, now: now)
        guard case .reserve(let until) = turn else { return turn }
        flow.reserved(until: until)
        return flow.turn(passage, now: now)
    }

    private func goes(_ turn: Flow.Turn) -> Bool { if case .go = turn { true } else { false } }

    private func permit(_ passage: Passage, isProbe: Bool = false) -> Permit {
        Permit(number: 1, passage: passage, isProbe: isProbe)
    }

    @Test("what hurries within a grace goes where most requests fail, and nowhere else")
    func hurried() {
        var hurried = passage(.token)
        hurried.isHurried = true
        var failing = flow(Self.limits())
        for number in 0..<20 {
            let other = passage(.token, link: "lnk_\(number % 5)")
            #expect(goes(turn(&failing, other, at(Int64(number)))))
            _ = failing.heard(.failed, permit(other), now: at(Int64(number)))
        }
        #expect(turn(&failing, passage(.token), at(20)) == .no(.failing, until: at(49)))
        #expect(turn(&failing, hurried, at(20)) == .go(at: at(20), isProbe: false))
        // It says nothing of the provider, either way.
        _ = failing.heard(.answered(status: 200, [:]), permit(hurried), now: at(21))
        #expect(failing.isFailing(.token))

        var untrusted = flow(Self.limits())
        _ = untrusted.heard(.untrusted, permit(passage(.token)), now: at(0))
        #expect(turn(&untrusted, hurried, at(1)) == .no(.untrusted, until: at(30)))
        var refused = flow(Self.limits())
        for number in 0..<3 { refused.misconfigured(LinkID(rawValue: "lnk_\(number)"), now: at(0)) }
        #expect(turn(&refused, hurried, at(1)) == .no(.misconfigured, until: at(600)))
    }

    @Test("a certificate that is not the provider's keeps everybody away, and says so")
    func untrusted() {
        var flow = flow(Self.limits())
        #expect(goes(turn(&flow, passage(.token), at(0))))
        #expect(flow.heard(.untrusted, permit(passage(.token)), now: at(0)) == nil)
        #expect(turn(&flow, passage(.token, .asked, link: "lnk_b"), at(1)) == .no(.untrusted, until: at(30)))
        // The other endpoints may be another server's.
        #expect(goes(turn(&flow, passage(.data), at(1))))
    }

    @Test("half of what is worked on may be asked of one provider at once, and never nothing")
    func places() {
        for (slots, wanted) in [(32, 16), (3, 1), (2, 1), (1, 1), (0, 1)] {
            #expect(Flow.places(slots: slots) == wanted, "\(slots)")
        }
    }

    @Test(
        "part of the day is reserved before any call of it goes, a tenth of the quota at most",
        arguments: [1, 9, 50, 2000])
    func reserves(_ quota: Int) {
        var flow = flow(Self.limits(perDay: quota))
        let day = GCRA.daily(quota)
        guard case .reserve(let until) = flow.turn(passage(.data, .asked), now: Self.start) else {
            return #expect(Bool(false), "a call went that nobody had reserved")
        }
        let calls = until.milliseconds(since: Self.start) / day.intervalMilliseconds
        #expect(calls >= 1 && calls <= max(1, Int64(quota) / 10))
        // Asked again, nothing has changed: only what is durable counts.
        #expect(flow.turn(passage(.data, .asked), now: Self.start) == .reserve(until: until))
        flow.reserved(until: until)
        #expect(goes(flow.turn(passage(.data, .asked), now: Self.start)))
    }

    @Test("a reservation still holds when it took its time to become durable", arguments: [1, 50, 2000])
    func slowDisk(_ quota: Int) {
        var flow = flow(Self.limits(perDay: quota))
        guard case .reserve(let until) = flow.turn(passage(.data, .asked), now: Self.start) else {
            return #expect(Bool(false), "a call went that nobody had reserved")
        }
        flow.reserved(until: until)
        #expect(goes(flow.turn(passage(.data, .asked), now: at(30))))
    }

    @Test("however often it is started anew, no day sees more than the quota", arguments: [3, 40, 200])
    func restarts(_ quota: Int) {
        var kept = ProviderFlow(provider: "testair")
        var flow = flow(Self.limits(perDay: quota))
        var passed: [Instant] = []
        for step in 0..<(3 * 1440) {
            let now = at(Int64(step) * 60)
            // It dies every few hours, and whatever was not durable is gone.
            if step % 217 == 216 { flow = Flow(Self.limits(perDay: quota), kept: kept, now: now) }
            let turn = turn(&flow, passage(.data, .asked, patience: 0), now)
            kept = flow.kept
            if case .go(let when, _) = turn { passed.append(when) }
        }
        for first in passed {
            let day = passed.count { $0 >= first && $0 < first.adding(seconds: 86_400) }
            #expect(day <= quota)
        }
        #expect(passed.count >= quota)
    }

    @Test("a fifth of the day is kept for those who ask")
    func askedLane() {
        var flow = flow(Self.limits(perDay: 100))
        var scheduled = 0
        while goes(turn(&flow, passage(), Self.start)) { scheduled += 1 }
        #expect(scheduled == 16)
        var asked = 0
        while goes(turn(&flow, passage(.data, .asked), Self.start)) { asked += 1 }
        #expect(asked == 4)
    }

    @Test("work begins only where it can end, and what was cut short waits for as much as it needs")
    func wholePulls() {
        var flow = flow(Self.limits(perDay: 100))
        var begun = 0
        while goes(turn(&flow, passage(cost: 5), Self.start)) {
            for made in 1..<5 { #expect(goes(turn(&flow, passage(made: made, cost: 5), Self.start))) }
            begun += 1
        }
        #expect(begun == 3)
        guard case .no(.daily, let until) = turn(&flow, passage(cost: 5), Self.start) else {
            return #expect(Bool(false))
        }
        for made in 0..<5 { #expect(goes(turn(&flow, passage(made: made, cost: 5), until))) }
    }

    @Test("a start begins the second's bucket empty, and calls are spaced")
    func spaced() {
        var flow = flow(Self.limits(perSecond: "2"))
        #expect(flow.turn(passage(), now: Self.start) == .go(at: Self.start.adding(milliseconds: 500), isProbe: false))
        #expect(flow.turn(passage(), now: Self.start) == .go(at: Self.start.adding(milliseconds: 1000), isProbe: false))
        for _ in 0..<2 { #expect(goes(flow.turn(passage(), now: Self.start))) }
        guard case .no(.rate, let until) = flow.turn(passage(), now: Self.start) else { return #expect(Bool(false)) }
        #expect(until == Self.start.adding(milliseconds: 2500))
    }

    @Test("token and data endpoints are blocked apart, and nobody jumps a block", arguments: EndpointClass.allCases)
    func blocked(_ kind: EndpointClass) {
        let other: EndpointClass = kind == .token ? .data : .token
        var flow = flow(Self.limits())
        #expect(goes(flow.turn(passage(kind), now: Self.start)))
        let heard = Heard.answered(status: 429, ["Retry-After": "600"])
        #expect(flow.heard(heard, permit(passage(kind)), now: Self.start) == at(600))
        for lane in [Lane.scheduled, .asked] {
            #expect(flow.turn(passage(kind, lane), now: at(599)) == .no(.blocked, until: at(600)))
        }
        #expect(goes(flow.turn(passage(other), now: at(1))))
        #expect(goes(flow.turn(passage(kind), now: at(600))))
        // A shorter wait named meanwhile does not shorten it.
        #expect(flow.heard(.answered(status: 429, ["Retry-After": "5"]), permit(passage(kind)), now: at(1)) == nil)
    }

    @Test("a start knows what was blocked before it")
    func blockedAfterStart() {
        var kept = ProviderFlow(provider: "testair")
        kept.block(.data, until: at(300))
        var flow = flow(Self.limits(), kept: kept)
        #expect(flow.turn(passage(), now: at(299)) == .no(.blocked, until: at(300)))
        #expect(goes(flow.turn(passage(), now: at(300))))
    }

    @Test("so many calls are left, says a header: then so many go, and no more before the reset")
    func left() {
        var flow = flow(Self.limits())
        #expect(goes(flow.turn(passage(), now: at(0))))
        let headers: HTTPHeaders = ["X-RateLimit-Remaining": "2", "X-RateLimit-Reset": "60"]
        #expect(flow.heard(.answered(status: 200, headers), permit(passage()), now: at(0)) == nil)
        for _ in 0..<2 { #expect(goes(flow.turn(passage(), now: at(1)))) }
        #expect(flow.turn(passage(), now: at(1)) == .no(.blocked, until: at(60)))
        #expect(goes(flow.turn(passage(), now: at(60))))
    }

    @Test("none left is a block, made durable")
    func noneLeft() {
        var flow = flow(Self.limits())
        #expect(goes(flow.turn(passage(), now: at(0))))
        let headers: HTTPHeaders = ["RateLimit": #""a";r=0;t=90"#]
        #expect(flow.heard(.answered(status: 200, headers), permit(passage()), now: at(0)) == at(90))
    }

    @Test("a policy of the provider lowers the rate, and a generous one does not raise it")
    func policy() {
        var flow = flow(Self.limits(perSecond: "1"))
        let strict: HTTPHeaders = ["RateLimit-Policy": #""a";q=1;w=60"#]
        let generous: HTTPHeaders = ["RateLimit-Policy": #""b";q=1000;w=1"#]
        #expect(goes(flow.turn(passage(), now: at(0))))
        _ = flow.heard(.answered(status: 200, generous), permit(passage()), now: at(1))
        #expect(flow.turn(passage(), now: at(1)) == .go(at: at(2), isProbe: false))
        _ = flow.heard(.answered(status: 200, strict), permit(passage()), now: at(3))
        #expect(goes(flow.turn(passage(), now: at(3))))
        guard case .no(.rate, let until) = flow.turn(passage(), now: at(4)) else { return #expect(Bool(false)) }
        #expect(until == at(63))
    }

    @Test("our registration refused for three links one after another leaves the token endpoint alone, and no other")
    func refusedRegistration() {
        var flow = flow(Self.limits())
        for number in 0..<3 {
            let (passage, now) = (passage(.token, link: "lnk_\(number)"), at(Int64(number) * 300))
            #expect(goes(flow.turn(passage, now: now)))
            _ = flow.heard(.answered(status: 401, [:]), permit(passage), now: now)
            flow.misconfigured(passage.link, now: now)
        }
        #expect(flow.turn(passage(.token), now: at(601)) == .no(.misconfigured, until: at(1200)))
        #expect(goes(flow.turn(passage(.data), now: at(601))))
        flow.accepted()
        #expect(goes(flow.turn(passage(.token), now: at(602))))
    }

    @Test("a wait with a date is no failure, one without is; an answer of the client's fault is none")
    func failures() {
        for (status, headers, isFailing) in [
            (503, ["Retry-After": "0"], false), (429, [:], true), (500, [:], true), (404, [:], false),
            (401, [:], false),
        ] as [(Int, HTTPHeaders, Bool)] {
            var flow = flow(Self.limits())
            for number in 0..<20 {
                let passage = passage(link: "lnk_\(number % 3)")
                _ = flow.turn(passage, now: Self.start)
                _ = flow.heard(.answered(status: status, headers), permit(passage), now: Self.start)
            }
            #expect(flow.isFailing(.data) == isFailing, "\(status)")
            #expect(!flow.isFailing(.token))
        }
    }
}
