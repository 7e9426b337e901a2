import Testing
import Wire

@testable import PurserEngine

@Suite("What a grant reaches")
struct GrantReachTests {
    private static let api = "resource=https://api.example/"

    private func tokens(_ more: JSON) throws -> TokenResponse {
        var answer = JSONObject([("access_token", "at"), ("token_type", "Bearer")])
        for member in more.object?.members ?? [] { answer[member.name] = member.value }
        return try Fixture.tokens(.object(answer))
    }

    private static func details(_ items: [JSON]) -> JSON { ["authorization_details": .array(items)] }

    /// What came, what was granted before, whether it goes beyond.
    static let rows: [(JSON, [String], Bool)] = [
        ([:], ["read"], false),
        (["scope": "read"], ["read", "more"], false),
        (["scope": "read more"], ["read"], false),
        (["scope": "read pay"], ["read"], true),
        (["resource": nil], ["read"], false),
        (["resource": "https://api.example/"], ["read"], true),
        (["resource": "https://api.example/"], ["read", api], false),
        (["resource": ["https://api.example/"]], ["read", api], false),
        (["resource": "https://api.example"], ["read", api], true),
        (["resource": ["https://api.example/", "https://pay.example/"]], ["read", api], true),
        (["resource": "https://api.example/#pay"], ["read", api + "#read"], true),
        (["resource": []], ["read", api], false),
        (["resource": 7], ["read", api], true),
        (["authorization_details": nil], ["read"], false),
        (["authorization_details": "x"], ["read"], true),
        (details([["type": "payment"]]), ["read"], true),
        (details([]), ["read"], false),
    ]

    @Test(
        "C13: what was neither asked for nor granted is beyond, of scope, resource and details alike", arguments: rows)
    func beyond(_ more: JSON, _ before: [String], _ isBeyond: Bool) throws {
        let found = GrantReach.beyond(try tokens(more), asked: ["read", "more"], before: before)
        #expect(found.isEmpty != isBeyond, "\(found)")
    }

    @Test("C13: details are compared one by one and whole, in whatever order their members stand")
    func details() throws {
        let one: JSON = ["type": "accounts", "actions": ["list"], "at": ["b": 1, "a": [["d": 3, "c": 4]]]]
        let two: JSON = ["type": "cards"]
        let before = GrantReach.granted(try tokens(Self.details([one, two])), asked: ["read"], before: [])
        #expect(before.count == 3 && before[0] == "read" && before[1].hasPrefix("authorization_details=accounts#"))
        func isBeyond(_ items: [JSON]) throws -> Bool {
            !GrantReach.beyond(try tokens(Self.details(items)), asked: ["read"], before: before).isEmpty
        }
        #expect(try !isBeyond([two, one]))
        let nested: JSON = ["a": [["c": 4, "d": 3]], "b": 1]
        #expect(try !isBeyond([["at": nested, "actions": ["list"], "type": "accounts"]]))
        #expect(try isBeyond([["type": "accounts", "actions": ["list", "pay"], "at": nested]]))
        #expect(try isBeyond([["type": "accounts"]]))
        #expect(try isBeyond([one, two, ["type": "payment"]]))
    }

    @Test("C13: what the folder asks for in its authorization request was asked for")
    func asked() throws {
        var reach = AskedReach()
        #expect(GrantReach.asked(reach) == [])
        reach.resource = "https://api.example/"
        reach.details = [["type": "cards", "actions": ["list"]]]
        let asked = GrantReach.asked(reach)
        #expect(asked.count == 2 && asked[0] == Self.api)
        let answer = try tokens([
            "resource": "https://api.example/", "authorization_details": [["actions": ["list"], "type": "cards"]],
        ])
        #expect(GrantReach.beyond(answer, asked: asked, before: []).isEmpty)
        let other = try tokens(["authorization_details": [["actions": ["list", "pay"], "type": "cards"]]])
        #expect(GrantReach.beyond(other, asked: asked, before: []).count == 1)
    }

    @Test("what an answer does not speak of stays granted as it was")
    func granted() throws {
        let before = ["read", Self.api]
        #expect(GrantReach.granted(try tokens([:]), asked: ["read", "more"], before: []) == ["read", "more"])
        #expect(GrantReach.granted(try tokens([:]), asked: ["read", "more"], before: before) == before)
        #expect(
            GrantReach.granted(try tokens(["scope": "more"]), asked: ["read"], before: before) == ["more", Self.api])
        let other = try tokens(["resource": "https://pay.example/"])
        #expect(
            GrantReach.granted(other, asked: ["read"], before: before) == ["read", "resource=https://pay.example/"])
        #expect(GrantReach.granted(try tokens(["resource": []]), asked: ["read"], before: before) == ["read"])
    }

    @Test("C4: at first, what an answer does not speak of was granted as it was asked for, member by member")
    func silence() throws {
        var reach = AskedReach()
        reach.resource = "https://api.example/"
        reach.details = [["type": "cards"]]
        let beside = GrantReach.asked(reach)
        let asked = ["read"] + beside
        #expect(GrantReach.granted(try tokens([:]), asked: asked, before: []) == asked)
        #expect(GrantReach.granted(try tokens(["scope": "more"]), asked: asked, before: []) == ["more"] + beside)
        let details = try tokens(Self.details([["type": "cards"]]))
        #expect(GrantReach.granted(details, asked: asked, before: []) == asked)
        #expect(GrantReach.granted(try tokens(["resource": []]), asked: asked, before: []) == ["read", beside[1]])
    }

    @Test("C4: what was granted and nobody asked for is told like what was refused, and details by their type")
    func differences() {
        let cards = ["a", "b", "c"].map { "authorization_details=cards#" + $0 }
        let pay = "authorization_details=pay#a"
        let rows: [(granted: [String], asked: [String], words: String?)] = [
            (["read"], ["read"], nil), (["more", "read"], ["read", "more"], nil),
            (["read"], ["read", "more"], "without more"),
            (["read", "pay"], ["read"], "with pay, which nobody asked for"),
            (["pay", "buy"], ["read"], "without read, and with pay buy, which nobody asked for"),
            (["read"], ["read", Self.api], "without " + Self.api),
            (["read", Self.api], ["read"], "with \(Self.api), which nobody asked for"),
            ([cards[0]], [cards[0]], nil), ([cards[1]], [cards[0]], "with other details of cards than were asked for"),
            ([cards[1], cards[2]], [cards[0]], "with other details of cards than were asked for"),
            ([cards[0], cards[1]], [cards[0]], "with other details of cards than were asked for"),
            (
                [cards[1], pay], [cards[0]],
                "with \(pay), which nobody asked for, and with other details of cards than were asked for"
            ),
            ([], [cards[0]], "without " + cards[0]),
        ]
        for row in rows {
            #expect(GrantReach.difference(granted: row.granted, asked: row.asked).words == row.words, "\(row)")
        }
        let long = GrantReach.difference(granted: ["\u{1b}[2J" + String(repeating: "x", count: 5000)], asked: []).words
        #expect((long?.utf8.count ?? 9999) < 160 && long?.contains("\u{1b}") == false)
    }

    @Test("a word never carries what could be a secret, or more than a line holds")
    func words() throws {
        let long = String(repeating: "x", count: 5000)
        for value: JSON in [
            .string(long), "two words", "\u{1b}[2J", ["type": .string("Zq8X0aMNbvC19" + long)], 1, true,
        ] {
            let words = try #require(
                GrantReach.words(["authorization_details": .array([value])])["authorization_details"])
            #expect(words.count == 1 && words[0].utf8.count < 130, "\(words)")
            #expect(words[0].utf8.allSatisfy { (0x21...0x7e).contains($0) } || words[0].contains("…"), "\(words)")
            #expect(!words[0].contains("Zq8X0aMNbvC19"))
        }
    }
}
