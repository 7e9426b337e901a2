import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Crashes with a provider that is out of reach afterwards, and words that repeat secrets.
@Suite("What was cut short")
struct CutShortTests {
    private static func stage(_ seed: Int) -> Stage {
        let stage = Stage(seed: UInt64(seed), provider: Shipped.skyways, runner: MemoryRunner())
        stage.run(seconds: 1)
        return stage
    }

    private static func open(_ stage: Stage) -> UnfinishedSpend? {
        (try? stage.read { reads throws(StoreError) in try reads.unfinishedSpends() })?.first
    }

    @Test("a code's answer is kept, and the provider is gone for an hour: the link is finished when it is back")
    func exchange() {
        var seen = 0
        for fuse in 1...24 {
            let stage = Self.stage(500 + fuse)
            stage.link(member: 0)
            stage.light(fuse: fuse, thenDown: true)
            stage.run(seconds: 3600)
            let wasKept = Self.open(stage)?.raw != nil
            stage.setDown(false)
            stage.light(fuse: 0)
            stage.run(seconds: 12 * 3600)
            #expect(stage.violations().isEmpty, "fuse \(fuse)")
            #expect(stage.leftOver.isEmpty, "fuse \(fuse)")
            guard wasKept else { continue }
            seen += 1
            #expect(stage.links().first?.state == .active, "fuse \(fuse)")
        }
        #expect(seen > 0, "no crash fell between the answer and its parsing")
    }

    @Test("a refusal is kept, and the provider is gone at the start: it is heard later, and nothing is sent again")
    func refusal() {
        var seen = 0
        for fuse in 1...40 {
            let stage = Self.stage(600 + fuse)
            stage.link(member: 0)
            stage.run(seconds: 5 * 3600)
            stage.fault([
                "match": ["endpoint": "token", "grant": "refresh_token"],
                "replace": [
                    "status": 400, "headers": ["Content-Type": "application/json"],
                    "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true,
                ],
            ])
            stage.light(fuse: fuse, thenDown: true)
            stage.run(seconds: 3 * 3600)
            let wasKept = Self.open(stage)?.raw != nil
            let before = stage.requests.count { $0.contains("POST /token") }
            stage.setDown(false)
            stage.light(fuse: 0)
            stage.run(seconds: 12 * 3600)
            #expect(stage.watchViolations.isEmpty, "fuse \(fuse)")
            guard wasKept else { continue }
            seen += 1
            #expect(stage.links().first?.state == .needsConsent(.invalidGrant), "fuse \(fuse)")
            #expect(stage.requests.count { $0.contains("POST /token") } == before, "fuse \(fuse)")
            if seen == 2 { return }
        }
        #expect(seen > 0, "no crash fell between the answer and its parsing")
    }

    @Test("unlinked while nobody has reached the provider since the start: revoked when it is back")
    func unlinkedOffline() {
        let stage = Self.stage(13)
        stage.link(member: 0)
        stage.run(seconds: 60)
        stage.setDown(true)
        stage.crash()
        stage.run(seconds: 5)
        let id = stage.links()[0].id
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .pending)
        #expect(stage.links().isEmpty)
        stage.setDown(false)
        stage.run(seconds: 12 * 3600)
        let receipts = (try? stage.read { reads throws(StoreError) in try reads.receipts(.first) }) ?? []
        #expect(receipts.map(\.answer) == [.revoked])
        #expect(stage.leftOver.isEmpty)
    }

    @Test("unlinked while a refresh is in flight: the tokens that still come are used for nothing")
    func unlinkedInFlight() {
        let stage = Self.stage(15)
        stage.link(member: 0)
        stage.run(seconds: 60)
        stage.fault(["match": ["endpoint": "token", "grant": "refresh_token"], "delayMilliseconds": 20_000])
        let before = stage.requests.count { $0.contains("POST /token") }
        for _ in 0..<40_000 where stage.requests.count(where: { $0.contains("POST /token") }) == before {
            stage.run(seconds: 1)
        }
        let id = stage.links()[0].id
        let calls = stage.requests.count { $0.contains("/v2/") }
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        stage.run(seconds: 3600)
        #expect(stage.requests.count { $0.contains("POST /token") } == before + 1)
        #expect(stage.requests.count { $0.contains("/v2/") } == calls)
        #expect(stage.watchViolations.isEmpty)
        #expect(stage.violations().isEmpty && stage.links().isEmpty)
    }

    @Test(
        "workers that stand still for longer than their claims last: nothing is lost, thrown away or sent twice",
        arguments: 1...8)
    func standstill(_ seed: Int) {
        let stage = Self.stage(700 + seed)
        stage.link(member: 0)
        stage.run(seconds: 60)
        stage.setStalls(perMille: 500)
        stage.run(seconds: 6 * 86_400)
        stage.setStalls(perMille: 0)
        stage.run(seconds: 86_400)
        #expect(stage.links().first?.state == .active)
        #expect(stage.links().first?.condition == .ok)
        #expect((stage.links().first?.generation ?? 0) > 3)
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
        #expect(stage.leftOver.isEmpty)
    }

    @Test(
        "a refusal that is heard by a worker that has lost its claim: consent is asked for, and it is sent once",
        arguments: 1...8)
    func lateRefusal(_ seed: Int) {
        let stage = Self.stage(800 + seed)
        stage.link(member: 0)
        stage.run(seconds: 60)
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
        ])
        stage.setStalls(perMille: 500)
        stage.run(seconds: 2 * 86_400)
        #expect(stage.links().first?.state == .needsConsent(.invalidGrant))
        #expect(stage.requests.count { $0.contains("POST /token") } == 2)
        #expect(stage.watchViolations.isEmpty)
        #expect(stage.leftOver.isEmpty)
    }

    @Test("a server that repeats the refresh token in its words: it stands in no note, log or story")
    func echo() throws {
        let stage = Self.stage(14)
        stage.link(member: 0)
        stage.run(seconds: 60)
        let token = try #require(
            stage.mockLedger["events"]?.array?.first {
                $0["what"]?.string == "issued" && $0["kind"]?.string == "refresh"
            }?["token"]?.string)
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"], "unprocessed": true,
                "body": .string("{\"error\":\"invalid_grant\",\"error_description\":\"no such token: \(token)\"}"),
            ],
        ])
        stage.run(seconds: 8 * 3600)
        #expect(stage.links().first?.state == .needsConsent(.invalidGrant))
        #expect(stage.links().first?.note?.hasPrefix("invalid_grant: no such token: ") == true)
        #expect(stage.violations().isEmpty)
    }
}
