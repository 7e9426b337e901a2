import PurserEngine
import Testing
import Wire

@Suite struct RequestPullTests {
    private func ask(_ store: Bench, _ link: LinkID, at now: Int64) throws -> PullRequest {
        try store { try $0.requestPull(Sample.wallet, link, now: Sample.at(now)) }
    }

    @Test("A request makes an active link due now and is seen", arguments: Backend.allCases)
    func makesDue(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a", due: 5000)
        let version = try store.version()
        #expect(try ask(store, claim.link, at: 100) == .due)
        #expect(try store.link(claim).dueAt == Sample.at(100))
        #expect(try store.link(claim).askedAt == Sample.at(100))
        #expect(try store { try $0.nextDue() } == Sample.at(100))
        #expect(try store.version() == version + 1)
        // Asked again before it was worked on: nothing is new.
        #expect(try ask(store, claim.link, at: 101) == .due)
        #expect(try store.link(claim).askedAt == Sample.at(100))
        #expect(try store.version() == version + 1)
    }

    @Test("A link that a worker has is running; once its lease has ended it is due", arguments: Backend.allCases)
    func running(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        #expect(try ask(store, claim.link, at: 159) == .running)
        #expect(try store.link(claim).askedAt == nil)
        #expect(try ask(store, claim.link, at: 160) == .due)
    }

    @Test("A request within a minute of the last attempt is too soon", arguments: Backend.allCases)
    func tooSoon(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        #expect(try store { try $0.record(claim, Sample.change(1, at: 20, due: 5000)) })
        let again = 20 + Limits.requestPullSeconds
        #expect(try ask(store, claim.link, at: again - 1) == .tooSoon(Sample.at(again)))
        #expect(try store.link(claim).dueAt == Sample.at(5000))
        #expect(try ask(store, claim.link, at: again) == .due)
        // A failed attempt counts as well.
        let next = try store.claim(at: again)
        try store {
            _ = try $0.postpone(
                next,
                Postponement(due: Sample.at(900), condition: .ok, failures: 1, attemptedAt: Sample.at(again + 1)))
        }
        #expect(try ask(store, claim.link, at: again + 2) == .tooSoon(Sample.at(again + 61)))
    }

    @Test("A provider that asked us to wait is not hurried", arguments: Backend.allCases)
    func rateLimited(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a", due: 5000)
        let condition = LinkCondition(.rateLimited, cause: "HTTP 429", until: Sample.at(400))
        try store { try $0.setCondition(claim.wallet, claim.link, condition, now: Sample.at(11)) }
        #expect(try ask(store, claim.link, at: 399) == .tooSoon(Sample.at(400)))
        #expect(try store.link(claim).dueAt == Sample.at(5000))
        #expect(try ask(store, claim.link, at: 400) == .due)
    }

    @Test("Only an active link can be asked for", arguments: Backend.allCases)
    func notActive(backend: Backend) throws {
        let store = try backend.open()
        let pending = try store.pending("lnk_a")
        #expect(try ask(store, pending.id, at: 1) == .notActive)
        let claim = try store.active("lnk_b", due: 900)
        try store {
            _ = try $0.setLinkState(
                claim.wallet, claim.link, claim: nil, state: .paused, note: nil, now: Sample.at(5), due: nil)
        }
        #expect(try ask(store, claim.link, at: 6) == .notActive)
        #expect(try store.link(claim).dueAt == nil)
        #expect(try ask(store, LinkID(rawValue: "lnk_none"), at: 6) == .noSuchLink)
    }

    @Test("A good pull answers the request", arguments: Backend.allCases)
    func answered(backend: Backend) throws {
        let store = try backend.open()
        let active = try store.active("lnk_a", due: 5000)
        #expect(try ask(store, active.link, at: 100) == .due)
        let claim = try store.claim(at: 100)
        #expect(try store.link(claim).askedAt == Sample.at(100))
        #expect(try store { try $0.record(claim, Sample.change(1, at: 101, due: 5000)) })
        #expect(try store.link(claim).askedAt == nil)
        try store.active("lnk_b", due: 4000)
        // No longer asked for, so it has lost its place before the others.
        let claims = try store { try $0.claimDue(now: Sample.at(6000), until: Sample.at(6150), limit: 1) }
        #expect(claims.map(\.link.rawValue) == ["lnk_b"])
    }
}
