import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

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
        let (woke, told) = (stage.now, stage.logLines.count)
        stage.run(seconds: 1800)
        #expect(stage.mostInFlight() <= Stage.slots)
        let late = stage.links().filter { ($0.pulledAt ?? Stage.start) < woke }
        #expect(late.isEmpty, "\(late.count) links were not pulled")
        #expect(stage.links().allSatisfy { $0.condition == .ok })
        // One whose pull a gateway cut short twice comes once more.
        let again = stage.logLines.dropFirst(told).count { $0.contains(" info pulled ") && $0.contains("=ok") }
        #expect(again == 500)
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
    }

    /// How long the only link of the second wallet waits for its pull, from when it is due, in the middle of a night's
    /// backlog of so many of the first one's at the same provider and another; milliseconds.
    private func waited(beside crowd: Int) throws -> Int64 {
        let stage = Stage(
            seed: 72, providers: Shipped.names.prefix(2).map { Shipped.provider($0, ["api", "limits"], [:]) },
            runner: MemoryRunner(), people: 210, checksEvery: 200)
        stage.run(seconds: 1)
        stage.link(member: 0, in: .second)
        stage.run(seconds: 60)
        let link = try #require(stage.links().first).id
        for member in 0..<crowd {
            stage.link(member: member / 2, at: stage.names[member % 2])
            if member % 4 == 3 { stage.run(seconds: 3) }
        }
        stage.run(seconds: 600)
        #expect(stage.links().count == crowd + 1)
        stage.act { _ = try? await $0.pause(.second, link) }
        stage.sleep(seconds: 14 * 3600)
        stage.run(seconds: 15)
        let before = stage.now
        if crowd > 0 {
            #expect(stage.links().count { $0.pulledAt.map { $0 < before.adding(seconds: -3600) } ?? true } > crowd / 2)
        }
        stage.act { _ = try? await $0.resume(.second, link) }
        func pulled() -> Instant? {
            stage.links().first { $0.wallet == .second }?.pulledAt.flatMap { $0 > before ? $0 : nil }
        }
        for _ in 0..<600 where pulled() == nil { stage.run(seconds: 1) }
        #expect(stage.watchViolations.isEmpty && stage.storeViolations.isEmpty)
        return try #require(pulled()).milliseconds(since: before)
    }

    @Test("one link of somebody else's waits at most twice as long beside 400 as alone")
    func beside() throws {
        let alone = try waited(beside: 0)
        #expect(alone > 0)
        #expect(try waited(beside: 400) <= 2 * alone)
    }
}
