import Testing
import Wire

@testable import PurserEngine

@Suite("A breaker")
struct BreakerTests {
    static let start = Instant(seconds: 1_800_000_000)
    private func at(_ seconds: Int64) -> Instant { Self.start.adding(seconds: seconds) }
    private func link(_ number: Int) -> LinkID { LinkID(rawValue: "lnk_\(number)") }

    /// Requests, one a second, of which so many fail; of so many links.
    private func played(requests: Int, failing: Int, links: Int, spacing: Int64 = 1) -> Breaker {
        var breaker = Breaker()
        for number in 0..<requests {
            let now = at(Int64(number) * spacing)
            _ = breaker.admit(now: now, mayProbe: true)
            if number < failing {
                breaker.failed(link(number % links), now: now, isProbe: false)
            } else {
                breaker.worked(isProbe: false)
            }
        }
        return breaker
    }

    @Test(
        "it opens when half of twenty requests in two minutes fail for more than one link",
        arguments: [
            (19, 19, 5, 1, true), (20, 20, 5, 1, false), (20, 20, 1, 1, true), (40, 19, 5, 1, true),
            (20, 20, 5, 10, true), (20, 20, 2, 1, false),
        ] as [(Int, Int, Int, Int64, Bool)])
    func opens(_ requests: Int, _ failing: Int, _ links: Int, _ spacing: Int64, _ isClosed: Bool) {
        let breaker = played(requests: requests, failing: failing, links: links, spacing: spacing)
        #expect(breaker.isClosed == isClosed)
    }

    @Test("open, it lets nobody through, then one to see; a probe that works closes it")
    func probe() {
        var breaker = played(requests: 20, failing: 20, links: 5)
        #expect(breaker.admit(now: at(20), mayProbe: true) == .no(until: at(19 + 30)))
        #expect(breaker.admit(now: at(49), mayProbe: true) == .go(isProbe: true))
        guard case .no = breaker.admit(now: at(49), mayProbe: true) else { return #expect(Bool(false)) }
        breaker.worked(isProbe: false)
        #expect(!breaker.isClosed)
        breaker.worked(isProbe: true)
        #expect(breaker.isClosed)
    }

    @Test("a probe that fails doubles the wait, to ten minutes at most", arguments: [false, true])
    func grows(byCertificate: Bool) {
        var breaker = played(requests: 20, failing: 20, links: 5)
        var now = at(19 + 30)
        for wait in [60, 120, 240, 480, 600, 600] as [Int64] {
            #expect(breaker.admit(now: now, mayProbe: true) == .go(isProbe: true))
            if byCertificate {
                breaker.untrusted(now: now, isProbe: true)
            } else {
                breaker.failed(link(1), now: now, isProbe: true)
            }
            #expect(breaker.isUntrusted == byCertificate)
            #expect(breaker.admit(now: now, mayProbe: true) == .no(until: now.adding(seconds: wait)))
            now = now.adding(seconds: wait)
        }
    }

    @Test("one certificate that is not the provider's opens it, whoever asked; a probe tells what it is then")
    func certificate() {
        var breaker = Breaker()
        #expect(breaker.admit(now: at(0), mayProbe: true) == .go(isProbe: false))
        breaker.untrusted(now: at(0), isProbe: false)
        #expect(breaker.isUntrusted && !breaker.isClosed)
        // What was under way meanwhile changes nothing.
        breaker.untrusted(now: at(1), isProbe: false)
        breaker.failed(link(1), now: at(1), isProbe: false)
        #expect(breaker.admit(now: at(29), mayProbe: true) == .no(until: at(30)))
        #expect(breaker.admit(now: at(30), mayProbe: false) == .no(until: at(630)))
        #expect(breaker.admit(now: at(30), mayProbe: true) == .go(isProbe: true))
        breaker.failed(link(1), now: at(30), isProbe: true)
        #expect(!breaker.isUntrusted && !breaker.isClosed)
        #expect(breaker.admit(now: at(90), mayProbe: true) == .go(isProbe: true))
        breaker.untrusted(now: at(90), isProbe: true)
        #expect(breaker.isUntrusted)
        #expect(breaker.admit(now: at(210), mayProbe: true) == .go(isProbe: true))
        breaker.worked(isProbe: true)
        #expect(breaker.isClosed && !breaker.isUntrusted)
    }

    @Test("a refresh that replay would end never probes; where nobody else does, it closes after ten minutes")
    func strict() {
        var breaker = played(requests: 20, failing: 20, links: 5)
        let open = at(19 + 30)
        #expect(breaker.admit(now: open, mayProbe: false) == .no(until: open.adding(seconds: 600)))
        #expect(breaker.admit(now: open.adding(seconds: 599), mayProbe: false) == .no(until: open.adding(seconds: 600)))
        #expect(breaker.admit(now: open.adding(seconds: 600), mayProbe: false) == .go(isProbe: false))
        #expect(breaker.isClosed)
    }

    @Test("a probe that nobody heard of again, or that was never sent, does not keep it open")
    func lostProbe() {
        var breaker = played(requests: 20, failing: 20, links: 5)
        #expect(breaker.admit(now: at(49), mayProbe: true) == .go(isProbe: true))
        #expect(breaker.admit(now: at(49 + 180), mayProbe: true) == .go(isProbe: true))
        breaker.unsent(now: at(230), isProbe: true)
        #expect(breaker.admit(now: at(230), mayProbe: true) == .go(isProbe: true))
    }

    @Test("our registration refused for three links opens it for ten minutes; for two it does not, nor thrice for one")
    func misconfigured() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.misconfigured(link(1), now: at(0)) }
        breaker.misconfigured(link(2), now: at(0))
        #expect(breaker.isClosed)
        breaker.misconfigured(link(3), now: at(1))
        #expect(breaker.isMisconfigured)
        #expect(breaker.admit(now: at(2), mayProbe: true) == .no(until: at(601)))
        #expect(breaker.admit(now: at(601), mayProbe: true) == .go(isProbe: true))
        breaker.worked(isProbe: true)
        #expect(breaker.isClosed && !breaker.isMisconfigured)
    }

    @Test(
        "refused one after another, each of which is an answer, they count all the same; accepted in between, they do not"
    )
    func oneByOne() {
        for isAccepted in [false, true] {
            var breaker = Breaker()
            for number in 0..<3 {
                if number == 2, isAccepted { breaker.accepted() }
                #expect(breaker.admit(now: at(Int64(number) * 600), mayProbe: true) == .go(isProbe: false))
                breaker.worked(isProbe: false)
                breaker.misconfigured(link(number), now: at(Int64(number) * 600))
            }
            #expect(breaker.isClosed == isAccepted)
            #expect(breaker.isMisconfigured != isAccepted)
        }
    }

    @Test("once it was refused for three, one more refusal opens it again, until it is accepted")
    func stillRefused() {
        var breaker = Breaker()
        for number in 0..<3 { breaker.misconfigured(link(number), now: at(0)) }
        #expect(breaker.admit(now: at(600), mayProbe: true) == .go(isProbe: true))
        breaker.worked(isProbe: true)
        #expect(breaker.isClosed)
        breaker.misconfigured(link(1), now: at(601))
        #expect(breaker.isMisconfigured)
        // Nobody may probe: it closes by itself, and is as watchful.
        #expect(breaker.admit(now: at(601 + 1200), mayProbe: false) == .go(isProbe: false))
        breaker.misconfigured(link(2), now: at(1802))
        #expect(breaker.isMisconfigured)
        // One that was under way comes back with tokens.
        breaker.accepted()
        #expect(breaker.isClosed)
        for number in 0..<2 { breaker.misconfigured(link(number), now: at(1803)) }
        #expect(breaker.isClosed)
    }

    @Test("that our registration is accepted closes none that is open because the provider fails")
    func failsStill() {
        var breaker = played(requests: 20, failing: 20, links: 5)
        breaker.accepted()
        #expect(!breaker.isClosed)
    }
}
