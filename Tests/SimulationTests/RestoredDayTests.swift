import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Databases that were put back from a backup.
@Suite("Days after a restore")
struct RestoredDayTests {
    @Test("C91: a database that was put back: strict links live from what they hold, until somebody says more")
    func restored() {
        let day = Day("skyways", seed: 2400)
        day.stage.link(member: 1)
        day.stage.run(seconds: day.every / 2)
        let backup = day.stage.backUp()
        day.stage.run(seconds: 2 * day.every)
        let generation = day.first?.generation ?? 0
        #expect(generation > 1)
        let before = day.calls("token")
        day.stage.putBack(backup)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.calls("token") == before, "a token was sent that the other daemon may have spent")
        #expect(day.first?.state == .active && day.first?.condition.kind == .degraded)
        #expect(day.first?.condition.cause?.contains("restored") == true)
        let said = day.stage.perform { door, _ in try? await door.confirmRestored() } ?? nil
        #expect(said == true)
        day.stage.run(seconds: 2 * day.every)
        // Its token had been replaced since: nobody can help that, and the link says so.
        #expect(day.first?.state == .needsConsent(.invalidGrant))
    }

    @Test("C91: where a spent refresh token stays good, a database that was put back goes on by itself")
    func restoredHarmless() {
        let day = Day("grandstay", seed: 2500)
        day.stage.link(member: 1)
        day.stage.run(seconds: day.every / 2)
        let backup = day.stage.backUp()
        day.stage.run(seconds: 2 * day.every)
        day.stage.putBack(backup)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
    }

    @Test(
        "C91: a restore with many links is no storm: each is asked for once at most, a strict one not at all",
        arguments: Shipped.names)
    func storm(_ name: String) {
        let stage = Stage(seed: 2510, providers: [Shipped.provider(name)], runner: MemoryRunner(), people: 12)
        stage.run(seconds: 1)
        for member in 0..<12 {
            stage.link(member: member)
            stage.run(seconds: 30)
        }
        let links = stage.links().count { $0.state == .active }
        #expect(links >= 10)
        let backup = stage.backUp()
        let every = stage.manifest().schedule.everySeconds
        // By now every access token has ended and every pull is overdue in the copy.
        stage.run(seconds: 2 * every)
        let before = stage.calls("token")
        stage.putBack(backup)
        stage.run(seconds: 600)
        let asked = stage.calls("token") - before
        #expect(asked <= (name == "skyways" ? 0 : links), "\(asked) token requests for \(links) links")
        stage.run(seconds: 2 * every)
        if name == "skyways" { #expect(stage.calls("token") == before) }
        let told = stage.links().filter { $0.state == .active && $0.condition.kind == .degraded }
        #expect(told.count == (name == "skyways" ? links : told.count))
    }

    @Test(
        "C91: after a restore tokens go only to the endpoints they were given for: others are a question, nothing is sent",
        arguments: ["grandstay", "skyways"])
    func endpoints(_ name: String) {
        let day = Day(name, seed: 2520)
        day.stage.link(member: 1)
        day.stage.run(seconds: day.every / 2)
        let backup = day.stage.backUp()
        day.stage.run(seconds: day.every)
        // Since that backup the provider says that tokens go elsewhere.
        day.stage.fault([
            "match": ["endpoint": "discovery"],
            "patch": [
                "pointer": "/token_endpoint",
                "value": .string(day.stage.manifest().authorization.issuer + "/elsewhere"),
            ],
        ])
        let before = day.calls("token")
        day.stage.putBack(backup)
        day.stage.run(seconds: 60)
        _ = day.stage.perform { door, _ in try? await door.confirmRestored() }
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.state == .suspended(.configurationChanged))
        #expect(day.calls("token") == before)
        #expect(!day.stage.requests.contains { $0.contains("/elsewhere") }, "a token went elsewhere")
        // Once they are as consented to, the person's word is enough.
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 2 * 3600)
        let id = day.first!.id
        let answer = day.stage.perform { door, _ in try? await door.resume(.first, id) } ?? nil
        #expect(answer == .done)
    }
}
