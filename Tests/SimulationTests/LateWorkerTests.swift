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
}
