import Testing
import Wire

@testable import PurserEngine

/// Whole histories, and what makes them whole again.
@Suite struct HistoryTests {
    private typealias F = PullFixture
    private static let end = [PullCursor(request: "activity", membership: "", next: nil)]

    private static func entry(_ id: String, _ amount: String, secondsAgo: Int64) -> MappedPull.MappedEntry {
        MappedPull.MappedEntry(
            membership: "77", type: "redeemable", unit: nil, id: id,
            posted: Fixture.now.adding(seconds: 3600 - secondsAgo), kind: "earn", amount: ExactDecimal(amount)!,
            text: nil, balanceAfter: nil)
    }

    /// The fixture's provider with entries that name a day.
    private static func byDay() -> Provider {
        var mapping = Fixture.mapping.object!
        mapping["entries"] = [
            [
                "request": "activity", "each": "/items",
                "fields": ["id": "/ref", "posted": ["at": "/posted", "date": "dd.MM.yyyy"], "amount": "/miles"],
            ]
        ]
        let files = ["manifest.json": Fixture.manifest().bytes, "mapping.json": JSON.object(mapping).bytes]
        return Catalogue([ProviderFolder(name: "testair", source: "test", files: files)])["testair"]!
    }

    @Test("Where only days are told, a line of today may be too early for the balance; one of last week is not")
    func earlyByDay() {
        // The pull is at 10:30; the line's day began ten and a half hours ago.
        let lines = [Self.entry("c", "-4", secondsAgo: 37_800), Self.entry("a", "100", secondsAgo: 500_000)]
        var pulls = F(Self.byDay())
        let change = pulls.pull(F.one(F.known("100"), entries: lines), cursors: Self.end)
        #expect(change.entries.map(\.externalID) == ["a"])
        #expect(pulls.addsUp && pulls.account.historyIsComplete && change.warnings.isEmpty)
        var exact = F()
        #expect(exact.pull(F.one(F.known("100"), entries: lines), cursors: Self.end).entries.count == 2)
        let old = [Self.entry("c", "-4", secondsAgo: 400_000), Self.entry("a", "100", secondsAgo: 500_000)]
        var late = F(Self.byDay())
        #expect(late.pull(F.one(F.known("100"), entries: old), cursors: Self.end).entries.count == 2)
    }

    @Test("Lines of one day keep the provider's order: of the newest few, it is really the newest that wait")
    func orderWithinADay() {
        let lines = ["d", "c", "b", "a"].map { Self.entry($0, $0 == "d" ? "7" : "10", secondsAgo: 37_800) }
        var pulls = F(Self.byDay())
        let change = pulls.pull(F.one(F.known("30"), entries: lines), cursors: Self.end)
        #expect(change.entries.map(\.externalID) == ["a", "b", "c"])
        #expect(pulls.addsUp)
    }

    @Test("A history that added up and no longer does is read again from the start, and says so once")
    func reopened() {
        var pulls = F()
        pulls.pull(F.one(F.known("100"), entries: [F.entry("a", "100")]), cursors: Self.end)
        #expect(pulls.account.historyIsComplete)
        let missed = pulls.pull(F.one(F.known("107")), cursors: Self.end)
        #expect(missed.warnings.contains { $0.contains("read again") })
        #expect(missed.cursors == [PullCursor(request: "activity", membership: "", next: "null")])
        #expect(!pulls.account.historyIsComplete && pulls.account.opening == ExactDecimal("7"))
        // While it is read nothing is said; found, all is well.
        let reading = pulls.pull(
            F.one(F.known("107")), cursors: [PullCursor(request: "activity", membership: "", next: #""4""#)])
        #expect(reading.warnings.isEmpty && !pulls.account.historyIsComplete)
        let found = pulls.pull(F.one(F.known("107"), entries: [F.entry("late", "7", day: 60)]), cursors: Self.end)
        #expect(found.warnings.isEmpty)
        #expect(pulls.account.historyIsComplete && pulls.account.opening == .zero && pulls.addsUp)
    }

    @Test("Read again in vain, it is said and not read a third time")
    func inVain() {
        var pulls = F()
        pulls.pull(F.one(F.known("100"), entries: [F.entry("a", "100")]), cursors: Self.end)
        pulls.pull(F.one(F.known("107")), cursors: Self.end)
        for _ in 0..<3 {
            let change = pulls.pull(F.one(F.known("107")), cursors: Self.end)
            #expect(change.warnings.contains { $0.contains("does not add up") })
            #expect(change.cursors == Self.end)
            #expect(pulls.account.historyIsComplete)
        }
    }

    @Test("A part that was not answered, or a balance that is no number, is no reason to read again")
    func noReason() {
        var pulls = F()
        pulls.pull(F.one(F.known("100"), entries: [F.entry("a", "100")]), cursors: Self.end)
        let failed = pulls.pull(
            F.one(F.known("107")), cursors: Self.end, problem: LinkCondition(.degraded, cause: "HTTP 500"))
        #expect(failed.cursors == Self.end)
        let hidden = pulls.pull(F.one(.hidden), cursors: Self.end)
        #expect(hidden.cursors == Self.end && hidden.warnings.isEmpty)
    }

    @Test("Two rows with one id that differ are told; the same row twice is not")
    func contradicted() {
        var pulls = F()
        let same = pulls.pull(F.one(F.known("10"), entries: [F.entry("a", "4"), F.entry("a", "4")]))
        #expect(same.warnings.isEmpty)
        let differ = pulls.pull(F.one(F.known("10"), entries: [F.entry("b", "1"), F.entry("b", "2")]))
        #expect(differ.entries.map(\.amount) == [ExactDecimal(1)])
        #expect(differ.warnings.contains { $0.contains("say different things") })
    }
}
