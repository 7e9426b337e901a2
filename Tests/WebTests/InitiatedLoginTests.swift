import HTTPServer
import PurserEngine
import PurserSimulation
import PurserWeb
import Testing
import Wire

/// `/initiate-login/NAME`, where anybody may send a browser.
@Suite("Initiated logins over HTTP")
struct InitiatedLoginTests {
    private static let issuer = URI.percentEncode("http://127.0.0.1:7901")
    private static let more = "&login_hint=member-2&target_link_uri=" + URI.percentEncode("https://evil.example/<b>")

    private static func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    private static func post(_ desk: Desk, _ body: String, type: String?) -> HTTPResponse {
        var request = HTTPRequest(
            "POST", "/initiate-login/skyways", headers: ["Host": "127.0.0.1:7878"], body: Array(body.utf8))
        request.headers["Content-Type"] = type
        return desk.ask(
            IncomingRequest(
                request: request, peerUID: nil, peer: Peer("127.0.0.1"), local: .tcp(host: "127.0.0.1", port: 7878)))
    }

    private static func expectNothingBegun(_ desk: Desk, _ response: HTTPResponse) {
        #expect(response.headers["Location"] == nil && response.headers["Set-Cookie"] == nil)
        #expect(response.headers["X-Frame-Options"] == "DENY")
        #expect(response.headers["Content-Security-Policy"]?.contains("frame-ancestors 'none'") == true)
        #expect(!text(response).contains("evil.example") && !text(response).contains("member-2"))
        #expect(desk.stage.links().isEmpty && desk.stage.requests.isEmpty)
    }

    @Test("by GET and by POST: how a link is begun, in words, and nothing is begun")
    func told() {
        let desk = Desk()
        let form = "iss=\(Self.issuer)\(Self.more)"
        for response in [
            desk.tcp("GET", "/initiate-login/skyways?" + form),
            Self.post(desk, form, type: "application/x-www-form-urlencoded"),
        ] {
            #expect(response.status == 200)
            #expect(Self.text(response).contains("purser link skyways"))
            Self.expectNothingBegun(desk, response)
        }
    }

    @Test("another issuer, none, a provider that is not there or that nobody links: 400, and nothing is begun")
    func refused() {
        let desk = Desk(more: ["pointsbourse"])
        for target in [
            "/initiate-login/skyways", "/initiate-login/skyways?iss=http://127.0.0.1:7902",
            "/initiate-login/skyways?iss=\(Self.issuer)%2F", "/initiate-login/skyways?%",
            "/initiate-login/skyways?iss=\(Self.issuer)&iss=\(Self.issuer)", "/initiate-login/?iss=\(Self.issuer)",
            "/initiate-login/hogwarts?iss=\(Self.issuer)", "/initiate-login/%3Cscript%3E?iss=\(Self.issuer)",
            "/initiate-login/pointsbourse?iss="
                + URI.percentEncode(desk.stage.manifest(of: "pointsbourse").authorization.issuer),
        ] {
            let response = desk.tcp("GET", target)
            #expect(response.status == 400, "\(target)")
            #expect(Self.text(response).contains("Nothing was begun") && !Self.text(response).contains("<script"))
            #expect(response.headers["Location"] == nil && response.headers["X-Frame-Options"] == "DENY")
        }
        for type in ["application/json", nil] {
            #expect(Self.post(desk, "iss=\(Self.issuer)", type: type).status == 400)
        }
        #expect(desk.stage.links().isEmpty)
    }

    @Test("other methods are refused, and so is another name in Host")
    func closed() {
        let desk = Desk()
        for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
            let response = desk.tcp(method, "/initiate-login/skyways?iss=\(Self.issuer)")
            #expect(response.status == 405 && response.headers["Allow"] == "GET, POST", "\(method)")
        }
        let target = "/initiate-login/skyways?iss=\(Self.issuer)"
        #expect(desk.tcp("GET", target, host: "evil.example").status == 421)
        // A sealed daemon says the same: nothing of it needs a key.
        #expect(Desk(sealed: "no key").tcp("GET", target).status == 200)
    }
}
