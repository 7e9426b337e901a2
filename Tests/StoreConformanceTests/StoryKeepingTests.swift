import PurserEngine
import Testing
import Wire

/// How much of a custody story is kept, and since when a condition lasts, in both stores alike.
@Suite("Stories and conditions over time")
struct StoryKeepingTests {
    @Test("A long story keeps how it began and its end, and says how much is missing", arguments: Backend.allCases)
    func bounded(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        let other = try store.pending("lnk_b", at: 1)
        let whole = Limits.storyFirst + Limits.storyNewest
        func note(_ numbers: ClosedRange<Int>) throws {
            try store { verbs in
                for number in numbers {
                    let event = CustodyEvent(at: Sample.at(Int64(number)), kind: "note", generation: number)
                    try verbs.note(link.wallet, link.id, event)
                }
            }
        }
        func generations() throws -> [Int] {
            try store { try $0.custodyEvents(link.wallet, link.id) }.map(\.generation)
        }
        func forgotten() throws -> Int { try store { try $0.forgottenEvents(link.wallet, link.id) } }

        try store { try $0.note(other.wallet, other.id, CustodyEvent(at: Sample.at(1), kind: "x", generation: 7)) }
        #expect(try forgotten() == 0)
        try note(1...whole)
        #expect(try generations() == Array(1...whole))
        #expect(try forgotten() == 0)
        try note(whole + 1...whole + 30)
        #expect(try generations() == Array(1...Limits.storyFirst) + Array(Limits.storyFirst + 31...whole + 30))
        #expect(try forgotten() == 30)
        #expect(try store { try $0.custodyEvents(other.wallet, other.id) }.map(\.generation) == [7])
        #expect(try store { try $0.forgottenEvents(other.wallet, other.id) } == 0)
    }

    @Test("A story outlives its link's failing, with what it no longer holds", arguments: Backend.allCases)
    func failed(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        let whole = Limits.storyFirst + Limits.storyNewest
        try store { verbs in
            for number in 1...whole + 2 {
                try verbs.note(
                    link.wallet, link.id, CustodyEvent(at: Sample.at(1), kind: "note", generation: number))
            }
            _ = try verbs.setLinkState(
                link.wallet, link.id, claim: nil, state: .failed(.denied), note: nil, now: Sample.at(2), due: nil)
        }
        #expect(try store { try $0.custodyEvents(link.wallet, link.id) }.count == whole)
        #expect(try store { try $0.forgottenEvents(link.wallet, link.id) } == 2)
    }

    @Test("A condition's beginning stays while its kind does, whatever its cause", arguments: Backend.allCases)
    func since(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let (wallet, id) = (claim.wallet, claim.link)
        #expect(try store.link(claim).conditionSince == Sample.at(4), "another state begins it anew")
        func set(_ condition: LinkCondition, _ at: Int64) throws -> Instant {
            try store { try $0.setCondition(wallet, id, condition, now: Sample.at(at)) }
            return try store.link(claim).conditionSince
        }
        #expect(try set(.ok, 11) == Sample.at(4))
        #expect(try set(LinkCondition(.degraded, cause: "a"), 12) == Sample.at(12))
        #expect(try set(LinkCondition(.degraded, cause: "b", until: Sample.at(90)), 13) == Sample.at(12))
        #expect(try set(LinkCondition(.rateLimited), 14) == Sample.at(14))
        let later = Postponement(
            due: Sample.at(50), condition: LinkCondition(.degraded), failures: 1, attemptedAt: Sample.at(15))
        #expect(try store { try $0.postpone(claim, later) })
        #expect(try store.link(claim).conditionSince == Sample.at(15))
        let next = try store.claim(at: 50)
        #expect(try store { try $0.record(next, Sample.change(1, at: 51, due: 99)) })
        #expect(try store.link(claim).conditionSince == Sample.at(51))
        _ = try store {
            try $0.setLinkState(wallet, id, claim: nil, state: .paused, note: nil, now: Sample.at(60), due: nil)
        }
        let link = try store.link(claim)
        #expect(link.conditionSince == Sample.at(60) && link.since == Sample.at(60))
        let shown = try store { try $0.snapshot(wallet) }.links.map(\.bytes)
        #expect(shown == [LinkFragment.rendered(link)])
    }
}
