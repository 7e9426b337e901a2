import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Crashes with a provider that is out of reach afterwards, and words that repeat secrets.
@Suite("What was cut short")
struct CutShortTests {
    // Elsewhere endpoints stand in the manifest; here what the provider said of itself outlives the start.
    private static let discovered = ["grandstay", "skyways"]

    @Test(
        "a code's answer is kept, and the provider is gone for an hour: parsed at the start, finished when it is back",
        arguments: discovered)
    func exchange(_ name: String) {
        var seen = 0
        for fuse in 1...24 {
            let day = Day(name, seed: 500 + fuse)
            day.stage.link(member: 1)
            day.stage.light(fuse: fuse, thenDown: true)
            day.stage.run(seconds: 3600)
            let wasKept = day.settledAtStart > 0
            day.stage.setDown(false)
            day.stage.light(fuse: 0)
            day.stage.run(seconds: 2 * day.every)
            #expect(day.stage.violations().isEmpty, "fuse \(fuse)")
            #expect(day.stage.leftOver.isEmpty, "fuse \(fuse)")
            guard wasKept else { continue }
            seen += 1
            #expect(day.first?.state == .active, "fuse \(fuse)")
        }
        #expect(seen > 0, "no crash fell between the answer and its parsing")
    }

    @Test(
        "a refusal is kept, and the provider is gone at the start: it is heard all the same, and counts",
        arguments: discovered)
    func refusal(_ name: String) {
        var seen = 0
        for fuse in 1...40 {
            let day = Day(name, seed: 600 + fuse)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every * 5 / 6)
            day.stage.fault([
                "match": ["endpoint": "token", "grant": "refresh_token"],
                "replace": [
                    "status": 400, "headers": ["Content-Type": "application/json"],
                    "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true,
                ],
            ])
            day.stage.light(fuse: fuse, thenDown: true)
            day.stage.run(seconds: day.every / 2)
            let wasKept = day.settledAtStart > 0
            let before = day.calls("token")
            day.stage.setDown(false)
            day.stage.light(fuse: 0)
            day.stage.run(seconds: 2 * day.every + 8 * 3600)
            #expect(day.stage.watchViolations.isEmpty, "fuse \(fuse)")
            guard wasKept else { continue }
            seen += 1
            // Heard from what was kept; then asked about again, as of any refusal.
            #expect(day.first?.state == .needsConsent(.invalidGrant), "fuse \(fuse)")
            #expect(day.calls("token") - before == (name == "skyways" ? 1 : 2), "fuse \(fuse)")
            if seen == 2 { return }
        }
        #expect(seen > 0, "no crash fell between the answer and its parsing")
    }

    @Test(
        "unlinked while nobody has reached the provider since the start: revoked when it is back",
        arguments: Shipped.names)
    func unlinkedOffline(_ name: String) {
        let day = Day(name, seed: 13)
        day.link()
        day.stage.setDown(true)
        day.stage.crash()
        day.stage.run(seconds: 5)
        let id = day.first!.id
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .pending)
        #expect(day.stage.links().isEmpty)
        day.stage.setDown(false)
        day.stage.run(seconds: 12 * 3600)
        #expect(day.receipts.map(\.answer) == [.revoked])
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "unlinked while a refresh is in flight: the tokens that still come are used for nothing",
        arguments: Shipped.names)
    func unlinkedInFlight(_ name: String) {
        let day = Day(name, seed: 15)
        day.link()
        day.stage.fault(["match": ["endpoint": "token", "grant": "refresh_token"], "delayMilliseconds": 12_000])
        let before = day.calls("token")
        for _ in 0..<2 * day.every where day.calls("token") == before { day.stage.run(seconds: 1) }
        let id = day.first!.id
        let calls = day.calls("api")
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        day.stage.run(seconds: 3600)
        #expect(day.calls("token") == before + 1)
        #expect(day.calls("api") == calls)
        day.expectSound()
        #expect(day.stage.links().isEmpty)
    }

    @Test(
        "workers that stand still for longer than their claims last: nothing is lost, thrown away or sent twice",
        arguments: Case.all(1...4))
    func standstill(_ one: Case) {
        let day = Day(one.name, seed: 700 + one.number)
        day.link()
        day.stage.setStalls(perMille: 500)
        day.stage.run(seconds: 6 * 86_400)
        day.stage.setStalls(perMille: 0)
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) > 3)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "a refusal that is heard by a worker that has lost its claim: it counts like any other",
        arguments: Case.all(1...4))
    func lateRefusal(_ one: Case) {
        let day = Day(one.name, seed: 800 + one.number)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
        ])
        day.stage.setStalls(perMille: 500)
        day.stage.run(seconds: 4 * 86_400)
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        #expect(
            day.calls("token") == (one.name == "skyways" ? 3 : 4), "heard once, and asked about again once or twice")
        #expect(day.stage.watchViolations.isEmpty)
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "a server that repeats the refresh token in its words: it stands in no note, log or story",
        arguments: Shipped.names)
    func echo(_ name: String) throws {
        let day = Day(name, seed: 14)
        day.link()
        let token = try #require(
            day.stage.mockLedger["events"]?.array?.first {
                $0["what"]?.string == "issued" && $0["kind"]?.string == "refresh"
            }?["token"]?.string)
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"], "unprocessed": true,
                "body": .string("{\"error\":\"invalid_grant\",\"error_description\":\"no such token: \(token)\"}"),
            ],
        ])
        day.stage.run(seconds: day.every * 4 / 3 + 8 * 3600)
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        #expect(day.first?.note?.hasPrefix("invalid_grant: no such token: ") == true)
        #expect(day.stage.violations().isEmpty)
    }
}
