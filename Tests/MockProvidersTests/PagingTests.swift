import Testing
import Wire

@testable import MockProviders

@Suite("Pages of a mock")
struct PagingTests {
    private static func truth(_ counts: [Int]) -> JSON {
        func list(_ name: String, _ count: Int) -> JSON {
            .array(
                (0..<count).map { at in
                    ["ref": .string("\(name)\(at)"), "posted": .string(Instant(seconds: Int64(at) * 100).rfc3339)]
                })
        }
        return .object(JSONObject(zip(["a", "b"], counts).map { ($0, list($0, $1)) }))
    }

    private static func refs(_ page: Paging.Page) -> [String] {
        page.scope["items"]?.array?.compactMap { $0["ref"]?.string } ?? []
    }

    @Test("page numbers walk the whole list once, newest first, and say which is the last", arguments: [0, 1])
    func numbers(_ first: Int) throws {
        let paging = try Paging(["of": "/a", "size": 3, "by": "page", "first": .int(first)], at: "test")
        let truth = Self.truth([8])
        var seen: [String] = []
        for number in first...(first + 2) {
            let query = Form([("page", String(number))])
            let page = try paging.cut(truth, query)
            #expect(page.scope["number"]?.int == number && page.scope["last"]?.int == first + 2)
            seen += Self.refs(page)
        }
        #expect(seen == (0..<8).reversed().map { "a\($0)" })
        #expect(try Self.refs(paging.cut(truth, Form())) == ["a7", "a6", "a5"], "the first, where none is named")
        #expect(try Self.refs(paging.cut(truth, Form([("page", "9")]))) == [])
        #expect(try paging.cut(Self.truth([0]), Form()).scope["last"]?.int == first)
        for text in ["-1", "x", "", "99999999"] {
            #expect(throws: Paging.Problem.self) { try paging.cut(truth, Form([("page", text)])) }
        }
    }

    @Test("a Link header leads from page to page and keeps the rest of the query")
    func links() throws {
        let paging = try Paging(["of": "/a", "size": 3, "by": "link", "parameter": "before"], at: "test")
        var query = Form([("limit", "3")])
        var seen: [String] = []
        var pages = 0
        while true {
            let page = try paging.cut(Self.truth([8]), query)
            seen += Self.refs(page)
            pages += 1
            guard let next = page.link else { break }
            #expect(next["limit"] == "3" && next.all("before").count == 1)
            query = next
        }
        #expect(pages == 3 && seen == (0..<8).reversed().map { "a\($0)" })
    }

    @Test("the header itself stands on the answer, and leads to the same path")
    func header() throws {
        let routes: JSON = [
            "routes": [
                [
                    "method": "GET", "path": "/list", "scope": "loyalty.read",
                    "page": ["of": "/memberships/0/accounts/miles/entries", "size": 4, "by": "link"],
                    "body": ["$each": "/items", "as": ["$": "/ref"]],
                ]
            ]
        ]
        let folder = try MockFolder(
            name: "skyways", manifest: Desk.manifest, authorization: Desk.file("authorization"),
            members: Desk.file("members"), routes: routes, keys: Desk.file("keys"))
        var desk = try Desk(daysLater: 0)
        desk.provider = MockProvider(folder: folder, issuer: Desk.issuer, epoch: folder.dayZero, seed: 7)
        let access = try desk.link().access
        let first = desk.get("/v2/list", bearer: access)
        let links = HeaderGrammar.links(first.headers["Link"] ?? "")
        #expect(links.first?.relations == ["next"])
        let second = desk.get(links.first?.target ?? "", bearer: access)
        #expect(second.status == 200)
        #expect(try first.json().array?.count == 4)
        #expect(try Set(first.json().array ?? []).isDisjoint(with: second.json().array ?? []))
    }

    @Test("several lists make one, in order")
    func merged() throws {
        let paging = try Paging(["of": ["/a", "/b"], "size": 10], at: "test")
        #expect(try Self.refs(paging.cut(Self.truth([3, 2]), Form())) == ["a2", "b1", "a1", "b0", "a0"])
        let missing = try Paging(["of": ["/a", "/none"], "size": 10], at: "test")
        #expect(try Self.refs(missing.cut(Self.truth([2, 0]), Form())) == ["a1", "a0"])
    }

    @Test(
        "what is no paging is refused with its place",
        arguments: [
            ["of": "a"], ["of": []], ["of": "/a", "by": "luck"], ["of": "/a", "size": 0], ["of": "/a", "cursor": "x"],
            ["of": "/a", "by": "page", "first": 2],
        ] as [JSON])
    func refused(_ json: JSON) {
        #expect(throws: MockProblem.self) { try Paging(json, at: "test") }
    }

    @Test(
        "values are written as a provider writes them",
        arguments: [
            (#"{"$": "/at", "form": "epoch"}"#, "1772380800"), (#"{"$": "/at", "form": "epoch-ms"}"#, "1772380800000"),
            (#"{"$": "/at", "form": "yyyy-MM-dd"}"#, #""2026-03-01""#),
            (#"{"$": "/at", "form": "dd.MM.yyyy", "offset": "+08:00"}"#, #""02.03.2026""#),
            (#"{"$": "/at", "form": "dd.MM.yyyy", "offset": "-16:30"}"#, #""28.02.2026""#),
            (#"{"$": "/day", "form": "yyyy-MM"}"#, #""2027-02""#),
            (#"{"$": "/day", "form": "dd.MM.yyyy", "offset": "+08:00"}"#, #""28.02.2027""#),
            (#"{"$": "/day", "form": "epoch"}"#, "1803772800"),
            (#"{"$": "/amount", "form": "comma", "decimals": 2, "group": "."}"#, #""-1.234.567,50""#),
            (#"{"$": "/amount", "form": "text"}"#, #""-1234567.5""#),
            (#"{"$": "/amount", "form": "minor", "decimals": 2}"#, "-123456750"),
            (#"{"$": "/hidden", "form": "comma"}"#, #""***""#), (#"{"$": "/nothing", "form": "epoch"}"#, "null"),
        ])
    func forms(_ template: String, _ written: String) throws {
        let truth = try JSON.parse(
            #"{"at": "2026-03-01T16:00:00Z", "day": "2027-02-28", "amount": -1234567.5, "hidden": "***", "nothing": null}"#
        )
        let template = try JSON.parse(template)
        #expect(Template.problem(template) == nil)
        #expect(Template.render(template, [truth])?.text == written)
    }

    @Test(
        "a form that is none is refused",
        arguments: [
            #"{"$": "/x", "form": "roman"}"#, #"{"$": "/x", "offset": "+01:00"}"#,
            #"{"$": "/x", "form": "epoch", "offset": "noon"}"#, #"{"$": "/x", "form": "text", "decimals": 77}"#,
            #"{"$": "/x", "form": "text", "map": {}}"#,
        ])
    func noForm(_ template: String) throws { #expect(Template.problem(try JSON.parse(template)) != nil) }
}
