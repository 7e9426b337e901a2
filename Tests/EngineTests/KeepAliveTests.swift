import Testing
import Wire

@testable import PurserEngine

@Suite("Grants that die when idle, and backlogs")
struct KeepAliveTests {
    static let day: Int64 = 86_400
    private var now: Instant { Fixture.now }

    @Test(
        "refreshed at a third of the idle life whatever the policy, and never later than ahead of time",
        arguments: [
            (RotationPolicy.strict, 3 * day, Int64?.some(day)), (.sometimes, 3 * day, day), (.strict, nil, nil),
            (.grace(seconds: 60), 3000, 1000),
        ] as [(RotationPolicy, Int64?, Int64?)])
    func ahead(_ policy: RotationPolicy, _ idle: Int64?, _ seconds: Int64?) throws {
        let tokens = try Fixture.tokens([
            "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expires_in": 3600,
        ])
        let at = tokens.refreshAhead(sentAt: now, policy, idleSeconds: idle, CountingRandomness())
        #expect(at == seconds.map { now.adding(seconds: $0) })
    }

    @Test("with a life far beyond the usual point, the usual point stays")
    func usual() throws {
        let tokens = try Fixture.tokens([
            "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expires_in": 3600,
        ])
        let at = try #require(
            tokens.refreshAhead(sentAt: now, .grace(seconds: 60), idleSeconds: 90 * Self.day, CountingRandomness()))
        #expect(at <= now.adding(seconds: 3060))
    }

    @Test("the link is worked on by then, even if its schedule is longer")
    func due() {
        let grant = Fixture.token()
        let far = now.adding(seconds: 14 * Self.day)
        #expect(KeepAlive.due(far, grant, idleSeconds: nil, now: now) == far)
        #expect(KeepAlive.due(far, grant, idleSeconds: 3 * Self.day, now: now) == now.adding(seconds: Self.day))
        #expect(KeepAlive.due(now, grant, idleSeconds: 3 * Self.day, now: now) == now)
        // Past already: soon, not at once.
        let late = now.adding(seconds: 2 * Self.day)
        #expect(KeepAlive.due(far, grant, idleSeconds: 3 * Self.day, now: late) == late.adding(seconds: 30))
        #expect(KeepAlive.due(far, Fixture.token(refresh: false), idleSeconds: 3600, now: now) == far)
    }

    @Test("at risk is what would be dead within two days of its next time")
    func risk() {
        let grant = Fixture.token()
        for (idle, days, isAtRisk) in [(10, 7, false), (10, 8, true), (10, 12, true)] as [(Int64, Int64, Bool)] {
            let due = now.adding(seconds: days * Self.day)
            #expect(KeepAlive.isAtRisk(grant, idleSeconds: idle * Self.day, due: due) == isAtRisk)
        }
        #expect(!KeepAlive.isAtRisk(grant, idleSeconds: nil, due: now))
        #expect(!KeepAlive.isAtRisk(Fixture.token(refresh: false), idleSeconds: 3600, due: now))
    }

    @Test(
        "strict grants without an idle life are refreshed when a pull needs it and never before", arguments: [0, 3599])
    func onDemand(_ age: Int64) throws {
        let tokens = try Fixture.tokens([
            "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expires_in": 7200,
        ])
        for policy in [RotationPolicy.strict, .sometimes] {
            #expect(tokens.refreshAhead(sentAt: now, policy, CountingRandomness()) == nil)
        }
    }

    // Catching up

    private func backlog(_ count: Int, received: Int64? = 0, rank: DueRank = .ordinary) -> [OverdueLink] {
        (0..<count).map {
            OverdueLink(
                wallet: .first, link: LinkID(rawValue: "lnk_\($0)"), provider: "testair", rank: rank,
                receivedAt: received.map { now.adding(seconds: $0) })
        }
    }

    private func manifest(_ limits: JSON, idle: Int? = nil) -> Manifest {
        var json = Fixture.manifest(
            rotation: idle.map { ["policy": "strict", "idleSeconds": .int($0)] } ?? ["policy": "strict"])
        var api = json["api"]!.object!
        api["limits"] = limits
        var root = json.object!
        root["api"] = .object(api)
        json = .object(root)
        return Fixture.provider(json).manifest
    }

    @Test("what fits into a burst stays due; more is spread over the time it takes, and no further than one period")
    func spread() {
        let limits: JSON = ["perDay": "2000"]
        let manifest = manifest(limits)
        #expect(CatchUp.span(200, manifest) == 0)
        // 1601 calls a day, two a pull: 200 pulls in six hours.
        let span = CatchUp.span(201, manifest)
        #expect(span == 21_600_000)
        let moves = CatchUp.moves(backlog(1000), now: now, CountingRandomness()) { _ in manifest }
        #expect(moves.count == 1000)
        #expect(moves.allSatisfy { $0.due >= now && $0.due < now.adding(seconds: 21_600) && $0.rank == .ordinary })
        #expect(CatchUp.span(10_000_000, self.manifest([:])) == 21_600_000)
        #expect(CatchUp.span(1000, self.manifest(["perSecond": "10"])) == 300_000)
    }

    @Test("what somebody asked for is not moved, and a grant near its end goes first")
    func order() {
        let manifest = manifest(["perDay": "100"], idle: Int(10 * Self.day))
        #expect(CatchUp.moves(backlog(500, rank: .asked), now: now, CountingRandomness()) { _ in manifest }.isEmpty)
        let moves = CatchUp.moves(backlog(3, received: -9 * Self.day), now: now, CountingRandomness()) { _ in manifest }
        #expect(moves.map(\.rank) == [.atRisk, .atRisk, .atRisk])
        #expect(moves.allSatisfy { $0.due == now })
        let doubtful = OverdueLink(
            wallet: .first, link: Fixture.linkID, provider: "testair", rank: .ordinary, receivedAt: now, isInDoubt: true
        )
        let first = CatchUp.moves([doubtful], now: now, CountingRandomness()) { _ in manifest }
        #expect(first == [Reschedule(doubtful, due: now, rank: .atRisk)])
        #expect(CatchUp.moves(backlog(3), now: now, CountingRandomness()) { _ in nil }.isEmpty)
    }

    @Test("a link that has failed for a week at the longest pause is tried once a day")
    func daily() {
        let long = now.adding(seconds: -8 * Self.day)
        let next = Backoff.next(
            after: 40, notBefore: nil, failingSince: long, now: now, CountingRandomness())
        #expect(next >= now.adding(seconds: 77_760) && next <= now.adding(seconds: 95_040))
        for (failures, since) in [(40, now.adding(seconds: -6 * Self.day)), (3, long)] {
            let next = Backoff.next(
                after: failures, notBefore: nil, failingSince: since, now: now, CountingRandomness())
            #expect(next <= now.adding(seconds: 6 * 3600))
        }
    }
}
