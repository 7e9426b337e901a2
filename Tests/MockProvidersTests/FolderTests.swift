import Testing
import Wire

@testable import MockProviders

@Suite("A mock's folder")
struct FolderTests {
    @Test("a manifest moves to the origin it is really served at, and nothing else of it changes")
    func moved() throws {
        let manifest: JSON = [
            "name": "skyways", "authorization": ["issuer": "http://127.0.0.1:7901"],
            "api": ["base": "http://127.0.0.1:7901/v2"],
            "other": ["http://127.0.0.1:79010/x", "https://a.example", 7901],
        ]
        let folder = try MockFolder(
            name: "skyways", manifest: manifest, authorization: Desk.file("authorization"),
            members: Desk.file("members"), routes: Desk.file("routes"), keys: Desk.file("keys"))
        let moved = folder.manifest(at: "http://127.0.0.1:40123")
        #expect(folder.port == 7901)
        #expect(folder.issuer(at: "http://127.0.0.1:40123") == "http://127.0.0.1:40123")
        #expect(moved["authorization"]?["issuer"] == "http://127.0.0.1:40123")
        #expect(moved["api"]?["base"] == "http://127.0.0.1:40123/v2")
        #expect(moved["other"] == manifest["other"])
    }

    @Test("an issuer with a path keeps it, and its endpoints stand under it")
    func issuerPath() throws {
        let manifest: JSON = [
            "authorization": ["issuer": "http://127.0.0.1:7901/id"], "api": ["base": "http://127.0.0.1:7901/v2"],
        ]
        let folder = try MockFolder(
            name: "skyways", manifest: manifest, authorization: Desk.file("authorization"),
            members: Desk.file("members"), routes: Desk.file("routes"), keys: Desk.file("keys"))
        let issuer = folder.issuer(at: "http://127.0.0.1:5")
        var provider = MockProvider(folder: folder, issuer: issuer, epoch: folder.dayZero)
        let answer = provider.answer(
            HTTPRequest("GET", "/id/.well-known/openid-configuration"), now: folder.dayZero, draw: { _ in [] })
        #expect(try answer.response.json()["token_endpoint"] == "http://127.0.0.1:5/id/token")
    }

    @Test(
        "a file that says something unknown does not load, and the place is named",
        arguments: [
            ("authorization", "password", "authorization.json/password"),
            ("authorization", "rotation", "authorization.json/rotation/policy"),
            ("authorization", "pkce", "authorization.json/pkce"),
            ("authorization", "clients", "authorization.json/clients"),
            ("members", "dayZero", "members.json/dayZero"), ("routes", "routes", "routes.json/routes"),
            ("routes", "error", "routes.json/error"), ("keys", "keys", "keys.json/keys/0"),
        ])
    func refused(_ file: String, _ member: String, _ place: String) throws {
        let bad: [String: JSON] = [
            "password": true, "rotation": ["policy": "weekly"], "pkce": "plain", "clients": [], "dayZero": "today",
            "routes": [], "error": ["$what": "/x"], "keys": [["kty": "oct"]],
        ]
        var files: [String: JSON] = [:]
        for name in ["authorization", "members", "routes", "keys"] { files[name] = try Desk.file(name) }
        var object = try #require(files[file]?.object)
        object[member] = bad[member]
        files[file] = .object(object)
        let problem = #expect(throws: MockProblem.self) {
            try MockFolder(
                name: "skyways", manifest: Desk.manifest, authorization: files["authorization"] ?? .null,
                members: files["members"] ?? .null, routes: files["routes"] ?? .null, keys: files["keys"] ?? .null)
        }
        #expect(problem?.place == place)
    }

    @Test(
        "a template fills its holes and drops what is not there",
        arguments: [
            (#"{"a": {"$": "/n"}, "b": {"$": "/none"}}"#, #"{"a":7}"#),
            (#"{"$": "/tier", "map": {"silver": "SLV"}}"#, #""SLV""#),
            (#"{"$": "/name", "map": {"silver": "SLV"}, "else": "?"}"#, #""?""#),
            (#"{"$text": "{/name} has {/n}{/none}!"}"#, #""Ada has 7!""#),
            (#"{"$each": "/list", "as": {"x": {"$": "/x"}, "who": {"$": "^/name"}}}"#, #"[{"x":1,"who":"Ada"}]"#),
            (#"{"$each": "/nothing", "as": 1}"#, "null"),
            (#"[{"$when": "/nothing", "then": 1, "else": 2}, {"$when": "/n", "then": 1}]"#, "[2,1]"),
        ])
    func template(_ text: String, _ rendered: String) throws {
        let template = try JSON.parse(text)
        let truth: JSON = ["n": 7, "name": "Ada", "tier": "silver", "list": [["x": 1]], "nothing": nil]
        #expect(Template.problem(template) == nil)
        #expect(Template.render(template, [truth])?.text == rendered)
    }

    @Test(
        "a page's forms, labels and words are read",
        arguments: [
            "<form action='/a?x=1&amp;y=2' method=POST><input type=hidden name=t value=\"&quot;1&#x26;\">"
                + "<label for=m>Ada &lt;3</label><input id=m type=radio name=who value=a required></form><p>after</p>"
        ])
    func htmlForm(_ page: String) throws {
        let form = try #require(HTMLForm.forms(in: page).first)
        #expect(form.action == "/a?x=1&y=2")
        #expect(form.method == "post")
        #expect(form.inputs.map(\.value) == ["\"1&", "a"])
    }
}
