import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days on which a provider's limits matter, judged by its own journal.
@Suite("Days of kindness")
struct KindnessDayTests {
    private func breaches(_ day: Day) -> [String] {
        (day.stage.mockLedger["events"]?.array ?? []).compactMap { event in
            guard let what = event["what"]?.string, ["over-quota", "before-retry-after"].contains(what) else {
                return nil
            }
            return "\(what) \(event["at"]?.string ?? "") \(event["reason"]?.string ?? "")"
        }
    }

    /// A shipped provider whose mock counts, with another quota than it ships with.
    private func counted(_ name: String, perDay: Int, seed: Int, people: Int = 3) -> Day {
        let manifest: [(path: [String], value: JSON)] = [
            (["api", "limits"], ["perSecond": "5", "perDay": .string(String(perDay)), "inFlight": 4])
        ]
        return Day(
            Shipped.provider(name, manifest: manifest, mock: [(["limits"], ["perDay": .int(perDay)])]), seed: seed,
            people: people)
    }

    @Test(
        "with more links than its quota feeds and a crash every few hours, no provider ever sees more than its quota",
        arguments: Case.all(1...2))
    func quota(_ one: Case) {
        let day = counted(one.name, perDay: 60, seed: 300 + one.number)
        for member in 0..<6 { day.link(member) }
        var words: Set<String> = []
        for hour in 0..<72 {
            for link in day.stage.links() {
                day.stage.act { door in _ = try? await door.requestPull(.first, link.id) }
            }
            if hour % 5 == 4 { day.stage.light(fuse: 1 + hour % 7) }
            day.stage.run(seconds: 3600)
            for link in day.stage.links() where link.condition.kind == .rateLimited {
                words.insert(link.condition.cause ?? "")
            }
        }
        #expect(breaches(day) == [])
        #expect(
            words.contains { $0.hasPrefix("the provider's daily quota of 60 calls is used up until 2026-") }, "\(words)"
        )
        // It is used, too.
        #expect(day.calls("api") > 60)
        day.expectSound()
    }

    @Test("no link asks before a Retry-After has ended, whoever asks and whatever crashes", arguments: Case.all(1...3))
    func retryAfter(_ one: Case) {
        let day = Day(Shipped.provider(one.name, mock: [(["limits"], [:])]), seed: 400 + one.number)
        for member in 0..<4 { day.link(member) }
        day.stage.run(seconds: 120)
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": ["status": 429, "headers": ["Retry-After": "7200"], "body": "{}", "unprocessed": true],
        ])
        // One link hears of the wait; the process dies, and only the store knows of it for the others.
        if let heard = day.first?.id { day.stage.act { door in _ = try? await door.requestPull(.first, heard) } }
        // Nobody pokes the clockwork here: it looks every half minute.
        day.stage.run(seconds: 45)
        #expect(day.first?.condition.kind == .rateLimited)
        day.stage.crash()
        for _ in 0..<30 {
            day.stage.run(seconds: 60)
            for link in day.stage.links() {
                day.stage.act { door in _ = try? await door.requestPull(.first, link.id) }
            }
            day.stage.run(seconds: 240)
        }
        #expect(breaches(day) == [])
        #expect(day.stage.logLines.count { $0.contains("provider asks us to wait") } == 1)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.stage.links().allSatisfy { $0.condition == .ok })
        day.expectSound()
    }

    @Test(
        "a refresh token that dies after three idle days outlives a schedule of a fortnight; paused, it is left alone")
    func keepAlive() {
        let idle: Int64 = 3 * 86_400
        let provider = Shipped.provider(
            "skyways",
            manifest: [
                (["schedule", "every"], "P14D"), (["schedule", "freshFor"], "P20D"),
                (["authorization", "rotation"], ["policy": "strict", "idleSeconds": .int(Int(idle))]),
            ], mock: [(["refreshTokenSeconds"], .int(Int(idle)))])
        let day = Day(provider, seed: 61)
        day.link(0)
        for _ in 0..<20 { day.stage.run(seconds: 86_400) }
        #expect(day.first?.state == .active)
        #expect(day.first?.condition == .ok)
        // About once a day, not with every access token.
        #expect((18...24).contains(day.events("issued", "refresh")))
        if let id = day.first?.id { day.stage.act { door in _ = try? await door.pause(.first, id) } }
        day.stage.run(seconds: 60)
        let before = day.calls("token")
        day.stage.run(seconds: 5 * 86_400)
        #expect(day.calls("token") == before)
        day.expectSound()
    }

    @Test("after a night away a backlog beyond the quota is spread, nothing is asked over it, and all are pulled")
    func catchUp() {
        let day = counted("brewhaus", perDay: 1500, seed: 71, people: 45)
        let members = 45
        for member in 0..<members {
            day.stage.link(member: member)
            day.stage.run(seconds: 1200)
        }
        day.stage.sleep(seconds: 14 * 3600)
        day.stage.crash()
        day.stage.run(seconds: 2 * 86_400)
        #expect(breaches(day) == [])
        let stale = day.stage.links().filter {
            day.stage.now.milliseconds(since: $0.pulledAt ?? Stage.start) > 86_400_000
        }
        #expect(stale.isEmpty)
        day.expectSound()
    }

    @Test("a provider that fails for everybody is left alone, and taken up again when it is back")
    func breaker() {
        let day = Day(Shipped.provider("grandstay", ["api", "limits"], [:]), seed: 81)
        for member in 0..<8 { day.link(member) }
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 502, "body": "no", "unprocessed": true]])
        var words: Set<String> = []
        for _ in 0..<120 {
            for link in day.stage.links() {
                words.insert(link.condition.cause ?? "")
                day.stage.act { door in _ = try? await door.requestPull(.first, link.id) }
            }
            day.stage.run(seconds: 61)
        }
        let failed = day.stage.requests.count { $0.hasSuffix(" 502") }
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 12 * 3600)
        #expect(day.stage.links().allSatisfy { $0.condition == .ok })
        #expect(words.contains("the provider fails for most requests, so it is left alone for a while"))
        // Eight links that are asked for every minute for two hours, each with one more try: it was spared most of it.
        #expect(failed < 400)
        day.expectSound()
    }

    @Test(
        "a registration that is refused for one link after another is asked with no more after the third, and the operator is told once",
        arguments: ["skyways", "grandstay"])
    func refusedRegistration(_ name: String) {
        let day = Day(name, seed: 83)
        for member in 0..<5 { day.link(member) }
        day.stage.run(seconds: 1200)
        #expect(day.stage.links().count == 5)
        let refused: JSON = [
            "match": ["endpoint": "token"],
            "replace": ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true],
        ]
        let ended: JSON = [
            "match": ["endpoint": "api"],
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "",
                "unprocessed": true,
            ],
        ]
        for fault in [refused, ended] { day.stage.fault(fault) }
        func told() -> Int {
            day.stage.logLines.count { $0.contains(" error the provider refuses our client registration ") }
        }
        var calls: [Int] = []
        for (number, link) in day.stage.links().enumerated() {
            day.stage.act { door in _ = try? await door.requestPull(.first, link.id) }
            day.stage.run(seconds: 70)
            calls.append(day.calls("token"))
            #expect(told() == (number < 2 ? 0 : 1), "\(number)")
        }
        // Of the last two links nothing was sent.
        #expect(calls[0] < calls[1] && calls[1] < calls[2] && calls[2] == calls[4])
        #expect(day.stage.links().last?.condition.cause?.hasPrefix("the provider refuses our client reg") == true)
        day.stage.run(seconds: 3 * 3600)
        #expect(told() == 1)
        // One more each ten minutes to see, and not one for each link.
        #expect(day.calls("token") - calls[4] <= 18)
        #expect(day.stage.links().allSatisfy { $0.state == .active })
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 12 * 3600)
        #expect(day.stage.links().allSatisfy { $0.condition == .ok })
        day.expectSound()
    }

    @Test(
        "a clock that is put right while nobody looks neither hides a provider's quota nor forgets it", arguments: 0..<8
    )
    func clockPutRight(_ number: Int) throws {
        // What seed 50839 showed.
        let day = Day("railpass", seed: 5080 + number)
        day.link()
        day.stage.setClock(offsetSeconds: 2_261_881)
        day.stage.crash()
        day.stage.run(seconds: 90)
        day.stage.crash()
        day.stage.run(seconds: 5)
        let id = try #require(day.first?.id)
        func ask() { day.stage.act { _ = try? await $0.requestPull(.first, id) } }
        if number.isMultiple(of: 2) {
            // What is remembered is asked for before the clock's step is seen.
            day.stage.setClock(offsetSeconds: 0)
            day.stage.link(member: 1, allows: false)
            day.stage.run(seconds: 120)
            ask()
        } else {
            // What is remembered changes before the clock's step is seen.
            ask()
            day.stage.run(seconds: 1)
            day.stage.setClock(offsetSeconds: 0)
        }
        day.stage.run(seconds: 120)
        #expect(day.first?.condition == .ok)
        #expect((day.first?.pulledAt).map { day.stage.now.milliseconds(since: $0) < 120_000 } == true)
        let flows = try day.stage.read { reads throws(StoreError) in try reads.flows() }
        #expect(flows.count == 1 && flows.allSatisfy { $0.reservedAt > day.stage.now }, "\(flows)")
        #expect(flows.allSatisfy { $0.reservedAt < day.stage.now.adding(seconds: 86_400) }, "\(flows)")
        day.expectSound()
    }
}
