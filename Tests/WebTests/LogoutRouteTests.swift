import HTTPClient
import HTTPServer
import PurserAPI
import PurserSimulation
import PurserWeb
import TestSupport
import Testing
import Wire

/// Where providers tell of a logout, and where people come back to from one.
@Suite("Logouts over HTTP")
struct LogoutRouteTests {
    private static func request(
        _ body: String, to path: String = "/backchannel-logout/skyways", method: String = "POST",
        type: String? = "application/x-www-form-urlencoded"
    ) -> HTTPRequest {
        var request = HTTPRequest(method, path, headers: ["Host": "127.0.0.1:7878"], body: Array(body.utf8))
        request.headers["Content-Type"] = type
        return request
    }

    private func ask(_ desk: Desk, _ request: HTTPRequest) -> HTTPResponse {
        desk.ask(
            IncomingRequest(
                request: request, peerUID: nil, peer: Peer("127.0.0.1"), local: .tcp(host: "127.0.0.1", port: 7878)))
    }

    private func expectRefused(_ desk: Desk, _ response: HTTPResponse, _ code: String = "invalid_request") {
        #expect(response.status == 400)
        #expect(desk.json(response)["error"]?.string == code)
        #expect(desk.json(response)["error_description"]?.string?.isEmpty == false)
        #expect(response.headers["Content-Type"]?.hasPrefix("application/json") == true)
        #expect(response.headers["Cache-Control"] == "no-store" && response.headers["Set-Cookie"] == nil)
    }

    @Test("C79: a logout token is taken once: 200, nothing in it, nothing kept by anybody; the second time 400")
    func taken() throws {
        let desk = Desk()
        let link = desk.linked()
        let token = try #require(desk.stage.logoutTokens(member: 0).first)
        let body = Form([("logout_token", token), ("other", "x")]).encoded
        let response = ask(desk, Self.request(body, type: "application/x-www-form-urlencoded; charset=utf-8"))
        #expect(response.status == 200 && response.body.isEmpty)
        #expect(response.headers["Cache-Control"] == "no-store" && response.headers["Set-Cookie"] == nil)
        let shown = LinkShown(desk.json(desk.socket("GET", "/v1/links/\(link)")))
        #expect(shown?.state == "needsConsent" && shown?.reason == "loggedOut" && shown?.advice == "relink")
        expectRefused(desk, ask(desk, Self.request(body)))
        let story = StoryShown(desk.json(desk.socket("GET", "/v1/links/\(link)/story")))
        #expect(story?.events.last?.words.contains("you logged out at the provider") == true)
        #expect(!desk.stage.logLines.contains { $0.contains(token) })
    }

    @Test("who is linked is not told: the token of somebody who is not is taken as well")
    func nobody() throws {
        let desk = Desk()
        let link = desk.linked()
        let token = try #require(desk.stage.logoutTokens(member: 0).first)
        #expect(desk.socket("DELETE", "/v1/links/\(link)").status == 200)
        #expect(ask(desk, Self.request(Form([("logout_token", token)]).encoded)).status == 200)
    }

    @Test(
        "C79: anything else is 400 with its reason",
        arguments: [
            "", "logout_token=", "logout_token=a.b.c", "logout_token=a&logout_token=b", "token=x", "logout_token=%ff",
            "logout_token=" + String(repeating: "A", count: 65_000),
        ])
    func malformed(_ body: String) {
        let desk = Desk()
        let link = desk.linked()
        expectRefused(desk, ask(desk, Self.request(body)))
        #expect(LinkShown(desk.json(desk.socket("GET", "/v1/links/\(link)")))?.state == "active")
    }

    @Test("C79: it must be a form, of a provider that is here, by POST, under our name")
    func elsewhere() throws {
        let desk = Desk(more: ["grandstay"])
        let link = desk.linked()
        let token = try #require(desk.stage.logoutTokens(member: 0).first)
        let body = Form([("logout_token", token)]).encoded
        expectRefused(desk, ask(desk, Self.request(body + "&" + body)))
        expectRefused(desk, ask(desk, Self.request(body, type: "application/json")))
        expectRefused(desk, ask(desk, Self.request(body, type: nil)))
        for path in ["nowhere", "", "grandstay", "skyways/", "skyways%00"] {
            expectRefused(desk, ask(desk, Self.request(body, to: "/backchannel-logout/" + path)))
        }
        for method in ["GET", "PUT", "HEAD"] {
            let response = ask(desk, Self.request("", method: method))
            #expect(response.status == 405 && response.headers["Allow"] == "POST")
        }
        var stranger = Self.request(body)
        stranger.headers["Host"] = "evil.example"
        #expect(ask(desk, stranger).status == 421)
        #expect(desk.socket("POST", "/backchannel-logout/skyways").status == 404)
        #expect(LinkShown(desk.json(desk.socket("GET", "/v1/links/\(link)")))?.state == "active")
    }

    @Test("sealed, the token is to come again, and nobody is told that they are logged out")
    func sealed() {
        let desk = Desk(sealed: "the key is away")
        expectRefused(desk, ask(desk, Self.request("logout_token=a.b.c")), "temporarily_unavailable")
        let page = desk.tcp("GET", "/loggedout/skyways?state=x")
        #expect(page.status == 400 && page.body.text.contains("sealed"))
    }

    @Test("over a real socket, and larger than anybody reads: 413")
    func overHTTP() async throws {
        let desk = Desk()
        let link = desk.linked()
        let token = try #require(desk.stage.logoutTokens(member: 0).first)
        var configuration = HTTPServer.Configuration(try HTTPServer.listen(tcp: "127.0.0.1", port: 0))
        configuration.refusal = Web.refusal
        let server = try HTTPServer(
            configuration, spawn: { work in Task { await work() } }, quick: { Answer(desk.ask($0)) },
            answer: { _ in Answer(.text("late")) })
        func sent(_ body: String) async throws -> HTTPResponse {
            let (port, request) = (server.port, Self.request(body))
            let result = await beside { () -> Result<HTTPResponse, HTTPClientError> in
                do throws(HTTPClientError) {
                    return .success(
                        try HTTPClient(.tcp(host: "127.0.0.1", port: port)).send(
                            request, timeoutSeconds: Patience.seconds))
                } catch { return .failure(error) }
            }
            return try result.get()
        }
        #expect(try await sent("logout_token=" + String(repeating: "A", count: 70_000)).status == 413)
        let answer = try await sent(Form([("logout_token", token)]).encoded)
        #expect(answer.status == 200 && answer.headers["Cache-Control"] == "no-store")
        #expect(LinkShown(desk.json(desk.socket("GET", "/v1/links/\(link)")))?.reason == "loggedOut")
    }

    // The other way round: the person logs out because they unlinked.

    private func unlinked(_ desk: Desk, _ query: String) -> ReceiptShown? {
        let link = desk.linked()
        return ReceiptShown(desk.json(desk.socket("DELETE", "/v1/links/\(link)" + query)))
    }

    @Test("unlinking tells the logout page only to who asks for it, without anything of the person")
    func address() throws {
        let desk = Desk()
        #expect(unlinked(desk, "")?.logout == nil && unlinked(desk, "?logout=false")?.logout == nil)
        guard case .page(let text)? = unlinked(desk, "?logout=true")?.logout else {
            Issue.record("no page")
            return
        }
        let uri = try #require(URI(text))
        let query = try #require(uri.query.flatMap { Form(parsing: $0) })
        #expect(uri.origin + uri.path == "http://127.0.0.1:7901/end_session")
        #expect(query.fields.map(\.name) == ["client_id", "post_logout_redirect_uri", "state"])
        #expect(query["post_logout_redirect_uri"] == "http://127.0.0.1:7878/loggedout/skyways")
        #expect((query["state"] ?? "").utf8.count == 43)
        #expect(!desk.stage.logLines.contains { $0.contains(query["state"] ?? "?") })
        let link = desk.linked()
        #expect(desk.socket("DELETE", "/v1/links/\(link)?logout=maybe").status == 400)
        #expect(desk.socket("GET", "/v1/links/\(link)").status == 200)
    }

    @Test("C79: the page says once that the person is logged out; with another state, or none, it does not")
    func returned() throws {
        let desk = Desk(more: ["railpass"])
        guard case .page(let text)? = unlinked(desk, "?logout=true")?.logout,
            let state = URI(text)?.query.flatMap({ Form(parsing: $0) })?["state"]
        else {
            Issue.record("no page")
            return
        }
        for (path, query) in [
            ("skyways", ""), ("skyways", "?state="), ("skyways", "?state=x"), ("skyways", "?state=\(state)x"),
            ("skyways", "?state=\(state)&state=\(state)"), ("railpass", "?state=\(state)"), ("", "?state=\(state)"),
            ("skyways", "?state=%ff"), ("skyways", "?state=<script>"),
        ] {
            let page = desk.tcp("GET", "/loggedout/\(path)\(query)")
            #expect(page.status == 400 && page.body.text.contains("Nothing is known of this logout"), "\(path)\(query)")
            #expect(!page.body.text.contains("<script>") && !page.body.text.contains(state))
        }
        #expect(desk.tcp("POST", "/loggedout/skyways?state=\(state)").status == 405)
        let page = desk.tcp("GET", "/loggedout/skyways?state=\(state)")
        #expect(page.status == 200 && page.body.text.contains("You are logged out of Skyways"))
        #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(page.headers["Referrer-Policy"] == "no-referrer" && page.headers["Cache-Control"] == "no-store")
        #expect(desk.tcp("GET", "/loggedout/skyways?state=\(state)").status == 400)
    }
}

extension [UInt8] {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
