import Testing
import Wire

@testable import PurserEngine

@Suite("Fields of a mapping")
struct FieldTests {
    @Test(
        "the four kinds of not-a-number, and zero",
        arguments: [
            (#""/miles""#, #"{}"#, "unsupported"), (#""/miles""#, #"{"miles": null}"#, "unknown"),
            (#""/a/miles""#, #"{"a": null}"#, "unknown"), (#""/a/miles""#, #"{"a": {}}"#, "unsupported"),
            (#""/miles""#, #"{"miles": 0}"#, "= 0"),
            (#"{"at": "/miles", "hidden": ["***", -1]}"#, #"{"miles": "***"}"#, "hidden"),
            (#"{"at": "/miles", "hidden": ["***", -1]}"#, #"{"miles": -1}"#, "hidden"),
            (#"{"at": "/miles", "hidden": ["***", -1]}"#, #"{"miles": 1}"#, "= 1"),
            (#"{"at": "/miles", "hidden": ["***"]}"#, #"{}"#, "unsupported"),
            (
                #"{"at": "/miles", "hidden": {"at": "/see", "in": ["MASKED"]}}"#, #"{"miles": 5, "see": "MASKED"}"#,
                "hidden"
            ),
            (#"{"at": "/miles", "hidden": {"at": "/see", "in": ["MASKED"]}}"#, #"{"see": "MASKED"}"#, "hidden"),
            (#"{"at": "/miles", "hidden": {"at": "/see", "in": ["MASKED"]}}"#, #"{"miles": 5, "see": "ALL"}"#, "= 5"),
            (#"{"at": "/miles", "hidden": {"at": "/see", "in": ["MASKED"]}}"#, #"{"miles": 5}"#, "= 5"),
            (#"{"at": "/miles", "default": "0"}"#, #"{}"#, #"= "0""#),
            (#"{"at": "/miles", "default": "0"}"#, #"{"miles": null}"#, #"= "0""#),
            (#"{"at": "/miles", "default": "0", "hidden": ["x"]}"#, #"{"miles": "x"}"#, "hidden"),
        ])
    func kinds(_ field: String, _ item: String, _ expected: String) throws {
        #expect(try Reading.field(JSON.parse(field), item) == expected)
    }

    @Test(
        "constants, joins and maps",
        arguments: [
            (#"{"is": "miles"}"#, "{}", #"= "miles""#), (#"{"is": 5}"#, "{}", "= 5"),
            (#"{"join": ["/a", "/b"], "with": " "}"#, #"{"a": "Ada", "b": "L"}"#, #"= "Ada L""#),
            (#"{"join": ["/a", "/b"], "with": " "}"#, #"{"a": "Ada", "b": null}"#, #"= "Ada""#),
            (#"{"join": ["/a", "/b"]}"#, #"{"a": 12, "b": true}"#, #"= "12true""#),
            (#"{"join": ["/a", "/b"]}"#, "{}", "unknown"),
            (#"{"at": "/t", "map": {"A": "earn"}}"#, #"{"t": "A"}"#, #"= "earn""#),
            (#"{"at": "/t", "map": {"1": "earn", "true": "buy"}}"#, #"{"t": 1}"#, #"= "earn""#),
            (#"{"at": "/t", "map": {"1": "earn", "true": "buy"}}"#, #"{"t": true}"#, #"= "buy""#),
            (#"{"at": "/t", "map": {"A": "earn"}, "else": "adjust"}"#, #"{"t": "B"}"#, #"= "adjust""#),
            (#"{"at": "/t", "map": {"A": "earn"}}"#, #"{"t": "B"}"#, "has a value the mapping does not know"),
            (#"{"at": "/t", "map": {"A": "earn"}}"#, #"{"t": ["A"]}"#, "is neither a text nor a number"),
            (#"{"at": "/t", "map": {"A": "earn"}, "else": "adjust"}"#, "{}", "unsupported"),
        ])
    func texts(_ field: String, _ item: String, _ expected: String) throws {
        #expect(try Reading.field(JSON.parse(field), item) == expected)
    }

    @Test(
        "numbers: comma, group, scale and sign, exactly",
        arguments: [
            (#"{"at": "/n", "comma": true}"#, #"{"n": "12,50"}"#, "= 12.5"),
            (#"{"at": "/n", "comma": true}"#, #"{"n": "-0,05"}"#, "= -0.05"),
            (#"{"at": "/n", "comma": true}"#, #"{"n": "+3"}"#, "= 3"),
            (#"{"at": "/n", "comma": true}"#, #"{"n": "1.5"}"#, "is no number"),
            (#"{"at": "/n", "comma": true}"#, #"{"n": "1,2,3"}"#, "is no number"),
            (#"{"at": "/n", "group": " "}"#, #"{"n": "61 200"}"#, "= 61200"),
            (#"{"at": "/n", "group": ",", "scale": 0}"#, #"{"n": "9,007,199,254,740,993"}"#, "= 9007199254740993"),
            (#"{"at": "/n", "group": ".", "comma": true}"#, #"{"n": "1.234,5"}"#, "= 1234.5"),
            (#"{"at": "/n", "group": " "}"#, #"{"n": "many"}"#, "is no number"),
            (#"{"at": "/n", "scale": -2}"#, #"{"n": 1999}"#, "= 19.99"),
            (#"{"at": "/n", "scale": -2}"#, #"{"n": "5"}"#, "= 0.05"),
            (#"{"at": "/n", "scale": 3}"#, #"{"n": 1.25}"#, "= 1250"),
            (#"{"at": "/n", "scale": 12}"#, #"{"n": 99999999999999999999999999999999999999}"#, "is too large a number"),
            (#"{"at": "/n", "scale": 0}"#, #"{"n": 9007199254740993}"#, "= 9007199254740993"),
            (#"{"at": "/n", "scale": 0}"#, #"{"n": true}"#, "is no number"),
            (#"{"at": "/n", "sign": {"at": "/t", "minus": ["R", 2]}}"#, #"{"n": 5, "t": "R"}"#, "= -5"),
            (#"{"at": "/n", "sign": {"at": "/t", "minus": ["R", 2]}}"#, #"{"n": -5, "t": 2}"#, "= -5"),
            (#"{"at": "/n", "sign": {"at": "/t", "minus": ["R"]}}"#, #"{"n": -5, "t": "E"}"#, "= 5"),
            (#"{"at": "/n", "sign": {"at": "/t", "minus": ["R"]}}"#, #"{"n": 5}"#, "has no sign"),
            (#""/n""#, #"{"n": 0.10}"#, "= 0.10"), (#""/n""#, #"{"n": 1e3}"#, "= 1e3"),
        ])
    func numbers(_ field: String, _ item: String, _ expected: String) throws {
        #expect(try Reading.field(JSON.parse(field), item) == expected)
    }

    @Test(
        "every form of a date",
        arguments: [
            (#"{"at": "/d", "date": "rfc3339"}"#, #""2026-03-29T01:30:00.250+02:00""#, "2026-03-28T23:30:00.250Z"),
            (#"{"at": "/d", "date": "yyyy-MM-dd"}"#, #""2028-02-29""#, "2028-02-29"),
            (#"{"at": "/d", "date": "yyyy-MM-dd"}"#, #""2027-02-29""#, nil),
            (#"{"at": "/d", "date": "yyyy-MM-dd"}"#, #""2027-2-9""#, nil),
            (#"{"at": "/d", "date": "yyyy-MM"}"#, #""2028-02""#, "2028-02-29"),
            (#"{"at": "/d", "date": "yyyy-MM", "day": "last"}"#, #""2027-12""#, "2027-12-31"),
            (#"{"at": "/d", "date": "yyyy-MM", "day": "first"}"#, #""2027-12""#, "2027-12-01"),
            (#"{"at": "/d", "date": "yyyy-MM"}"#, #""2027-13""#, nil),
            (#"{"at": "/d", "date": "dd.MM.yyyy"}"#, #""01.11.2026""#, "2026-11-01"),
            (#"{"at": "/d", "date": "dd.MM.yyyy"}"#, #""1.11.2026""#, nil),
            (#"{"at": "/d", "date": "epoch"}"#, "1767225600", "2026-01-01T00:00:00Z"),
            (#"{"at": "/d", "date": "epoch"}"#, #""1767225600.9""#, "2026-01-01T00:00:00Z"),
            (#"{"at": "/d", "date": "epoch"}"#, "1.7672256e9", "2026-01-01T00:00:00Z"),
            (#"{"at": "/d", "date": "epoch"}"#, "1e300", nil),
            (#"{"at": "/d", "date": "epoch-ms"}"#, "1767225600001", "2026-01-01T00:00:00.001Z"),
            (#"{"at": "/d", "date": "iso-week"}"#, #""2026-W53""#, "2027-01-03"),
            (#"{"at": "/d", "date": "iso-week", "day": "first"}"#, #""2026W01""#, "2025-12-29"),
            (#"{"at": "/d", "date": "iso-week"}"#, #""2027-W53""#, nil),
            (#"{"at": "/d", "date": "epoch"}"#, "[]", nil),
        ])
    func dates(_ field: String, _ value: String, _ expected: String?) throws {
        // As in a field of expiry: a form without a day means the last one.
        var field = try JSON.parse(field)
        if field["day"] == nil { field = field.with("/day", "last") }
        let read = try Reading.field(field, #"{"d": \#(value)}"#)
        let form = field["date"]?.string ?? ""
        #expect(read == (expected.map { "= \"\($0)\"" } ?? "is no date of the form \(form)"))
    }

    @Test("where a form names no day, what ends is good until the last and what began began on the first")
    func openDays() throws {
        let month: JSON = ["at": "/m", "date": "yyyy-MM"]
        let mapped = try Reading.map(
            [
                "memberships": [["request": "me", "each": "", "fields": ["id": ["is": "m1"], "since": month]]],
                "tiers": [["request": "me", "each": "", "fields": ["code": ["is": "gold"], "until": month]]],
                "lots": [
                    [
                        "request": "me", "each": "",
                        "fields": ["amount": ["is": "1"], "expires": month, "earned": month],
                    ]
                ],
                "entries": [["request": "me", "each": "", "fields": ["amount": ["is": "1"], "posted": month]]],
            ], #"{"m": "2027-02"}"#)
        #expect(mapped.memberships.first?.since?.iso == "2027-02-01")
        #expect(mapped.memberships.first?.tiers.first?.until?.iso == "2027-02-28")
        #expect(mapped.lots.first?.lot.expires.iso == "2027-02-28")
        #expect(mapped.lots.first?.lot.earned?.iso == "2027-02-01")
        #expect(mapped.entries.first?.posted.rfc3339 == "2027-02-01T00:00:00Z")
    }

    @Test(
        "a zone says when a day begins there, and which day a moment is there",
        arguments: [
            ("Test/Place", "2026-01-15", "2026-01-14T23:00:00Z", "2026-01-15"),
            ("Test/Place", "2026-07-15", "2026-07-14T22:00:00Z", "2026-07-15"),
            ("Test/Place", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25"),
            ("-05:00", "2026-07-15", "2026-07-15T05:00:00Z", "2026-07-15"),
            ("Z", "2026-07-15", "2026-07-15T00:00:00Z", "2026-07-15"),
            ("Test/Place", "2026-07-14T22:30:00Z", "2026-07-14T22:30:00Z", "2026-07-15"),
            ("Test/Place", "2026-01-14T22:30:00Z", "2026-01-14T22:30:00Z", "2026-01-14"),
            ("+0530", "2026-01-14T18:30:00Z", "2026-01-14T18:30:00Z", "2026-01-15"),
        ])
    func zones(_ zone: String, _ text: String, _ posted: String, _ earned: String) throws {
        let form = text.utf8.count == 10 ? "yyyy-MM-dd" : "rfc3339"
        let date: JSON = ["at": "/d", "date": .string(form), "zone": .string(zone)]
        let mapped = try Reading.map(
            [
                "lots": [
                    ["request": "me", "each": "", "fields": ["amount": ["is": 1], "expires": date, "earned": date]]
                ],
                "entries": [["request": "me", "each": "", "fields": ["amount": ["is": 1], "posted": date]]],
            ], #"{"d": "\#(text)"}"#)
        #expect(mapped.entries.first?.posted.rfc3339 == posted)
        #expect(mapped.lots.first?.lot.earned?.iso == earned)
    }
}
