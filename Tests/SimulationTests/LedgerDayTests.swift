import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Ledgers that are not as they should be: rows twice, pages out of order or round in a circle, lines that vanish.
@Suite("Bad days of ledgers")
struct LedgerDayTests {
    private func rearrange(_ day: Day, _ how: String, _ value: JSON, times: Int? = nil) {
        var fault = JSONObject([
            ("match", ["endpoint": "api", "path": .string(day.ledger.path)]),
            ("rearrange", .object(JSONObject([("pointer", .string(day.ledger.list)), (how, value)]))),
        ])
        fault["times"] = times.map { .int($0) }
        day.stage.fault(.object(fault))
    }

    @Test("every row twice: each is one entry, and the sums hold", arguments: Shipped.names)
    func doubled(_ name: String) {
        let day = Day(name, seed: 41)
        rearrange(day, "doubled", true)
        day.link()
        day.stage.run(seconds: 8 * day.every)
        day.expectSound()
        #expect(day.first?.condition == .ok)
        #expect(day.first?.warnings == [])
        for account in day.spendable {
            #expect(account.historyIsComplete && account.opening?.isZero == true)
            #expect(!day.entries(account).isEmpty)
        }
    }

    @Test("two rows with one id that differ: the first counts, and it is said")
    func contradicted() {
        let day = Day("grandstay", seed: 42)
        // The newest line comes twice, and the second time it says something else.
        rearrange(day, "doubled", true, times: 1)
        day.stage.fault([
            "match": ["endpoint": "api", "path": .string(day.ledger.path)], "times": 1,
            "patch": ["pointer": "/lines/1/amount", "value": -77_777],
        ])
        day.link()
        #expect(day.first?.warnings.contains { $0.contains("say different things") } == true)
        let lines = day.accounts.flatMap { day.entries($0) }
        #expect(!lines.isEmpty && !lines.contains { $0.amount.text == "-77777" })
        day.expectSound()
    }

    @Test("pages in another order for days: nothing is lost for good", arguments: Shipped.names)
    func reversed(_ name: String) {
        let day = Day(name, seed: 43)
        rearrange(day, "reversed", true)
        day.link()
        day.stage.run(seconds: 12 * 86_400)
        day.expectSound()
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 6 * 86_400)
        day.expectSound()
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        #expect(day.first?.warnings == [])
    }

    @Test("lines that are kept back and come late, behind others: the history is read again and adds up")
    func postedLate() {
        for name in ["brewhaus", "grandstay"] {
            let day = Day(name, seed: 44)
            day.link()
            day.stage.run(seconds: 8 * 86_400)
            #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
            // The head lacks its newest lines until later ones stand before them.
            rearrange(day, "withoutFirst", 3)
            var wasSaid = false
            for _ in 0..<24 {
                day.stage.run(seconds: day.every)
                wasSaid = wasSaid || day.first?.warnings.contains { $0.contains("read again") } == true
                #expect(day.stage.violations().allSatisfy { $0.contains("left over") })
            }
            #expect(wasSaid, "\(name)")
            day.stage.fault(["clear": true])
            day.stage.run(seconds: 8 * 86_400)
            day.expectSound()
            #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true }, "\(name)")
            #expect(day.first?.warnings == [], "\(name)")
        }
    }

    @Test(
        "a page that repeats for ever: a bounded number of requests, a warning, and it joins when that is over",
        arguments: ["brewhaus", "grandstay"])
    func repeats(_ name: String) {
        let day = Day(name, seed: 45)
        day.stage.fault([
            "match": ["endpoint": "api", "path": .string(day.ledger.path)], "ignoreQuery": [.string(day.ledger.page)],
        ])
        day.link()
        #expect(day.first?.warnings.contains { $0.contains("repeats what the pages before it had") } == true)
        let before = day.calls("api")
        day.stage.run(seconds: 10 * day.every)
        // At the most: what stands beside the ledger, four pages of it, the refused token, stumbles.
        #expect(day.calls("api") - before <= 12 * 9)
        #expect(day.first?.condition == .ok)
        #expect(day.spendable.allSatisfy { !$0.historyIsComplete })
        day.expectSound()
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 4 * 86_400)
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        day.expectSound()
    }

    @Test("a ledger that shrinks: the entries stay, and it is said", arguments: ["brewhaus", "grandstay"])
    func shrinks(_ name: String) {
        let day = Day(name, seed: 46)
        day.link()
        day.stage.run(seconds: 4 * 86_400)
        let before = Set(day.spendable.flatMap { day.entries($0).map(\.externalID) })
        rearrange(day, "withoutFirst", 2)
        day.pull()
        #expect(day.first?.warnings.contains { $0.contains("gone from the provider's ledger; kept here") } == true)
        #expect(before.isSubset(of: day.spendable.flatMap { day.entries($0).map(\.externalID) }))
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }
}
