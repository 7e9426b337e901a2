import Testing
import Wire

@testable import PurserEngine

@Suite("Pointers of a mapping")
struct PointerTests {
    static let answer = """
        {"name": "root", "asOf": "2026-01-01", "none": null, "a/b": "slash", "m~n": "tilde", "": "empty",
         "cards": [
           {"no": "c1", "kind": "main", "lots": [{"n": 1}, {"n": 2}], "by": {"x": {"v": 10}, "y": {"v": 20}}},
           {"no": "c2", "kind": "extra", "lots": [{"n": 3}], "by": {}},
           {"no": 7, "kind": "extra", "lots": [], "by": null}
         ],
         "single": {"no": "c9"}, "list": [[1, 2], [3]], "text": "t"}
        """

    private func items(_ each: String) throws -> (items: [Item], isAbsent: Bool) {
        Item.each(try #require(MappingPointer(each, allowsEvery: true)), in: try JSON.parse(Self.answer))
    }

    @Test(
        "each names items: an array's elements, an object itself, every member by *, those that match",
        arguments: [
            ("/cards", ["0", "1", "2"]), ("/single", ["single"]), ("", [nil]), ("/cards/*/lots", ["0", "1", "0"]),
            ("/cards/*/by/*", ["x", "y"]), ("/cards/[kind=extra]", ["1", "2"]), ("/cards/[no=7]", ["2"]),
            ("/cards/[kind=extra]/lots", ["0"]), ("/cards/[kind=none]", []), ("/cards/1", ["1"]), ("/text", ["text"]),
            ("/list/*", ["0", "1", "0"]), ("/none", []), ("/none/*", []), ("/none/deeper", []),
        ] as [(String, [String?])])
    func each(_ each: String, _ keys: [String?]) throws {
        let found = try items(each)
        #expect(found.items.map(\.key) == keys)
        #expect(!found.isAbsent)
    }

    @Test(
        "the place of a problem leads to it, whatever the member is called",
        arguments: ["a/b", "m~n", "/", "~1", "a/\u{301}b", "~\u{301}", "", "e\u{301}"])
    func places(_ name: String) {
        let json = JSON.object(JSONObject([(name, ["x"])]))
        #expect(JSONPointer.resolve(Reader.child("", name) + "/0", in: json) == "x")
    }

    @Test(
        "what each names and the answer has not is absent",
        arguments: ["/nothing", "/cards/*/none", "/text/*", "/cards/9"])
    func absent(_ each: String) throws {
        let found = try items(each)
        #expect(found.items.isEmpty)
        #expect(found.isAbsent)
    }

    @Test(
        "a field is read from the item, from those around it, or from the root",
        arguments: [
            ("/cards/*/lots", "/n", "= 1"), ("/cards/*/lots", "^/no", #"= "c1""#),
            ("/cards/*/lots", "^^/name", #"= "root""#),
            ("/cards/*/lots", "^^^^/name", #"= "root""#), ("/cards/*/lots", "$/asOf", #"= "2026-01-01""#),
            ("/cards/*/lots", "#", #"= "0""#), ("/cards/*/lots", "^#", #"= "0""#),
            ("/cards/*/lots", "^^#", "unsupported"),
            ("/cards/*/by/*", "#", #"= "x""#), ("/cards/*/by/*", "^/kind", #"= "main""#),
            ("/cards/*/by/*", "^#", #"= "0""#),
            ("/single", "#", #"= "single""#), ("/single", "^/name", #"= "root""#), ("", "/name", #"= "root""#),
            ("", "", "= "), ("", "/cards/0/lots/1/n", "= 2"), ("", "/cards/01/no", "unsupported"),
            ("", "/cards/[no=c2]/kind", #"= "extra""#), ("", "/cards/[no=7]/kind", #"= "extra""#),
            ("", "/cards/[kind=extra]/no", #"= "c2""#), ("", "/cards/[no=zz]/kind", "unsupported"),
            ("", "/a~1b", #"= "slash""#), ("", "/m~0n", #"= "tilde""#), ("", "/", #"= "empty""#),
            ("", "/none", "unknown"), ("", "/none/deeper", "unknown"), ("", "/cards/2/by/x/v", "unknown"),
            ("", "/nothing", "unsupported"), ("", "/text/deeper", "unsupported"),
        ])
    func field(_ each: String, _ pointer: String, _ expected: String) throws {
        let item = try #require(try items(each).items.first)
        let read = try Reading.field(.string(pointer), item)
        if expected == "= " { #expect(read.hasPrefix("= {")) } else { #expect(read == expected) }
    }
}
