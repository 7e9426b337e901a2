import PurserEngine
import Testing
import Wire

/// Feeds: what is pulled in our own name, of no wallet.
@Suite struct FeedTests {
    private static let name = "pointsbourse"
    private static let seen = Feed.Sighting(observedAt: Sample.at(20), staleAfter: Sample.at(9020))

    private static func value(_ programme: String, _ amount: String = "0.0142") -> PointValue {
        PointValue(
            programme: programme, unit: "miles", amount: ExactDecimal(amount)!, low: ExactDecimal("0.011"), high: nil,
            currency: "EUR", source: nil, asOf: CivilDate(iso: "2027-01-31"))
    }

    private static let partner = TransferPartner(
        from: "a", to: "b", give: ExactDecimal(3), get: ExactDecimal("1.25")!, minimum: nil,
        since: CivilDate(iso: "2024-05-01"), until: nil, title: "T")

    private static func change(
        values: [PointValue]? = nil, partners: [TransferPartner]? = nil, condition: LinkCondition = .ok
    ) -> FeedChange {
        FeedChange(
            values: values, partners: partners, seen: seen, condition: condition, warnings: ["a warning"],
            due: Sample.at(500))
    }

    /// A store with one feed, due at 10.
    private func open(_ backend: Backend) throws -> Bench {
        let store = try backend.open()
        try store { try $0.keepFeed(Self.name, resting: nil, atOnce: false, now: Sample.at(10)) }
        return store
    }

    private func feed(_ store: Bench) throws -> Feed { try #require(try store { try $0.feeds() }.first) }

    private func claim(_ store: Bench, at now: Int64 = 10) throws -> ProviderClaim {
        try #require(
            try store { try $0.claimFeeds(now: Sample.at(now), until: Sample.at(now + 150), limit: 5) }.first)
    }

    @Test("A new feed is due at once; claimed it is leased, and nobody else gets it", arguments: Backend.allCases)
    func claims(backend: Backend) throws {
        let store = try open(backend)
        #expect(try store { try $0.nextDue() } == Sample.at(10))
        #expect(try store { try $0.claimFeeds(now: Sample.at(9), until: Sample.at(99), limit: 5) }.isEmpty)
        #expect(try store { try $0.claimFeeds(now: Sample.at(10), until: Sample.at(99), limit: 0) }.isEmpty)
        let first = try claim(store)
        #expect(first == ProviderClaim(provider: Self.name, fence: 2, until: Sample.at(160)))
        #expect(try store { try $0.nextDue() } == Sample.at(160))
        #expect(try store { try $0.claimFeeds(now: Sample.at(159), until: Sample.at(300), limit: 5) }.isEmpty)
        #expect(try claim(store, at: 160).fence == 3)
    }

    @Test("The longest overdue go first", arguments: Backend.allCases)
    func order(backend: Backend) throws {
        let store = try open(backend)
        try store { try $0.keepFeed("b", resting: nil, atOnce: false, now: Sample.at(5)) }
        try store { try $0.keepFeed("a", resting: nil, atOnce: false, now: Sample.at(10)) }
        let claims = try store { try $0.claimFeeds(now: Sample.at(10), until: Sample.at(99), limit: 2) }
        #expect(claims.map(\.provider) == ["b", "a"])
    }

    @Test("A pull is written whole and read back as it was; what it kept stays", arguments: Backend.allCases)
    func records(backend: Backend) throws {
        let store = try open(backend)
        let first = try claim(store)
        let values = [Self.value("z"), Self.value("a", "0.000100000000000000000000001")]
        #expect(try store { try $0.recordFeed(first, Self.change(values: values, partners: [Self.partner])) })
        #expect(try store { try $0.pointValues(of: Self.name) } == values)
        #expect(try store { try $0.transferPartners(of: Self.name) } == [Self.partner])
        var row = try feed(store)
        #expect(row.valuesSeen == Self.seen && row.partnersSeen == Self.seen)
        #expect(row.pulledAt == Sample.at(20) && row.attemptedAt == Sample.at(20) && row.dueAt == Sample.at(500))
        #expect(row.warnings == ["a warning"] && row.condition == .ok && row.failures == 0 && !row.isLeased)

        let second = try claim(store, at: 500)
        let trouble = LinkCondition(.rateLimited, cause: "wait", until: Sample.at(700))
        #expect(try store { try $0.recordFeed(second, Self.change(values: [Self.value("q")], condition: trouble)) })
        #expect(try store { try $0.pointValues(of: Self.name) }.map(\.programme) == ["q"])
        #expect(try store { try $0.transferPartners(of: Self.name) } == [Self.partner])
        row = try feed(store)
        #expect(row.condition == trouble && row.failures == 1)
        #expect(try store { try $0.pointValues(of: "other") }.isEmpty)
    }

    @Test("A failure changes no value", arguments: Backend.allCases)
    func postpones(backend: Backend) throws {
        let store = try open(backend)
        let first = try claim(store)
        #expect(try store { try $0.recordFeed(first, Self.change(values: [Self.value("z")])) })
        let second = try claim(store, at: 500)
        let trouble = LinkCondition(.degraded, cause: "HTTP 500")
        let postponement = Postponement(
            due: Sample.at(600), condition: trouble, failures: 4, attemptedAt: Sample.at(501))
        #expect(try store { try $0.postponeFeed(second, postponement) })
        let row = try feed(store)
        #expect(row.condition == trouble && row.failures == 4 && row.dueAt == Sample.at(600))
        #expect(row.attemptedAt == Sample.at(501) && row.pulledAt == Sample.at(20) && !row.isLeased)
        #expect(try store { try $0.pointValues(of: Self.name) }.map(\.programme) == ["z"])
        #expect(try store { try $0.lastAttempt() } == Sample.at(501))
    }

    @Test("Whoever lost the claim writes nothing", arguments: Backend.allCases)
    func lost(backend: Backend) throws {
        let store = try open(backend)
        let old = try claim(store)
        _ = try claim(store, at: 160)
        let before = try feed(store)
        let postponement = Postponement(due: Sample.at(1), condition: .ok, failures: 0, attemptedAt: Sample.at(1))
        #expect(try store { try $0.recordFeed(old, Self.change(values: [Self.value("z")])) } == false)
        #expect(try store { try $0.postponeFeed(old, postponement) } == false)
        #expect(try feed(store) == before)
        #expect(try store { try $0.pointValues(of: Self.name) }.isEmpty)
        let stranger = ProviderClaim(provider: "none", fence: 1, until: Sample.at(1))
        #expect(try store { try $0.recordFeed(stranger, Self.change(values: [])) } == false)
    }

    @Test(
        "Kept again a feed keeps its time; resting it is due never and says why; another client is asked at once",
        arguments: Backend.allCases)
    func keeps(backend: Backend) throws {
        let store = try open(backend)
        let held = try claim(store)
        #expect(try store { try $0.recordFeed(held, Self.change(values: [Self.value("z")])) })
        try store { try $0.keepFeed(Self.name, resting: nil, atOnce: false, now: Sample.at(50)) }
        #expect(try feed(store).dueAt == Sample.at(500))
        let running = try claim(store, at: 500)
        let why = LinkCondition(.degraded, cause: "no client")
        try store { try $0.keepFeed(Self.name, resting: why, atOnce: false, now: Sample.at(510)) }
        var row = try feed(store)
        #expect(row.dueAt == nil && row.condition == why && !row.isLeased)
        #expect(try store { try $0.nextDue() } == nil)
        #expect(try store { try $0.recordFeed(running, Self.change(values: [])) } == false)
        #expect(try store { try $0.requestFeed(Self.name, now: Sample.at(520)) } == .notActive)
        #expect(try store { try $0.pointValues(of: Self.name) }.count == 1)
        try store { try $0.keepFeed(Self.name, resting: nil, atOnce: false, now: Sample.at(530)) }
        row = try feed(store)
        #expect(row.dueAt == Sample.at(530) && row.condition == .ok)
        let again = try claim(store, at: 530)
        try store { try $0.keepFeed(Self.name, resting: nil, atOnce: true, now: Sample.at(540)) }
        #expect(try feed(store).dueAt == Sample.at(540))
        #expect(try store { try $0.recordFeed(again, Self.change(values: [])) } == false)
    }

    @Test("A feed that is dropped takes all it brought along, and no other's", arguments: Backend.allCases)
    func drops(backend: Backend) throws {
        let store = try open(backend)
        let held = try claim(store)
        #expect(try store { try $0.recordFeed(held, Self.change(values: [Self.value("z")], partners: [Self.partner])) })
        try store { try $0.keepFeed("other", resting: nil, atOnce: false, now: Sample.at(30)) }
        try store { try $0.dropFeeds(except: ["other", "unheard-of"]) }
        #expect(try store { try $0.feeds() }.map(\.provider) == ["other"])
        #expect(try store { try $0.pointValues(of: Self.name) }.isEmpty)
        #expect(try store { try $0.transferPartners(of: Self.name) }.isEmpty)
    }

    @Test(
        "Asked for it is due, but not while it is pulled, within a minute, or before it may be",
        arguments: Backend.allCases)
    func requests(backend: Backend) throws {
        let store = try open(backend)
        func ask(_ now: Int64) throws -> PullRequest {
            try store { try $0.requestFeed(Self.name, now: Sample.at(now)) }
        }
        let held = try claim(store)
        #expect(try ask(11) == .running)
        #expect(try store { try $0.recordFeed(held, Self.change(values: [])) })
        #expect(try ask(30) == .tooSoon(Sample.at(80)))
        #expect(try feed(store).dueAt == Sample.at(500))
        #expect(try ask(80) == .due)
        #expect(try feed(store).dueAt == Sample.at(80))
        let second = try claim(store, at: 80)
        let trouble = LinkCondition(.rateLimited, cause: "wait", until: Sample.at(700))
        let wait = Postponement(due: Sample.at(700), condition: trouble, failures: 0, attemptedAt: Sample.at(81))
        #expect(try store { try $0.postponeFeed(second, wait) })
        #expect(try ask(300) == .tooSoon(Sample.at(700)))
        #expect(try ask(700) == .due)
        #expect(try store { try $0.requestFeed("none", now: Sample.at(1)) } == .noSuchLink)
    }

    @Test("A start voids a feed's claim; a clock that went back brings it as much earlier", arguments: Backend.allCases)
    func starts(backend: Backend) throws {
        let store = try open(backend)
        _ = try claim(store)
        try store { try $0.releaseClaims(now: Sample.at(20)) }
        #expect(try feed(store).dueAt == Sample.at(20))
        #expect(try feed(store).isLeased == false)
        try store { try $0.moveDue(earlierBy: 5000, now: Sample.at(15)) }
        #expect(try feed(store).dueAt == Sample.at(15))
    }
}
