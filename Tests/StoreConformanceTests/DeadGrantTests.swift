import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("A grant that is dead")
struct DeadGrantTests {
    private static let month = Limits.deadTokenSeconds

    /// A link with tokens of two generations, an intent, a kept answer and an orphan, which moves to `state` at 20.
    private func link(_ store: Bench, _ id: String, _ state: LinkState) throws -> Claim {
        try store.active(id, due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        try store {
            _ = try $0.beginSpend(intent)
            try $0.keepRaw(Sample.raw(intent, at: 12))
            _ = try $0.commitGeneration(
                claim.wallet, claim.link, parent: 1, fence: claim.fence - 1, Sample.token(2, "late \(id)", at: 12))
            _ = try $0.suspect(claim, provider: "skyways", counts: true, lostAt: nil, at: Sample.at(13))
            _ = try $0.record(claim, Sample.change(1, at: 14, due: 3600))
            _ = try $0.setLinkState(
                claim.wallet, claim.link, claim: nil, state: state, note: "why", now: Sample.at(20), due: nil)
        }
        return claim
    }

    private func dead(_ store: Bench, at now: Int64) throws -> [LinkID] {
        try store { try $0.deadGrants(now: Sample.at(now), limit: 9) }.map(\.1)
    }

    @Test(
        "after thirty days its tokens, answers, orphans and spend are erased; the link, its key and its story stay",
        arguments: Backend.allCases, [ConsentReason.invalidGrant, .answerLost])
    func erased(backend: Backend, why: ConsentReason) throws {
        let store = try backend.open()
        let claim = try link(store, "lnk_a", .needsConsent(why))
        let before = try store.link(claim)
        #expect(try dead(store, at: 20 + Self.month - 1) == [])
        #expect(try store { try $0.eraseDead(claim.wallet, claim.link, now: Sample.at(20 + Self.month - 1)) } == false)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } != nil)
        #expect(try dead(store, at: 20 + Self.month) == [claim.link])
        #expect(try store { try $0.eraseDead(claim.wallet, claim.link, now: Sample.at(20 + Self.month)) })
        #expect(try store { try $0.grant(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.past(claim.wallet, claim.link) }.isClear)
        #expect(try store { try $0.orphanCount(claim.wallet, claim.link) } == 0)
        #expect(try store.link(claim) == before)
        #expect(try store { try $0.dataKey(claim.wallet, claim.link) } != nil)
        #expect(try store { try $0.observations(claim.wallet, claim.link) }.count == 1)
        let last = try store { try $0.custodyEvents(claim.wallet, claim.link) }.last
        #expect(last == CustodyEvent(at: Sample.at(20 + Self.month), kind: "erased", generation: 1))
        // Once.
        #expect(try dead(store, at: 20 + 2 * Self.month) == [])
        #expect(try store { try $0.eraseDead(claim.wallet, claim.link, now: Sample.at(20 + 2 * Self.month)) } == false)
        if let file = store.file {
            let counts = try RawDatabase.counts(file.database)
            for table in ["token_version", "raw_answer", "orphan_token", "refresh_intent", "suspicion"] {
                #expect(counts[table] == nil)
            }
        }
    }

    @Test(
        "tokens that still work, or that somebody may yet ask about, are never erased", arguments: Backend.allCases,
        [
            LinkState.active, .paused, .needsConsent(.insufficientScope), .needsConsent(.noRefreshToken),
            .suspended(.configurationChanged),
        ])
    func kept(backend: Backend, state: LinkState) throws {
        let store = try backend.open()
        let claim = try link(store, "lnk_a", state)
        let late = 20 + 10 * Self.month
        #expect(try dead(store, at: late) == [])
        #expect(try store { try $0.eraseDead(claim.wallet, claim.link, now: Sample.at(late)) } == false)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } != nil)
    }

    @Test("a new consent gives an erased link its next generation", arguments: Backend.allCases)
    func renewed(backend: Backend) throws {
        let store = try backend.open()
        let old = try link(store, "lnk_a", .needsConsent(.invalidGrant))
        try store { _ = try $0.eraseDead(old.wallet, old.link, now: Sample.at(20 + Self.month)) }
        let at = 30 + Self.month
        let new = try store.taken("lnk_b", at: at)
        let merge = try store { verbs -> Merge in
            _ = try verbs.beginSpend(Sample.intent(new, .exchange, generation: 0, at: at + 2))
            let first = Sample.token(1, "first", at: at + 3)
            _ = try verbs.commitGeneration(new.wallet, new.link, parent: 0, fence: new.fence, first)
            return try verbs.merge(
                new, into: old.link, Sample.token(2, "renewed", at: at + 4), now: Sample.at(at + 4),
                forget: Sample.at(at + 600))
        }
        #expect(merge == .merged)
        #expect(try store.link(old).state == .active)
        #expect(try store { try $0.grant(old.wallet, old.link) }?.generation == 2)
        #expect(try dead(store, at: at + 10 * Self.month) == [])
    }
}
