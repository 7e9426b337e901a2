import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Ledgers longer than a pull reads: opening and entries make the balance at every moment, and once both ends have met
/// nothing is left over.
@Suite("Long histories")
struct HistoryTests {
    /// The first member of each of these has a ledger of many pages.
    private static let long = ["brewhaus", "grandstay"]

    private func expectSums(_ day: Day, _ comment: Comment) {
        for account in day.accounts {
            guard let balance = account.amount.amount else { continue }
            let sum = day.entries(account).reduce(ExactDecimal.zero) { $0.adding($1.amount)! }
            #expect(account.opening?.adding(sum) == balance, comment)
        }
        day.expectSound(comment)
    }

    @Test("it is read in four pages a pull, from where the last one was cut, until it joins", arguments: long)
    func joins(_ name: String) {
        let day = Day(name, seed: 31)
        day.link()
        #expect(day.spendable.allSatisfy { !$0.historyIsComplete && $0.opening?.isZero == false })
        var pulls = 1
        while pulls < 20, day.spendable.contains(where: { !$0.historyIsComplete }) {
            let before = day.calls("api")
            let known = day.spendable.map { day.entries($0).count }
            day.stage.run(seconds: 120)
            day.pull(seconds: 60)
            pulls += 1
            expectSums(day, "pull \(pulls)")
            #expect(zip(known, day.spendable).contains { $0 < day.entries($1).count }, "pull \(pulls) brought nothing")
            // Four pages, what stands beside the ledger, and a gateway's stumble or two.
            #expect(day.calls("api") - before <= 4 + 2 + 2)
        }
        #expect(pulls >= 3, "the history was not long")
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        #expect(day.spendable.reduce(0) { $0 + day.entries($1).count } > 80)
        #expect(day.first?.warnings == [])
    }

    @Test("it stays whole while new lines come in and pages shift", arguments: long)
    func stays(_ name: String) {
        let day = Day(name, seed: 32)
        day.link()
        day.stage.run(seconds: 4 * 86_400)
        #expect(day.spendable.allSatisfy { $0.historyIsComplete })
        let before = day.spendable.reduce(0) { $0 + day.entries($1).count }
        for number in 1...5 {
            day.stage.run(seconds: 9 * 86_400)
            expectSums(day, "after \(number * 9) days")
            #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
            #expect(day.first?.warnings == [])
        }
        #expect(day.spendable.reduce(0) { $0 + day.entries($1).count } > before)
    }

    /// Which page of the first pull fails, and how.
    @Test(
        "cut in the middle by a failing page: what came is kept, and the next pull goes on there",
        arguments: Case.all(0...3, at: long))
    func cut(_ one: Case) {
        let day = Day(one.name, seed: 33)
        day.stage.fault([
            "match": ["endpoint": "api", "path": .string(day.ledger.path)], "after": .int(one.number), "times": 1,
            "replace": ["status": 500, "body": "oops"],
        ])
        day.link()
        expectSums(day, "page \(one.number + 1)")
        #expect(day.spendable.allSatisfy { !$0.historyIsComplete })
        // Shown all the same: the balance does not hang on the ledger.
        #expect(day.amount != nil)
        day.stage.run(seconds: 3 * 86_400)
        #expect(day.first?.condition == .ok)
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        expectSums(day, "page \(one.number + 1)")
    }

    @Test("a kill between the pages: nothing comes twice, and it joins", arguments: Case.all(1...5, at: long))
    func killed(_ one: Case) {
        let day = Day(one.name, seed: 34)
        day.stage.link(member: 0)
        day.stage.light(fuse: 8 + 2 * one.number)
        day.stage.run(seconds: 3 * 86_400)
        day.stage.light(fuse: 0)
        day.stage.run(seconds: day.every * 2)
        guard day.first?.state == .active else { return day.expectSound() }
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        expectSums(day, "fuse \(one.number)")
    }

    @Test("a place to go on from that the provider no longer knows: reading starts over, and it joins")
    func placeRefused() {
        let day = Day("grandstay", seed: 35)
        day.link()
        day.stage.run(seconds: 120)
        // The first page of the next pull is good, the one it would go on with is refused.
        day.stage.fault([
            "match": ["endpoint": "api", "path": "/api/v1/accounts/a-88120/ledger"], "after": 1, "times": 1,
            "replace": ["status": 410, "body": "{}"],
        ])
        day.pull()
        #expect(day.first?.warnings.contains { $0.contains("reading starts over") } == true)
        day.stage.run(seconds: 4 * 86_400)
        #expect(day.spendable.allSatisfy { $0.historyIsComplete && $0.opening?.isZero == true })
        #expect(day.first?.warnings == [])
        expectSums(day, "at the end")
    }
}
