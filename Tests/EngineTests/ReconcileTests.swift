import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct ReconcileTests {
    private typealias F = PullFixture
    private static let end = [PullCursor(request: "activity", membership: "", next: nil)]
    private static let cut = [PullCursor(request: "activity", membership: "", next: #""5""#)]

    @Test("A first pull makes memberships, accounts and entries, all with ids of their own")
    func first() {
        var pulls = F()
        let change = pulls.pull(
            MappedPull(
                memberships: [F.member(), F.member("78", number: "78000001", holder: nil)],
                balances: [
                    F.balance(F.known("1000")), F.balance(.hidden, type: "status"),
                    F.balance(F.known("5"), of: "78"),
                ], entries: [F.entry("a", "100"), F.entry("b", "-30", day: 1)]))
        #expect(change.memberships.count == 2 && change.accounts.count == 3 && change.entries.count == 2)
        #expect(Set(change.accounts.map(\.id)).count == 3 && Set(change.entries.map(\.id)).count == 2)
        #expect(change.entries.map(\.externalID) == ["b", "a"], "oldest first")
        #expect(change.accounts.allSatisfy { $0.version == 1 && $0.observation == 1 && $0.observedAt == pulls.now })
        #expect(pulls.account.staleAfter == pulls.now.adding(seconds: 12 * 3600))
        #expect(change.fragments.map(\.account) == change.accounts.map(\.id))
        #expect(change.observation.number == 1 && change.observation.answers == ["me"])
        #expect(change.observation.scopes == ["read"] && change.observation.generation == 1)
        #expect(pulls.addsUp && pulls.account.opening == ExactDecimal("930"))
    }

    @Test("A second pull keeps every id, appends what is new and changes nothing that was there")
    func second() {
        var pulls = F()
        let first = pulls.pull(F.one(F.known("1000"), entries: [F.entry("a", "100")]))
        let second = pulls.pull(F.one(F.known("1200"), entries: [F.entry("b", "200"), F.entry("a", "999")]))
        #expect(second.entries.map(\.externalID) == ["b"])
        #expect(second.accounts.map(\.id) == first.accounts.map(\.id))
        #expect(second.memberships.map(\.id) == first.memberships.map(\.id))
        #expect(second.observation.number == 2)
        #expect(pulls.addsUp && pulls.account.opening == ExactDecimal("900"))
    }

    @Test("The same entry twice in one pull is one entry")
    func twice() {
        var pulls = F()
        let change = pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "4"), F.entry("a", "4")]))
        #expect(change.entries.count == 1 && pulls.addsUp)
    }

    @Test("Missing once changes nothing, twice in a row ends, coming back goes on as the same")
    func missing() {
        var pulls = F()
        pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "4")]))
        let id = pulls.account.id
        let empty = MappedPull(memberships: [], balances: [])
        let once = pulls.pull(empty)
        #expect(once.ended.isEmpty && pulls.account.endedAt == nil && pulls.account.missing == 1)
        #expect(pulls.ledger.memberships[0].endedAt == nil && once.fragments.count == 1)
        pulls.pull(F.one(F.known("10")))
        #expect(pulls.account.missing == 0)
        pulls.pull(empty)
        let twice = pulls.pull(empty)
        #expect(twice.ended == [id] && pulls.account.endedAt == pulls.now && twice.fragments.isEmpty)
        #expect(pulls.ledger.memberships[0].endedAt == pulls.now)
        let after = pulls.pull(empty)
        #expect(after.ended.isEmpty, "told once")
        let version = pulls.account.version
        let back = pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "4")]))
        #expect(pulls.account.id == id && pulls.account.endedAt == nil && pulls.account.version == version + 1)
        #expect(back.entries.isEmpty && back.fragments.count == 1 && pulls.addsUp)
        #expect(pulls.ledger.memberships.count == 1 && pulls.ledger.memberships[0].endedAt == nil)
    }

    @Test("Entries of an account that ended are still known when it comes back")
    func knownOfEnded() {
        var pulls = F()
        pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "4")]))
        for _ in 0..<2 { pulls.pull(MappedPull()) }
        #expect(pulls.account.endedAt != nil)
        let routing = EntryRouting(pulls.ledger.memberships, pulls.ledger.accounts)
        #expect(routing.account(membership: "77", type: "redeemable", unit: nil) == nil)
        #expect(routing.byAccount([F.entry("a", "4")]).keys.contains(pulls.account.id))
    }

    @Test("A section that was absent stays as it was")
    func kept() {
        var pulls = F()
        let tier = Tier(code: "gold", title: "Gold", scheme: "programme", until: nil)
        let lot = Lot(amount: ExactDecimal("4")!, expires: CivilDate(iso: "2027-05-03")!, earned: nil)
        var full = F.one(F.known("10"))
        full.memberships = [F.member(tiers: [tier])]
        full.lots = [MappedPull.MappedLot(membership: "77", type: "redeemable", unit: nil, lot: lot)]
        full.vouchers = [Self.voucher()]
        pulls.pull(full)
        for _ in 0..<3 {
            let change = pulls.pull(MappedPull(kept: Set(Mapping.Section.allCases)))
            #expect(change.ended.isEmpty && change.vouchers == nil)
        }
        var partial = F.one(F.known("10"))
        partial.kept = [.tiers, .lots]
        pulls.pull(partial)
        #expect(pulls.account.lots == [lot] && pulls.ledger.memberships[0].tiers == [tier])
        #expect(pulls.account.endedAt == nil && pulls.account.missing == 0)
        let gone = pulls.pull(F.one(F.known("10")))
        #expect(pulls.account.lots.isEmpty && pulls.ledger.memberships[0].tiers.isEmpty && gone.vouchers == [])
    }

    @Test("Known, unknown, hidden, unsupported and zero are five different things")
    func fiveStates() {
        var pulls = F()
        let zero = F.known("0")
        let rows: [(BalanceAmount, String)] = [
            (F.known("61200"), "known"), (.unknown, "unknown"), (.hidden, "hidden"), (.unsupported, "unsupported"),
            (zero, "known"), (F.known("-5"), "known"),
        ]
        var version = 0
        for (amount, state) in rows {
            pulls.pull(F.one(amount, entries: [F.entry("a", "7")]))
            #expect(pulls.account.amount == amount && pulls.account.amount.state == state)
            #expect((pulls.account.opening == nil) == (amount.amount == nil))
            #expect(pulls.account.version == version + 1 && pulls.addsUp)
            version = pulls.account.version
        }
        #expect(zero.amount?.isZero == true && BalanceAmount.unknown.amount == nil)
    }

    @Test("An amount beyond 2^53 stays exact to the last digit")
    func large() {
        var pulls = F()
        pulls.pull(F.one(F.known("9007199254740993"), entries: [F.entry("a", "9007199254740992")]))
        #expect(pulls.account.opening == ExactDecimal("1"))
        pulls.pull(
            F.one(F.known("12345678901234567890123456789012345678"), entries: [F.entry("b", "0.00000000000000000001")]))
        #expect(pulls.account.amount.amount?.text == "12345678901234567890123456789012345678")
        #expect(pulls.account.opening == nil, "what cannot be told exactly is not told")
    }

    @Test("A sum that is too large is said, and nothing is rounded")
    func tooLarge() {
        var pulls = F()
        let huge = "99999999999999999999999999999999999999"
        let change = pulls.pull(F.one(F.known("1"), entries: [F.entry("a", huge), F.entry("b", huge, day: 1)]))
        #expect(change.warnings.contains { $0.contains("too large") })
        #expect(change.entries.count == 2)
    }

    @Test("The version grows with what is shown, and with nothing else")
    func versions() {
        var pulls = F()
        var mapped = F.one(F.known("10"))
        pulls.pull(mapped)
        pulls.pull(mapped)
        #expect(pulls.account.version == 1, "time alone changes nothing")
        pulls.pull(F.one(F.known("10.0"), entries: [F.entry("a", "3")]))
        #expect(pulls.account.version == 1, "an entry that the balance held already is not shown")
        var wanted = 1
        let lot = Lot(amount: ExactDecimal("4")!, expires: CivilDate(iso: "2027-05-03")!, earned: nil)
        let steps: [(inout MappedPull) -> Void] = [
            { $0.balances = [F.balance(F.known("11"))] },
            { $0.balances = [F.balance(F.known("11"), asOf: Fixture.now)] },
            { $0.memberships = [F.member(number: "88")] }, { $0.memberships = [F.member(number: "88", holder: nil)] },
            { $0.memberships[0].tiers = [Tier(code: "a", title: "A", scheme: "programme", until: nil)] },
            { $0.lots = [MappedPull.MappedLot(membership: "77", type: "redeemable", unit: "miles", lot: lot)] },
            { $0.vouchers = [Self.voucher()] }, { $0.vouchers = [Self.voucher(amount: "2")] },
            { $0.vouchers = [Self.voucher(amount: "2", title: "Other")] },
            { $0.vouchers = [Self.voucher(amount: "2", title: "Other"), Self.voucher("v2")] }, { $0.vouchers = [] },
        ]
        for (number, step) in steps.enumerated() {
            step(&mapped)
            pulls.pull(mapped)
            wanted += 1
            #expect(pulls.account.version == wanted, "step \(number)")
            pulls.pull(mapped)
            #expect(pulls.account.version == wanted, "step \(number) again")
        }
    }

    @Test("A whole history that does not add up is said; one that may not be whole is not")
    func history() {
        let words = "does not add up"
        func warns(
            _ amount: String, _ cursors: [PullCursor], problem: LinkCondition? = nil, type: String = "redeemable"
        ) -> (Bool, Bool) {
            var pulls = F()
            var mapped = F.one(F.known(amount), entries: [F.entry("a", "10")])
            if type != "redeemable" { mapped.balances = [F.balance(F.known(amount), type: type)] }
            let change = pulls.pull(mapped, cursors: cursors, problem: problem)
            return (change.warnings.contains { $0.contains(words) }, pulls.account.historyIsComplete)
        }
        #expect(warns("10", Self.end) == (false, true))
        #expect(warns("11", Self.end) == (true, true))
        #expect(warns("11", Self.cut) == (false, false))
        #expect(warns("11", []) == (false, false))
        #expect(warns("11", Self.end, problem: LinkCondition(.degraded, cause: "x")) == (false, false))
        #expect(warns("11", Self.end, type: "status") == (false, false))
        #expect(warns("11", [PullCursor(request: "activity", membership: "77", next: nil)]) == (false, false))
    }

    @Test("A line posted between the balance's answer and the entries' waits for the next pull")
    func early() {
        func entry(_ id: String, _ amount: String, age: Int64) -> MappedPull.MappedEntry {
            MappedPull.MappedEntry(
                membership: "77", type: "redeemable", unit: nil, id: id,
                posted: Fixture.now.adding(seconds: 3600 - age), kind: "earn", amount: ExactDecimal(amount)!,
                text: nil, balanceAfter: nil)
        }
        var pulls = F()
        let lines = [entry("c", "-4", age: 1), entry("b", "7", age: 2), entry("a", "100", age: 50_000)]
        let first = pulls.pull(F.one(F.known("100"), entries: lines), cursors: Self.end)
        #expect(first.entries.map(\.externalID) == ["a"])
        #expect(pulls.addsUp && pulls.account.historyIsComplete && pulls.account.opening == .zero)
        #expect(first.warnings.isEmpty)
        let second = pulls.pull(F.one(F.known("103"), entries: lines), cursors: Self.end)
        #expect(second.entries.map(\.externalID) == ["b", "c"])
        #expect(pulls.addsUp && pulls.account.opening == .zero && second.warnings.isEmpty)
    }

    @Test("An old line is never left out to make a history add up")
    func notEarly() {
        var pulls = F()
        let change = pulls.pull(
            F.one(F.known("100"), entries: [F.entry("b", "7", day: 1), F.entry("a", "100", day: 9)]), cursors: Self.end)
        #expect(change.entries.count == 2)
        #expect(change.warnings.contains { $0.contains("does not add up") })
    }

    @Test("A stream that was read to its end before stays complete when it is not read again")
    func completeness() {
        var pulls = F()
        pulls.pull(F.one(F.known("0")), cursors: Self.end)
        #expect(pulls.account.historyIsComplete)
        pulls.pull(F.one(F.known("0")))
        #expect(pulls.account.historyIsComplete)
        pulls.pull(F.one(F.known("0")), cursors: Self.cut)
        #expect(!pulls.account.historyIsComplete)
    }

    @Test("What pulls that were cut short left out is looked for in the whole history, once")
    func cutShort() {
        var pulls = F()
        pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "10")]), cursors: Self.end)
        #expect(pulls.account.historyIsComplete && pulls.account.opening == .zero)
        // The balance comes and the lines do not; by the next time they no longer stand at the head.
        for _ in 0..<2 { pulls.pull(F.one(F.known("15")), problem: LinkCondition(.degraded, cause: "x")) }
        #expect(!pulls.account.historyIsComplete)
        let next = pulls.pull(F.one(F.known("15")), cursors: Self.end)
        #expect(!pulls.account.historyIsComplete && pulls.ledger.cursors.first?.next == JSON.null.text)
        #expect(next.warnings.contains { $0.contains("read again") })
        // Read to its end it lacks them all the same: that is said, and it is not read again for it.
        for _ in 0..<2 {
            let whole = pulls.pull(F.one(F.known("15")), cursors: Self.end)
            #expect(pulls.account.historyIsComplete && pulls.ledger.cursors.first?.next == nil)
            #expect(whole.warnings.contains { $0.contains("does not add up") })
        }
    }

    @Test("Entries that belong to no one account are dropped visibly, not guessed")
    func ambiguous() {
        var pulls = F()
        let mapped = MappedPull(
            memberships: [F.member()],
            balances: [F.balance(F.known("1")), F.balance(F.known("2"), unit: "eur")],
            entries: [F.entry("a", "1"), F.entry("b", "1", unit: "eur"), F.entry("c", "1", of: "none")])
        let change = pulls.pull(mapped)
        #expect(change.entries.map(\.externalID) == ["b"])
        #expect(change.warnings.contains { $0.contains("2 rows") })
    }

    private static func voucher(_ id: String = "v1", amount: String = "1", title: String = "Night")
        -> MappedPull.MappedVoucher
    {
        MappedPull.MappedVoucher(
            membership: "77", id: id, title: title, amount: ExactDecimal(amount)!, unit: "night", expires: nil,
            code: Secret("SECRET-CODE"))
    }

    @Test("A voucher's code is sealed in its own place and shown nowhere")
    func vouchers() throws {
        var pulls = F()
        var mapped = F.one(F.known("1"))
        mapped.vouchers = [Self.voucher(), Self.voucher("v2")]
        let change = pulls.pull(mapped)
        let vouchers = try #require(change.vouchers)
        let sealed = try vouchers.map { try #require($0.sealedCode) }
        let seat = Fixture.seat()
        #expect(seat.dataKey.open(sealed[0], at: seat.place("voucher", "code:v1", 0))?.text() == "SECRET-CODE")
        #expect(seat.dataKey.open(sealed[1], at: seat.place("voucher", "code:v1", 0)) == nil)
        let shown = MergedView(
            WalletSnapshot(version: 1, accounts: change.fragments, links: []), seeing: Sight([.admin])
        ).bytes
        #expect(!String(decoding: shown, as: UTF8.self).contains("SECRET"))
        #expect(!"\(change)".contains("SECRET"))
        var foreign = mapped
        foreign.vouchers = [
            MappedPull.MappedVoucher(
                membership: "78", id: "v", title: nil, amount: nil, unit: nil, expires: nil, code: nil)
        ]
        #expect(pulls.pull(foreign).vouchers == [])
    }

    @Test("Warnings of fetching and mapping come along")
    func warnings() {
        var pulls = F()
        var mapped = F.one(F.known("1"))
        mapped.warnings = ["balances: a row without type was dropped"]
        #expect(pulls.pull(mapped).warnings == ["balances: a row without type was dropped"])
    }
}
