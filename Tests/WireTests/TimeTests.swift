import Testing
import Wire

@Suite struct TimeTests {
    @Test(
        "A moment is read with any offset and fraction",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-23T09:30:00Z", 1_795_426_200_000),
            ("2026-11-23T09:30:00.5Z", 1_795_426_200_500),
            ("2026-11-23T09:30:00.123456789Z", 1_795_426_200_123), ("2026-11-23T11:30:00+02:00", 1_795_426_200_000),
            ("2026-11-23T04:00:00-0530", 1_795_426_200_000), ("2026-11-23t09:30:00z", 1_795_426_200_000),
            ("2026-11-23 09:30:00Z", 1_795_426_200_000), ("1969-12-31T23:59:59.999Z", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)])
    func moments(text: String, milliseconds: Int64) {
        #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no moment is refused",
        arguments: [
            "", "2026-11-23", "2026-11-23T09:30:00", "2026-11-23T09:30Z", "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z", "2026-11-23T09:30:61Z", "2026-11-23T09:30:00.Z",
            "2026-11-23T09:30:00+24:00", "2026-11-23T09:30:00+02:60", "2026-11-23T09:30:00+2", "2026-11-23X09:30:00Z",
            "2026-11-23T09:30:00ZZ", "0000-01-01T00:00:00Z", "+026-11-23T09:30:00Z", "2026-11-23T09:30:00 Z",
        ])
    func noMoment(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test("A moment is written with milliseconds only where there are any, before 1970 too")
    func written() {
        #expect(Instant(milliseconds: 1_795_426_200_000).rfc3339 == "2026-11-23T09:30:00Z")
        #expect(Instant(milliseconds: 1_795_426_200_007).rfc3339 == "2026-11-23T09:30:00.007Z")
        #expect(Instant(milliseconds: -1).rfc3339 == "1969-12-31T23:59:59.999Z")
        #expect(Instant(milliseconds: -86_400_000).description == "1969-12-31T00:00:00Z")
        #expect(Instant(milliseconds: -1).seconds == -1)
        #expect(Instant(milliseconds: -1000).seconds == -1)
        #expect(Instant(milliseconds: 999).seconds == 0)
    }

    @Test("No number of seconds is too large to be added")
    func saturation() {
        let now = Instant(seconds: 1_795_426_200)
        #expect(now.adding(seconds: .max) == Instant(milliseconds: .max))
        #expect(now.adding(seconds: .min) < Instant(milliseconds: 0))
        #expect(now.adding(milliseconds: .max) == Instant(milliseconds: .max))
        #expect(Instant(seconds: .max) == Instant(milliseconds: .max))
        #expect(Instant(seconds: .min) == Instant(milliseconds: .min))
        #expect(Instant(milliseconds: .max).milliseconds(since: Instant(milliseconds: -1)) == .max)
        #expect(Instant(milliseconds: .min).milliseconds(since: Instant(milliseconds: 1)) == .min)
        #expect(Instant(milliseconds: .min).seconds == -9_223_372_036_854_776)
        #expect(now.adding(seconds: 90).milliseconds(since: now) == 90_000)
    }

    @Test("Days and their numbers agree from year 1 to 9999")
    func days() throws {
        var number = CivilDate(year: 1, month: 1, day: 1)?.epochDay ?? 0
        #expect(number == -719_162)
        let end = try #require(CivilDate(year: 9999, month: 12, day: 31)).epochDay
        #expect(end == 2_932_896)
        var previous = CivilDate(epochDay: number - 1)
        while number <= end {
            let date = CivilDate(epochDay: number)
            #expect(date.epochDay == number && previous < date, "\(date)")
            previous = date
            // Every day near the ends of a century, and a stride without a rhythm elsewhere.
            number += number % 36_524 < 400 ? 1 : 17
        }
    }

    @Test("Leap days are where the calendar has them", arguments: [(2024, 29), (2026, 28), (1900, 28), (2000, 29)])
    func leapDays(year: Int, days: Int) {
        #expect(CivilDate.days(inMonth: 2, of: year) == days)
        #expect((CivilDate(year: year, month: 2, day: 29) != nil) == (days == 29))
        #expect(CivilDate(year: year, month: 3, day: 1)?.adding(days: -1).day == days)
    }

    @Test(
        "Dates are read exactly",
        arguments: [
            "2027-5-03", "2027-05-3", "27-05-03", "2027-05-32", "2027-00-01", "2027/05/03", "2027-05-03 ", "2027-04-31",
            "",
        ])
    func noDates(text: String) { #expect(CivilDate(iso: text) == nil) }

    @Test("Dates are written as they are read")
    func dates() {
        #expect(CivilDate(iso: "2027-05-03")?.iso == "2027-05-03")
        #expect(CivilDate(iso: "0099-01-01")?.description == "0099-01-01")
        #expect(CivilDate(iso: "1970-01-01")?.weekday == 3)
        #expect(CivilDate(iso: "2026-11-23")?.weekday == 0)
        #expect(CivilDate(iso: "1600-02-29")?.weekday == 1)
    }

    @Test(
        "ISO weeks begin on Monday, week 1 holds January 4th",
        arguments: [
            ("2027-W01", "2027-01-04", "2027-01-10"), ("2026-W53", "2026-12-28", "2027-01-03"),
            ("2020W53", "2020-12-28", "2021-01-03"),
            ("2025-W01", "2024-12-30", "2025-01-05"), ("2027W05", "2027-02-01", "2027-02-07"),
        ])
    func weeks(text: String, first: String, last: String) {
        #expect(CivilDate(isoWeek: text, last: false)?.iso == first)
        #expect(CivilDate(isoWeek: text, last: true)?.iso == last)
    }

    @Test(
        "What is no week is refused",
        arguments: ["2027-W53", "2027-W00", "2027-W54", "2027-05", "2027-W5", "2-027W-05", "2027W-05", "2027-W0-5", ""])
    func noWeeks(text: String) { #expect(CivilDate(isoWeek: text, last: false) == nil) }

    @Test(
        "HTTP dates are read in all three forms (RFC 9110 5.6.7)",
        arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func httpDates(text: String) throws {
        let now = try #require(Instant(rfc3339: "2026-11-23T09:30:00Z"))
        #expect(Instant(httpDate: text, now: now)?.rfc3339 == "1994-11-06T08:49:37Z")
        #expect(Instant(httpDate: text, now: now)?.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test("A two-digit year is at most fifty years ahead")
    func shortYears() throws {
        let now = try #require(Instant(rfc3339: "2026-11-23T09:30:00Z"))
        #expect(Instant(httpDate: "Sunday, 06-Nov-76 08:49:37 GMT", now: now)?.date.year == 2076)
        #expect(Instant(httpDate: "Sunday, 06-Nov-77 08:49:37 GMT", now: now)?.date.year == 1977)
        #expect(Instant(httpDate: "Sunday, 06-Nov-26 08:49:37 GMT", now: now)?.date.year == 2026)
    }

    @Test(
        "What is no HTTP date is refused",
        arguments: [
            "", "0", "-1", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "2026-11-23T09:30:00Z",
        ])
    func noHTTPDates(text: String) { #expect(Instant(httpDate: text, now: Instant(seconds: 0)) == nil) }
}
