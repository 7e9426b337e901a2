import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("Grants whose end the provider tells")
struct GrantEndsDayTests {
    private static let day = 86_400

    /// The airline, pulled every fortnight or as often as told, with traits that its mock has beside its own.
    private func airline(every: JSON = "P14D", policy: JSON = ["policy": "strict"], _ traits: [String: JSON]) -> Day {
        Day(
            Shipped.provider(
                "skyways",
                manifest: [
                    (["schedule", "every"], every), (["schedule", "freshFor"], "P20D"),
                    (["authorization", "rotation"], policy),
                ],
                mock: traits.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) } + [(["rotation"], policy)]),
            seed: 91)
    }

    private func run(_ day: Day, days: Int) { for _ in 0..<days { day.stage.run(seconds: Int64(Self.day)) } }

    @Test(
        "a refresh token that ends after three days unused, as each answer says, outlives a schedule of a fortnight",
        arguments: ["refresh_token_expires_in", "refresh_expires_in"],
        [["policy": "strict"], ["policy": "grace", "seconds": 60]] as [JSON])
    func keptAlive(_ name: String, _ policy: JSON) throws {
        let day = airline(
            policy: policy, ["refreshTokenSeconds": .int(3 * Self.day), "toldEnds": [.string(name)]])
        day.link(0)
        #expect(day.first?.consentEndMoves == nil)
        run(day, days: 20)
        let link = try #require(day.first)
        #expect(link.state == .active && link.condition == .ok)
        let ends = try #require(link.consentEndsAt)
        #expect(ends > day.stage.now && ends <= day.stage.now.adding(seconds: Int64(3 * Self.day)))
        #expect(link.consentEndMoves == true)
        if policy["policy"] == "strict" { #expect((18...24).contains(day.events("issued", "refresh"))) }
        day.expectSound()
    }

    @Test("the same where no answer says so: the grant is lost, and the link tells of no end")
    func untold() {
        let day = airline(["refreshTokenSeconds": .int(3 * Self.day)])
        day.link(0)
        run(day, days: 20)
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        #expect(day.first?.consentEndsAt == nil && day.first?.note?.contains("as the provider had said") == false)
    }

    @Test(
        "a fixed end brings no more refreshes than none as it comes near, and the person is asked when it is there",
        arguments: [["refresh_token_expires_in"], ["authorization_expires_in"], ["refresh_expires_in"]] as [JSON])
    func fixed(_ told: JSON) throws {
        let traits: [String: JSON] = [
            "refreshTokenSeconds": .int(40 * Self.day), "authorizationSeconds": .int(40 * Self.day),
        ]
        let day = airline(traits.merging(["toldEnds": told]) { $1 })
        day.link(0)
        let end = try #require(day.first?.consentEndsAt)
        run(day, days: 39)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.first?.consentEndMoves == false)
        // The first, one to see whether that helps, and those of the schedule.
        #expect((3...5).contains(day.events("issued", "refresh")))
        run(day, days: 2)
        let link = try #require(day.first)
        #expect(link.state == .needsConsent(.invalidGrant))
        #expect(link.note?.hasPrefix("your consent has ended, as the provider had said: on \(end.date.iso) (") == true)
        #expect(link.since >= end && link.since < end.adding(seconds: 3600))
        #expect(abs((link.consentEndsAt ?? end).milliseconds(since: end)) < 5000)
        let calls = day.calls("token")
        run(day, days: 3)
        #expect(day.calls("token") == calls)
        day.expectSound()
    }

    @Test("pulled every six hours, a grant with a fixed end is refreshed as often on its last days as on its first")
    func noStorm() {
        let day = airline(
            every: "PT6H",
            [
                "refreshTokenSeconds": .int(10 * Self.day), "authorizationSeconds": .int(10 * Self.day),
                "toldEnds": ["refresh_token_expires_in", "authorization_expires_in"],
            ])
        day.link(0)
        run(day, days: 2)
        let first = day.events("issued", "refresh")
        run(day, days: 6)
        let before = day.events("issued", "refresh")
        day.stage.run(seconds: Int64(2 * Self.day - 7200))
        #expect((7...10).contains(first) && day.events("issued", "refresh") - before <= first)
        #expect(day.first?.state == .active)
        day.expectSound()
    }

    @Test("a link whose pulls fail goes first when its grant is near its told end, and not where nothing moves that")
    func goesFirst() throws {
        for (authorization, wanted) in [(nil, DueRank.atRisk), (3 * Self.day, .ordinary)] as [(Int?, DueRank)] {
            let day = airline(
                every: "P1D",
                [
                    "refreshTokenSeconds": .int(2 * Self.day), "toldEnds": ["refresh_token_expires_in"],
                    "authorizationSeconds": authorization.map { .int($0) } ?? .int(400 * Self.day),
                ])
            day.link(0)
            run(day, days: 2)
            day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "no"]])
            day.stage.run(seconds: 43_200)
            let overdue = try day.stage.read { reads throws(StoreError) in
                try reads.overdue(now: day.stage.now.adding(seconds: Int64(9 * Self.day)))
            }
            #expect(overdue.map(\.rank) == [wanted], "\(overdue)")
        }
    }

    @Test("the end goes over to the older link when its member consents anew")
    func renewed() throws {
        let day = airline(["refreshTokenSeconds": .int(40 * Self.day), "toldEnds": ["refresh_token_expires_in"]])
        day.link(0)
        let first = try #require(day.only?.consentEndsAt)
        day.stage.run(seconds: 3600)
        day.link(0)
        let links = day.stage.links()
        let living = links.filter { $0.state == .active }
        #expect(living.count == 1 && links.count == 2)
        let second = try #require(living.first?.consentEndsAt)
        #expect(second >= first.adding(seconds: 3600))
        #expect(day.grant?.ends.refresh?.at == second)
    }
}
