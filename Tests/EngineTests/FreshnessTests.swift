import Testing
import Wire

@testable import PurserEngine

@Suite("How long metadata and keys are good")
struct FreshnessTests {
    @Test(
        "Cache-Control is followed between a minute and a day; without it an hour",
        arguments: [
            ([], nil, 3600), (["public"], nil, 3600), (["max-age=300"], nil, 300), (["public, max-age=300"], nil, 300),
            (["MAX-AGE=300"], nil, 300), (["max-age=\"300\""], nil, 300), (["public", "max-age=300"], nil, 300),
            (["s-maxage=5, max-age=300"], nil, 300), (["max-age=300, max-age=900"], nil, 300),
            (["max-age=0"], nil, 60), (["max-age=59"], nil, 60), (["max-age=60"], nil, 60), (["no-store"], nil, 60),
            (["no-cache, max-age=900"], nil, 60), (["max-age=900, no-store"], nil, 60),
            (["max-age=86400"], nil, 86_400), (["max-age=86401"], nil, 86_400), (["max-age=31536000"], nil, 86_400),
            (["max-age=99999999999999999999"], nil, 86_400),
            (["max-age=-1"], nil, 60), (["max-age=soon"], nil, 60), (["max-age="], nil, 60), (["max-age"], nil, 60),
            (["max-age=3.5"], nil, 60),
            (["max-age=900"], "300", 600), (["max-age=900"], "900", 60), (["max-age=900"], "99999999999999", 60),
            (["max-age=900"], "old", 900), (["max-age=900"], "-5", 900), ([], "300", 3600),
        ] as [([String], String?, Int64)])
    func table(_ control: [String], _ age: String?, _ seconds: Int64) {
        var headers = HTTPHeaders()
        for value in control { headers.append("Cache-Control", value) }
        headers["Age"] = age
        #expect(Freshness.milliseconds(headers) == seconds * 1000)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let need: String
        let age: Int64?
        let tried: Int64?
        let error: ShelfError?
        let step: DrawerStep

        init(_ need: String, _ age: Int64?, _ tried: Int64? = nil, _ error: ShelfError? = nil, then step: DrawerStep) {
            (self.need, self.age, self.tried, self.error, self.step) = (need, age, tried, error, step)
        }

        var testDescription: String { "\(need) age \(age ?? -1) tried \(tried ?? -1) \(error.map { "\($0)" } ?? "")" }
    }

    private static let down = ShelfError.unavailable("down")
    private static let bad = ShelfError.violation("bad")

    /// Ages in seconds; fresh for 100, fetched again after 60 at the earliest, too old at 2 days. `newer`: since now;
    /// `older`: since 50 s ago.
    static let rows: [Row] = [
        Row("usual", nil, then: .fetch), Row("usual", 0, then: .use), Row("usual", 99, then: .use),
        Row("usual", 100, then: .fetch),
        Row("usual", 99, 0, down, then: .use), Row("usual", 100, 0, down, then: .use),
        Row("usual", 172_799, 59, down, then: .use),
        Row("usual", 172_800, 59, down, then: .fail(down)), Row("usual", 172_800, 60, down, then: .fetch),
        Row("usual", nil, 59, down, then: .fail(down)), Row("usual", nil, 60, down, then: .fetch),
        Row("usual", 100, 59, bad, then: .fail(bad)), Row("usual", 99, 59, bad, then: .use),
        Row("usual", 100, 60, bad, then: .fetch),
        Row("usual", 100, 100, then: .fetch), Row("usual", 100, 5, then: .fetch),
        Row("newer", nil, then: .fetch), Row("newer", 0, 0, then: .use),
        Row("newer", 1, 1, then: .tooSoon(milliseconds: 59_000)),
        Row("newer", 59, 59, then: .tooSoon(milliseconds: 1000)), Row("newer", 60, 60, then: .fetch),
        Row("newer", 90, 10, down, then: .fail(down)), Row("newer", 90, 60, down, then: .fetch),
        Row("newer", 90, 10, bad, then: .fail(bad)), Row("newer", nil, 10, down, then: .fail(down)),
        Row("older", 50, 50, then: .use), Row("older", 51, 51, then: .tooSoon(milliseconds: 9000)),
        Row("older", 61, 61, then: .fetch),
    ]

    @Test("What is needed is used, fetched, or refused for the moment", arguments: rows)
    func step(_ row: Row) {
        let now = Fixture.moment.up
        let need: Newness =
            row.need == "usual" ? .usual : .since(now.adding(milliseconds: row.need == "newer" ? 0 : -50_000))
        let found = DrawerStep.decide(
            need, now: now, age: row.age.map { $0 * 1000 }, fresh: 100_000,
            tried: row.tried.map { ($0 * 1000, row.error) }, limits: .keys)
        #expect(found == row.step)
    }
}
