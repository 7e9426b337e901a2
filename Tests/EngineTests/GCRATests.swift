import Testing
import Wire

@testable import PurserEngine

@Suite("Rates")
struct GCRATests {
    static let start = Instant(seconds: 1_800_000_000)

    /// Asks as often as it may, and counts what passes in every window that begins with a call.
    private func most(_ rate: GCRA, windowMilliseconds: Int64, calls: Int) -> Int {
        var at = Self.start
        var now = Self.start
        var passed: [Instant] = []
        for _ in 0..<calls {
            now = rate.earliest(at, now: now)
            at = rate.taking(at, at: now)
            passed.append(now)
        }
        return passed.indices.map { first in
            passed[first...].count { $0 < passed[first].adding(milliseconds: windowMilliseconds) }
        }.max() ?? 0
    }

    @Test(
        "in no window of a day does more pass than the quota, and nearly all of it does",
        arguments: [1, 2, 3, 7, 20, 100, 1000, 2001])
    func daily(_ quota: Int) {
        let most = most(.daily(quota), windowMilliseconds: 86_400_000, calls: 2 * quota + 5)
        #expect(most <= quota)
        #expect(most >= quota - 1)
    }

    @Test(
        "in no second more passes than the rate says",
        arguments: [("2", 2), ("5", 5), ("10", 10), ("300", 300), ("1.5", 2), ("0.5", 1), ("0.01", 1)])
    func perSecond(_ text: String, _ most: Int) throws {
        let number = try #require(ExactDecimal(text))
        let rate = try #require(GCRA.perSecond(number))
        #expect(self.most(rate, windowMilliseconds: 1000, calls: 500) <= most)
    }

    @Test(
        "a slow rate keeps calls as far apart as it says", arguments: [("0.5", 2000), ("0.01", 100_000), ("1", 1000)])
    func slow(_ text: String, _ milliseconds: Int64) throws {
        let number = try #require(ExactDecimal(text))
        let rate = try #require(GCRA.perSecond(number))
        #expect(rate.intervalMilliseconds == milliseconds)
        #expect(rate.burst == 1)
    }

    @Test("no rate is made of nothing or less", arguments: ["0", "-1", "0.0000001"])
    func none(_ text: String) throws {
        let number = try #require(ExactDecimal(text))
        #expect(GCRA.perSecond(number) == nil)
    }

    @Test("an empty bucket lets its first call through after one interval, and no burst")
    func empty() {
        let rate = GCRA(calls: 10, windowMilliseconds: 1000, burst: 3)
        let at = rate.empty(Self.start)
        #expect(rate.earliest(at, now: Self.start) == Self.start.adding(milliseconds: rate.intervalMilliseconds))
    }

    @Test("what is left for others is not taken, and a wish for several waits for all of them")
    func leaving() {
        let rate = GCRA(calls: 100, windowMilliseconds: 100_000, burst: 10)
        let (full, step) = (Self.start, rate.intervalMilliseconds)
        #expect(rate.earliest(full, now: Self.start, needing: 8, leaving: 2) == Self.start)
        var at = full
        for _ in 0..<8 { at = rate.taking(at, at: Self.start) }
        #expect(rate.earliest(at, now: Self.start) == Self.start)
        #expect(rate.earliest(at, now: Self.start, leaving: 2) == Self.start.adding(milliseconds: step))
        #expect(rate.earliest(at, now: Self.start, needing: 4) == Self.start.adding(milliseconds: 2 * step))
        // More than the bucket holds is never waited for.
        #expect(rate.earliest(full, now: Self.start, needing: 99, leaving: 99) == Self.start)
    }

    @Test("one retry in ten requests once the bucket is used up")
    func retries() {
        var budget = RetryBudget()
        var first = 0
        while budget.takesRetry() { first += 1 }
        #expect(first == 35)
        var more = 0
        for _ in 0..<1000 {
            budget.sent()
            if budget.takesRetry() { more += 1 }
        }
        #expect((99...101).contains(more))
    }
}
