import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days of proofs where no request is pushed: at skyways, whose clients are public.
@Suite("Days of proofs, unpushed")
struct UnpushedProofDayTests {
    private static func day(_ seed: Int, _ dpop: JSON) -> Day {
        Day(
            Shipped.provider(
                "skyways", manifest: [(["authorization", "senderConstrained"], "dpop")], mock: [(["dpop"], dpop)]),
            seed: seed)
    }

    @Test("a provider that binds every code to a key from the start is told which, and all else goes on with that key")
    func bound() {
        let day = Self.day(5700, ["bindsCodes": true])
        day.link()
        day.stage.run(seconds: 3 * day.every)
        #expect(day.calls("push") == 0)
        #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) >= 3)
        day.expectSound()
    }

    @Test("C71: a server whose clock is five minutes behind gives nonces, and is answered with them: all goes well")
    func behindWithNonces() {
        for seconds: JSON in [-300, 300] {
            let day = Self.day(5701, ["nonces": "both", "clockSeconds": seconds])
            day.link()
            day.stage.run(seconds: 3 * day.every)
            #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) >= 3)
            #expect(day.events("refused", "refresh") == 0)
            day.expectSound()
        }
    }

    @Test("C71: one that gives none is told no other time than ours: the link fails in words, and no time is guessed")
    func behindWithout() {
        for seconds: JSON in [-300, 300] {
            let day = Self.day(5702, ["clockSeconds": seconds])
            let endings = day.link(isWatched: false)
            guard case .failed(_, _, let why)? = endings.first else { return #expect(Bool(false), "\(endings)") }
            #expect(why.contains("invalid_dpop_proof"), "\(why)")
            #expect(day.calls("token") == 1 && day.calls("api") == 0)
        }
    }

    @Test("C71: a clock that goes wrong under a living link costs no grant: pulls wait, and go on once it is right")
    func behindLater() {
        let day = Self.day(5703, [:])
        day.link()
        day.stage.run(seconds: 600)
        let generation = day.first?.generation
        let refusal: JSON = [
            "status": 400, "headers": ["Content-Type": "application/json"],
            "body": "{\"error\":\"invalid_dpop_proof\",\"error_description\":\"the proof lies ahead\"}",
            "unprocessed": true,
        ]
        day.stage.fault(["match": ["endpoint": "token"], "times": 2, "replace": refusal], at: "skyways")
        for _ in 0..<(2 * day.every / 30) where day.first?.condition == .ok { day.stage.run(seconds: 30) }
        #expect(day.first?.state == .active && day.first?.condition.kind == .degraded)
        #expect(day.first?.generation == generation)
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) > (generation ?? 0))
        day.expectSound()
    }
}
