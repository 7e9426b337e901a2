import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Links that are unlinked or put to rest while a refresh of theirs is unsettled.
@Suite("Days of what is unsettled")
struct UnsettledDayTests {
    private static func provider(_ name: String) -> SimulatedProvider {
        Shipped.provider(name, mock: [(["revokesOneToken"], true)])
    }

    /// A day whose first link holds an answer with newer tokens that cannot be parsed: its ID token's key is out of reach.
    private static func unparsed(seed: Int) -> Day {
        let day = Day(provider("skyways"), seed: seed)
        day.link()
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": true])
        day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["status": 500, "body": "{}"]])
        for _ in 0..<(2 * 86_400 / 60) where kept(day) == 0 { day.stage.run(seconds: 60) }
        #expect(kept(day) == 1 && day.first?.generation == 1)
        return day
    }

    private static func kept(_ day: Day) -> Int {
        guard let id = day.first?.id else { return -1 }
        let past = try? day.stage.read { reads throws(StoreError) in try reads.past(.first, id) }
        return past?.answers.count ?? -1
    }

    /// Tokens of the first member's grant that its provider would still take, as kind and generation.
    private static func alive(_ day: Day) -> [String] {
        let events = day.stage.mockLedger(of: day.name)["events"]?.array ?? []
        func tokens(_ what: String) -> [JSON] {
            events.filter { $0["what"]?.string == what && ["access", "refresh"].contains($0["kind"]?.string) }
        }
        let over = Set((tokens("revoked") + tokens("spent")).compactMap { $0["token"]?.string })
        return tokens("issued").filter { !over.contains($0["token"]?.string ?? "") }.map {
            "\($0["kind"]?.string ?? "") \($0["generation"]?.int ?? 0)"
        }
    }

    private static func unlink(_ day: Day) -> Receipt? {
        guard let id = day.first?.id else { return nil }
        return day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
    }

    @Test("unlinked with newer tokens in an answer that was never parsed: those are revoked, first of all")
    func unlinked() {
        let day = Self.unparsed(seed: 5800)
        #expect(!Self.alive(day).isEmpty)
        #expect(Self.unlink(day)?.answer == .revoked)
        #expect(Self.alive(day) == [])
        #expect(day.calls("revoke") == 4)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test("the same where the provider cannot revoke at once: the newest tokens wait in the outbox")
    func later() {
        let day = Self.unparsed(seed: 5801)
        day.stage.fault([
            "match": ["endpoint": "revoke"], "times": 1, "replace": ["status": 503, "body": "", "unprocessed": true],
        ])
        #expect(Self.unlink(day)?.answer == .pending)
        day.stage.run(seconds: 3600)
        #expect(day.receipts.map(\.answer) == [.revoked])
        #expect(!Self.alive(day).contains { $0.hasSuffix(" 2") })
        day.expectSound()
    }

    @Test("I8: new tokens that wait for the provider's keys hurry nobody, whatever grace the old one has")
    func waiting() {
        let terms: JSON = ["policy": "grace", "seconds": 30]
        let day = Day(
            Shipped.provider("skyways", rotation: terms),
            seed: 5802)
        day.link()
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": true])
        day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["status": 500, "body": "{}"]])
        for _ in 0..<(2 * 86_400 / 60) where Self.kept(day) == 0 { day.stage.run(seconds: 60) }
        day.stage.run(seconds: 600)
        #expect(Self.kept(day) == 1)
        #expect(day.stage.logLines.count { $0.contains("postponed") } < 12)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 3600)
        #expect(day.first?.generation == 2 && day.first?.condition == .ok)
        day.expectSound()
    }

    // Put to rest

    /// A day whose first link waits for an answer that its provider keeps back; it is paused then.
    private static func paused(
        _ provider: SimulatedProvider = Shipped.provider("brewhaus"), seed: Int, seconds: Int,
        beside faults: (Stage) -> Void = { _ in }
    ) -> Day {
        let day = Day(provider, seed: seed)
        day.link()
        day.stage.run(seconds: 60)
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1,
            "delayMilliseconds": .int(seconds * 1000),
        ])
        faults(day.stage)
        guard let id = day.first?.id else { return day }
        runUntilSpending(day)
        day.stage.run(seconds: 1)
        #expect(day.stage.perform { door, _ in try? await door.pause(.first, id) } == .done)
        return day
    }

    /// Lets time pass until the first link's refresh token is on its way.
    private static func runUntilSpending(_ day: Day) {
        guard let id = day.first?.id else { return }
        var isFlying = false
        for _ in 0..<(7 * 86_400) where !isFlying {
            day.stage.run(seconds: 1)
            isFlying =
                ((try? day.stage.read { reads throws(StoreError) in try reads.intent(.first, id) }) ?? nil) != nil
        }
        #expect(isFlying)
    }

    private static func expectKept(_ day: Day) {
        let id = day.first?.id
        #expect(day.first?.state == .paused && day.first?.generation == 2 && day.first?.condition == .ok)
        let calls = day.stage.requests.count
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.stage.requests.count == calls, "a link that rests is asked nothing")
        day.stage.act { door in if let id { _ = try? await door.resume(.first, id) } }
        day.stage.run(seconds: 600)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("paused while a refresh is on its way, then a kill: the token is sent again within its grace")
    func killed() {
        let day = Self.paused(seed: 5810, seconds: 9)
        day.stage.crash()
        day.stage.run(seconds: 60)
        Self.expectKept(day)
    }

    @Test("paused while a refresh is on its way whose answer never comes: the token is sent again within its grace")
    func lost() {
        let day = Self.paused(seed: 5811, seconds: 60)
        day.stage.run(seconds: 90)
        Self.expectKept(day)
    }

    @Test("the same where the provider asks to wait a moment: no work is under way any more, and it is taken up again")
    func lostAndPutOff() {
        let day = Self.paused(seed: 5813, seconds: 2) { stage in
            let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]
            stage.fault(["match": refresh, "times": 1, "cutAfterBytes": -1])
            stage.fault([
                "match": refresh, "times": 1, "after": 1,
                "replace": ["status": 429, "headers": ["Retry-After": "3"], "body": "{}", "unprocessed": true],
            ])
        }
        day.stage.run(seconds: 90)
        #expect(day.calls("token") == 4)
        Self.expectKept(day)
    }

    @Test("paused where the spent token ends at once, or never: nothing hurries, and it is asked when it goes on")
    func strict() {
        for policy in ["strict", "none"] {
            let provider = Shipped.provider("brewhaus", rotation: ["policy": .string(policy)])
            let day = Self.paused(provider, seed: 5812, seconds: 9)
            guard let id = day.first?.id else { return #expect(Bool(false), "not linked") }
            day.stage.crash()
            let calls = day.calls("token")
            day.stage.run(seconds: 86_400)
            #expect(day.first?.state == .paused && day.calls("token") == calls, "\(policy)")
            day.stage.act { door in _ = try? await door.resume(.first, id) }
            day.stage.run(seconds: 6 * 3600)
            day.expectSound()
        }
    }

    // Told again

    @Test(
        "within a grace no write that the store refuses costs the link, whichever it is, nor two in a row",
        arguments: 0..<12, 1...2)
    func refusedWrites(_ number: Int, _ times: Int) {
        let day = Day(Shipped.provider("brewhaus"), seed: 5820)
        day.link()
        day.stage.run(seconds: 60)
        let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]
        day.stage.fault(["match": refresh, "times": 5, "cutAfterBytes": -1])
        let calls = day.calls("token")
        Self.runUntilSpending(day)
        day.stage.fillDisk(after: number, times: times)
        day.stage.run(seconds: 600)
        #expect(day.calls("token") > calls + 5)
        #expect(day.first?.state == .active && day.first?.generation == 2)
        #expect(day.stage.unavoidable.isEmpty)
        day.expectSound()
    }

    // Sealed

    @Test(
        "sealed while a refresh is on its way: its answer is kept, and it is not sent again by who unseals meanwhile",
        arguments: ["none", "grace", "strict"], [1, 4, 7200] as [Int64])
    func sealed(_ policy: String, _ seconds: Int64) {
        let terms: JSON = policy == "grace" ? ["policy": "grace", "seconds": 60] : ["policy": .string(policy)]
        let day = Day(
            Shipped.provider("brewhaus", rotation: terms),
            seed: 5840)
        day.link()
        day.stage.run(seconds: 60)
        let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]
        day.stage.fault(["match": refresh, "times": 1, "delayMilliseconds": 9000])
        Self.runUntilSpending(day)
        day.stage.seal(seconds: seconds)
        day.stage.run(seconds: 15)
        let quiet = day.stage.requests.count
        day.stage.run(seconds: max(0, seconds - 20))
        #expect(seconds < 60 || day.stage.requests.count == quiet, "nothing is sent while it is sealed")
        day.stage.run(seconds: 600)
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.first?.generation == 2)
        #expect(day.stage.mockLedger["events"]?.array?.contains { $0["what"]?.string == "spent again" } == false)
        day.expectSound()
    }
}
