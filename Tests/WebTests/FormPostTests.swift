import HTTPServer
import PurserAPI
import PurserEngine
import PurserSimulation
import PurserWeb
import Testing
import Wire

/// The callback of a provider whose responses come in a form, and that of one whose responses do not.
@Suite("Responses in a form")
struct FormPostTests {
    private static func desk(posts: Bool = true) -> Desk {
        Desk { file, json in
            guard posts, file == "manifest.json", var manifest = json.object,
                var authorization = manifest["authorization"]?.object
            else { return json }
            authorization["responseMode"] = "form_post"
            manifest["authorization"] = .object(authorization)
            return .object(manifest)
        }
    }

    /// A link that waits: what the provider was asked, and a no to it.
    private static func asked(_ desk: Desk) -> (request: Form?, no: Form) {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let request = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }
        return (
            request,
            Form([
                ("error", "access_denied"), ("state", request?["state"] ?? ""), ("iss", "http://127.0.0.1:7901"),
            ])
        )
    }

    private static func post(
        _ desk: Desk, _ body: String, to target: String = "/callback/skyways", method: String = "POST",
        type: String? = "application/x-www-form-urlencoded", host: String = "127.0.0.1:7878"
    ) -> HTTPResponse {
        var request = HTTPRequest(method, target, headers: ["Host": host], body: Array(body.utf8))
        request.headers["Content-Type"] = type
        return desk.ask(
            IncomingRequest(
                request: request, peerUID: nil, peer: Peer("127.0.0.1"), local: .tcp(host: "127.0.0.1", port: 7878)))
    }

    private static func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("it is asked for, and taken by POST, with the same page and the same care as in an address")
    func taken() {
        let desk = Self.desk()
        let (request, no) = Self.asked(desk)
        #expect(request?["response_mode"] == "form_post")
        let page = Self.post(desk, no.encoded, type: "Application/X-WWW-Form-URLEncoded; charset=utf-8")
        #expect(page.status == 400 && Self.text(page).contains("You said no"))
        #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(page.headers["Cache-Control"] == "no-store" && page.headers["Referrer-Policy"] == "no-referrer")
        #expect(page.headers["Set-Cookie"] == nil && page.headers["Location"] == nil)
        #expect(desk.stage.links().first?.state == .failed(.denied))
    }

    @Test("C28: an address where a form was asked for: 405 in words, and nothing of it is used up")
    func byAddress() {
        let desk = Self.desk()
        let no = Self.asked(desk).no
        let page = desk.tcp("GET", "/callback/skyways?" + no.encoded)
        #expect(page.status == 405 && page.headers["Allow"] == "POST")
        #expect(Self.text(page).contains("form_post") && Self.text(page).contains("came in an address"))
        #expect(desk.stage.links().first?.state == .linking)
        for method in ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let refused = Self.post(desk, no.encoded, method: method)
            #expect(refused.status == 405 && refused.headers["Allow"] == "POST", "\(method)")
        }
        #expect(Self.text(Self.post(desk, no.encoded)).contains("You said no"))
    }

    @Test("C28: a form where none was asked for: 405 in words, and nothing of it is used up")
    func unasked() {
        let desk = Self.desk(posts: false)
        let (request, no) = Self.asked(desk)
        #expect(request?["response_mode"] == nil)
        let page = Self.post(desk, no.encoded)
        #expect(page.status == 405 && page.headers["Allow"] == "GET")
        #expect(Self.text(page).contains("in an address, and this one came in a form"))
        #expect(desk.stage.links().first?.state == .linking)
        #expect(Self.text(desk.tcp("GET", "/callback/skyways?" + no.encoded)).contains("You said no"))
    }

    @Test("C24, C25: a part in the address, no form, a malformed one, another host: nothing is used up")
    func malformed() {
        let desk = Self.desk()
        let no = Self.asked(desk).no
        for name in ["code", "state", "iss", "error", "response"] {
            let page = Self.post(desk, no.encoded, to: "/callback/skyways?\(name)=x")
            #expect(page.status == 400 && Self.text(page).contains("stands in the address"), "\(name)")
        }
        for type in ["application/json", "text/plain", "multipart/form-data; boundary=x", nil] {
            let page = Self.post(desk, no.encoded, type: type)
            #expect(page.status == 400 && Self.text(page).contains("no form"), "\(type ?? "no type")")
        }
        for body in ["state=%", "state=%ff%fe", "%zz=1"] {
            #expect(Self.post(desk, body).status == 400, "\(body)")
        }
        #expect(Self.post(desk, no.encoded, to: "/callback/skyways?%").status == 400)
        #expect(Self.post(desk, no.encoded, host: "evil.example").status == 421)
        for body in ["", "error=access_denied", no.encoded + "&state=x", "state=<script>&code=y"] {
            let page = Self.post(desk, body)
            #expect(page.status == 400 && Self.text(page).contains("Nothing was linked"), "\(body)")
            #expect(!Self.text(page).contains("<script>"))
        }
        #expect(desk.stage.links().first?.state == .linking)
        // A query of the redirect URI's own is no part of a response.
        #expect(Self.text(Self.post(desk, no.encoded, to: "/callback/skyways?tenant=7")).contains("You said no"))
    }

    @Test("to paste an address is refused before anything is begun, and again for a link that waits")
    func paste() {
        let desk = Self.desk()
        let refused = desk.socket("POST", "/v1/links", body: ["provider": "skyways", "paste": true])
        #expect(refused.status == 409)
        #expect(Problem(desk.json(refused))?.kind == .cannotLink)
        #expect(Problem(desk.json(refused))?.title.contains("no address to paste") == true)
        #expect(desk.stage.links().isEmpty && desk.stage.calls("discovery") == 0)
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let pasted = desk.socket(
            "POST", "/v1/links/\(started?.link ?? "")/response",
            body: ["address": "http://127.0.0.1:7878/callback/skyways?code=x&state=y"])
        #expect(Problem(desk.json(pasted))?.kind == .notActive)
        let other = Self.desk(posts: false)
        #expect(other.socket("POST", "/v1/links", body: ["provider": "skyways", "paste": true]).status == 201)
        let both: JSON = ["provider": "skyways", "paste": true, "device": true]
        #expect(other.socket("POST", "/v1/links", body: both).status == 400)
    }
}
