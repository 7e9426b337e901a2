import PurserSimulation
import Testing
import Wire

@testable import PurserEngine

/// A worker that stood still for longer than its claim lasted, and wakes.
@Suite("Late workers")
struct LateWorkerTests {
    @Test("one that finds its link identified by another revokes nothing and ends nothing", arguments: Shipped.names)
    func identified(_ name: String) throws {
        let day = Day(name, seed: 91)
        day.link()
        day.stage.run(seconds: 60)
        let link = try #require(day.only)
        #expect(link.state == .active)
        // The request that the ID token answers is gone by now: to this worker it cannot be believed.
        let late = Claim(wallet: .first, link: link.id, fence: link.fence - 1, until: day.stage.now)
        let ending = day.stage.perform { door, _ in await Identify(wallet: door).run(late) }
        guard case .later? = ending else { return #expect(Bool(false), "\(String(describing: ending))") }
        #expect(day.calls("revoke") == 0)
        #expect(day.only?.state == .active)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.only?.condition == .ok)
        day.expectSound()
    }

    /// What seed 8860 showed: merged while its last answer is not settled, the older link would get the token that was
    /// spent, and lose the one that came for it.
    @Test("a link whose refresh token is out is not merged into another until the answer is known")
    func unsettled() throws {
        let strict: JSON = ["policy": "strict"]
        let day = Day(
            Shipped.provider("grandstay", rotation: strict),
            seed: 92)
        day.link()
        day.stage.run(seconds: 60)
        let older = try #require(day.only)
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 3, "replace": ["status": 500, "body": "no", "unprocessed": true],
        ])
        day.link()
        day.stage.fault(["clear": true])
        let link = try #require(day.stage.links().first { $0.state == .linking })
        let claim = Claim(
            wallet: .first, link: link.id, fence: link.fence, until: day.stage.now.adding(seconds: 150))
        let now = day.stage.now
        let intent = Intent(
            wallet: .first, link: link.id, purpose: .refresh, generation: link.generation, fence: link.fence,
            sentAt: now, deadline: now.adding(seconds: 90), attempt: 1, sentUp: nil)
        let ending = day.stage.perform { door, _ in
            _ = try? await door.world.store.write { verbs throws(StoreError) in try verbs.beginSpend(intent) }
            return await Identify(wallet: door).run(claim)
        }
        guard case .later(let why)? = ending else {
            Issue.record("\(String(describing: ending))")
            return
        }
        #expect(why.contains("still to be settled"))
        #expect(day.stage.links().contains { $0.id == older.id && $0.generation == older.generation })
        day.stage.run(seconds: 2 * day.every)
        #expect(day.only?.id == older.id && day.only?.condition == .ok)
    }
}
