import Testing
import Wire

@testable import PurserEngine

@Suite("Rows of a mapping")
struct MapperTests {
    private static func balances(_ each: String, _ amount: JSON = "/n", _ more: [(String, JSON)] = []) -> JSON {
        let rule: JSON = [
            "request": "me", "each": .string(each),
            "fields": ["type": ["is": "redeemable"], "unit": ["is": "miles"], "amount": amount],
        ]
        return ["balances": [more.reduce(rule) { $0.with("/" + $1.0, $1.1) }]]
    }

    @Test(
        "a balance is known, unknown, hidden or unsupported, and never zero by accident",
        arguments: [
            (#"{"b": {"n": 0}}"#, "known", "0", 0),
            (#"{"b": {"n": 9007199254740993}}"#, "known", "9007199254740993", 0),
            (#"{"b": {"n": "12.50"}}"#, "known", "12.5", 1), (#"{"b": {"n": null}}"#, "unknown", nil, 0),
            (#"{"b": {"n": "***"}}"#, "hidden", nil, 0), (#"{"b": {}}"#, "unsupported", nil, 0),
            (#"{"b": {"n": "lots"}}"#, "unknown", nil, 1), (#"{"b": {"n": {}}}"#, "unknown", nil, 1),
        ] as [(String, String, String?, Int)])
    func amounts(_ answer: String, _ state: String, _ amount: String?, _ warnings: Int) throws {
        let mapped = try Reading.map(Self.balances("/b", ["at": "/n", "hidden": ["***"]]), answer)
        #expect(mapped.balances.map(\.amount.state) == [state])
        #expect(mapped.balances.first?.amount.amount?.text == amount)
        #expect(mapped.warnings.count == warnings, "\(mapped.warnings)")
        #expect(mapped.kept.isEmpty)
    }

    @Test("more decimals than the unit has are kept, and warned about")
    func decimals() throws {
        let mapped = try Reading.map(
            [
                "balances": [
                    [
                        "request": "me", "each": "",
                        "fields": ["type": ["is": "status"], "unit": ["is": "nights"], "amount": "/n"],
                    ]
                ]
            ],
            #"{"n": 3.75}"#)
        #expect(mapped.balances.first?.amount.amount?.text == "3.75")
        #expect(mapped.warnings == ["balances: an amount has more decimals than nights have; it is kept as it is"])
    }

    @Test(
        "null and [] are no rows; absent is a warning and the section stays as it was, unless optional",
        arguments: [
            (#"{"b": null}"#, false, 0, false), (#"{"b": []}"#, false, 0, false),
            (#"{"b": [{"n": 1}]}"#, false, 1, false),
            (#"{"b": {"n": 1}}"#, false, 1, false), ("{}", false, 0, true), ("{}", true, 0, false),
        ])
    func absent(_ answer: String, _ isOptional: Bool, _ rows: Int, _ isKept: Bool) throws {
        let mapped = try Reading.map(Self.balances("/b", "/n", [("optional", .bool(isOptional))]), answer)
        #expect(mapped.balances.count == rows)
        #expect(mapped.kept == (isKept ? [.balances] : []))
        #expect(mapped.warnings.isEmpty == !isKept)
    }

    @Test(
        "a condition that does not hold gives no row and no warning",
        arguments: [
            (#""/on""#, #"{"on": true, "n": 1}"#, 1), (#""/on""#, #"{"on": false, "n": 1}"#, 0),
            (#""/on""#, #"{"on": null, "n": 1}"#, 0), (#""/on""#, #"{"n": 1}"#, 0),
            (#""/on""#, #"{"on": 0, "n": 1}"#, 1),
            (#"{"at": "/on", "in": ["Y", 1]}"#, #"{"on": "Y", "n": 1}"#, 1),
            (#"{"at": "/on", "in": ["Y", 1]}"#, #"{"on": 1, "n": 1}"#, 1),
            (#"{"at": "/on", "in": ["Y", 1]}"#, #"{"on": "N", "n": 1}"#, 0),
            (#"{"at": "/on", "in": ["Y", 1]}"#, #"{"n": 1}"#, 0),
        ])
    func conditions(_ when: String, _ answer: String, _ rows: Int) throws {
        let mapped = try Reading.map(Self.balances("", "/n", [("when", JSON.parse(when))]), answer)
        #expect(mapped.balances.count == rows)
        #expect(mapped.warnings.isEmpty)
    }

    @Test("a row without what it needs is dropped visibly; the others stay")
    func dropped() throws {
        let mapping: JSON = [
            "memberships": [["request": "me", "each": "/m", "fields": ["id": "/id"]]],
            "lots": [
                [
                    "request": "me", "each": "/m/0/lots",
                    "fields": ["amount": "/n", "expires": ["at": "/e", "date": "yyyy-MM-dd"]],
                ]
            ],
            "entries": [
                [
                    "request": "me", "each": "/m/0/lines",
                    "fields": ["posted": ["at": "/p", "date": "epoch"], "amount": "/n"],
                ]
            ],
            "vouchers": [["request": "me", "each": "/m/0/v", "fields": ["id": "/id"]]],
        ]
        let mapped = try Reading.map(
            mapping,
            """
            {"m": [{"id": 7,
                    "lots": [{"n": 1}, {"n": 2, "e": "soon"}, {"e": "2027-01-01"}, {"n": 3, "e": "2027-01-01"}],
                    "lines": [{"p": 1, "n": 1}, {"n": 2}, {"p": 1}], "v": [{}, {"id": "v1"}]}, {"no": "id"}]}
            """)
        #expect(mapped.memberships.map(\.id) == ["7"])
        #expect(mapped.lots.map(\.lot.amount.text) == ["3"])
        #expect(mapped.entries.map(\.amount.text) == ["1"])
        #expect(mapped.vouchers.map(\.id) == ["v1"])
        for words in ["memberships: a row without id", "lots: a row", "entries: a row", "vouchers: a row without id"] {
            #expect(mapped.warnings.contains { $0.hasPrefix(words) }, "no warning says \(words): \(mapped.warnings)")
        }
    }

    @Test("a row belongs to the item it stands under, else to whom the request was for, else to the only one")
    func belonging() throws {
        let fields: JSON = ["posted": ["at": "/p", "date": "epoch"], "amount": "/n", "id": "/n"]
        let mapping: JSON = [
            "memberships": [["request": "me", "each": "/m", "fields": ["id": "/id"]]],
            "entries": [
                ["request": "me", "each": "/m/*/lines", "fields": fields],
                ["request": "activity", "each": "/lines", "fields": fields],
                ["request": "me", "each": "/lines", "optional": true, "fields": fields],
            ],
        ]
        let two =
            #"{"m": [{"id": "a", "lines": [{"p": 1, "n": 1}]}, {"id": "b", "lines": [{"p": 1, "n": 2}]}], "#
            + #""lines": [{"p": 1, "n": 9}]}"#
        let mapped = try Reading.map(mapping, two, activity: [("b", #"{"lines": [{"p": 1, "n": 3}]}"#)])
        #expect(mapped.entries.map { "\($0.membership)\($0.id)" } == ["a1", "b2", "b3"])
        #expect(mapped.warnings == ["entries: a row belongs to no membership that can be told"])
        let one = #"{"m": [{"id": "a", "lines": []}], "lines": [{"p": 1, "n": 9}]}"#
        #expect(try Reading.map(mapping, one).entries.map { "\($0.membership)\($0.id)" } == ["a9"])
    }

    @Test("keys of a membership are texts, for the placeholders of its requests")
    func keys() throws {
        let fields: JSON = ["id": "/id", "keys": ["card": "/card", "level": "/level", "none": "/none"]]
        let provider = try Reading.provider(["memberships": [["request": "me", "each": "/m", "fields": fields]]])
        let body = try JSON.parse(#"{"m": [{"id": 9007199254740993, "card": 12, "level": true}]}"#)
        let found = Mapper.memberships([PulledAnswer(request: "me", membership: nil, body: body)], provider)
        #expect(found.map(\.id) == ["9007199254740993"])
        #expect(found.first?.keys == ["card": "12", "level": "true"])
    }

    @Test("tiers: none is no fault, an unknown one is told, a title comes from the manifest")
    func tiers() throws {
        let code: JSON = ["at": "/t", "map": ["G": "gold", "S": "silver"]]
        let mapping: JSON = ["tiers": [["request": "me", "each": "/x", "fields": ["code": code]]]]
        func map(_ value: String) throws -> MappedPull { try Reading.map(mapping, #"{"x": {"t": \#(value)}}"#) }
        #expect(try map("\"G\"").memberships.first?.tiers.map(\.title) == ["Gold"])
        #expect(try map("null").memberships.first?.tiers == [])
        #expect(try map("null").warnings.isEmpty)
        #expect(try map("\"Z\"").warnings == ["tiers: code has a value the mapping does not know"])
    }

    @Test("entries without an id get one that two pulls make alike, and alike ones of a day differ")
    func names() throws {
        let mapping: JSON = [
            "entries": [
                [
                    "request": "me", "each": "/l",
                    "fields": ["posted": ["at": "/p", "date": "yyyy-MM-dd"], "amount": "/n", "text": "/t"],
                ]
            ]
        ]
        let coffee = #"{"p": "2026-01-01", "n": 5, "t": "Coffee"}"#
        let first = try Reading.map(
            mapping, #"{"l": [\#(coffee), \#(coffee), {"p": "2026-01-02", "n": 5, "t": "Coffee"}]}"#)
        let ids = first.entries.map(\.id)
        #expect(Set(ids).count == 3)
        #expect(ids.allSatisfy { $0.hasPrefix("made:") })
        let again = try Reading.map(
            mapping, #"{"l": [\#(coffee), {"p": "2026-01-03", "n": 1, "t": "Tea"}, \#(coffee)]}"#)
        #expect(again.entries.map(\.id).filter(ids.contains) == Array(ids[0...1]))
    }

    @Test("an unknown kind counts as adjust, an unknown balance type or unit drops the row; both are told")
    func ours() throws {
        let mapping: JSON = [
            "entries": [
                [
                    "request": "me", "each": "/l",
                    "fields": ["posted": ["at": "/p", "date": "epoch"], "amount": "/n", "kind": "/k"],
                ]
            ],
            "balances": [["request": "me", "each": "/b", "fields": ["type": "/t", "unit": "/u", "amount": "/n"]]],
        ]
        let mapped = try Reading.map(
            mapping,
            """
            {"l": [{"p": 1, "n": 1, "k": "flown"}, {"p": 2, "n": 1, "k": "buy"}],
             "b": [{"t": "gold", "u": "miles", "n": 1}, {"t": "status", "u": "km", "n": 1},
                   {"t": "status", "u": "miles", "n": 1}, {"t": "status", "u": "miles", "n": 2}]}
            """)
        #expect(mapped.entries.map(\.kind) == ["adjust", "buy"])
        #expect(mapped.balances.map(\.amount.amount?.text) == ["1"])
        #expect(mapped.warnings.contains { $0.contains("a kind that is none of ours") })
        #expect(mapped.warnings.contains { $0.contains("does not have") })
        #expect(mapped.warnings.contains { $0.contains("the first counts") })
    }

    @Test("what a missing request would have told stays as it was")
    func missing() throws {
        let mapping: JSON = [
            "lots": [["request": "activity", "each": "/l", "fields": ["amount": "/n", "expires": "/e"]]]
        ]
        let mapped = try Reading.map(mapping, "{}", missing: ["activity"])
        #expect(mapped.kept == [.lots])
        #expect(mapped.warnings.isEmpty)
    }
}
