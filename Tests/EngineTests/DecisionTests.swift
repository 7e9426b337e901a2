import Testing
import Wire

@testable import PurserEngine

@Suite struct RefreshDecisionTests {
    struct Row: Sendable {
        /// Seconds from now; nil: unknown, or never.
        var ends: Int64?
        var ahead: Int64?
        var refresh = true
        var unknown = false
        let wanted: RefreshDecision
    }

    static let rows = [
        Row(wanted: .useAccessToken), Row(refresh: false, wanted: .useAccessToken),
        Row(unknown: true, wanted: .useAccessToken),
        Row(ends: 100, wanted: .useAccessToken), Row(ends: 1, wanted: .useAccessToken), Row(ends: 0, wanted: .refresh),
        Row(ends: -100, wanted: .refresh), Row(ends: 100, ahead: 50, wanted: .useAccessToken),
        Row(ends: 100, ahead: 0, wanted: .refresh), Row(ends: 100, ahead: -50, wanted: .refresh),
        Row(ends: nil, ahead: -50, wanted: .refresh), Row(ends: -1, ahead: 50, wanted: .refresh),
        Row(ends: 100, ahead: -50, refresh: false, wanted: .useAccessToken),
        Row(ends: -1, refresh: false, wanted: .askForConsent),
        Row(ends: 0, refresh: false, wanted: .askForConsent),
        Row(ends: 100, ahead: -50, unknown: true, wanted: .useAccessToken),
        Row(ends: -1, unknown: true, wanted: .wait), Row(ends: -1, refresh: false, unknown: true, wanted: .wait),
    ]

    @Test("Tokens say what they need", arguments: rows)
    func decides(_ row: Row) {
        let grant = Fixture.token(refresh: row.refresh, ends: row.ends, ahead: row.ahead)
        #expect(RefreshDecision.decide(grant, at: Fixture.moment, isHeld: row.unknown) == row.wanted)
    }

    @Test("A refused access token is refreshed, if there is something to spend and it is known not to be spent")
    func afterRefusal() {
        let rows: [(Bool, Bool, RefreshDecision)] = [
            (true, false, .refresh), (false, false, .askForConsent), (true, true, .wait), (false, true, .wait),
        ]
        for (refresh, unknown, wanted) in rows {
            var grant = Fixture.token(refresh: refresh, ends: 1000)
            grant.confirmedAt = Fixture.now
            #expect(RefreshDecision.afterRefusal(grant, now: Fixture.now, isHeld: unknown) == wanted)
        }
    }

    @Test("C77: no refresh is spent for an access token that is called active; that changes nothing else")
    func calledActive() {
        let rows: [(refresh: Bool, isHeld: Bool, isFresh: Bool, RefreshDecision)] = [
            (true, false, false, .spare), (false, false, false, .askForConsent), (true, true, false, .wait),
            (true, false, true, .useAccessToken),
        ]
        for (refresh, isHeld, isFresh, wanted) in rows {
            var grant = Fixture.token(refresh: refresh, ends: 1000)
            grant.confirmedAt = isFresh ? nil : Fixture.now
            let found = RefreshDecision.afterRefusal(
                grant, now: Fixture.now, isHeld: isHeld, isCalledActive: true)
            #expect(found == wanted)
        }
    }

    @Test("C77: it is asked about while it ought to be good, and not for ever")
    func askedAbout() {
        let rows: [(ends: Int64?, failures: Int, Bool)] = [
            (100, 0, true), (100, 7, true), (100, 8, false), (100, 1000, false), (0, 0, false), (nil, 0, false),
        ]
        for (ends, failures, wanted) in rows {
            let grant = Fixture.token(ends: ends)
            #expect(RefreshDecision.isAskedAbout(grant, failures: failures, at: Fixture.moment) == wanted)
        }
    }

    @Test("A token fresh from the provider that never worked is not replaced at once, whatever the clock does")
    func freshRefusal() {
        let grant = Fixture.token()
        let rows: [(Int64, RefreshDecision)] = [
            (0, .useAccessToken), (Limits.freshTokenSeconds - 1, .useAccessToken), (Limits.freshTokenSeconds, .refresh),
            (-1, .refresh),
        ]
        for (seconds, wanted) in rows {
            let now = Fixture.now.adding(seconds: seconds)
            #expect(RefreshDecision.afterRefusal(grant, now: now, isHeld: false) == wanted, "\(seconds)")
            #expect(RefreshDecision.afterRefusal(grant, now: now, isHeld: true) == .wait)
        }
    }
}

@Suite struct WorkStepTests {
    /// Every state there is: the switch below does not compile without one.
    static var states: [LinkState] {
        let all: [LinkState] =
            [.linking, .active, .paused, .merged] + FailureReason.allCases.map { .failed($0) }
            + ConsentReason.allCases.map { .needsConsent($0) } + SuspensionReason.allCases.map { .suspended($0) }
            + RevokedBy.allCases.map { .revoked($0) }
        return all
    }

    @Test("A link's state says what work it needs", arguments: states)
    func decides(_ state: LinkState) {
        for wasTaken in [false, true] {
            for generation in [0, 1, 7] {
                var link = Fixture.link(state)
                link.generation = generation
                let step = WorkStep.decide(link, wasTaken: wasTaken, hasAnswer: false)
                switch state {
                case .active: #expect(step == .pull)
                case .linking where generation > 0: #expect(step == .identify)
                case .linking:
                    guard case .fail(let reason, let why) = step else {
                        Issue.record("\(step)")
                        continue
                    }
                    #expect(reason == (wasTaken ? .codeLost : .expired) && !why.isEmpty)
                case .failed, .merged: #expect(step == .forget)
                case .revoked(.user): #expect(step == .finishUnlinking)
                case .paused: #expect(step == .settle)
                case .needsConsent, .suspended, .revoked(.provider): #expect(step == .rest)
                }
            }
        }
    }

    @Test("An answer that was kept and never parsed comes before any verdict on a link that is not one yet")
    func resumes() {
        var link = Fixture.link(.linking)
        link.generation = 0
        #expect(WorkStep.decide(link, wasTaken: true, hasAnswer: true) == .resume)
        link.generation = 1
        #expect(WorkStep.decide(link, wasTaken: true, hasAnswer: true) == .identify)
    }

    @Test("A link by device code is asked about whatever was kept of it, until it holds a grant")
    func polls() {
        var link = Fixture.link(.linking)
        for (wasTaken, hasAnswer) in [(false, false), (true, true), (true, false)] {
            #expect(
                WorkStep.decide(link, isDevice: true, wasTaken: wasTaken, hasAnswer: hasAnswer) == .poll)
        }
        link.generation = 1
        #expect(WorkStep.decide(link, isDevice: true, wasTaken: true, hasAnswer: false) == .identify)
        #expect(
            WorkStep.decide(Fixture.link(.failed(.denied)), isDevice: true, wasTaken: false, hasAnswer: false)
                == .forget)
    }

    @Test("A state survives being written down", arguments: states)
    func stored(_ state: LinkState) {
        #expect(LinkState(code: state.code, reason: state.reason) == state)
        if state.reason != nil { #expect(LinkState(code: state.code, reason: nil) == nil) }
        #expect(LinkState(code: state.code, reason: "no such reason") == (state.reason == nil ? state : nil))
    }

    @Test("A state nobody writes is none", arguments: ["", "Active", "dead", "linking ", "failed"])
    func unknownStates(_ code: String) {
        #expect(LinkState(code: code, reason: nil) == nil)
    }
}

@Suite struct BackoffTests {
    @Test("The wait doubles from half a minute to six hours and stays there")
    func ceilings() {
        let wanted: [Int64] = [30, 30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360, 21_600, 21_600]
        for (failures, seconds) in wanted.enumerated() {
            #expect(Backoff.ceiling(after: failures) == seconds * 1000, "\(failures)")
        }
        for failures in [13, 16, 17, 63, 64, 1000, Int.max] { #expect(Backoff.ceiling(after: failures) == 21_600_000) }
        for failures in [0, -1, Int.min] { #expect(Backoff.ceiling(after: failures) == 30_000) }
    }

    @Test(
        "A wait is drawn between a tenth of its ceiling and all of it, and over the whole of that",
        arguments: [1, 4, 20])
    func bounds(_ failures: Int) {
        let randomness = CountingRandomness()
        let most = Backoff.ceiling(after: failures)
        var waits: [Int64] = []
        for _ in 0..<3000 {
            waits.append(
                Backoff.next(after: failures, now: Fixture.now, randomness).milliseconds(since: Fixture.now))
        }
        #expect(waits.allSatisfy { (most / 10...most).contains($0) })
        #expect(waits.min()! < most / 8 && waits.max()! > most - most / 40)
        #expect(Set(waits).count > 1000)
    }

    @Test("A link that went well is due a tenth around its schedule")
    func regular() {
        let randomness = CountingRandomness()
        for seconds: Int64 in [60, 21_600, 31_536_000] {
            for _ in 0..<1000 {
                let wait = Backoff.regular(seconds, now: Fixture.now, randomness).milliseconds(since: Fixture.now)
                #expect((seconds * 900...seconds * 1100).contains(wait))
            }
        }
    }

    @Test("A time the provider named is waited for; one that has passed is no reason to ask at once")
    func notBefore() {
        let randomness = CountingRandomness()
        let now = Fixture.now
        for _ in 0..<500 {
            let later = now.adding(seconds: 120)
            #expect(Backoff.next(after: 9, notBefore: later, now: now, randomness) == later)
            for passed in [now, now.adding(seconds: -60), now.adding(milliseconds: 1)] {
                let wait = Backoff.next(after: 9, notBefore: passed, now: now, randomness).milliseconds(since: now)
                #expect((3000...30_000).contains(wait))
            }
            let unnamed = Backoff.next(after: 4, notBefore: nil, now: now, randomness).milliseconds(since: now)
            #expect((24_000...240_000).contains(unnamed))
        }
    }
}
