import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("What TCP gets")
struct TCPTests {
    private let desk = Desk()

    @Test(
        "C30, C39: another name in Host gets nothing: no DNS of theirs leads here",
        arguments: [
            ("127.0.0.1:7878", true), ("localhost:7878", true), ("[::1]:7878", true), ("evil.example:7878", false),
            ("127.0.0.1", false), ("127.0.0.1:7879", false), ("", false),
        ] as [(String, Bool)])
    func host(_ host: String, _ isOurs: Bool) {
        #expect(desk.tcp("GET", "/healthz", host: host).status == (isOurs ? 200 : 421))
    }

    @Test("C39: without Host, nothing")
    func noHost() { #expect(desk.tcp("GET", "/healthz", host: nil).status == 421) }

    @Test(
        "the API is not here",
        arguments: ["/v1", "/v1/accounts", "/v1/links", "/v1/status", "/v1/anything?x=y"])
    func api(_ target: String) {
        let response = desk.tcp("GET", target)
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        #expect(Problem(desk.json(response))?.kind == .unauthorized)
    }

    @Test(
        "C83: nothing else is there",
        arguments: [
            "/", "/callback", "/callback/", "/callback/a/b", "/page", "//v1", "/callback/%2e%2e/v1/status",
            "/healthz/../v1/status", "/healthz#/v1/status", "/healthz%2f..%2fv1", "/%76%31/accounts",
        ])
    func nothing(_ target: String) {
        #expect([400, 404].contains(desk.tcp("GET", target).status))
    }

    /// A no to a link that waits, as an address brings it.
    private func no() -> String {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let state = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }?["state"]
        return "/callback/skyways?"
            + Form([
                ("error", "access_denied"), ("state", state ?? "none"), ("iss", "http://127.0.0.1:7901"),
            ]).encoded
    }

    private func expectUnused(_ target: String) {
        #expect(desk.stage.links().map(\.state) == [.linking])
        let page = desk.tcp("GET", target)
        #expect(page.status == 400 && String(decoding: page.body, as: UTF8.self).contains("You said no"))
    }

    @Test(
        "C28: the callback takes GET only, and another method uses nothing up",
        arguments: ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
    func methods(_ method: String) {
        let target = no()
        let refused = desk.tcp(method, target)
        #expect(refused.status == 405 && refused.headers["Allow"] == "GET")
        expectUnused(target)
    }

    @Test(
        "C28: a browser that fetches ahead uses nothing up, and is told nothing that it could show later",
        arguments: [
            ("Sec-Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"),
            ("Sec-Purpose", "Prefetch; anonymous-client-ip"), ("X-Moz", "prefetch"), ("X-Purpose", "preview"),
        ])
    func prefetch(_ name: String, _ value: String) {
        let target = no()
        let page = desk.tcp("GET", target, headers: [name: value])
        #expect(page.status == 503 && page.headers["Cache-Control"] == "no-store")
        #expect(String(decoding: page.body, as: UTF8.self).contains("Nothing was looked at"))
        expectUnused(target)
    }

    @Test("C26: whoever calls back with what is unknown, late, used or another provider's sees one page, byte by byte")
    func alike() {
        let (late, used) = (no(), no())
        #expect(desk.tcp("GET", used).status == 400)
        let other = no().replacing("/callback/skyways", with: "/callback/grandstay")
        var pages = [
            used, other, "/callback/skyways?state=abc&code=def", "/callback/skyways", "/callback/nowhere?state=x",
        ]
        .map { desk.tcp("GET", $0) }
        desk.stage.run(seconds: 601)
        pages.append(desk.tcp("GET", late))
        for page in pages {
            #expect(page.status == 400 && page.body == pages[0].body && page.headers == pages[0].headers)
        }
        #expect(String(decoding: pages[0].body, as: UTF8.self).contains("If you wanted to link, start over."))
    }

    @Test(
        "a callback nobody asked for is told so, and touches nothing",
        arguments: ["", "?state=abc&code=def", "?code=x", "?state=a&state=b", "?state=%ff", "?state=<script>&error=x"])
    func stranger(_ query: String) {
        let response = desk.tcp("GET", "/callback/skyways" + query)
        #expect(response.status == 400)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("Nothing was linked"))
        #expect(!text.contains("<script>"))
    }

    @Test(
        "C30, C83: what a proxy may say counts for nothing where none is configured: neither a host nor who somebody is",
        arguments: ["X-Forwarded-Host", "X-Forwarded-User", "X_Forwarded_User", "Forwarded", "X-Original-URL"])
    func forwarded(_ name: String) {
        let headers: HTTPHeaders = [name: "evil.example"]
        #expect(desk.tcp("GET", "/healthz", host: "evil.example", headers: headers).status == 421)
        #expect(desk.tcp("GET", "/v1/accounts", headers: headers).status == 401)
        let begun = desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"], headers: headers))
        let query = LinkStarted(begun).flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }
        #expect(query?["redirect_uri"] == "http://127.0.0.1:7878/callback/skyways")
    }

    @Test(
        "C40: nobody is sent anywhere after consent, whatever the address says",
        arguments: ["//evil.example", "/\\evil.example", "https:evil.example", "https://good@evil.example", "\tx"])
    func returnAddress(_ target: String) {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let state = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }?["state"] ?? ""
        let more = ["return_to", "next", "redirect_uri"].map { "&\($0)=" + URI.percentEncode(target) }.joined()
        let response = desk.tcp(
            "GET",
            "/callback/skyways?error=access_denied&state=\(state)&iss=" + URI.percentEncode("http://127.0.0.1:7901")
                + more)
        #expect(response.headers["Location"] == nil && response.headers["Refresh"] == nil)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("You said no") && !text.contains("evil"))
    }

    @Test("the page after consent: no script, no frame, no referrer, nothing cached, nothing of the code in it")
    func page() {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let state = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }?["state"] ?? ""
        let response = desk.tcp(
            "GET",
            "/callback/skyways?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E"
                + "&state=\(state)&iss=" + URI.percentEncode("http://127.0.0.1:7901"))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("You said no"))
        #expect(!text.contains("<script") && !text.contains(state))
        #expect(response.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(response.headers["Referrer-Policy"] == "no-referrer")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        #expect(desk.stage.links().first?.state == .failed(.denied))
    }

    @Test("the server's own words are shown as text, never as markup")
    func escaping() {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let state = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }?["state"] ?? ""
        let response = desk.tcp(
            "GET",
            "/callback/skyways?error=server_error&error_description=%3Cb%3Ebold%3C%2Fb%3E&state=\(state)&iss="
                + URI.percentEncode("http://127.0.0.1:7901"))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("&lt;b&gt;bold"))
        #expect(!text.contains("<b>"))
    }
}
