import Testing
import Wire

@testable import PurserSystem

@Suite("The clockwork")
struct ClockworkTests {
    @Test("C22: whatever the clock says of the next due time, it is looked at again within half a minute")
    func pauses() {
        let now = Instant(seconds: 1_790_000_000)
        // Seconds until something is due, whether work was begun, the pause.
        let rows: [(Int64?, Bool, Int64)] = [
            (nil, false, 30_000), (86_400, false, 30_000), (31, true, 30_000), (30, false, 30_000), (29, false, 29_000),
            (1, true, 1000), (0, false, 1), (0, true, 0), (-86_400, false, 1), (-86_400, true, 0),
            (9_000_000_000, false, 30_000),
        ]
        for (seconds, hasStarted, wanted) in rows {
            let next = seconds.map { now.adding(seconds: $0) }
            #expect(
                Clockwork.pause(until: next, hasStarted: hasStarted, now: now) == wanted,
                "\(String(describing: seconds))")
        }
        #expect(Clockwork.longestSleepMilliseconds <= 37_000)
    }
}
