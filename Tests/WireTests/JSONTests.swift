import Testing
import Wire

@Suite struct JSONTests {
    private func refusal(_ text: String, limits: JSON.ParseLimits = .standard) -> JSONError? {
        do throws(JSONError) {
            _ = try JSON.parse(text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test("C8: 32 levels are taken, 33 are not", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(open: String, close: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + (open == "[" ? "" : "1") + String(repeating: close, count: depth)
        }
        #expect(refusal(nested(32)) == nil)
        #expect(refusal(nested(33))?.kind == .tooDeep)
        #expect(refusal("[" + Array(repeating: nested(31), count: 3).joined(separator: ",") + "]") == nil)
        #expect(refusal(String(repeating: open, count: 100_000))?.kind == .tooDeep)
    }

    @Test("C8: A text larger than its limit is not looked at")
    func size() {
        let text = "\"" + String(repeating: "x", count: 65_534) + "\""
        #expect(refusal(text, limits: .token) == nil)
        #expect(refusal(text + " ", limits: .token)?.kind == .tooLarge)
        #expect(refusal(text + " ") == nil)
    }

    @Test("C8, C56: A name that comes twice is refused, however many there are", arguments: [2, 15, 16, 17, 18, 40])
    func duplicates(count: Int) {
        let names = (0..<(count - 1)).map { "\"n\($0)\":1" }
        #expect(refusal("{" + names.joined(separator: ",") + "}") == nil)
        for twice in ["n0", "\\u006e0", "n\(count - 2)"] {
            #expect(
                refusal("{" + (names + ["\"\(twice)\":2"]).joined(separator: ",") + "}")?.kind == .duplicate, "\(twice)"
            )
        }
    }

    @Test("An error tells its line and column")
    func place() throws {
        let text = "{\n  \"a\": 1,\n  \"a\": 2\n}"
        let error = try #require(refusal(text))
        #expect(error.kind == .duplicate)
        #expect(error.place(in: Array(text.utf8)) == (line: 3, column: 3))
        #expect(error.description == "a member name comes twice (byte 14)")
    }

    @Test("Strings are read with every escape and written with the fewest, and with none that is hidden")
    func strings() throws {
        let json = try JSON.parse(#""\"\\\/\b\f\n\r\t\u00e9\ud834\udd1e\u0000\u007f""#)
        #expect(json.string == "\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1d11e}\u{0}\u{7f}")
        #expect(json.text == "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\u{e9}\u{1d11e}\\u0000\\u007f\"")
    }

    @Test("Objects keep their order, and a value set again its place")
    func objects() throws {
        var object = JSONObject([("b", 1), ("a", 2), ("b", 3)])
        #expect(JSON.object(object).text == #"{"b":3,"a":2}"#)
        object["c"] = "new"
        object["b"] = nil
        object["d"] = nil
        #expect(JSON.object(object).text == #"{"a":2,"c":"new"}"#)
        #expect(object["K"] == nil)
        object["\u{212a}"] = true
        #expect(object["K"] == nil, "the Kelvin sign is no K")
    }

    @Test("A value is read only as what it is")
    func kinds() throws {
        let json = try JSON.parse(#"{"i":12,"f":1.50,"e":1e2,"z":-0,"s":"12","n":null,"b":true,"a":[1,[2]]}"#)
        #expect(json["i"]?.int == 12)
        #expect(json["f"]?.int == nil)
        #expect(json["e"]?.int == nil)
        #expect(json["s"]?.int == nil)
        #expect(json["z"]?.int == 0)
        #expect(json["f"]?.decimal == ExactDecimal("1.5"))
        #expect(json["f"]?.number?.text == "1.50")
        #expect(json["n"]?.isNull == true)
        #expect(json["none"] == nil)
        #expect(json["b"]?.bool == true)
        #expect(json["b"]?.string == nil)
        #expect(json["a"]?[1]?[0]?.int == 2)
        #expect(json["a"]?[2] == nil)
        #expect(json["a"]?[-1] == nil)
        #expect(json["i"]?["x"] == nil)
    }

    @Test("The form for people has two spaces a level and nothing in what is empty")
    func pretty() throws {
        let json: JSON = ["a": [1, [], [:]], "b": ["c": nil]]
        #expect(json.pretty() == "{\n  \"a\": [\n    1,\n    [],\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}")
    }

    @Test(
        "The examples of RFC 6901 section 5",
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
        ])
    func pointers(pointer: String, value: String) throws {
        #expect(JSONPointer.resolve(pointer, in: try Self.document())?.text == value)
    }

    private static func document() throws -> JSON {
        try JSON.parse(
            #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#)
    }

    @Test(
        "A pointer to nothing, or none, names nothing",
        arguments: [
            "foo", "/foo/2", "/foo/00", "/foo/01", "/foo/-", "/foo/-1", "/foo/+1", "/foo/0/x", "/~", "/~2", "/m~", "/x",
            "//",
        ])
    func dangling(pointer: String) throws {
        #expect(JSONPointer.resolve(pointer, in: try Self.document()) == nil)
    }

    @Test("The empty pointer names the whole, and ~01 is a tilde and a one")
    func pointerTokens() throws {
        let document = try Self.document()
        #expect(JSONPointer.resolve("", in: document) == document)
        #expect(JSONPointer.tokens("/~01/a~1~0//") == ["~1", "a/~", "", ""])
    }
}
