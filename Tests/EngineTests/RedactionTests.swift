import Testing
import Wire

@testable import PurserEngine

@Suite struct RedactionTests {
    static let kept = [
        "", "SLV", "NOT_YET", "A-B", "2027-05-03", "2027-05-03T10:00:00Z", "2027-05-03T10:00:00.123+02:00",
        "03.05.2027",
        "12.50", "-4,000", "999999", "***",
    ]
    static let masked = [
        ("Ada", "Xxx"), ("Ada Lindqvist", "Xxx Xxxxxxxxx"), ("4402917765001234", "0000000000000000"),
        ("4402 9177 6500 1234", "0000 0000 0000 1234".replacing("1234", with: "0000")), ("sw-1001", "xx-0000"),
        ("ada@members.example", "xxx@xxxxxxx.xxxxxxx"), ("Šimić", "Xxxxx"), ("SK 402 London", "XX 000 Xxxxxx"),
        ("1234567", "0000000"), ("2027-05-03 Ada", "0000-00-00 Xxx"),
    ]

    @Test("codes, dates and smaller numbers stay as they are", arguments: kept)
    func keeps(_ text: String) { #expect(Redaction.text(text) == text) }

    @Test("C93: names, texts and long numbers keep their form only, short ones too", arguments: masked)
    func masks(_ text: String, _ shown: String) { #expect(Redaction.text(text) == shown) }

    @Test("an answer keeps its shape; control characters and endless texts do not come through")
    func answers() throws {
        let answer: JSON = [
            "name": "Ada", "miles": 61_200, "card": 9_007_199_254_740_993, "open": true, "gone": nil,
            "list": [["note": "hi\u{1b}[2J"]],
        ]
        let shown = Redaction.json(answer)
        #expect(shown["name"] == "Xxx" && shown["miles"] == 61_200 && shown["card"] == "0000000000000000")
        #expect(shown["open"] == true && shown["gone"] == .null)
        #expect(shown["list"]?[0]?["note"] == "xx [0X")
        #expect(try #require(Redaction.json(.string(String(repeating: "a", count: 10_000))).string).count < 100)
    }
}

@Suite struct JSONDifferenceTests {
    @Test("equal values have no difference, in whatever order their members stand")
    func equal() {
        #expect(JSONDifference.all(["a": 1, "b": [1, 2]], ["b": [1, 2], "a": 1]).isEmpty)
    }

    @Test("every difference is told with its place and both sides")
    func different() {
        let expected: JSON = ["a": 1, "b": [1, 2], "c": ["x": "y"], "d~/e": 1]
        let given: JSON = ["a": 2, "b": [1], "c": ["x": "z", "more": true], "d~/e": 2]
        let found = JSONDifference.all(expected, given)
        #expect(found.map(\.place) == ["/a", "/b/1", "/c/x", "/c/more", "/d~0~1e"])
        #expect(found[0].words == "expected 1, and the mapping gives 2")
        #expect(found[1].words.contains("no such row") && found[3].words.contains("not expected"))
    }
}
