import PurserSimulation
import Testing
import Wire

@Suite("Worlds in which somebody never rests")
struct TempoTests {
    @Test("work that goes on and on at one moment is broken off, and the world ends when it would have")
    func endless() {
        let scheduler = Scheduler(seed: 1, start: Stage.start)
        scheduler.start { while true { await scheduler.sleep(milliseconds: 0) } }
        scheduler.run(until: Stage.start.adding(seconds: 60))
        #expect(scheduler.isRestless)
        #expect(scheduler.now == Stage.start.adding(seconds: 60))
    }

    @Test("much work, with time passing between, is not")
    func busy() {
        let scheduler = Scheduler(seed: 1, start: Stage.start)
        let end = Stage.start.adding(seconds: 36_000)
        scheduler.start { while true { await scheduler.sleep(milliseconds: 10) } }
        scheduler.run(until: end)
        #expect(!scheduler.isRestless)
        #expect(scheduler.now == end)
    }
}
