import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Many links at once.
@Suite("A crowd")
struct CrowdTests {
    @Test("500 links due at once: slots bound how many are worked on, all are pulled, none twice, none starves")
    func dueAtOnce() {
        let perProvider = [166, 167, 167]
        let stage = Stage(
            seed: 71, providers: Shipped.names.map { Shipped.provider($0, ["api", "limits"], [:]) },
            runner: MemoryRunner(), people: 170, checksEvery: 200)
        stage.run(seconds: 1)
        for (name, count) in zip(stage.names, perProvider) {
            for member in 0..<count {
                stage.link(member: member, at: name)
                if member % 4 == 3 { stage.run(seconds: 3) }
            }
        }
        stage.run(seconds: 600)
        #expect(stage.links().count == 500)
        #expect(stage.links().allSatisfy { $0.state == .active && $0.pulledAt != nil })
        _ = stage.mostInFlight()
        // The laptop was shut over night: when it wakes, every link is due.
        stage.sleep(seconds: 14 * 3600)
        let woke = stage.now
        stage.run(seconds: 1800)
        #expect(stage.mostInFlight() <= Stage.slots)
        let late = stage.links().filter { ($0.pulledAt ?? Stage.start) < woke }
        #expect(late.isEmpty, "\(late.count) links were not pulled")
        #expect(stage.links().allSatisfy { $0.condition == .ok })
        // One whose pull a gateway cut short twice comes once more.
        let again = stage.logLines.count { $0.contains(" info pulled ") && $0.contains("=ok") && $0 >= woke.rfc3339 }
        #expect(again == 500)
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
    }
}
