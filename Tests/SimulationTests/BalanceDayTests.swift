import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Balances that are no plain number, from the provider's answer to what `GET /v1/accounts` shows.
@Suite("Bad days of balances")
struct BalanceDayTests {
    /// The third member of each provider hides a balance, the fourth has one that nobody tells.
    private static let states = [(2, "hidden"), (3, "unknown"), (0, "known")]

    @Test("hidden, null and plain are told apart, and only what is known has an amount", arguments: Shipped.names)
    func states(_ name: String) {
        for (member, state) in Self.states {
            let day = Day(name, seed: 20 + member)
            day.link(member)
            #expect(day.balance?["state"]?.string == state)
            #expect((day.amount != nil) == (state == "known"))
        }
    }

    @Test("absent and 0 are not the same", arguments: Shipped.names)
    func absentAndZero(_ name: String) {
        // A changed answer under the tag of the true one would be confirmed.
        let provider = Shipped.provider(name)
        let isConfirmed = name == "marketplus"
        let day = Day(
            isConfirmed ? provider.changed(["api", "requests", "household", "conditional"], false) : provider, seed: 13)
        let (path, pointer) = (JSON.string(day.essential.path), JSON.string(day.essential.amount))
        // Who was linked may come from the same answer, and what was changed then is looked at when it is pulled.
        day.stage.fault([
            "match": ["endpoint": "api", "path": path], "times": name == "grandstay" ? 2 : 1,
            "patch": ["pointer": pointer, "remove": true],
        ])
        day.link()
        #expect(day.balance?["state"]?.string == "unsupported")
        day.stage.run(seconds: 120)
        day.stage.fault([
            "match": ["endpoint": "api", "path": path], "times": 1, "patch": ["pointer": pointer, "value": 0],
        ])
        day.pull(seconds: 60)
        #expect(day.balance?["state"]?.string == "known")
        #expect(["0", "0.00"].contains(day.amount))
    }

    @Test("an amount beyond 2^53 keeps its last digit, and its ledger adds up to it", arguments: Shipped.names)
    func huge(_ name: String) {
        let day = Day(name, seed: 13)
        day.link(4)
        let digits = (day.amount ?? "").filter { $0 != "." }
        #expect(digits.count >= 16)
        #expect(ExactDecimal(digits).map { $0 > ExactDecimal(9_007_199_254_740_992) } == true)
        day.stage.run(seconds: 2 * day.every)
        day.expectSound()
        #expect(day.first?.warnings == [])
    }

    @Test("decimals come through as the programme counts: 12,50 is 12.50, and half a star is half a star")
    func decimals() {
        let day = Day("brewhaus", seed: 13)
        day.stage.fault([
            "match": ["endpoint": "api", "path": "/v1/card"], "times": 1,
            "patch": [
                ["pointer": "/money/amount", "value": "1.012,5"], ["pointer": "/stars/now", "value": "0,5"],
                ["pointer": "/stars/ever", "value": "1.204,25"],
            ],
        ])
        day.link()
        let shown = day.stage.accounts()?["accounts"]?.array?.compactMap { $0["balance"] } ?? []
        #expect(shown.compactMap { $0["amount"]?.string } == ["1012.50", "0.5", "1204.25"])
        #expect(shown.compactMap { $0["decimals"]?.int } == [2, 1, 1])
        #expect(day.first?.warnings.contains { $0.contains("more decimals than stars have") } == true)
    }

    @Test("nights count beside points, and certificates are there until they are used")
    func nightsAndCertificates() {
        let day = Day("grandstay", seed: 13)
        day.link()
        let shown = day.stage.accounts()?["accounts"]?.array ?? []
        #expect(shown.compactMap { $0["balance"]?["unit"]?.string } == ["points", "nights", "nights"])
        #expect(shown.compactMap { $0["balance"]?["type"]?.string } == ["redeemable", "status", "lifetime"])
        #expect(shown[0]["membership"]?["tiers"]?[0]?["title"]?.string == "Gold")
        func vouchers() -> [String] {
            day.stage.accounts()?["accounts"]?[0]?["vouchers"]?.array?.compactMap { $0["id"]?.string } ?? []
        }
        #expect(vouchers() == ["FN-7731", "UP-0120"])
        let text = day.stage.accounts()?.text ?? ""
        #expect(!text.contains("GSFN-7731-QK4T"), "a code is shown")
        // The upgrade is used on day 275.
        day.stage.run(seconds: 15 * 86_400)
        #expect(vouchers() == ["FN-7731"])
        day.expectSound()
    }

    @Test("500 from the API: the last values stay, it is said, and it heals by itself", arguments: Shipped.names)
    func serverError(_ name: String) {
        let day = Day(name, seed: 13)
        day.link()
        let before = day.balance
        day.stage.run(seconds: 120)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "oops"]])
        day.pull(seconds: 60)
        #expect(day.first?.condition.kind == .degraded)
        #expect(day.first?.condition.cause?.contains("HTTP 500") == true)
        #expect(day.balance == before)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 600)
        #expect(day.first?.condition == .ok)
    }

    @Test("HTML with 502 in place of one answer: asked again at once, and nobody notices", arguments: Shipped.names)
    func gateway(_ name: String) {
        let day = Day(name, seed: 13)
        day.link()
        day.stage.run(seconds: 120)
        let before = day.asked
        day.stage.fault([
            "match": ["endpoint": "api", "path": .string(day.essential.path)], "times": 1,
            "replace": ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad Gateway</h1>"],
        ])
        day.pull(seconds: 30)
        #expect(day.asked == before + 1)
        #expect(day.first?.condition == .ok)
        // Twice in a row is the provider's fault, and is said; a gateway that says when is not asked before.
        day.stage.run(seconds: 120)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 502, "body": "<h1>Bad Gateway</h1>"]])
        day.pull(seconds: 60)
        #expect(day.first?.condition.cause?.contains("HTTP 502") == true)
    }
}
