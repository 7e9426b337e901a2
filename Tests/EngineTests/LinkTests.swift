import Testing
import Wire

@testable import PurserEngine

@Suite struct LinkTests {
    @Test("A pull that is asked for happens, or says why not", arguments: WorkStepTests.states)
    func states(_ state: LinkState) {
        let answer = Fixture.link(state).answerToPullRequest(isClaimed: false, now: Fixture.now)
        #expect(answer == (state == .active ? .due : .notActive))
        let claimed = Fixture.link(state).answerToPullRequest(isClaimed: true, now: Fixture.now)
        #expect(claimed == (state == .active ? .running : .notActive))
    }

    @Test("Asking again within a minute, or before the provider allows, is too soon")
    func tooSoon() {
        func answer(attempted: Int64?, _ condition: LinkCondition = .ok) -> PullRequest {
            var link = Fixture.link()
            link.attemptedAt = attempted.map { Fixture.now.adding(seconds: $0) }
            link.condition = condition
            return link.answerToPullRequest(isClaimed: false, now: Fixture.now)
        }
        let now = Fixture.now
        #expect(answer(attempted: nil) == .due)
        #expect(answer(attempted: -60) == .due)
        #expect(answer(attempted: -59) == .tooSoon(now.adding(seconds: 1)))
        #expect(answer(attempted: 0) == .tooSoon(now.adding(seconds: 60)))
        #expect(answer(attempted: 3600) == .due, "a clock that was set back locks nobody out")
        let soon = now.adding(seconds: 500)
        #expect(answer(attempted: nil, LinkCondition(.rateLimited, until: soon)) == .tooSoon(soon))
        #expect(answer(attempted: nil, LinkCondition(.rateLimited, until: now)) == .due)
        #expect(answer(attempted: nil, LinkCondition(.rateLimited)) == .due)
        #expect(answer(attempted: nil, LinkCondition(.degraded, until: soon)) == .due)
    }

    @Test("Another state begins anew; the same again changes its words only")
    func move() {
        var link = Fixture.link()
        link.condition = LinkCondition(.degraded, cause: "x")
        link.failures = 4
        link.conditionSince = Fixture.now
        link.askedAt = Fixture.now
        let later = Fixture.now.adding(seconds: 60)
        link.move(to: .active, note: "n", now: later)
        #expect(link.since == Fixture.now && link.failures == 4 && link.condition.kind == .degraded)
        #expect(link.note == "n" && link.askedAt == nil)
        link.move(to: .needsConsent(.invalidGrant), note: nil, now: later)
        #expect(link.since == later && link.failures == 0 && link.condition == .ok && link.note == nil)
        #expect(link.conditionSince == later)
        link.move(to: .needsConsent(.insufficientScope), note: nil, now: later.adding(seconds: 1))
        #expect(link.since == later.adding(seconds: 1), "another reason is another state")
    }

    @Test("A claim that ended without a pull leaves what was pulled alone")
    func postpone() {
        var link = Fixture.link()
        link.pulledAt = Fixture.now
        link.askedAt = Fixture.now
        let later = Fixture.now.adding(seconds: 60)
        let condition = LinkCondition(.degraded, cause: "HTTP 500")
        link.postpone(Postponement(due: later, condition: condition, failures: 3, attemptedAt: later))
        #expect(link.condition == condition && link.failures == 3 && link.attemptedAt == later)
        #expect(link.pulledAt == Fixture.now && link.askedAt == nil && link.state == .active)
    }

    @Test("New tokens end the doubt whether the old one was spent, and no other condition")
    func commit() {
        for kind in LinkCondition.Kind.allCases {
            var link = Fixture.link()
            link.condition = LinkCondition(kind, cause: "x")
            link.commit(Fixture.token(generation: 5))
            #expect(link.generation == 5 && link.scopesGranted == ["read"])
            #expect((link.condition == .ok) == (kind == .outcomeUnknown), "\(kind)")
        }
    }

    @Test("What a condition is called says since when it lasts; an answer older than the doubt it ends does not")
    func conditionSince() {
        var link = Fixture.link()
        let times = (0...4).map { Fixture.now.adding(seconds: 60 + $0) }
        link.show(LinkCondition(.degraded, cause: "a"), now: times[0])
        link.show(LinkCondition(.degraded, cause: "b"), now: times[1])
        #expect(link.conditionSince == times[0] && link.condition.cause == "b")
        link.show(LinkCondition(.outcomeUnknown, cause: "x"), now: times[2])
        link.commit(Fixture.token(generation: 5))
        #expect(link.condition == .ok && link.conditionSince == times[2])
        link.postpone(
            Postponement(due: times[4], condition: LinkCondition(.degraded), failures: 1, attemptedAt: times[3]))
        #expect(link.conditionSince == times[3])
    }

    @Test("A recorded pull counts as good only when nothing was missing")
    func record() {
        var pulls = PullFixture()
        let good = pulls.pull(PullFixture.one(.unknown))
        let partial = pulls.pull(PullFixture.one(.unknown), problem: LinkCondition(.degraded, cause: "x"))
        var link = Fixture.link()
        link.failures = 2
        link.record(partial)
        #expect(link.failures == 3 && link.condition.kind == .degraded && link.pulledAt == partial.pulledAt)
        link.record(good)
        #expect(link.failures == 0 && link.condition == .ok && link.attemptedAt == good.pulledAt)
    }

    @Test("Failed, revoked and merged links hold no grant")
    func grants() {
        for state in WorkStepTests.states {
            switch state {
            case .failed, .revoked, .merged: #expect(!state.holdsGrant && !state.isLiving)
            default: #expect(state.holdsGrant && state.isLiving)
            }
        }
    }

    @Test("A balance survives being written down, and nothing else is read as one")
    func balances() {
        let one = ExactDecimal(1)
        for amount: BalanceAmount in [.known(one), .known(.zero), .unknown, .hidden, .unsupported] {
            #expect(BalanceAmount(state: amount.state, amount: amount.amount) == amount)
        }
        for (state, amount) in [("known", nil), ("unknown", one), ("hidden", one), ("", nil), ("Known", one)] {
            #expect(BalanceAmount(state: state, amount: amount) == nil)
        }
    }
}

@Suite struct IdentifierTests {
    @Test("An identifier is its prefix and sixteen base32 characters, never the same twice")
    func drawn() {
        let randomness = CountingRandomness()
        var seen: Set<String> = []
        for _ in 0..<200 {
            let id = LinkID.drawn(from: randomness).rawValue
            #expect(seen.insert(id).inserted && id.hasPrefix("lnk_") && id.utf8.count == 20)
            #expect(LinkID.looksRight(id) && !AccountID.looksRight(id))
            #expect(Base32.decode(String(id.dropFirst(4)))?.count == 10)
        }
        let prefixes = [
            WalletID.prefix, LinkID.prefix, MembershipID.prefix, AccountID.prefix, EntryID.prefix, ReceiptID.prefix,
        ]
        #expect(Set(prefixes).count == prefixes.count)
    }

    @Test(
        "What could not be ours is never looked up",
        arguments: [
            "", "lnk_", "lnk", "LNK_a", "acc_a", "lnk_A", "lnk_a b", "lnk_a/../b", "lnk_a'--", "lnk_é", "lnk_a\0",
            "lnk_" + String(repeating: "a", count: 65), " lnk_a",
        ])
    func foreign(_ text: String) {
        #expect(!LinkID.looksRight(text))
    }

    @Test("The first wallet is one, and prints as it is written")
    func wallet() {
        #expect(WalletID.looksRight(WalletID.first.rawValue) && "\(WalletID.first)" == "wal_default")
        #expect(LinkID(rawValue: "lnk_a") < LinkID(rawValue: "lnk_b"))
    }
}

@Suite struct LimitTests {
    @Test("The limits are the ones that were promised, and fit together")
    func limits() {
        #expect(Limits.answerBytes == 1 << 20 && Limits.tokenAnswerBytes == 64 << 10 && Limits.tokenBytes == 64 << 10)
        #expect(Limits.connectSeconds == 5 && Limits.answerSeconds == 30 && Limits.strictRefreshSeconds == 90)
        #expect(Limits.clockSkewSeconds == 60 && Limits.pendingLinkSeconds == 600 && Limits.failedLinkSeconds == 600)
        #expect(Limits.pagesPerStream == 4 && Limits.claimMarginSeconds == 10)
        #expect(Limits.strictRefreshSeconds + Limits.answerSeconds + Limits.claimMarginSeconds <= Limits.claimSeconds)
        #expect(Limits.retryAfterSeconds == 24 * 3600 && Limits.backoffBaseSeconds < Limits.backoffCapSeconds)
    }
}
