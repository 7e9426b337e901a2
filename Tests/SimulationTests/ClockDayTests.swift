import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Clocks that are set, and machines that sleep.
@Suite("Bad days of clocks")
struct ClockDayTests {
    private static let day: Int64 = 86_400

    @Test("C22: the clock is set back a day: pulled on schedule all the same, once each time", arguments: Shipped.names)
    func setBack(_ name: String) {
        let day = Day(name, seed: 51)
        day.link()
        day.stage.run(seconds: day.every / 2)
        let before = day.answered
        day.stage.setClock(offsetSeconds: -Self.day)
        day.stage.run(seconds: day.every * 7 / 10)
        #expect(day.answered == before + 1, "not pulled when it would have been")
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.condition == .ok)
        #expect((2...4).contains(day.answered - before - 1))
        day.expectSound()
        // And put right again.
        day.stage.setClock(offsetSeconds: 0)
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "C22: the clock is set ahead a day, and right again: one pull and one refresh at most each time, no burst",
        arguments: Shipped.names)
    func setAhead(_ name: String) {
        let day = Day(name, seed: 50)
        day.link()
        day.stage.run(seconds: day.every / 2)
        for offset in [Self.day, 0] {
            let (answered, tokens) = (day.answered, day.calls("token"))
            day.stage.setClock(offsetSeconds: offset)
            day.stage.run(seconds: 300)
            #expect(day.answered - answered <= 1, "a burst of pulls")
            #expect(day.calls("token") - tokens <= 1, "a burst of refreshes")
            if offset > 0 { #expect(day.answered == answered + 1, "overdue by that clock, and not pulled") }
            #expect(day.first?.state == .active && day.first?.condition == .ok)
        }
        let before = day.answered
        day.stage.run(seconds: 3 * day.every)
        #expect((2...4).contains(day.answered - before), "\(day.answered - before) pulls in three periods")
        #expect(day.first?.condition == .ok)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test("C22: set back while the daemon was not running: noticed at the start", arguments: Shipped.names)
    func setBackAway(_ name: String) {
        let day = Day(name, seed: 52)
        day.link()
        day.stage.run(seconds: day.every / 2)
        let before = day.answered
        day.stage.setClock(offsetSeconds: -Self.day)
        day.stage.crash()
        day.stage.run(seconds: day.every * 6 / 5)
        #expect((1...2).contains(day.answered - before))
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("C22: set back with a revocation outstanding: it is asked again before the day is over")
    func revocation() {
        let day = Day("skyways", seed: 53)
        day.link()
        day.stage.fault(["match": ["endpoint": "revoke"], "times": 1, "replace": ["status": 503, "unprocessed": true]])
        let id = day.first!.id
        _ = day.stage.perform { door, _ in try? await door.unlink(.first, id) }
        #expect(day.receipts.map(\.answer) == [.pending])
        day.stage.setClock(offsetSeconds: -Self.day)
        day.stage.run(seconds: 6 * 3600)
        #expect(day.receipts.map(\.answer) == [.revoked])
    }

    @Test(
        "C22: asleep for eight hours in the middle of a pull: no burst, claims lapse, everything heals",
        arguments: Case.all(0...9))
    func asleep(_ one: Case) {
        let day = Day(one.name, seed: 54)
        day.link()
        day.stage.run(seconds: 2 * 3600)
        let (answered, tokens) = (day.answered, day.calls("token"))
        let id = day.first!.id
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "delayMilliseconds": 4_000])
        day.stage.act { door in _ = try? await door.requestPull(.first, id) }
        day.stage.run(seconds: Int64(one.number))
        day.stage.sleep(seconds: 8 * 3600)
        day.stage.run(seconds: 600)
        #expect(day.answered - answered <= 3, "a burst of pulls")
        #expect(day.calls("token") - tokens <= 2, "a burst of refreshes")
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition == .ok, "\(String(describing: day.first?.condition))")
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "C22: asleep while the person is at the consent page: the link is late, and said to be",
        arguments: Shipped.names)
    func asleepInLinking(_ name: String) {
        let day = Day(name, seed: 55)
        day.stage.link(member: 0, pauseMilliseconds: 5000)
        day.stage.run(seconds: 2)
        day.stage.sleep(seconds: 8 * 3600)
        day.stage.run(seconds: 60)
        #expect(day.only?.state == .failed(.expired))
        #expect(day.calls("token") == 0)
        day.expectSound()
    }
}
