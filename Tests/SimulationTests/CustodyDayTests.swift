import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Custody's own bad days: disks that refuse, many refusals at once, a database that was put back.
@Suite("Custody's bad days")
struct CustodyDayTests {
    /// Times out of every place in a refresh where the disk can be full for a while.
    @Test(
        "C18: the disk fills up at any write of a refresh: nothing received is dropped, no link is lost",
        arguments: Shipped.names)
    func diskFull(_ name: String) {
        var escrowed = 0
        for place in 0...8 {
            let day = Day(name, seed: 2100 + place)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every * 3 / 4)
            day.stage.fillDisk(after: place, times: 6)
            day.stage.run(seconds: 2 * day.every)
            escrowed += day.stage.logLines.count { $0.contains("answer in the escrow") }
            #expect(day.first?.state == .active && day.first?.condition == .ok, "place \(place)")
            #expect(day.stage.escrowIsEmpty, "place \(place)")
            #expect(day.stage.leftOver.isEmpty, "place \(place)")
            day.expectSound("place \(place)")
        }
        #expect(escrowed > 0, "the disk was never full when an answer came")
    }

    @Test("C18: store and escrow both refuse: the answer is kept in memory until one of them takes it")
    func bothRefuse() {
        var refused = 0
        for place in 0...8 {
            let day = Day("skyways", seed: 2200 + place)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every * 3 / 4)
            day.stage.setEscrow(isBroken: true)
            day.stage.fillDisk(after: place, times: 12)
            day.stage.run(seconds: 2 * day.every)
            refused += day.stage.logLines.count { $0.contains("raw answer not kept") }
            #expect(day.first?.state == .active && day.first?.condition == .ok, "place \(place)")
            #expect((day.first?.generation ?? 0) >= 2)
            day.expectSound("place \(place)")
        }
        #expect(refused > 0, "the disk was never full when an answer came")
    }

    @Test("C18: nothing is sent that could not be saved, and it goes on by itself", arguments: Shipped.names)
    func preflight(_ name: String) {
        let day = Day(name, seed: 2300)
        day.stage.link(member: 1)
        day.stage.run(seconds: 60)
        day.stage.setEscrow(trouble: "purser's disk is nearly full")
        let before = day.calls("token")
        day.stage.run(seconds: 2 * day.every)
        #expect(day.calls("token") == before)
        #expect(day.first?.state == .active)
        day.stage.setEscrow()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok)
        #expect(day.calls("token") > before)
        day.expectSound()
    }

    @Test("under a grace, a word about this time does not end the replays of what was lost before")
    func graceGoesOn() {
        // What seeds 5661 and 8466 showed.
        let day = Day("brewhaus", seed: 2390)
        day.link()
        day.stage.run(seconds: day.every / 2)
        for (status, body, processed) in [
            (200, "<h1>Please log in</h1>", true), (400, "{\"error\":\"invalid_request\"}", false),
        ] {
            day.stage.fault([
                "match": ["endpoint": "token"], "times": 1,
                "replace": ["status": .int(status), "body": .string(body), "unprocessed": .bool(!processed)],
            ])
        }
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.events("refused", "refresh") == 0)
        day.expectSound()
    }

    @Test(
        "C18: work that ends with a lost answer goes on within the grace, whatever kept it from asking again at once",
        arguments: 1...6)
    func hurries(_ seed: Int) {
        // What seed 7569 showed.
        let day = Day("brewhaus", seed: 2400 + seed)
        day.link()
        let before = day.calls("token")
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "delayMilliseconds": 60_000,
        ])
        for _ in 0..<2 * day.every where day.calls("token") == before { day.stage.run(seconds: 1) }
        day.stage.setEscrow(trouble: "the disk is nearly full")
        day.stage.run(seconds: 16)
        #expect(day.calls("token") == before + 1)
        day.stage.setEscrow()
        day.stage.run(seconds: 8)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.events("refused", "refresh") == 0)
        day.expectSound()
    }

    @Test("a start at which the provider cannot say where its endpoints are settles a spend where it said before")
    func hidden() {
        // What seed 4295 showed.
        let grace: JSON = ["policy": "grace", "seconds": 30]
        let day = Day(
            Shipped.provider("grandstay", rotation: grace),
            seed: 2450)
        #expect(day.isDiscovered)
        day.link()
        let before = day.calls("token")
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "delayMilliseconds": 60_000,
        ])
        for _ in 0..<2 * day.every where day.calls("token") == before { day.stage.run(seconds: 1) }
        day.stage.fault(["match": ["endpoint": "discovery"], "replace": ["status": 503]])
        day.stage.crash()
        day.stage.run(seconds: 20)
        #expect(day.calls("token") > before + 1, "nothing was asked again")
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.events("refused", "refresh") == 0)
        day.expectSound()
    }

    /// A dozen members of one provider, linked.
    private func crowd(at name: String, seed: UInt64) -> Stage {
        let stage = Stage(seed: seed, providers: [Shipped.provider(name)], runner: MemoryRunner(), people: 12)
        stage.run(seconds: 1)
        for member in 0..<12 {
            stage.link(member: member)
            stage.run(seconds: 30)
        }
        return stage
    }

    @Test(
        "many links refused at once: no verdict, no consent asked for, and all heal with the provider",
        arguments: Shipped.names)
    func massEvent(_ name: String) {
        let stage = crowd(at: name, seed: 77)
        let living = stage.links().count { $0.state == .active }
        #expect(living >= 10)
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
        ])
        // Everybody is asked at one moment, day after day.
        for _ in 0..<4 {
            for link in stage.links() { stage.act { _ = try? await $0.requestPull(.first, link.id) } }
            stage.run(seconds: 5 * 3600)
        }
        let asked = stage.links().count { $0.state != .active }
        // The first few were refused before anybody could know; one who was refused again alone is believed.
        #expect(asked <= 5)
        stage.fault(["clear": true])
        stage.run(seconds: 2 * 86_400)
        #expect(stage.links().count { $0.state == .active && $0.condition == .ok } == living - asked)
    }

    @Test("many links refused one by one, hours apart, while none is renewed: one event all the same")
    func slowMassEvent() {
        let stage = crowd(at: "skyways", seed: 78)
        let living = stage.links().filter { $0.state == .active }.map(\.id)
        #expect(living.count >= 10)
        stage.run(seconds: 3600)
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
        ])
        for link in living {
            stage.act { _ = try? await $0.requestPull(.first, link) }
            stage.run(seconds: 1500)
        }
        let asked = stage.links().count { $0.state != .active }
        #expect(asked <= 5, "each that was refused before anybody could know, and no more")
        stage.fault(["clear": true])
        stage.run(seconds: 2 * 86_400)
        #expect(stage.links().count { $0.state == .active && $0.condition == .ok } == living.count - asked)
    }

    @Test("refused among others that are renewed, a link is believed to be over")
    func fewAmongMany() {
        let stage = crowd(at: "skyways", seed: 79)
        let living = stage.links().filter { $0.state == .active }.map(\.id)
        // Eight of them withdraw their consent at the provider, hours apart, within a day.
        for (place, link) in living.prefix(9).enumerated() {
            if place < 8 { stage.fault(["match": ["endpoint": "token"], "times": 1, "revoke": true]) }
            stage.act { _ = try? await $0.requestPull(.first, link) }
            stage.run(seconds: 3000)
            stage.act { _ = try? await $0.requestPull(.first, living.last!) }
            stage.run(seconds: 4200)
        }
        stage.run(seconds: 600)
        #expect(stage.links().count { $0.state == .needsConsent(.invalidGrant) } > 6)
    }

    /// A refresh whose answer is lost, while a grace takes the token once more.
    private static let lost: JSON = [
        "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "cutAfterBytes": 5,
    ]

    @Test("a provider that answers every replay with the old token is asked once more, not again and again")
    func alwaysOld() {
        let day = Day(Shipped.provider("brewhaus", mock: [(["rotation", "replay"], "old")]), seed: 2950)
        day.link()
        day.stage.fault(Self.lost)
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.events("spent again", "refresh") == 2)
        // The token died with the grace, and its successor with the answer: nobody can get that back.
        day.stage.run(seconds: 2 * 86_400)
        guard case .needsConsent? = day.first?.state else {
            return #expect(Bool(false), "\(String(describing: day.first?.state))")
        }
        #expect(day.stage.violations().isEmpty)
    }
}
