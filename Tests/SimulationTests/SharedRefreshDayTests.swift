import PurserSimulation
import Testing
import Wire

@testable import PurserEngine

/// One refresh, and several who want it, or who vanish over it.
@Suite("Days of shared refreshes")
struct SharedRefreshDayTests {
    private static let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]

    /// A link whose access token has ended, claimed by hand.
    private func ended(_ name: String, seed: Int) throws -> (day: Day, claim: Claim) {
        // Where no lifetime is told, only a 401 would say that it has.
        let day = Day(Shipped.provider(name, mock: [(["statesLifetime"], true)]), seed: seed)
        day.link()
        day.stage.run(seconds: 60)
        let claim = try Claiming.hold(day, seconds: 3 * 86_400)
        day.stage.run(seconds: 86_400)
        #expect((day.grant?.accessEndsAt).map { $0 < day.stage.now } == true)
        return (day, claim)
    }

    @Test(
        "C15: five workers want one refresh after a long sleep: one request, the others wait and read what it brought",
        arguments: Case.all(1...4))
    func five(_ one: Case) throws {
        let (day, first) = try ended(one.name, seed: 3400 + one.number)
        let (tokens, generation) = (day.calls("token"), try #require(day.first).generation)
        let refused = day.events("refused", "access")
        day.stage.fault(["match": Self.refresh, "delayMilliseconds": .int(1000 * one.number)])
        day.stage.act { door in
            await withTaskGroup { group in
                group.addTask { await Work(wallet: door).run(first) }
                for number in 1...4 {
                    group.addTask {
                        // While the first one's answer is on its way, each of them lost its claim to the next.
                        await door.world.clock.pause(milliseconds: Int64(number) * 200)
                        if let claim = await Claiming.takeOver(door) { await Work(wallet: door).run(claim) }
                    }
                }
            }
        }
        day.stage.run(seconds: 900)
        #expect(day.calls("token") == tokens + 1, "asked more than once")
        #expect(day.first?.generation == generation + 1)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect((day.first?.pulledAt).map { $0 > day.stage.now.adding(seconds: -900) } == true, "nobody read it")
        #expect(day.events("refused", "access") == refused, "somebody came with the old token")
        day.expectSound()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok)
        #expect(day.stage.leftOver.isEmpty)
        day.expectSound()
    }

    @Test(
        "C16: a worker that vanishes with its claim: nobody touches the link before the claim ends, somebody does right after",
        arguments: Shipped.names)
    func vanished(_ name: String) throws {
        let day = Day(name, seed: 3500)
        day.link()
        day.stage.run(seconds: 120)
        let claim = try Claiming.hold(day, seconds: Limits.claimSeconds)
        let (requests, id) = (day.stage.requests.count, claim.link)
        for _ in 0..<(Limits.claimSeconds / 10) - 1 {
            // Not even because somebody asks.
            day.stage.act { door in _ = try? await door.requestPull(.first, id) }
            day.stage.run(seconds: 10)
        }
        #expect(day.stage.requests.count == requests, "worked on by somebody who had no claim")
        #expect(day.first?.fence == claim.fence)
        day.stage.run(seconds: 20)
        #expect(day.first?.fence == claim.fence + 1, "nobody took it up")
        #expect((day.first?.pulledAt).map { $0 >= claim.until } == true)
        day.expectSound()
    }

    @Test(
        "C16: a daemon that dies with a refresh on its way: sent again when the policy allows it, and no later than a claim lasts",
        arguments: Shipped.names)
    func died(_ name: String) throws {
        let (day, claim) = try ended(name, seed: 3510)
        let before = day.calls("token")
        day.stage.fault(["match": Self.refresh, "times": 1, "delayMilliseconds": 9000])
        day.stage.act { door in await Work(wallet: door).run(claim) }
        for _ in 0..<30 where day.calls("token") == before { day.stage.run(seconds: 1) }
        #expect(day.calls("token") == before + 1)
        let intent = try #require(day.open()?.intent)
        day.stage.crash()
        day.stage.run(seconds: Limits.claimSeconds + 30)
        let times = day.tokenTimes
        try #require(times.count >= before + 2, "never sent again")
        let again = times[before + 1].milliseconds(since: intent.sentAt)
        if name == "skyways" {
            // Until then an answer may come, and a second request may end the grant.
            #expect(again >= intent.answerMilliseconds)
        } else {
            #expect(again < 20_000, "a grace does not wait")
        }
        #expect(again <= Limits.claimSeconds * 1000)
        day.expectSound()
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.first?.state == (name == "skyways" ? .needsConsent(.answerLost) : .active))
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "C17: a refusal that is heard after a sibling has renewed the grant is no verdict: what is stored counts",
        arguments: Shipped.names)
    func sibling(_ name: String) throws {
        let (day, late) = try ended(name, seed: 3600)
        let (old, tokens) = (try #require(day.grant), day.calls("token"))
        // The sibling's turn: it took the claim over, refreshed and pulled.
        day.stage.act { door in
            if let claim = await Claiming.takeOver(door) { await Work(wallet: door).run(claim) }
        }
        day.stage.run(seconds: 30)
        #expect(day.first?.generation == old.generation + 1 && day.calls("token") == tokens + 1)
        let now = day.stage.now
        let heard = day.stage.perform { door, _ -> (RefreshEnding?, [SpendEnding])? in
            guard let seat = (try? await door.seat(late)) ?? nil,
                let metadata = try? await door.shelf.metadata(of: seat.provider)
            else { return nil }
            let refused = HTTPResponse(
                status: 400, headers: ["Content-Type": "application/json"],
                body: Array(#"{"error":"invalid_grant"}"#.utf8))
            let spend = Spend(wallet: door, seat: seat, metadata: metadata, proofKey: nil)
            var endings: [SpendEnding] = []
            for attempt in 1...2 {
                let intent = Intent(
                    wallet: .first, link: late.link, purpose: .refresh, generation: old.generation, fence: late.fence,
                    sentAt: now.adding(seconds: -60), deadline: now, attempt: attempt)
                endings.append(await spend.settle(intent, .success(refused), old: nil, receivedAt: now))
            }
            // And one that has not sent it yet: it finds the newer generation, and sends nothing.
            return (await Refresh(wallet: door, seat: seat).run(old), endings)
        }
        let (refresh, endings) = try #require(heard ?? nil)
        guard case .claimLost? = refresh else { return #expect(Bool(false), "\(String(describing: refresh))") }
        for ending in endings {
            guard case .notOurs = ending else { return #expect(Bool(false), "\(ending)") }
        }
        #expect(day.calls("token") == tokens + 1)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        let past = try day.stage.read { reads throws(StoreError) in try reads.past(.first, late.link) }
        #expect(past.isClear, "\(past)")
        #expect(Set(day.story).isDisjoint(with: ["refused", "suspected", "frozen", "lost"]))
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test(
        "C18: whoever asked for the work is gone before or after the commit: it ends as it would have, nothing is lost",
        arguments: Shipped.names)
    func cancelled(_ name: String) throws {
        var stories: Set<[String]> = []
        // The answer takes two seconds, so some are gone before it was sent, while it is on its way, and after it.
        for milliseconds: Int64 in [0, 1, 100, 1000, 2100, 2300, 2500, 2700, 2900, 3100, 3500, 4500] {
            let (day, claim) = try ended(name, seed: 3700)
            let (tokens, generation) = (day.calls("token"), try #require(day.first).generation)
            day.stage.fault(["match": Self.refresh, "times": 1, "delayMilliseconds": 2000])
            day.stage.act { door in
                await withTaskGroup { group in
                    group.addTask { await Work(wallet: door).run(claim) }
                    await door.world.clock.pause(milliseconds: milliseconds)
                    group.cancelAll()
                }
            }
            day.stage.run(seconds: 120)
            #expect(day.calls("token") == tokens + 1, "after \(milliseconds) ms")
            #expect(day.first?.generation == generation + 1, "after \(milliseconds) ms")
            #expect(day.first?.state == .active && day.first?.condition == .ok, "after \(milliseconds) ms")
            #expect(day.stage.leftOver.isEmpty)
            day.expectSound("after \(milliseconds) ms")
            stories.insert(day.story)
        }
        #expect(stories.count == 1, "the caller's end shows in the story: \(stories)")
    }
}
