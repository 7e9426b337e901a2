import Crypto
import Testing
import Wire

@testable import MockProviders

/// A mock at which clients register themselves (RFC 7591) and manage that (RFC 7592).
@Suite("Registrations at a mock")
struct RegistrationTests {
    private static let wish: JSON = [
        "client_name": "A <b>wallet</b>", "redirect_uris": ["http://127.0.0.1:7878/callback/skyways"],
        "token_endpoint_auth_method": "client_secret_post", "grant_types": ["authorization_code", "password"],
        "scope": "openid loyalty.read admin",
    ]

    private func open(_ terms: JSON = [:]) throws -> Desk { try Desk(authorization: [("registration", terms)]) }

    private func ask(
        _ desk: inout Desk, _ method: String, _ path: String, _ json: JSON? = nil, bearer: String? = nil
    ) -> (status: Int, json: JSON, answer: HTTPResponse) {
        var headers: HTTPHeaders = json == nil ? [:] : ["Content-Type": "application/json"]
        if let bearer { headers["Authorization"] = "Bearer " + bearer }
        let answer = desk.send(HTTPRequest(method, path, headers: headers, body: json?.bytes ?? [])).response
        return (answer.status, (try? JSON.parse(answer.body)) ?? .null, answer)
    }

    private func changed(_ changes: [(String, JSON?)]) -> JSON {
        var object = Self.wish.object ?? JSONObject()
        for (name, value) in changes { object[name] = value }
        return .object(object)
    }

    @Test("a client registers, is told what was registered, and can be sent people and codes")
    func registers() throws {
        var desk = try open()
        #expect(
            try JSON.parse(desk.get("/.well-known/openid-configuration").body)["registration_endpoint"]?.string
                == Desk.issuer + "/register")
        let (status, json, answer) = ask(&desk, "POST", "/register", Self.wish)
        #expect(status == 201 && answer.headers["Cache-Control"] == "no-store")
        #expect(json["grant_types"] == ["authorization_code"] && json["scope"] == "openid loyalty.read")
        #expect(json["client_secret"]?.string != nil && json["client_secret_expires_at"] == 0)
        let id = try #require(json["client_id"]?.string)
        #expect(json["registration_client_uri"]?.string == Desk.issuer + "/register/" + id)
        let page = desk.get(Desk.request([("client_id", id)]))
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(page.status == 200 && text.contains("A &lt;b&gt;wallet") && !text.contains("<b>wallet"))
        let other = Desk.request([("client_id", id), ("redirect_uri", "http://127.0.0.1:7878/elsewhere")])
        #expect(desk.get(other).status == 400)
        #expect(desk.get("/register").status == 405)
    }

    static let bad: [(changes: [(String, JSON?)], error: String)] = [
        ([("jwks_uri", "http://127.0.0.1/keys")], "invalid_client_metadata"),
        ([("token_endpoint_auth_method", "tls_client_auth")], "invalid_client_metadata"),
        ([("token_endpoint_auth_method", "private_key_jwt")], "invalid_client_metadata"),
        ([("grant_types", ["password"])], "invalid_client_metadata"),
        ([("redirect_uris", nil)], "invalid_redirect_uri"), ([("redirect_uris", [])], "invalid_redirect_uri"),
        ([("redirect_uris", ["javascript:alert(1)"])], "invalid_redirect_uri"),
        ([("redirect_uris", ["http://wallet.example/cb"])], "invalid_redirect_uri"),
        ([("redirect_uris", ["https://wallet.example/cb#x"])], "invalid_redirect_uri"),
    ]

    @Test("what cannot be registered is refused by the name that the RFC gives it", arguments: bad)
    func refuses(_ changes: [(String, JSON?)], _ error: String) throws {
        var desk = try open()
        let (status, json, _) = ask(&desk, "POST", "/register", changed(changes))
        #expect(status == 400 && json["error"]?.string == error, "\(json)")
        #expect(desk.provider.newcomers.isEmpty)
    }

    @Test("an initial token is wanted where the folder says so")
    func initial() throws {
        var desk = try open(["initialToken": "it-1"])
        for bearer in [nil, "it-2"] {
            let (status, _, answer) = ask(&desk, "POST", "/register", Self.wish, bearer: bearer)
            #expect(status == 401 && answer.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
        #expect(ask(&desk, "POST", "/register", Self.wish, bearer: "it-1").status == 201)
        var closed = try Desk()
        #expect(ask(&closed, "POST", "/register", Self.wish).status == 404)
    }

    @Test("reading and writing replace the token; the old one opens nothing, and neither does another client's")
    func rotates() throws {
        var desk = try open()
        let first = ask(&desk, "POST", "/register", Self.wish).json
        let second = ask(&desk, "POST", "/register", Self.wish).json
        let place = "/register/" + (try #require(first["client_id"]?.string))
        let token = try #require(first["registration_access_token"]?.string)
        #expect(ask(&desk, "GET", place, bearer: second["registration_access_token"]?.string).status == 401)
        #expect(ask(&desk, "GET", place).status == 401)
        #expect(ask(&desk, "GET", "/register/nobody", bearer: token).status == 401)
        let read = ask(&desk, "GET", place, bearer: token)
        #expect(read.status == 200 && read.json["client_secret"] == first["client_secret"])
        #expect(ask(&desk, "GET", place, bearer: token).status == 401)
        let newer = read.json["registration_access_token"]?.string
        #expect(ask(&desk, "PUT", place, Self.wish, bearer: newer).json["error"] == "invalid_request")
        let mine = changed([("client_id", first["client_id"])])
        let notMine = changed([("client_id", first["client_id"]), ("client_secret", "x")])
        #expect(ask(&desk, "PUT", place, notMine, bearer: newer).status == 400)
        let said = changed([("client_id", first["client_id"]), ("client_secret_expires_at", 0)])
        #expect(ask(&desk, "PUT", place, said, bearer: newer).status == 400)
        let written = ask(&desk, "PUT", place, mine, bearer: newer)
        #expect(written.status == 200 && written.json["client_secret"] != first["client_secret"])
        let newest = written.json["registration_access_token"]?.string
        #expect(ask(&desk, "DELETE", place, bearer: newest).status == 204)
        #expect(ask(&desk, "DELETE", place, bearer: newest).status == 401)
        #expect(desk.provider.newcomers.map(\.id) == [second["client_id"]?.string])
    }

    @Test("a secret that has ended authenticates nobody")
    func ends() throws {
        var desk = try open(["secretSeconds": 100, "renews": "never", "manages": false])
        let json = ask(&desk, "POST", "/register", Self.wish).json
        #expect(json["registration_access_token"] == nil && json["registration_client_uri"] == nil)
        #expect(json["client_secret_expires_at"]?.int.map(Int64.init) == desk.now.seconds + 100)
        let fields = [
            ("grant_type", "authorization_code"), ("code", "ac_x"), ("client_id", json["client_id"]?.string ?? ""),
            ("client_secret", json["client_secret"]?.string ?? ""),
        ]
        func error(_ desk: inout Desk) -> String? {
            (try? JSON.parse(desk.post("/token", fields).body))?["error"]?.string
        }
        #expect(error(&desk) == "invalid_grant")
        desk.now = desk.now.adding(seconds: 100)
        #expect(error(&desk) == "invalid_client")
    }

    @Test("terms that nobody knows do not load")
    func terms() {
        for terms in [["renews": "always"], ["secretSeconds": 0], ["x": 1]] as [JSON] {
            #expect(throws: MockProblem.self) { try open(terms) }
        }
    }
}
