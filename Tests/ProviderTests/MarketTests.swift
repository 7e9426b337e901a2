import Testing
import Wire

@testable import PurserEngine

/// Valuation providers: what a folder of one may say, and what their answers become.
@Suite("Valuation providers")
struct MarketTests {
    /// pointsbourse with one thing changed.
    struct Change: Sendable, CustomTestStringConvertible {
        let file: String
        let pointer: String
        let value: JSON?
        /// Where the problem is said to be, and a part of its words; nil: it loads.
        let problem: (place: String, words: String)?
        /// Whether a schema can see it.
        let isOfForm: Bool

        var testDescription: String { "\(file) \(pointer): \(value?.text ?? "gone")" }
        var json: JSON { (Folders.json("pointsbourse/" + file) ?? .null).with(pointer, value) }

        static func good(_ file: String, _ pointer: String, _ value: JSON?) -> Change {
            Change(file: file + ".json", pointer: pointer, value: value, problem: nil, isOfForm: false)
        }

        static func bad(
            _ file: String, _ pointer: String, _ value: JSON?, at place: String? = nil, _ words: String,
            isOfForm: Bool = true
        ) -> Change {
            Change(
                file: file + ".json", pointer: pointer, value: value, problem: (place ?? pointer, words),
                isOfForm: isOfForm)
        }
    }

    static let changes: [Change] = [
        .good("manifest", "/note", "for people"),
        .good("manifest", "/authorization/clientAuthentication", "client_secret_post"),
        .good("manifest", "/authorization/client", nil),
        .good("manifest", "/authorization/senderConstrained", "dpop"),
        .good("manifest", "/authorization/parameters", ["audience": "https://market.example"]),
        .good("manifest", "/authorization/scopes", []),
        .good("manifest", "/api/requests/quotes/conditional", false),
        .good("mapping", "/partners", nil),
        .good("mapping", "/values", nil),
        .good("mapping", "/memberships", []),
        .good("mapping", "/values/0/fields/currency", ["is": "EUR"]),
        .good("mapping", "/values/0/fields/amount", ["is": "0.014"]),
        .good("mapping", "/partners/0/fields/minimum", ["at": "/m", "default": 1000]),
        .bad("manifest", "/authorization/rotation", ["policy": "none"], "no refresh token (RFC 6749 4.4.3)"),
        .bad("manifest", "/authorization/identity", ["from": "userinfo"], "nobody is linked"),
        .bad("manifest", "/authorization/idTokenAlgorithm", "ES256", "nobody signs in"),
        .bad("manifest", "/authorization/userinfoAlgorithm", "ES256", "nobody signs in"),
        .bad("manifest", "/authorization/clientAuthentication", "none", "proves who it is (RFC 6749 4.4)"),
        .bad("manifest", "/authorization/client/redirectUri", "https://a.example/cb", "nobody is sent back"),
        .bad(
            "manifest", "/authorization/parameters", ["scope": "all"], at: "/authorization/parameters/scope", "itself"),
        .bad("manifest", "/programme/kind", "airline", "no person's account"),
        .bad("manifest", "/api/requests/quotes/for", "membership", "no memberships"),
        .bad("manifest", "/api/requests/quotes/since", "P14D", "asked for whole"),
        .bad("manifest", "/api/requests/quotes/conditional", true, "asked for whole"),
        .bad(
            "mapping", "/memberships", [["request": "quotes", "each": "/quotes", "fields": ["id": "/programme"]]],
            "no person's accounts", isOfForm: false),
        .bad("mapping", "/values/0/fields/currency", nil, "missing"),
        .bad("mapping", "/values/0/fields/worth", "/w", "unknown key"),
        .bad(
            "mapping", "/values/0/fields/currency", ["is": "euro"], at: "/values/0/fields/currency/is",
            "no currency code", isOfForm: false),
        .bad(
            "mapping", "/values/0/fields/currency", ["at": "/c", "map": ["e": "EUR", "d": "usd"]],
            at: "/values/0/fields/currency/map/d", "no currency code", isOfForm: false),
        .bad(
            "mapping", "/values/0/fields/amount", ["is": "a lot"], at: "/values/0/fields/amount/is", "no number",
            isOfForm: false),
        .bad(
            "mapping", "/partners/0/fields/give", ["at": "/g", "default": "one"], at: "/partners/0/fields/give/default",
            "no number", isOfForm: false),
        .bad("mapping", "/partners/0/fields/to", nil, "missing"),
        .bad("mapping", "/values/0/request", "prices", "no request prices", isOfForm: false),
    ]

    @Test("a folder says what it may, and what it must not say is told with its place", arguments: changes)
    func folders(_ change: Change) {
        var files = Folders.folder("pointsbourse").files
        files[change.file] = change.json.bytes
        let folder = ProviderFolder(name: "pointsbourse", source: "/f", files: files)
        let found = Catalogue([folder]).problems["pointsbourse"] ?? []
        guard let problem = change.problem else {
            #expect(found.isEmpty)
            return
        }
        #expect(found.contains { $0.place == problem.place && $0.description.contains(problem.words) }, "\(found)")
    }

    @Test("what points are worth is asked for in our own name and in no person's")
    func ofPersons() {
        let change = Changed(.manifest, "/programme/kind", "valuation")
        let problems = Catalogue([change.folder()]).problems[Changed.name] ?? []
        #expect(problems.contains { $0.place == "/programme/kind" && $0.what.contains("in our own name") })
    }

    @Test("a mapping with neither values nor partners is told")
    func neither() {
        var files = Folders.folder("pointsbourse").files
        files["mapping.json"] = Array(#"{"values": [], "partners": []}"#.utf8)
        let problems = Catalogue([ProviderFolder(name: "pointsbourse", source: "/f", files: files)]).problems
        #expect(problems["pointsbourse"]?.map(\.place) == ["/values"])
    }

    // Rows

    private func mapped(_ quotes: [JSON], _ transfers: [JSON] = [], missing: Set<String> = []) throws -> MappedPull {
        let provider = try #require(Catalogue([Folders.folder("pointsbourse")])["pointsbourse"])
        let answers = [
            PulledAnswer(request: "quotes", membership: nil, body: ["currency": "EUR", "quotes": .array(quotes)]),
            PulledAnswer(request: "transfers", membership: nil, body: ["transfers": .array(transfers), "pages": 1]),
        ].filter { !missing.contains($0.request) }
        return Mapper.map(answers, provider, missing: missing)
    }

    private static let good: JSON = ["programme": "example.a.miles", "cents": ["mid": "1.42"]]

    /// A row of values, what its amount becomes (nil: it is dropped), and a part of the warning.
    static let quotes: [(JSON, String?, String?)] = [
        (good, "0.0142", nil),
        (good.with("/cents/mid", "0.0100000000000000000000001"), "0.000100000000000000000000001", nil),
        (good.with("/cents/mid", 0), "0", nil),
        (good.with("/cents/mid", -1), nil, "below zero"),
        (good.with("/cents/mid", "much"), nil, "readable amount"),
        (good.with("/cents/mid", nil), nil, "readable amount"),
        (good.with("/programme", nil), nil, "without programme"),
        (good.with("/programme", ""), nil, "cannot be shown"),
        (good.with("/programme", .string(String(repeating: "x", count: 121))), nil, "cannot be shown"),
        (good.with("/on", "yesterday"), "0.0142", "asOf is no date of the form"),
    ]

    @Test("a value is exact, and a row that cannot be one is dropped visibly", arguments: quotes)
    func values(_ quote: JSON, _ amount: String?, _ warning: String?) throws {
        let mapped = try mapped([quote])
        #expect(mapped.values.map(\.amount.text) == (amount.map { [$0] } ?? []))
        if let warning {
            #expect(mapped.warnings.count == 1 && mapped.warnings[0].contains(warning), "\(mapped.warnings)")
        } else {
            #expect(mapped.warnings.isEmpty, "\(mapped.warnings)")
        }
    }

    @Test("what a provider calls things is cut and made harmless before anybody sees it")
    func words() throws {
        let long = String(repeating: "s", count: 5000) + "\u{1b}]0;x\u{7}"
        let value = try #require(try mapped([Self.good.with("/source", .string(long))]).values.first)
        #expect(value.source?.count ?? 0 <= Limits.marketTextCount + 1)
        #expect(value.source?.unicodeScalars.allSatisfy { $0.value >= 32 } == true)
    }

    @Test(
        "a value without a currency that is one is dropped visibly", arguments: ["euro", "eur", "€", "", "EURO", "E1R"])
    func currencies(_ code: String) throws {
        let provider = try #require(Catalogue([Folders.folder("pointsbourse")])["pointsbourse"])
        let body: JSON = ["currency": .string(code), "quotes": [Self.good]]
        let mapped = Mapper.map([PulledAnswer(request: "quotes", membership: nil, body: body)], provider)
        #expect(mapped.values.isEmpty && mapped.warnings.count == 1)
    }

    @Test("two rows of one source for one programme: the first counts; another source is another opinion")
    func twins() throws {
        let mapped = try mapped([
            Self.good, Self.good.with("/cents/mid", 2), Self.good.with("/source", "B").with("/cents/mid", 3),
        ])
        #expect(mapped.values.map(\.amount.text) == ["0.0142", "0.03"])
        #expect(mapped.warnings.count == 1)
    }

    @Test("no provider fills the table: rows above the limit are left out, and that is told")
    func bounded() throws {
        let many = (0..<Limits.marketRows + 5).map { Self.good.with("/programme", .string("p\($0)")) }
        let mapped = try mapped(many, many.map { _ in ["from": "a", "to": "b", "ratio": ["give": 1, "get": 1]] })
        #expect(mapped.values.count == Limits.marketRows)
        #expect(mapped.partners.count == Limits.marketRows)
        #expect(mapped.warnings.count == 2)
    }

    private static let partner: JSON = ["from": "a", "to": "b", "ratio": ["give": 3, "get": 1]]
    /// A row of partners, and what gives whether it stays.
    static let partners: [(JSON, Bool)] = [
        (partner, true), (partner.with("/ratio/get", "1.25"), true), (partner.with("/ratio/give", 0), false),
        (partner.with("/ratio/get", -1), false), (partner.with("/ratio/get", nil), false),
        (partner.with("/to", nil), false), (partner.with("/from", ["x": 1]), false),
    ]

    @Test("a ratio is above zero on both sides", arguments: partners)
    func ratios(_ row: JSON, _ stays: Bool) throws {
        let mapped = try mapped([], [row])
        #expect(mapped.partners.count == (stays ? 1 : 0))
        #expect(mapped.warnings.isEmpty == stays, "\(mapped.warnings)")
    }

    @Test("what a missing request or an absent list would have told stays as it was")
    func kept() throws {
        #expect(try mapped([Self.good], missing: ["transfers"]).kept == [.partners])
        let provider = try #require(Catalogue([Folders.folder("pointsbourse")])["pointsbourse"])
        let absent = Mapper.map([PulledAnswer(request: "quotes", membership: nil, body: ["other": 1])], provider)
        #expect(absent.kept == [.values])
    }
}
