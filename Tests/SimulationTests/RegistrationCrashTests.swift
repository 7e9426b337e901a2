import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Registering and renewing while providers, disks and the process itself go away.
@Suite("Registrations on bad days")
struct RegistrationCrashTests {
    private func kept(_ day: Day) -> RegisteredClient? {
        (try? day.stage.read { reads throws(StoreError) in try reads.client("grandstay") }) ?? nil
    }

    @Test("The provider goes in the middle: nothing is half written, and it is said what may be there")
    func lost() throws {
        let day = RegistrationDayTests.day(seed: 11)
        for fault in [
            ["cutAfterBytes": -1], ["cutAfterBytes": 40], ["bodyRepeat": ["text": "{", "count": 1_000_000]],
            ["replace": ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad gateway</h1>"]],
        ] as [JSON] {
            var object = JSONObject([("match", ["endpoint": "register"]), ("times", 1)])
            for member in fault.object?.members ?? [] { object[member.name] = member.value }
            day.stage.fault(.object(object))
            let words = try #require(day.stage.register()).failure?.description
            #expect(
                words?.contains("may have registered a client that nobody here knows") == true,
                "\(fault): \(words ?? "")")
            #expect(kept(day) == nil && day.stage.client()?.isPreset == true)
        }
        #expect(day.registrations.count == 4, "orphans, and the words say so")
        day.stage.setDown(true)
        let down = try #require(day.stage.register()).failure?.description
        #expect(down?.contains("nothing was registered") == true, "\(down ?? "")")
        day.stage.setDown(false)
        day.stage.run(seconds: 3600)
        #expect(throws: Never.self) { try day.stage.register()?.get() }
        day.expectSound()
    }

    @Test("A disk that is full when the answer is there: the registration is taken back, and nothing is kept")
    func full() throws {
        let day = RegistrationDayTests.day(seed: 12)
        // The metadata are here already, so that saving is the next write.
        day.link()
        day.stage.fillDisk(after: 0, times: 1)
        let words = try #require(day.stage.register()).failure?.description
        #expect(
            words?.contains("disk is full") == true && words?.contains("taken back there") == true, "\(words ?? "")")
        #expect(kept(day) == nil && day.registrations.isEmpty && day.first?.state == .active)
        day.stage.setEscrow(trouble: "no room beside the database")
        let refused = try #require(day.stage.register()).failure?.description
        #expect(refused?.contains("nothing was sent") == true && day.calls("register") == 1)
        day.stage.setEscrow(trouble: nil)
        #expect(throws: Never.self) { try day.stage.register()?.get() }
        day.expectSound()
    }

    @Test("The process dies anywhere while it registers: afterwards a client is here whole, or not at all")
    func dies() {
        var (whole, orphans) = (0, 0)
        for fuse in 1...24 {
            let day = RegistrationDayTests.day(seed: 100 + fuse)
            day.stage.light(fuse: fuse)
            day.stage.act { door in _ = try? await door.registerClient("grandstay", initial: nil) }
            day.stage.run(seconds: 120)
            day.stage.light(fuse: 0)
            let client = kept(day)
            #expect(day.registrations.count <= 1, "fuse \(fuse)")
            if let client {
                whole += 1
                #expect(client.sealedSecret != nil && client.dynamic?.sealedAccess != nil)
                #expect(day.registrations.first?["client"]?.string == client.clientID)
                #expect(day.stage.removeClient()?.remarks.first?.contains("was taken back") == true, "fuse \(fuse)")
                #expect(day.registrations.isEmpty)
            } else {
                orphans += day.registrations.count
                #expect(day.stage.client()?.isPreset == true)
            }
            #expect(throws: Never.self, "and again") { try day.stage.register()?.get() }
            day.expectSound("fuse \(fuse)")
        }
        #expect(whole > 0 && whole < 24 && orphans > 0, "\(whole) whole, \(orphans) orphans")
    }

    @Test("The process dies anywhere while a secret is renewed: what is here is one answer's, and the link goes on")
    func diesRenewing() throws {
        var (renewed, locked) = (0, 0)
        for fuse in stride(from: 1, through: 60, by: 3) {
            let day = RegistrationDayTests.day(["secretSeconds": 21_600], seed: 200 + fuse)
            _ = try #require(day.stage.register()).get()
            let due = try #require(kept(day)?.dynamic?.turn.dueAt)
            day.stage.run(seconds: due.milliseconds(since: day.stage.now) / 1000 - 2)
            let before = try #require(day.stage.client()?.registration?.secretEndsAt)
            day.stage.light(fuse: fuse)
            day.stage.run(seconds: 7200)
            day.stage.light(fuse: 0)
            let facts = try #require(day.stage.client()?.registration)
            if facts.trouble == nil, let ends = facts.secretEndsAt, ends > before { renewed += 1 }
            if let trouble = facts.trouble {
                locked += 1
                #expect(trouble.contains("token no longer") && trouble.contains("register anew"), "\(trouble)")
            } else {
                #expect(day.stage.removeClient()?.remarks.first?.contains("was taken back") == true, "fuse \(fuse)")
            }
            day.expectSound("fuse \(fuse)")
        }
        #expect(renewed > 0, "\(renewed) renewed, \(locked) locked out")
    }

    static let troubles: [(fault: JSON, isLockedOut: Bool, rotates: Bool)] = [
        (["match": ["endpoint": "configuration"], "times": 1, "cutAfterBytes": -1], true, true),
        (["match": ["endpoint": "configuration"], "times": 1, "cutAfterBytes": -1], false, false),
        (
            [
                "match": ["endpoint": "configuration"], "times": 2,
                "replace": ["status": 503, "body": "busy", "unprocessed": true],
            ], false, true
        ),
        (
            [
                "match": ["endpoint": "configuration"], "times": 1,
                "patch": ["pointer": "/client_id", "value": "somebody"],
            ], true, true
        ),
    ]

    @Test(
        "A lost answer is asked for again; where the token was replaced with it, somebody must act", arguments: troubles
    )
    func renewalTrouble(_ fault: JSON, _ isLockedOut: Bool, _ rotates: Bool) throws {
        let day = RegistrationDayTests.day(["secretSeconds": 21_600, "rotates": .bool(rotates)], seed: 13)
        _ = try #require(day.stage.register()).get()
        day.link()
        day.stage.fault(fault)
        day.stage.run(seconds: 86_400)
        let facts = try #require(day.stage.client()?.registration)
        #expect((facts.trouble != nil) == isLockedOut, "\(facts)")
        #expect(day.first?.state == .active)
        if !isLockedOut { #expect(day.first?.condition == .ok) }
        day.expectSound()
    }

    @Test("What an answer says wrong is refused; the token that came with it is kept all the same")
    func wrongAnswer() throws {
        let day = RegistrationDayTests.day(["secretSeconds": 21_600], seed: 14)
        _ = try #require(day.stage.register()).get()
        day.stage.fault([
            "match": ["endpoint": "configuration"], "times": 1,
            "patch": ["pointer": "/token_endpoint_auth_method", "value": "none"],
        ])
        day.stage.run(seconds: 15_000)
        #expect(day.stage.client()?.registration?.trouble?.contains("authenticate with none") == true)
        #expect(day.stage.removeClient()?.remarks.first?.contains("was taken back") == true, "by the token that came")
        day.expectSound()
    }

    @Test("What is removed while it is renewed is not written again, and is taken back by the newest token")
    func removedMeanwhile() throws {
        let day = RegistrationDayTests.day(["secretSeconds": 21_600], seed: 17)
        _ = try #require(day.stage.register()).get()
        let due = try #require(kept(day)?.dynamic?.turn.dueAt)
        day.stage.fault(["match": ["endpoint": "configuration"], "times": 1, "delayMilliseconds": 15_000])
        day.stage.run(seconds: due.milliseconds(since: day.stage.now) / 1000 + 5)
        #expect(day.calls("configuration") == 1)
        let removed = try #require(day.stage.removeClient())
        #expect(removed.remarks.first?.contains("takes the registration token no longer") == true)
        day.stage.run(seconds: 60)
        #expect(!day.stage.requests.contains { $0.contains(" PUT ") })
        #expect(kept(day) == nil && day.registrations.isEmpty, "the token that came opened it")
        day.expectSound()
    }

    @Test(
        "A worker that stood still for longer than its claim writes nothing, and takes nothing back", arguments: 1...4)
    func standsStill(_ seed: Int) throws {
        let day = RegistrationDayTests.day(["secretSeconds": 21_600, "rotates": false], seed: 300 + seed)
        _ = try #require(day.stage.register()).get()
        let due = try #require(kept(day)?.dynamic?.turn.dueAt)
        day.stage.run(seconds: due.milliseconds(since: day.stage.now) / 1000 - 1)
        day.stage.setStalls(perMille: 1000)
        day.stage.run(seconds: 3000)
        day.stage.setStalls(perMille: 0)
        day.stage.run(seconds: 3600)
        #expect(!day.stage.requests.contains { $0.contains(" DELETE ") } && day.registrations.count == 1)
        #expect(day.stage.client()?.registration?.trouble == nil)
        day.expectSound()
    }

    @Test("Nothing is asked whose answer could not be saved")
    func noRoom() throws {
        let day = RegistrationDayTests.day(["secretSeconds": 21_600], seed: 18)
        _ = try #require(day.stage.register()).get()
        let due = try #require(kept(day)?.dynamic?.turn.dueAt)
        day.stage.setEscrow(trouble: "no room beside the database")
        day.stage.run(seconds: due.milliseconds(since: day.stage.now) / 1000 + 60)
        #expect(day.calls("configuration") == 0)
        #expect(day.stage.client()?.registration?.trouble?.contains("no room") == true)
        day.stage.setEscrow(trouble: nil)
        day.stage.run(seconds: 3600)
        #expect(day.stage.client()?.registration?.trouble == nil && day.calls("configuration") == 2)
        day.expectSound()
    }

    @Test("Keys that are replaced take the registration along: it can be taken back afterwards")
    func rotatedKeys() throws {
        let day = RegistrationDayTests.day(seed: 15)
        _ = try #require(day.stage.register()).get()
        let epoch = kept(day)?.dataKey?.epoch
        let rotation = day.stage.perform { door, _ in try? await door.rotateKeys(tell: { _ in }) }
        #expect((rotation ?? nil)?.unreadable == 0 && kept(day)?.dataKey?.epoch != epoch)
        #expect(day.stage.removeClient()?.remarks.first?.contains("was taken back") == true)
        day.expectSound()
    }

    @Test("A provider that cannot be reached when it is taken back: erased here, and said what stays there")
    func stays() throws {
        let day = RegistrationDayTests.day(seed: 16)
        _ = try #require(day.stage.register()).get()
        day.stage.setDown(true)
        let removed = try #require(day.stage.removeClient())
        #expect(removed.remarks.first?.contains("erased here and not taken back at grandstay") == true)
        #expect(kept(day) == nil && day.registrations.count == 1)
        day.expectSound()
    }
}
