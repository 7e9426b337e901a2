import Testing
import Wire

@testable import MockProviders

/// The mock's device authorization grant (RFC 8628), held against the specification and not against our client.
@Suite("The mock's device flow")
struct DeviceFlowTests {
    private static let grant = "urn:ietf:params:oauth:grant-type:device_code"

    private static func desk(_ changes: [(pointer: String, value: JSON)] = []) throws -> Desk {
        let grants: JSON = ["authorization_code", "refresh_token", .string(grant)]
        return try Desk(authorization: [("grants", grants)] + changes)
    }

    private static func begun(_ desk: inout Desk, scope: String = "openid loyalty.read") throws -> JSON {
        let answer = desk.post("/device_authorization", [("client_id", "purser"), ("scope", scope)])
        #expect(answer.headers["Cache-Control"] == "no-store")
        return try answer.json()
    }

    private static func poll(_ desk: inout Desk, _ begun: JSON, client: String = "purser") -> HTTPResponse {
        desk.post(
            "/token",
            [("grant_type", grant), ("device_code", begun["device_code"]?.string ?? ""), ("client_id", client)])
    }

    private static func error(_ answer: HTTPResponse) throws -> String { try answer.json()["error"]?.string ?? "" }

    /// Enters the code, signs in and decides; the last page.
    private static func decide(_ desk: inout Desk, _ begun: JSON, _ decision: String) throws -> HTTPResponse {
        let complete = try #require(begun["verification_uri_complete"]?.string.flatMap { URI($0) })
        let page = try #require(HTMLForm.forms(in: desk.get(complete.target).body.text).first)
        let code = try #require(page.inputs.first { $0.type == "text" }?.value)
        #expect(code == begun["user_code"]?.string)
        let signIn = desk.post(page.action, [("user_code", code.lowercased().replacing("-", with: " "))])
        let first = try #require(HTMLForm.forms(in: signIn.body.text).first)
        let second = desk.post(first.action, [("ticket", first.value("ticket")), ("member", "sw-1001")])
        let form = try #require(HTMLForm.forms(in: second.body.text).first)
        return desk.post(form.action, [("ticket", form.value("ticket")), ("decision", decision)])
    }

    @Test("the metadata names the endpoint, where the grant is offered")
    func metadata() throws {
        var (with, without) = (try Self.desk(), try Desk())
        let place = "/.well-known/openid-configuration"
        #expect(
            try with.get(place).json()["device_authorization_endpoint"]
                == "http://127.0.0.1:7901/device_authorization")
        #expect(try without.get(place).json()["device_authorization_endpoint"] == nil)
        #expect(without.post("/device_authorization", [("client_id", "purser"), ("scope", "openid")]).status == 404)
    }

    @Test("a code is entered, allowed, and brings tokens once")
    func whole() throws {
        var desk = try Self.desk()
        let begun = try Self.begun(&desk)
        #expect(begun["expires_in"] == 600 && begun["interval"] == 5)
        #expect(try Self.error(Self.poll(&desk, begun)) == "authorization_pending")
        let last = try Self.decide(&desk, begun, "allow")
        #expect(last.status == 200 && last.headers["Location"] == nil && HTMLForm.forms(in: last.body.text).isEmpty)
        desk.now = desk.now.adding(seconds: 5)
        let tokens = try Tokens(Self.poll(&desk, begun))
        #expect(tokens.refresh != nil && tokens.json["id_token"] != nil)
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 200)
        desk.now = desk.now.adding(seconds: 5)
        #expect(try Self.error(Self.poll(&desk, begun)) == "invalid_grant")
        // Asking again is what the grant is made of: nothing is revoked for it.
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 200)
    }

    @Test("asked too often: slow_down, and five seconds more from then on")
    func slowDown() throws {
        var desk = try Self.desk()
        let begun = try Self.begun(&desk)
        _ = Self.poll(&desk, begun)
        desk.now = desk.now.adding(seconds: 4)
        #expect(try Self.error(Self.poll(&desk, begun)) == "slow_down")
        desk.now = desk.now.adding(seconds: 9)
        #expect(try Self.error(Self.poll(&desk, begun)) == "slow_down")
        desk.now = desk.now.adding(seconds: 15)
        #expect(try Self.error(Self.poll(&desk, begun)) == "authorization_pending")
    }

    @Test("denied, too old, another client's, nobody's: each by its name")
    func refusals() throws {
        var desk = try Self.desk([("deviceSeconds", 60)])
        let denied = try Self.begun(&desk)
        _ = try Self.decide(&desk, denied, "deny")
        #expect(try Self.error(Self.poll(&desk, denied)) == "access_denied")
        let late = try Self.begun(&desk)
        #expect(try Self.error(Self.poll(&desk, late, client: "purser-portal")) == "invalid_grant")
        #expect(try Self.error(Self.poll(&desk, ["device_code": "dc_nobody"])) == "invalid_grant")
        #expect(try Self.error(Self.poll(&desk, late, client: "stranger")) == "invalid_client")
        desk.now = desk.now.adding(seconds: 60)
        #expect(try Self.error(Self.poll(&desk, late)) == "expired_token")
        #expect(try Self.begun(&desk, scope: "everything")["error"] == "invalid_scope")
        #expect(try Self.begun(&desk, scope: "")["error"] == "invalid_scope")
    }

    @Test("the page takes no code that nobody was given, that was answered, or that is too old")
    func page() throws {
        var desk = try Self.desk()
        let begun = try Self.begun(&desk)
        func isRefused(_ code: String) -> Bool {
            desk.post("/device", [("user_code", code)]).body.text.contains("no such code")
        }
        #expect(isRefused("AAAA-AAAA") && isRefused("") && isRefused("<script>"))
        _ = try Self.decide(&desk, begun, "allow")
        #expect(isRefused(begun["user_code"]?.string ?? ""))
        let other = try Self.begun(&desk)
        desk.now = desk.now.adding(seconds: 600)
        #expect(isRefused(other["user_code"]?.string ?? ""))
    }

    @Test("an answer with a tag is confirmed by it, and only by it")
    func tags() throws {
        let folder = try Desk.shipped("marketplus")
        var desk = try Desk()
        desk.provider = MockProvider(
            folder: folder, issuer: "http://127.0.0.1:7906/konto", epoch: folder.dayZero, seed: 7)
        let begun = try desk.post(
            "/konto/device_authorization", [("client_id", "purser-household"), ("scope", "openid cashback.read")]
        ).json()
        let complete = try #require(begun["verification_uri_complete"]?.string.flatMap { URI($0) })
        let page = try #require(HTMLForm.forms(in: desk.get(complete.target).body.text).first)
        let signIn = desk.post(page.action, [("user_code", begun["user_code"]?.string ?? "")])
        let first = try #require(HTMLForm.forms(in: signIn.body.text).first)
        let second = desk.post(first.action, [("ticket", first.value("ticket")), ("member", "mp-6001")])
        let form = try #require(HTMLForm.forms(in: second.body.text).first)
        _ = desk.post(form.action, [("ticket", form.value("ticket")), ("decision", "allow")])
        let tokens = try Tokens(
            desk.post(
                "/konto/token",
                [
                    ("grant_type", Self.grant), ("device_code", begun["device_code"]?.string ?? ""),
                    ("client_id", "purser-household"),
                ]))
        func get(_ path: String, tag: String? = nil) -> HTTPResponse {
            var headers: HTTPHeaders = ["Authorization": "Bearer " + tokens.access]
            if let tag { headers["If-None-Match"] = tag }
            return desk.send(HTTPRequest("GET", path, headers: headers)).response
        }
        let whole = get("/v3/cards/MP-448-2210-7/receipts")
        let tag = try #require(whole.headers["ETag"])
        #expect(whole.headers["Link"]?.contains("rel=\"next\"") == true)
        #expect(try whole.json().array?.count == 20)
        let confirmed = get("/v3/cards/MP-448-2210-7/receipts", tag: tag)
        #expect(confirmed.status == 304 && confirmed.body.isEmpty && confirmed.headers["ETag"] == tag)
        #expect(get("/v3/cards/MP-448-2210-7/receipts", tag: "\"other\"").status == 200)
        #expect(get("/v3/household").headers["ETag"] != tag)
    }
}
