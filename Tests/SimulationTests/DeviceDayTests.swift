import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Links whose person answers on another device, from the code to the first pull (RFC 8628).
@Suite("Days of a device link")
struct DeviceDayTests {
    private static func begun(
        _ seed: Int, allows: Bool? = true, pause: Int64 = 12_000, mock: [(path: [String], value: JSON)] = []
    ) -> Day {
        let day = Day(Shipped.provider("marketplus", mock: mock), seed: seed)
        day.stage.linkByDevice(member: 0, allows: allows, pauseMilliseconds: pause)
        return day
    }

    private static func story(_ day: Day) -> [CustodyEvent] {
        let found = try? day.stage.read { reads throws(StoreError) in
            try reads.custodyEvents(.first, day.first?.id ?? LinkID(rawValue: "lnk_none"))
        }
        return found ?? []
    }

    private static func pollSeconds(_ day: Day) -> Int64? {
        let found = try? day.stage.read { reads throws(StoreError) in
            try reads.pendingLink(.first, day.first?.id ?? LinkID(rawValue: "lnk_none"))
        }
        return (found ?? nil)?.pollSeconds
    }

    private static let pending: JSON = ["status": 400, "body": ["error": "authorization_pending"]]

    @Test("a good day: asked every five seconds until the code was entered, then linked and pulled")
    func good() {
        let day = Self.begun(701)
        day.stage.run(seconds: 11)
        #expect(day.only?.state == .linking)
        #expect(Self.pollSeconds(day) == 5)
        day.stage.run(seconds: 30)
        #expect(day.only?.state == .active)
        #expect(day.answered == 1 && day.balance?["state"] == "known")
        #expect((3...4).contains(day.calls("token")), "\(day.calls("token")) questions")
        #expect(day.events("too-soon", "code") == 0)
        // The mere "not yet" is nothing to tell.
        #expect(
            Self.story(day).map(\.kind) == ["device", "answer", "committed", "confirmed"])
        day.expectSound()
    }

    @Test("the refresh tokens it brought are rotated as any others")
    func refreshes() {
        let day = Self.begun(702)
        day.stage.run(seconds: 86_400)
        #expect(day.only?.state == .active && (day.grant?.generation ?? 0) > 1)
        day.expectSound()
    }

    @Test("C75: slow_down: five seconds more between two questions, for good, each time")
    func slowDown() {
        let day = Self.begun(703, pause: 90_000)
        let slower: JSON = ["status": 400, "body": ["error": "slow_down"]]
        day.stage.fault(["match": ["endpoint": "token"], "times": 2, "replace": slower])
        day.stage.run(seconds: 60)
        #expect(Self.pollSeconds(day) == 15)
        #expect(day.calls("token") <= 5)
        day.stage.run(seconds: 90)
        #expect(day.only?.state == .active)
        day.expectSound()
    }

    @Test("a no at the provider fails the link at the next question, and it is asked about no more")
    func denied() {
        let day = Self.begun(704, allows: false)
        day.stage.run(seconds: 40)
        #expect(day.only?.state == .failed(.denied))
        let asked = day.calls("token")
        day.stage.run(seconds: 120)
        #expect(day.calls("token") == asked)
        day.expectSound()
    }

    @Test("nobody enters the code: it fails when the code ends, at that time, whatever the server says of it")
    func expires() {
        let day = Self.begun(705, allows: nil, mock: [(["deviceSeconds"], 61)])
        day.stage.run(seconds: 58)
        #expect(day.only?.state == .linking)
        day.stage.run(seconds: 40)
        #expect(day.only?.state == .failed(.expired))
        #expect(day.only?.note?.contains("in time") == true)
        let asked = day.calls("token")
        day.stage.run(seconds: 700)
        #expect(day.calls("token") == asked && day.stage.links().isEmpty)
        day.expectSound()
    }

    @Test("C75: a server that goes on saying pending after the end is not believed")
    func pendingForEver() {
        let day = Self.begun(706, allows: nil, mock: [(["deviceSeconds"], 60)])
        day.stage.fault(["match": ["endpoint": "token"], "replace": Self.pending])
        day.stage.run(seconds: 100)
        #expect(day.only?.state == .failed(.expired))
        #expect(day.calls("token") <= 12)
    }

    @Test("expired_token before our own clock says so ends it too")
    func expiredEarly() {
        let day = Self.begun(707, allows: nil)
        let ended: JSON = ["status": 400, "body": ["error": "expired_token"]]
        day.stage.fault(["match": ["endpoint": "token"], "after": 1, "replace": ended])
        day.stage.run(seconds: 30)
        #expect(day.only?.state == .failed(.expired))
        #expect(day.calls("token") == 2)
    }

    @Test("C75: Retry-After is waited for")
    func retryAfter() {
        let day = Self.begun(708, pause: 2000)
        let busy: JSON = ["status": 503, "headers": ["Retry-After": "60"], "unprocessed": true]
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "replace": busy])
        day.stage.run(seconds: 55)
        #expect(day.calls("token") == 1 && day.only?.condition.kind == .rateLimited)
        day.stage.run(seconds: 40)
        #expect(day.only?.state == .active)
        day.expectSound()
    }

    @Test("no answer: asked less and less often, and it heals")
    func backsOff() {
        let day = Self.begun(709, pause: 2000)
        let gone: JSON = ["status": 502, "body": "<h1>Bad gateway</h1>", "unprocessed": true]
        day.stage.fault(["match": ["endpoint": "token"], "times": 3, "replace": gone])
        day.stage.run(seconds: 50)
        // 5 s, then 10, 20 and 40.
        #expect(day.calls("token") <= 4 && day.only?.condition.kind == .degraded)
        day.stage.run(seconds: 120)
        #expect(day.only?.state == .active)
        day.expectSound()
    }

    @Test(
        "the daemon dies at any moment of it: a new start goes on asking, and the link comes to be", arguments: 1...40)
    func crash(_ fuse: Int) {
        let day = Self.begun(710 + fuse, pause: 2000)
        day.stage.run(seconds: 4)
        day.stage.light(fuse: fuse)
        day.stage.run(seconds: 300)
        // Only a crash with the answer in memory and nowhere else costs the code, and it is called so.
        switch day.only?.state {
        case .active: break
        case .failed(.codeLost): #expect(day.stage.crashes == 1 && day.events("spent", "code") == 1)
        default: Issue.record("\(String(describing: day.only?.state))")
        }
        day.expectSound()
    }

    @Test("the daemon dies while nobody has answered yet: it asks again, and the code is good", arguments: 1...8)
    func crashWhilePending(_ fuse: Int) {
        let day = Self.begun(780 + fuse, allows: nil)
        day.stage.run(seconds: 4)
        day.stage.light(fuse: fuse)
        day.stage.run(seconds: 60)
        #expect(day.stage.crashes == 1 && day.only?.state == .linking)
        day.stage.enterCode(member: 0)
        day.stage.run(seconds: 100)
        #expect(day.only?.state == .active)
        day.expectSound()
    }

    @Test("the answer with the tokens is lost: asked again, refused, and called by its cause")
    func lostAnswer() {
        let day = Self.begun(760, pause: 2000)
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "cutAfterBytes": -1])
        day.stage.run(seconds: 60)
        #expect(day.only?.state == .failed(.codeLost))
        #expect(day.only?.note?.contains("lost") == true)
        #expect(day.events("spent", "code") == 1)
        day.expectSound()
    }

    @Test("an answer that was lost while nobody had answered costs nothing")
    func lostPending() {
        let day = Self.begun(761, pause: 25_000)
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "cutAfterBytes": -1])
        day.stage.run(seconds: 120)
        #expect(day.only?.state == .active)
        #expect(Self.story(day).map(\.kind).contains("resent"))
        day.expectSound()
    }

    @Test("a kept answer is read at the next start, and nobody asks again")
    func keptAnswer() {
        let day = Self.begun(762, pause: 2000)
        day.stage.fillDisk(after: 4, times: 1)
        day.stage.run(seconds: 120)
        #expect(day.only?.state == .active)
        #expect(day.events("spent", "code") == 1)
        day.expectSound()
    }

    @Test("C75: unlinked while it waits: asked about no more, and what was given out meanwhile is revoked")
    func unlinked() {
        let day = Self.begun(763, pause: 30_000)
        day.stage.run(seconds: 12)
        let id = day.only?.id
        day.stage.act { if let id { _ = try? await $0.unlink(.first, id) } }
        day.stage.run(seconds: 5)
        #expect(day.stage.links().isEmpty)
        let asked = day.calls("token")
        day.stage.run(seconds: 120)
        #expect(day.calls("token") == asked)
        day.expectSound()
    }

    @Test("a pull asked for by another link of the wallet waits behind nobody's code")
    func twoSideBySide() {
        let day = Self.begun(764, allows: nil)
        day.stage.linkByDevice(member: 1, pauseMilliseconds: 3000)
        day.stage.run(seconds: 40)
        #expect(day.stage.links().map(\.state.code).sorted() == ["active", "linking"])
        day.expectSound()
    }

    @Test("the same member again by device: the older link gets the new grant")
    func merges() {
        let day = Self.begun(765, pause: 2000)
        day.stage.run(seconds: 40)
        let first = day.only?.id
        day.stage.linkByDevice(member: 0, pauseMilliseconds: 2000)
        day.stage.run(seconds: 60)
        #expect(day.stage.links().contains { $0.state == .merged && $0.mergedInto == first })
        day.stage.run(seconds: 700)
        #expect(day.only?.id == first && day.only?.state == .active)
        day.expectSound()
    }

    @Test("a renewal by device")
    func renews() {
        let day = Self.begun(766, pause: 2000)
        day.stage.run(seconds: 40)
        let first = day.only?.id
        day.stage.linkByDevice(member: 1, pauseMilliseconds: 2000, renewing: first)
        day.stage.run(seconds: 40)
        #expect(day.stage.links().contains { $0.state == .suspended(.identityChanged) })
        day.expectSound()
    }

    @Test("a provider without that endpoint says so, and nothing is saved")
    func notOffered() {
        let day = Day("skyways", seed: 767)
        let words = day.stage.perform { door, _ -> String in
            do throws(StartLinkProblem) {
                _ = try await door.startLink("skyways", in: .first, by: .socket(uid: 1), device: true)
                return "begun"
            } catch { return error.description }
        }
        #expect(words == StartLinkProblem.noDeviceFlow("skyways").description)
        #expect(day.stage.links().isEmpty)
    }

    @Test("a browser's response is not for it, and no address is taken for it")
    func notPasted() {
        let day = Self.begun(768, allows: nil)
        day.stage.run(seconds: 2)
        let id = day.only?.id ?? LinkID(rawValue: "lnk_none")
        let ending = day.stage.perform { door, _ in
            try? await door.pasteLink(
                "http://127.0.0.1:7878/callback/marketplus?code=x&state=y", for: id, in: .first,
                by: .socket(uid: 1000))
        }.flatMap { $0 }
        guard case .notWaiting(let why)? = ending else { return #expect(Bool(false)) }
        #expect(why.contains("entered"))
    }

    @Test("a provider by device code alone needs no asking for it")
    func deviceOnly() {
        let day = Day(
            Shipped.provider("marketplus", manifest: [(["authorization", "grant"], "device_code")]), seed: 769)
        let started = day.stage.perform { door, _ in
            try? await door.startLink("marketplus", in: .first, by: .socket(uid: 1))
        }.flatMap { $0 }
        #expect(started?.device?.userCode.isEmpty == false)
    }
}

/// Answers that a provider confirms instead of sending them again.
@Suite("Days of confirmed answers")
struct ConfirmedDayTests {
    private static func count(_ day: Day, _ words: String) -> Int { day.stage.requests.count { $0.hasSuffix(words) } }

    @Test("C44: unchanged: a 304 each, everything stays as it was and is fresh")
    func confirmed() {
        // Nothing moves.
        let day = Day(Shipped.provider("marketplus", ["schedule", "every"], "PT1H"), seed: 771)
        day.link(2)
        let before = day.accounts
        #expect(Self.count(day, "/v3/household 200") == 1 && before.count == 3)
        day.stage.run(seconds: 12_000)
        #expect(Self.count(day, "/v3/household 304") >= 2 && Self.count(day, "/v3/household 200") == 1)
        #expect(Self.count(day, "/receipts 304") >= 2)
        let after = day.accounts
        #expect(after.map(\.amount) == before.map(\.amount) && after.map(\.version) == before.map(\.version))
        #expect(after.allSatisfy { $0.observedAt > before[0].observedAt && $0.endedAt == nil })
        day.expectSound()
    }

    @Test("changed: the new answer comes, and the history adds up")
    func changed() {
        let day = Day("marketplus", seed: 772)
        day.link(0)
        day.stage.run(seconds: 20 * 86_400)
        #expect(Self.count(day, "/v3/household 304") > 0 && Self.count(day, "/v3/household 200") > 1)
        #expect(day.spendable.first?.historyIsComplete == true && day.spendable.first?.opening?.isZero == true)
        day.expectSound()
    }

    @Test("a 304 that nobody asked for is a failure, and what was there stays")
    func unasked() {
        let day = Day(
            Shipped.provider("marketplus", ["api", "requests", "household", "conditional"], false), seed: 773)
        day.link(0)
        let amount = day.amount
        day.stage.fault(["match": ["path": "/v3/household"], "replace": ["status": 304]])
        day.stage.run(seconds: 60)
        day.pull()
        #expect(day.only?.condition.cause?.contains("304") == true && day.amount == amount)
    }

    @Test("a tag that cannot be sent back is not kept")
    func badTag() {
        let day = Day(Shipped.provider("marketplus", ["schedule", "every"], "PT1H"), seed: 774)
        let answer: JSON = [
            "match": ["path": "/v3/household"], "times": 1,
            "replace": [
                "status": 200, "headers": ["ETag": "no quotes", "Content-Type": "application/json"],
                "body": ["household": ["id": "mp-6003"], "cards": []],
            ],
        ]
        day.stage.fault(answer)
        day.link(2)
        day.stage.run(seconds: 8000)
        #expect(Self.count(day, "/v3/household 200") >= 2)
        day.expectSound()
    }
}
