import PurserEngine
import Testing
import Wire

@Suite struct CustodyTests {
    private func commit(
        _ store: Bench, _ claim: Claim, parent: Int, fence: Int64? = nil, _ token: TokenVersion
    ) throws -> Commit {
        try store {
            try $0.commitGeneration(claim.wallet, claim.link, parent: parent, fence: fence ?? claim.fence, token)
        }
    }

    private func begin(_ store: Bench, _ intent: Intent) throws -> SpendStart {
        try store { try $0.beginSpend(intent) }
    }

    @Test("C15: one spend is in flight per link", arguments: Backend.allCases)
    func singleFlight(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        #expect(try begin(store, intent) == .begun)
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == intent)
        // The very same words again are a second spend, too.
        #expect(try begin(store, intent) == .inFlight(intent))
        #expect(try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 12)) == .inFlight(intent))
        let next = try store.claim(at: 200)
        #expect(try begin(store, Sample.intent(next, .refresh, generation: 1, at: 201)) == .inFlight(intent))
        #expect(try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 202)) == .claimLost)
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == intent)
    }

    @Test("C65: Times beyond 2038, and as far as a lifetime may go, are kept as they are", arguments: Backend.allCases)
    func farTimes(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        _ = try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 11))
        let token = TokenVersion(
            generation: 2, sealedAccess: [1], sealedRefresh: [2], sealedIDToken: nil, scopes: ["accounts"],
            accessEndsAt: Instant(seconds: 4_102_444_800), refreshAheadAt: Instant(seconds: 253_402_300_799),
            receivedAt: Sample.at(12))
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } == token)
    }

    @Test("A generation that has moved is not spent", arguments: Backend.allCases)
    func generationMoved(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        #expect(try begin(store, Sample.intent(claim, .exchange, generation: 0, at: 9)) == .generationMoved)
        #expect(try begin(store, Sample.intent(claim, .refresh, generation: 2, at: 9)) == .generationMoved)
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == nil)
    }

    @Test("A commit adds the next generation and settles the spend", arguments: Backend.allCases)
    func commits(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        let token = Sample.token(2, "second", at: 12, scopes: ["fewer"])
        let version = try store.version()
        _ = try begin(store, intent)
        try store { try $0.keepRaw(Sample.raw(intent, at: 12)) }
        #expect(try store.version() == version)
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } == token)
        #expect(try store.link(claim).generation == 2)
        #expect(try store.link(claim).scopesGranted == ["fewer"])
        #expect(try store.version() == version + 1)
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.unfinishedSpends() } == [])
        #expect(try store.kinds(claim).suffix(3) == ["intent", "answer", "committed"])
    }

    @Test("A commit that happened is committed again, whatever came after it", arguments: Backend.allCases)
    func commitRepeats(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let token = Sample.token(2, "second", at: 12)
        _ = try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 11))
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        let story = try store.kinds(claim)
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        let next = try store.claim(at: 200)
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        _ = try commit(store, next, parent: 2, Sample.token(3, "third", at: 201))
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        #expect(try store.link(claim).generation == 3)
        #expect(try store { try $0.orphanCount(claim.wallet, claim.link) } == 0)
        #expect(try store.kinds(claim) == story + ["committed"])
    }

    @Test("Tokens that lost the race are kept as orphans, once", arguments: Backend.allCases)
    func orphans(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let lost = try store.claim(at: 10)
        let intent = Sample.intent(lost, .refresh, generation: 1, at: 11)
        _ = try begin(store, intent)
        try store { try $0.keepRaw(Sample.raw(intent, at: 12)) }
        let held = try store.claim(at: 200)
        let before = try store.link(held)
        let grant = try store { try $0.grant(held.wallet, held.link) }
        // By fence.
        let late = Sample.token(2, "late", at: 201)
        #expect(try commit(store, lost, parent: 1, late) == .orphaned)
        #expect(try commit(store, lost, parent: 1, late) == .orphaned)
        #expect(try store { try $0.orphanCount(held.wallet, held.link) } == 1)
        // By generation.
        #expect(try commit(store, held, parent: 0, Sample.token(1, "older", at: 202)) == .orphaned)
        #expect(try commit(store, held, parent: 2, Sample.token(3, "newer", at: 202)) == .orphaned)
        #expect(try store { try $0.orphanCount(held.wallet, held.link) } == 3)
        #expect(try store.link(held) == before)
        #expect(try store { try $0.grant(held.wallet, held.link) } == grant)
        // What was spent stays spent: nobody sends the old token on the strength of this.
        #expect(try store { try $0.intent(held.wallet, held.link) } == intent)
        #expect(try store { try $0.unfinishedSpends() }.first?.raw == Sample.raw(intent, at: 12))
        #expect(try store.kinds(held).suffix(3) == ["orphaned", "orphaned", "orphaned"])
    }

    @Test(
        "What is told of a grant's end lies with its tokens, also while they are orphans", arguments: Backend.allCases)
    func ends(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let lost = try store.claim(at: 10)
        // Identifying the person left them where they were.
        #expect(try store { try $0.grant(lost.wallet, lost.link) }?.ends == Sample.ends(1, at: 3))
        #expect(try store.link(lost).consentEndsAt == Sample.at(3 + 86_400))
        #expect(try store.link(lost).consentEndMoves == true)
        _ = try begin(store, Sample.intent(lost, .refresh, generation: 1, at: 11))
        let held = try store.claim(at: 200)
        let late = Sample.token(2, "late", at: 201)
        #expect(try commit(store, lost, parent: 1, late) == .orphaned)
        let orphan = try store { try $0.past(held.wallet, held.link) }.orphans.first
        #expect(orphan?.token.ends == late.ends && late.ends.refresh?.moves == false)
        #expect(try store.link(held).consentEndsAt == Sample.at(3 + 86_400))
        #expect(try store { try $0.adopt(held, orphan: orphan?.number ?? 0, at: Sample.at(202)) })
        #expect(try store { try $0.grant(held.wallet, held.link) }?.ends == late.ends)
        #expect(try store.link(held).consentEndsAt == Sample.at(201 + 9_000_000))
        #expect(try store.link(held).consentEndMoves == nil)
        let overdue = try store { try $0.overdue(now: Sample.at(9999)) }
        #expect(overdue.map(\.ends) == [late.ends])
        // Another generation, of which nothing is said.
        let third = Sample.token(3, "third", at: 300)
        #expect(try commit(store, held, parent: 2, third) == .committed)
        #expect(third.ends == .untold)
        #expect(try store.link(held).consentEndsAt == nil)
        #expect(try store { try $0.grant(held.wallet, held.link) }?.ends == .untold)
    }

    @Test("A link that has ended spends nothing, and tokens that still come are orphans", arguments: Backend.allCases)
    func endedLink(backend: Backend) throws {
        for state in [LinkState.revoked(.provider), .failed(.providerGone)] {
            let store = try backend.open()
            let claim = try store.active("lnk_a")
            try store {
                _ = try $0.setLinkState(
                    claim.wallet, claim.link, claim: nil, state: state, note: nil, now: Sample.at(9), due: nil)
            }
            #expect(try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 10)) == .claimLost)
            #expect(try commit(store, claim, parent: 1, Sample.token(2, "late", at: 11)) == .orphaned)
            #expect(try store.link(claim).generation == 1)
            #expect(try store { try $0.orphanCount(claim.wallet, claim.link) } == 1)
        }
    }

    @Test("New tokens end the doubt whether the old ones were spent", arguments: Backend.allCases)
    func endsDoubt(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        try store {
            try $0.setCondition(
                claim.wallet, claim.link, LinkCondition(.outcomeUnknown, cause: "lost"), now: Sample.at(10))
        }
        #expect(try commit(store, claim, parent: 1, Sample.token(2, "second", at: 11)) == .committed)
        #expect(try store.link(claim).condition == .ok)
    }

    @Test("Tokens of a generation that does not follow are refused as a mistake", arguments: Backend.allCases)
    func wrongGeneration(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        let error = store.failure {
            _ = try $0.commitGeneration(
                claim.wallet, claim.link, parent: 1, fence: claim.fence, Sample.token(3, "x", at: 9))
        }
        guard case .failed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.link(claim).generation == 1)
    }

    @Test("A raw answer is kept whatever became of the claim, and replaced when repeated", arguments: Backend.allCases)
    func rawAnswers(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        _ = try begin(store, intent)
        #expect(try store { try $0.unfinishedSpends() } == [UnfinishedSpend(intent: intent, raw: nil)])
        _ = try store.claim(at: 200)
        let raw = Sample.raw(intent, at: 201)
        let better = Sample.raw(intent, at: 202, body: "")
        try store { try $0.keepRaw(raw) }
        #expect(try store { try $0.unfinishedSpends() } == [UnfinishedSpend(intent: intent, raw: raw)])
        try store { try $0.keepRaw(better) }
        #expect(try store { try $0.unfinishedSpends() } == [UnfinishedSpend(intent: intent, raw: better)])
        // The consent's own, and two of this refresh; the very same once more is nothing new.
        try store { try $0.keepRaw(better) }
        #expect(try store.kinds(claim).filter { $0 == "answer" }.count == 3)
    }

    @Test(
        "Each attempt's answer is kept beside the others, whichever comes first, and clearing removes them all",
        arguments: Backend.allCases)
    func attempts(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        _ = try begin(store, intent)
        let (first, second) = (
            Sample.raw(intent, at: 12, body: "nothing"), Sample.raw(intent, at: 14, body: "tokens", attempt: 2)
        )
        // The first lay in the escrow while the second went to the store.
        try store { try $0.keepRaw(second) }
        try store { try $0.keepRaw(first) }
        #expect(try store { try $0.past(claim.wallet, claim.link).answers } == [second, first])
        #expect(try store { try $0.unfinishedSpends() } == [UnfinishedSpend(intent: intent, raw: second)])
        let event = CustodyEvent(at: Sample.at(20), kind: "failed", generation: 1, detail: nil)
        try store { try $0.clearIntent(intent, event) }
        #expect(try store { try $0.past(claim.wallet, claim.link).answers }.isEmpty)
    }

    @Test("Clearing removes the intent of that generation and fence alone, once", arguments: Backend.allCases)
    func clears(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        let event = CustodyEvent(at: Sample.at(13), kind: "refused", generation: 1, detail: "invalid_grant")
        let other = Intent(
            wallet: intent.wallet, link: intent.link, purpose: .refresh, generation: 1, fence: intent.fence - 1,
            sentAt: intent.sentAt, deadline: intent.deadline)
        _ = try begin(store, intent)
        try store { try $0.keepRaw(Sample.raw(intent, at: 12)) }
        try store { try $0.clearIntent(other, event) }
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == intent)
        try store { try $0.clearIntent(intent, event) }
        try store { try $0.clearIntent(intent, event) }
        #expect(try store { try $0.intent(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.unfinishedSpends() } == [])
        #expect(try store { try $0.custodyEvents(claim.wallet, claim.link) }.last == event)
        #expect(try store.kinds(claim).filter { $0 == "refused" }.count == 1)
        #expect(try begin(store, Sample.intent(claim, .refresh, generation: 1, at: 20)) == .begun)
    }

    @Test("The generation before stays until the new one has worked", arguments: Backend.allCases)
    func confirms(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        let token = Sample.token(2, "second", at: 12)
        #expect(try commit(store, claim, parent: 1, token) == .committed)
        // The one before is still there: its own commit is known.
        let first = Sample.token(1, "first of lnk_a", at: 3)
        #expect(try commit(store, claim, parent: 0, first) == .committed)
        try store {
            try $0.confirm(claim.wallet, claim.link, generation: 9, at: Sample.at(19))
            try $0.confirm(claim.wallet, claim.link, generation: 2, at: Sample.at(20))
            try $0.confirm(claim.wallet, claim.link, generation: 2, at: Sample.at(30))
        }
        var confirmed = token
        confirmed.confirmedAt = Sample.at(20)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } == confirmed)
        #expect(try commit(store, claim, parent: 0, first) == .orphaned)
        #expect(try store.kinds(claim).filter { $0 == "confirmed" }.count == 1)
    }

    @Test("What comes in for a link that is gone is no error and leaves nothing", arguments: Backend.allCases)
    func goneLink(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 9)
        let event = CustodyEvent(at: Sample.at(9), kind: "x", generation: 1)
        #expect(try store { try $0.unlink(claim, nil, nil) })
        try store {
            try $0.keepRaw(Sample.raw(intent, at: 10))
            try $0.clearIntent(intent, event)
            try $0.confirm(claim.wallet, claim.link, generation: 1, at: Sample.at(10))
            try $0.note(claim.wallet, claim.link, event)
            try $0.setCondition(claim.wallet, claim.link, .ok, now: Sample.at(10))
        }
        #expect(try commit(store, claim, parent: 1, Sample.token(2, "late", at: 10)) == .orphaned)
        #expect(try store { try $0.orphanCount(claim.wallet, claim.link) } == 0)
        #expect(try store { try $0.custodyEvents(claim.wallet, claim.link) } == [])
        #expect(try store { try $0.unfinishedSpends() } == [])
    }

    @Test("Notes are kept in the order they were told", arguments: Backend.allCases)
    func notes(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        let events = (1...12).map {
            CustodyEvent(
                at: Sample.at(Int64(20 - $0)), kind: "note\($0)", generation: $0, detail: $0 == 3 ? "why" : nil)
        }
        for event in events { try store { try $0.note(link.wallet, link.id, event) } }
        #expect(try store { try $0.custodyEvents(link.wallet, link.id) } == events)
    }
}
