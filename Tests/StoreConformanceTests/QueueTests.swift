import PurserEngine
import Testing
import Wire

@Suite struct QueueTests {
    private func claimed(
        _ store: Bench, at now: Int64, limit: Int = 10, underWay: [Claim] = []
    ) throws -> [String] {
        try store {
            try $0.claimDue(now: Sample.at(now), until: Sample.at(now + 150), limit: limit, underWay: underWay)
        }.map(\.link.rawValue)
    }

    @Test("A grant at risk comes before what was asked for, that before what is due", arguments: Backend.allCases)
    func ranks(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_old", in: Sample.other, due: 10)
        try store.active("lnk_asked", due: 5000)
        let risky = try store.active("lnk_risk", due: 5)
        _ = try store { try $0.requestPull(Sample.wallet, LinkID(rawValue: "lnk_asked"), now: Sample.at(20)) }
        let claim = try #require(
            try store { try $0.claimDue(now: Sample.at(5), until: Sample.at(6), limit: 1) }.first)
        #expect(claim.link == risky.link)
        let postponement = Postponement(
            due: Sample.at(90), condition: .ok, failures: 0, attemptedAt: Sample.at(6), isAtRisk: true)
        #expect(try store { try $0.postpone(claim, postponement) })
        #expect(try store { try $0.nextDue() } == Sample.at(10))
        #expect(try claimed(store, at: 100) == ["lnk_risk", "lnk_asked", "lnk_old"])
    }

    @Test("Asking for a link at risk leaves it first; a good pull takes the risk away", arguments: Backend.allCases)
    func riskEnds(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 5)
        try store.active("lnk_b", in: Sample.other, due: 6)
        var claim = try store.claim(at: 5)
        var change = Sample.change(1, at: 6, due: 300)
        change.isAtRisk = true
        #expect(try store { try $0.record(claim, change) })
        _ = try store { try $0.requestPull(Sample.wallet, claim.link, now: Sample.at(100)) }
        claim = try store.claim(at: 100)
        #expect(claim.link.rawValue == "lnk_a")
        #expect(try store { try $0.record(claim, Sample.change(2, at: 101, due: 102)) })
        #expect(try claimed(store, at: 110, limit: 1) == ["lnk_b"])
    }

    @Test("Two of a wallet at a provider at most, those under way counted", arguments: Backend.allCases)
    func together(backend: Backend) throws {
        let store = try backend.open()
        for number in 0..<4 { try store.active("lnk_\(number)", due: Int64(number)) }
        let first = try store { try $0.claimDue(now: Sample.at(9), until: Sample.at(159), limit: 9, underWay: []) }
        #expect(first.map(\.link.rawValue) == ["lnk_0", "lnk_1"])
        #expect(try claimed(store, at: 9, underWay: first) == [])
        #expect(try claimed(store, at: 9, underWay: [first[0]]) == ["lnk_2"])
    }

    @Test("A wallet with one link is claimed at once beside ten thousand due of another", arguments: Backend.allCases)
    func fair(backend: Backend) throws {
        let store = try backend.open()
        try many(store, 10_000)
        try store.active("lnk_single", in: Sample.other, due: 5000)
        let crowd = try store { try $0.claimDue(now: Sample.at(100), until: Sample.at(250), limit: 4, underWay: []) }
        #expect(crowd.count == 2)
        #expect(try claimed(store, at: 6000, limit: 4, underWay: crowd) == ["lnk_single"])
        #expect(try claimed(store, at: 6000, limit: 4, underWay: crowd) == [])
        let again = try store { try $0.claimDue(now: Sample.at(7000), until: Sample.at(7150), limit: 1, underWay: []) }
        #expect(again.count == 1)
    }

    @Test("nor does it wait where the crowd has no more under way than it may", arguments: Backend.allCases)
    func behindPages(backend: Backend) throws {
        let store = try backend.open()
        try many(store, 600)
        try store.active("lnk_single", in: Sample.other, due: 5000)
        let one = try store { try $0.claimDue(now: Sample.at(100), until: Sample.at(250), limit: 1, underWay: []) }
        #expect(one.map(\.wallet) == [Sample.wallet])
        #expect(try claimed(store, at: 6000, limit: 1, underWay: one) == ["lnk_single"])
    }

    /// So many active links of one wallet, as briefly as they can be made.
    private func many(_ store: Bench, _ count: Int) throws {
        try store { verbs in
            try verbs.ensureWallet(Sample.wallet, now: Sample.at(0))
            for number in 0..<count {
                let link = Sample.link("lnk_c\(number)", in: Sample.wallet, provider: "skyways", at: 0)
                try verbs.savePending(link, Sample.key(1), Sample.pending(link))
                _ = try verbs.setLinkState(
                    link.wallet, link.id, claim: nil, state: .active, note: nil, now: Sample.at(1),
                    due: Sample.at(Int64(number % 100)))
            }
        }
    }

    @Test(
        "Only links that are due and active are a backlog, and only what is due is moved", arguments: Backend.allCases)
    func reschedules(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_due", due: 10)
        try store.active("lnk_later", in: Sample.other, due: 500)
        try store.pending("lnk_pending")
        let overdue = try store { try $0.overdue(now: Sample.at(9999)) }
        #expect(overdue.map(\.link.rawValue) == ["lnk_due", "lnk_later"])
        #expect(overdue.allSatisfy { $0.rank == .ordinary && $0.receivedAt != nil && $0.provider == "skyways" })
        let version = try store.version()
        try store {
            try $0.reschedule(
                overdue.map { Reschedule($0, due: Sample.at(700), rank: .atRisk) }, now: Sample.at(100))
        }
        #expect(try store.version() == version)
        #expect(try claimed(store, at: 599) == ["lnk_later"])
        #expect(try claimed(store, at: 700) == ["lnk_due", "lnk_pending"])
    }

    @Test("What a provider lets us do is only ever lowered, and class by class", arguments: Backend.allCases)
    func flows(backend: Backend) throws {
        let store = try backend.open()
        #expect(try store { try $0.flows() } == [])
        try store {
            try $0.blockCalls("skyways", .data, until: Sample.at(60))
            try $0.blockCalls("skyways", .data, until: Sample.at(30))
            try $0.reserveCalls("skyways", until: Sample.at(500))
            try $0.reserveCalls("skyways", until: Sample.at(400))
            try $0.reserveCalls("brewhaus", until: Sample.at(7))
            try $0.blockCalls("brewhaus", .token, until: Sample.at(8))
        }
        let kept = [
            ProviderFlow(provider: "brewhaus", reservedAt: Sample.at(7), tokenBlockedUntil: Sample.at(8)),
            ProviderFlow(provider: "skyways", reservedAt: Sample.at(500), dataBlockedUntil: Sample.at(60)),
        ]
        #expect(try store { try $0.flows() } == kept)
        // The wall clock was set back: it all comes as much earlier.
        try store { try $0.moveDue(earlierBy: 5000, now: Sample.at(15)) }
        #expect(try store { try $0.flows() }.map(\.reservedAt) == [Sample.at(2), Sample.at(495)])
        #expect(try store { try $0.flows() }.last?.dataBlockedUntil == Sample.at(55))
    }
}
