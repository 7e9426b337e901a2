import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

@Suite("What excuses a lost grant") struct LossCheckTests {
    private func at(_ seconds: Int64) -> Instant { Instant(seconds: 1_700_000_000 + seconds) }

    /// An answer was lost at 100, and the old token is taken until 160.
    private func isHindered(_ losses: LossCheck) -> Bool { losses.isHindered("skyways", from: at(100), until: at(160)) }

    @Test(
        "only a wait that the link's own provider asked for, and that lay between the loss and the end",
        arguments: [
            ("skyways", 110, 140, true), ("skyways", 90, 101, true), ("skyways", 160, 200, true),
            ("skyways", 80, 100, false), ("skyways", 161, 200, false), ("grandstay", 110, 140, false),
        ] as [(String, Int64, Int64, Bool)])
    func waits(provider: String, from: Int64, until: Int64, excuses: Bool) {
        let losses = LossCheck(Ledgers(), [:])
        losses.asked(toWaitFrom: at(from), until: at(until), by: provider)
        #expect(isHindered(losses) == excuses)
    }

    @Test(
        "an interruption after the loss and no later than the end",
        arguments: [(100, false), (101, true), (160, true), (161, false)] as [(Int64, Bool)])
    func interruptions(second: Int64, excuses: Bool) {
        let losses = LossCheck(Ledgers(), [:])
        #expect(!isHindered(losses))
        losses.interrupted(at: at(second))
        #expect(isHindered(losses) == excuses)
    }

    @Test(
        "work that stood still for some of that time, or for all of it",
        arguments: [
            (110, 120, true), (90, 170, true), (90, 101, true), (160, 200, true), (80, 100, false), (161, 200, false),
        ] as [(Int64, Int64, Bool)])
    func spans(from: Int64, until: Int64, excuses: Bool) {
        let losses = LossCheck(Ledgers(), [:])
        losses.interrupted(from: at(from), until: at(until))
        #expect(isHindered(losses) == excuses)
    }
}
