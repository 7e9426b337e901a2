import Testing
import Wire

@testable import PurserEngine

@Suite("What is done about a spend that nobody knows the end of")
struct ResolveStepTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let policy: RotationPolicy
        /// Seconds since it was sent.
        let after: Int64
        var isFlying = false
        var mayPullFirst = false
        var said = ResolveStep.Said.nothing
        let wanted: ResolveStep

        var testDescription: String {
            "\(policy) after \(after) s, \(isFlying ? "flying" : "over"), \(mayPullFirst), \(said)"
        }
    }

    static func wait(_ seconds: Int64) -> ResolveStep { .wait(milliseconds: seconds * 1000) }

    static let rows: [Row] = [
        // Harmless: at once, whenever that is.
        Row(policy: .none, after: 0, wanted: .resend),
        Row(policy: .none, after: 1, mayPullFirst: true, wanted: .resend),
        Row(policy: .none, after: 1 << 30, wanted: .resend),
        Row(policy: .graceUntilUsed(capSeconds: 28_800), after: 0, wanted: .resend),
        Row(policy: .graceUntilUsed(capSeconds: 28_800), after: 90_000, wanted: .resend),
        // Inside the grace, five seconds before it ends.
        Row(policy: .grace(seconds: 30), after: 0, wanted: .resend),
        Row(policy: .grace(seconds: 30), after: 24, wanted: .resend),
        // Over: as strict, and what can still arrive has had its time by then.
        Row(policy: .grace(seconds: 30), after: 25, wanted: .resend),
        Row(policy: .grace(seconds: 30), after: 25, mayPullFirst: true, wanted: .pullFirst),
        // A grace too short to come back in.
        Row(policy: .grace(seconds: 19), after: 0, wanted: wait(95)),
        // Strict: an answer can arrive for as long as it was waited for, and a little longer.
        Row(policy: .strict, after: 0, wanted: wait(95)), Row(policy: .strict, after: 94, wanted: wait(1)),
        Row(policy: .strict, after: 94, mayPullFirst: true, wanted: wait(1)),
        Row(policy: .strict, after: 95, wanted: .resend), Row(policy: .strict, after: 1 << 30, wanted: .resend),
        Row(policy: .strict, after: 95, mayPullFirst: true, wanted: .pullFirst),
        Row(policy: .sometimes, after: 10, wanted: wait(85)), Row(policy: .sometimes, after: 95, wanted: .resend),
        // While this process waits for the answer nobody else sends, whatever the policy.
        Row(policy: .none, after: 0, isFlying: true, wanted: wait(35)),
        Row(policy: .none, after: 1000, isFlying: true, wanted: wait(1)),
        Row(policy: .grace(seconds: 30), after: 10, isFlying: true, wanted: wait(10)),
        Row(policy: .strict, after: 200, isFlying: true, mayPullFirst: true, wanted: wait(1)),
        // What became of it can be asked: not before it matters, and not where it does not.
        Row(policy: .none, after: 0, said: .notAsked, wanted: .resend),
        Row(policy: .graceUntilUsed(capSeconds: 60), after: 90, said: .inactive(accessServes: true), wanted: .resend),
        Row(policy: .grace(seconds: 30), after: 24, said: .notAsked, wanted: .resend),
        Row(policy: .grace(seconds: 30), after: 25, said: .notAsked, wanted: .ask),
        Row(policy: .strict, after: 94, said: .notAsked, wanted: wait(1)),
        Row(policy: .strict, after: 94, said: .active, wanted: wait(1)),
        Row(policy: .strict, after: 200, isFlying: true, said: .notAsked, wanted: wait(1)),
        Row(policy: .strict, after: 95, said: .notAsked, wanted: .ask),
        Row(policy: .sometimes, after: 95, mayPullFirst: true, said: .notAsked, wanted: .ask),
        // Never spent: at once. Spent: when the access token serves no more, and no answer is a verdict.
        Row(policy: .strict, after: 95, mayPullFirst: true, said: .active, wanted: .resend),
        Row(policy: .strict, after: 95, said: .inactive(accessServes: true), wanted: .pullFirst),
        Row(policy: .strict, after: 95, mayPullFirst: true, said: .inactive(accessServes: false), wanted: .resend),
        Row(policy: .strict, after: 95, mayPullFirst: true, said: .nothing, wanted: .pullFirst),
        // A clock that was set back shortens nothing and lengthens nothing.
        Row(policy: .strict, after: -5000, wanted: wait(95)), Row(policy: .none, after: -5000, wanted: .resend),
    ]

    @Test(
        "C18: work that ends with a spend in doubt goes on within the grace, sooner the less is left of it",
        arguments: [
            (.grace(seconds: 30), 0, 6250), (.grace(seconds: 30), 15, 2500), (.grace(seconds: 30), 23, 500),
            (.grace(seconds: 30), 25, nil), (.grace(seconds: 19), 0, nil), (.none, 0, nil), (.strict, 0, nil),
            (.sometimes, 0, nil), (.graceUntilUsed(capSeconds: 28_800), 0, nil), (.grace(seconds: 30), -60, 6250),
        ] as [(RotationPolicy, Int64, Int64?)])
    func hurries(policy: RotationPolicy, after: Int64, milliseconds: Int64?) {
        func intent(_ purpose: Intent.Purpose, attempt: Int = 1) -> Intent {
            Intent(
                wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: purpose, generation: 1, fence: 1,
                sentAt: Fixture.now, deadline: Fixture.now.adding(seconds: 15), attempt: attempt)
        }
        let moment = Moment(
            wall: Fixture.now.adding(seconds: after), up: Uptime(boot: "b", milliseconds: 0))
        #expect(ResolveStep.hurryMilliseconds(intent(.refresh), policy, at: moment) == milliseconds)
        // What seed 817 showed: for as long as nothing gets through, nobody is asked every few seconds.
        #expect(ResolveStep.hurryMilliseconds(intent(.refresh, attempt: 20), policy, at: moment) == milliseconds)
        #expect(ResolveStep.hurryMilliseconds(intent(.refresh, attempt: 21), policy, at: moment) == nil)
        #expect(ResolveStep.hurryMilliseconds(intent(.exchange), policy, at: moment) == nil)
        #expect(ResolveStep.hurryMilliseconds(nil, policy, at: moment) == nil)
    }

    @Test("C16, C18: Every policy has its moment", arguments: rows)
    func decides(_ row: Row) {
        let now = Fixture.now.adding(seconds: row.after)
        let intent = Intent(
            wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: .refresh, generation: 1, fence: 1,
            sentAt: Fixture.now,
            deadline: Fixture.now.adding(seconds: TokenRequest.deadlineSeconds(row.policy)))
        let moment = Moment(wall: now, up: Uptime(boot: "b", milliseconds: 0))
        let step = ResolveStep.decide(
            intent, row.policy, at: moment, isFlying: row.isFlying, mayPullFirst: row.mayPullFirst,
            said: row.said)
        #expect(step == row.wanted)
    }

    @Test("C77: an access token serves in place of a lost answer while it is good, for a day, and within the idle life")
    func serves() {
        let rows: [(ends: Int64?, idle: Int64?, after: Int64, Bool)] = [
            (100, nil, 99, true), (100, nil, 100, false), (nil, nil, 1, false),
            (1_000_000, nil, 86_399, true), (1_000_000, nil, 86_400, false),
            (1_000_000, 30_000, 9_999, true), (1_000_000, 30_000, 10_000, false),
            (1_000_000, 1 << 40, 86_400, false), (100, 30_000, 99, true),
        ]
        for (ends, idle, after, wanted) in rows {
            let intent = Intent(
                wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: .refresh, generation: 1, fence: 1,
                sentAt: Fixture.now, deadline: Fixture.now.adding(seconds: 90))
            let moment = Moment(
                wall: Fixture.now.adding(seconds: after), up: Uptime(boot: "b", milliseconds: after * 1000))
            #expect(
                ResolveStep.accessServes(intent, Fixture.token(ends: ends), idleSeconds: idle, at: moment) == wanted,
                "\(String(describing: ends)) \(String(describing: idle)) \(after)")
        }
    }

    @Test("C22: The clock that only counts on is believed before the wall clock")
    func monotonic() {
        let sent = Uptime(boot: "b", milliseconds: 1_000_000)
        let intent = Intent(
            wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: .refresh, generation: 1, fence: 1,
            sentAt: Fixture.now, deadline: Fixture.now.adding(seconds: 90), sentUp: sent)
        func step(wall: Int64, up: Int64, boot: String = "b") -> ResolveStep {
            ResolveStep.decide(
                intent, .strict,
                at: Moment(
                    wall: Fixture.now.adding(seconds: wall),
                    up: Uptime(boot: boot, milliseconds: 1_000_000 + up * 1000)),
                isFlying: false, mayPullFirst: false)
        }
        #expect(step(wall: 86_400, up: 10) == Self.wait(85))
        #expect(step(wall: -86_400, up: 95) == .resend)
        #expect(step(wall: 95, up: 0, boot: "another") == .resend)
    }
}

@Suite("A refused grant")
struct RefusalTests {
    private func suspicion(_ refusals: Int, lost: Bool = false) -> Suspicion {
        Suspicion(
            generation: 3, firstAt: Fixture.now, lastAt: Fixture.now, refusals: refusals,
            lostAt: lost ? Fixture.now : nil)
    }

    private func at(_ seconds: Int64) -> Refusal { .confirm(at: Fixture.now.adding(seconds: seconds)) }

    @Test(
        "C17, C19: is confirmed after 15 minutes, and where a call is harmless after 6 hours more, before it is lost")
    func ladder() {
        for policy in [RotationPolicy.none, .grace(seconds: 30), .graceUntilUsed(capSeconds: 60)] {
            let steps = (1...3).map {
                Refusal.decide(suspicion($0), policy, isMass: false, clientChanged: false)
            }
            #expect(steps == [at(900), at(21_600), .lost(.invalidGrant)], "\(policy)")
        }
        for policy in [RotationPolicy.strict, .sometimes, .grace(seconds: 10)] {
            let steps = (1...2).map {
                Refusal.decide(suspicion($0), policy, isMass: false, clientChanged: false)
            }
            #expect(steps == [at(900), .lost(.invalidGrant)], "\(policy)")
        }
    }

    @Test("is called by its cause where an answer had been lost before")
    func cause() {
        #expect(
            Refusal.decide(suspicion(2, lost: true), .strict, isMass: false, clientChanged: false)
                == .lost(.answerLost))
    }

    @Test("is the operator's first where the client was registered anew since: asked once more, a day later")
    func client() {
        let steps = (1...3).map { Refusal.decide(suspicion($0), .strict, isMass: false, clientChanged: true) }
        #expect(steps == [at(900), at(86_400), .lost(.invalidGrant)])
    }

    @Test("is no verdict where many are refused at once")
    func mass() {
        let frozen = Refusal.decide(suspicion(9), .strict, isMass: true, clientChanged: false)
        #expect(frozen == .frozen(until: Fixture.now.adding(seconds: 3600)))
        // Refused, of so many, frozen already, first refused so many seconds ago.
        let rows: [(Int, Int, Int, Int64?, Bool)] = [
            (1, 1, 0, nil, false), (5, 6, 0, nil, false), (6, 6, 0, nil, true), (6, 600, 0, nil, false),
            (7, 700, 0, nil, false), (8, 700, 0, nil, true), (100, 10_000, 0, nil, false),
            (101, 10_000, 0, nil, true),
            // What was frozen keeps the event going, for a day.
            (1, 6, 2, 3600, false), (1, 6, 3, 3600, true), (6, 6, 9, 86_399, true), (6, 6, 9, 86_400, false),
        ]
        for (refused, grants, frozen, ago, wanted) in rows {
            let isMass = Refusal.isMass(
                refused: refused, of: grants, frozen: frozen, firstAt: ago.map { Fixture.now.adding(seconds: -$0) },
                now: Fixture.now)
            #expect(isMass == wanted, "\(refused) of \(grants), \(frozen) frozen")
        }
    }

    @Test("counts on from refusal to refusal of one generation, and anew for the next")
    func counts() {
        let first = Suspicion(after: nil, generation: 3, counts: true, lostAt: nil, at: Fixture.now)
        let later = Fixture.now.adding(seconds: 900)
        let second = Suspicion(after: first, generation: 3, counts: true, lostAt: later, at: later)
        #expect(second.refusals == 2 && second.firstAt == Fixture.now && second.lastAt == later)
        #expect(second.lostAt == later)
        let frozen = Suspicion(after: second, generation: 3, counts: false, lostAt: nil, at: later)
        #expect(frozen.refusals == 2 && frozen.lostAt == later)
        #expect(Suspicion(after: second, generation: 4, counts: true, lostAt: nil, at: later).refusals == 1)
    }

    @Test("holds the refresh token back until it is asked about again; so do doubt and a restored database")
    func holds() {
        let grant = Fixture.token(ends: -1)
        let refused = Suspicion(
            generation: grant.generation, firstAt: Fixture.now, lastAt: Fixture.now, refusals: 1, lostAt: nil)
        func hold(
            _ past: CustodyPast, _ policy: RotationPolicy = .strict, restored: Int64? = nil, after: Int64 = 0,
            shown: LinkCondition = .ok
        ) -> RefreshHold? {
            RefreshHold.decide(
                past, policy, grant: grant, restoredAt: restored.map { grant.receivedAt.adding(seconds: $0) },
                shown: shown, now: Fixture.now.adding(seconds: after))
        }
        #expect(hold(CustodyPast()) == nil)
        #expect(hold(CustodyPast(intent: Fixture.intent)) == .inDoubt(until: nil))
        for (isPart, shown, wanted) in [
            (false, .uncheckable("HTTP 500"), .uncheckable(.uncheckable("HTTP 500"))),
            (true, .uncheckable("HTTP 500"), .inDoubt(until: nil)), (false, .ok, .inDoubt(until: nil)),
            (false, LinkCondition(.degraded, cause: "HTTP 500"), .inDoubt(until: nil)),
        ] as [(Bool, LinkCondition, RefreshHold)] {
            let past = CustodyPast(intent: Fixture.intent, answers: [Fixture.answer(isPart: isPart)])
            #expect(hold(past, shown: shown) == wanted)
        }
        #expect(hold(CustodyPast(intent: Fixture.intent), shown: .uncheckable("x")) == .inDoubt(until: nil))
        #expect(hold(CustodyPast(), shown: .uncheckable("x")) == nil)
        let until = Fixture.now.adding(seconds: 900)
        #expect(hold(CustodyPast(suspicion: refused)) == .suspected(until: until))
        #expect(hold(CustodyPast(suspicion: refused), after: 899) == .suspected(until: until))
        #expect(hold(CustodyPast(suspicion: refused), after: 900) == nil)
        #expect(hold(CustodyPast(), restored: 10) == .restored)
        // A consent after that is not in the other daemon's hands; where a replay is harmless nothing is held back.
        #expect(hold(CustodyPast(), restored: -10) == nil)
        #expect(hold(CustodyPast(), .none, restored: 10) == nil)
        #expect(hold(CustodyPast(), .grace(seconds: 30), restored: 10) == nil)
    }
}

@Suite("The life of an access token")
struct TokenLifeTests {
    private func life(_ token: TokenVersion, wall: Int64, up: Int64, boot: String = "b") -> TokenVersion.Life {
        token.life(
            at: Moment(
                wall: Fixture.now.adding(seconds: wall), up: Uptime(boot: boot, milliseconds: 1_000_000 + up * 1000)))
    }

    @Test("C22: goes by the clock that only counts on; after a restart of the machine nobody knows")
    func clocks() {
        var token = Fixture.token(ends: 100)
        #expect(life(token, wall: 99, up: 0) == .good)
        #expect(life(token, wall: 100, up: 0) == .ended)
        token.endsUp = Uptime(boot: "b", milliseconds: 1_100_000)
        #expect(life(token, wall: 86_400, up: 99) == .good)
        #expect(life(token, wall: -86_400, up: 100) == .ended)
        #expect(life(token, wall: 0, up: 5000, boot: "another") == .unknown)
        #expect(life(Fixture.token(ends: nil), wall: 0, up: 0) == .unknown)
    }
}

@Suite("A database that was put back")
struct RestoredTests {
    @Test("C91: is known by an epoch that is not among those beside it; one without a witness yet is fresh")
    func finds() {
        #expect(Restored.decide(database: "a1b2c3", beside: nil) == .fresh)
        #expect(Restored.decide(database: "a1b2c3", beside: ["1700-x"]) == .fresh)
        #expect(Restored.decide(database: "1700-x", beside: ["1700-x"]) == .same)
        #expect(Restored.decide(database: "1700-x", beside: ["1600-w", "1700-x"]) == .same)
        #expect(Restored.decide(database: "1700-x", beside: ["1800-y"]) == .restored)
        #expect(Restored.decide(database: "1700-x", beside: nil) == .restored)
        #expect(Restored.decide(database: "1700-x", beside: []) == .restored)
    }

    @Test(
        "a grace may have begun with the first attempt: what is left since then counts first",
        arguments: [
            // Seconds since the newest attempt and from the first to that one, and milliseconds left.
            (0, 0, 25_000), (5, 0, 20_000), (5, 10, 10_000), (1, 23, 1000), (1, 24, 0), (1, 26, -2000), (1, 27, 24_000),
            (10, 3600, 15_000),
        ] as [(Int64, Int64, Int64)])
    func left(_ elapsed: Int64, _ earlier: Int64, _ left: Int64) {
        #expect(ResolveStep.leftMilliseconds(30, elapsed * 1000, earlier: earlier * 1000) == left)
        let intent = Intent(
            wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: .refresh, generation: 2, fence: 1,
            sentAt: Fixture.now, deadline: Fixture.now.adding(seconds: 15), attempt: 3)
        let moment = Moment(wall: Fixture.now.adding(seconds: elapsed), up: Uptime(boot: "b", milliseconds: 0))
        #expect(
            ResolveStep.hurryMilliseconds(intent, .grace(seconds: 30), at: moment, earlier: earlier * 1000)
                == max(500, left / 4))
    }

    @Test("when a spend was first sent is in the link's story; one of a clock that was set since says nothing")
    func first() {
        func intent(attempt: Int) -> Intent {
            Intent(
                wallet: .first, link: LinkID(rawValue: "lnk_a"), purpose: .refresh, generation: 2, fence: 1,
                sentAt: Fixture.now, deadline: Fixture.now.adding(seconds: 15), attempt: attempt)
        }
        func event(_ kind: String, _ generation: Int, _ seconds: Int64) -> CustodyEvent {
            CustodyEvent(at: Fixture.now.adding(seconds: seconds), kind: kind, generation: generation)
        }
        let before = [event("intent", 1, -900), event("intent", 2, -600), event("notSent", 2, -599)]
        let story = before + [event("intent", 2, -7), event("resent", 2, -3), event("resent", 2, 0)]
        #expect(intent(attempt: 3).sinceFirst(story) == 7000)
        #expect(intent(attempt: 1).sinceFirst(story) == 0)
        #expect(intent(attempt: 3).sinceFirst([event("intent", 1, -900)]) == 0)
        #expect(intent(attempt: 3).sinceFirst([event("intent", 2, 40)]) == 0)
    }

    @Test(
        "which attempts hurry",
        arguments: [
            (.grace(seconds: 30), 1, false), (.grace(seconds: 30), 2, true), (.grace(seconds: 30), 20, true),
            (.grace(seconds: 30), 21, false), (.grace(seconds: 19), 2, false), (.none, 2, false), (.strict, 2, false),
            (.sometimes, 2, false), (.graceUntilUsed(capSeconds: 28_800), 2, false),
        ] as [(RotationPolicy, Int, Bool)])
    func hurries(_ policy: RotationPolicy, _ attempt: Int, _ hurries: Bool) {
        #expect(ResolveStep.isHurried(policy, attempt: attempt) == hurries)
    }
}
