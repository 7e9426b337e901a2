import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Balances that are no plain number, from the provider's answer to what `GET /v1/accounts` shows.
@Suite("Bad days of balances")
struct BalanceDayTests {
    private let stage: Stage

    init() {
        stage = Stage(seed: 13, provider: Shipped.skyways, runner: MemoryRunner())
        stage.run(seconds: 1)
    }

    private func linked(_ member: Int) {
        stage.link(member: member)
        stage.run(seconds: 60)
    }

    private var balance: JSON? {
        stage.accounts()?["accounts"]?.array?.first { $0["balance"]?["type"]?.string == "redeemable" }?["balance"]
    }

    @Test("hidden, null and plain are told apart, and only what is known has an amount")
    func states() {
        for (member, state) in [(2, "hidden"), (3, "unknown"), (0, "known")] {
            let stage = Stage(seed: UInt64(20 + member), provider: Shipped.skyways, runner: MemoryRunner())
            stage.run(seconds: 1)
            stage.link(member: member)
            stage.run(seconds: 60)
            let balance = stage.accounts()?["accounts"]?.array?
                .first { $0["balance"]?["type"]?.string == "redeemable" }?["balance"]
            #expect(balance?["state"]?.string == state)
            #expect((balance?["amount"] != nil) == (state == "known"))
        }
    }

    @Test("absent and 0 are not the same")
    func absentAndZero() {
        stage.fault([
            "match": ["endpoint": "api", "path": "/v2/me"], "times": 1,
            "patch": ["pointer": "/memberships/0/miles", "remove": true],
        ])
        linked(0)
        #expect(balance?["state"]?.string == "unsupported")
        stage.run(seconds: 120)
        stage.fault([
            "match": ["endpoint": "api", "path": "/v2/me"], "times": 1,
            "patch": ["pointer": "/memberships/0/miles", "value": 0],
        ])
        let id = stage.links()[0].id
        stage.act { _ = try? await $0.requestPull(.first, id) }
        stage.run(seconds: 60)
        #expect(balance?["state"]?.string == "known")
        #expect(balance?["amount"]?.string == "0")
    }

    @Test("an amount beyond 2^53 keeps its last digit, and its ledger adds up to it")
    func huge() {
        linked(4)
        let amount = balance?["amount"]?.string ?? ""
        #expect(amount.count == 16)
        #expect(ExactDecimal(amount).map { $0 > ExactDecimal(9_007_199_254_740_992) } == true)
        #expect(stage.violations().isEmpty)
        #expect(stage.links().first?.warnings == [])
    }

    @Test("500 from the API: the last values stay, it is said, and it heals by itself")
    func serverError() {
        linked(0)
        let before = balance
        stage.run(seconds: 120)
        stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "oops"]])
        let id = stage.links()[0].id
        stage.act { _ = try? await $0.requestPull(.first, id) }
        stage.run(seconds: 60)
        #expect(stage.links().first?.condition.kind == .degraded)
        #expect(stage.links().first?.condition.cause?.contains("HTTP 500") == true)
        #expect(balance == before)
        stage.fault(["clear": true])
        stage.run(seconds: 600)
        #expect(stage.links().first?.condition == .ok)
    }
}
