import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What a device authorization answer is taken for (RFC 8628 3.2).
@Suite struct DeviceAuthorizationTests {
    static let whole: JSON = [
        "device_code": "dc-1", "user_code": "BCDF-GHJK", "verification_uri": "https://as.example/device",
        "verification_uri_complete": "https://as.example/device?user_code=BCDF-GHJK", "expires_in": 1800, "interval": 7,
    ]

    /// The whole answer with one member changed, or gone.
    static func answer(
        _ name: String, _ value: JSON?, by issuer: String = "https://as.example"
    ) -> DeviceAuthorization.Answer {
        var object = whole.object!
        object[name] = value
        return DeviceAuthorization.decide(status: 200, body: JSON.object(object).bytes, by: issuer)
    }

    static func given(_ name: String = "x", _ value: JSON? = nil) -> DeviceAuthorization? {
        guard case .given(let found) = answer(name, value) else { return nil }
        return found
    }

    @Test("A whole answer says what to show, for how long, and how often to ask")
    func whole() {
        let found = Self.given()
        #expect(found?.deviceCode.text() == "dc-1")
        #expect(found?.prompt.userCode == "BCDF-GHJK")
        #expect(found?.prompt.verificationURI.text == "https://as.example/device")
        #expect(found?.prompt.verificationURIComplete?.text == "https://as.example/device?user_code=BCDF-GHJK")
        #expect(found?.life == 1800)
        #expect(found?.pollSeconds == 7)
    }

    struct Number: Sendable, CustomTestStringConvertible {
        let value: JSON?
        let interval: Int64
        let life: Int64
        var testDescription: String { value?.text ?? "missing" }
    }

    static let numbers = [
        Number(value: nil, interval: 5, life: 600), Number(value: .null, interval: 5, life: 600),
        Number(value: 0, interval: 5, life: 600), Number(value: "0", interval: 5, life: 600),
        Number(value: "-3", interval: 5, life: 600), Number(value: "soon", interval: 5, life: 600),
        Number(value: "-0.5", interval: 5, life: 600), Number(value: [1], interval: 5, life: 600),
        Number(value: 1, interval: 1, life: 1),
        Number(value: "12", interval: 12, life: 12),
        Number(value: try! JSON.parse("2.5"), interval: 3, life: 3),
        Number(value: try! JSON.parse("0.2"), interval: 1, life: 1),
        Number(value: try! JSON.parse("7.0"), interval: 7, life: 7),
        Number(value: 100_000, interval: 300, life: 3600),
        Number(value: try! JSON.parse("99999999999999999999999999"), interval: 300, life: 3600),
    ]

    @Test("C75: Interval and lifetime are believed within bounds, whatever they are written as", arguments: numbers)
    func bounds(_ row: Number) {
        #expect(Self.given("interval", row.value)?.pollSeconds == row.interval)
        #expect(Self.given("expires_in", row.value)?.life == row.life)
    }

    @Test("C75: The page's older name is taken too")
    func alias() {
        var object = Self.whole.object!
        object["verification_url"] = object["verification_uri"]
        object["verification_uri"] = nil
        let answer = DeviceAuthorization.decide(
            status: 200, body: JSON.object(object).bytes, by: "https://as.example")
        guard case .given(let found) = answer else { return #expect(Bool(false), "refused") }
        #expect(found.prompt.verificationURI.text == "https://as.example/device")
    }

    @Test(
        "Nobody is sent to a page that is not https, or http on this machine",
        arguments: [
            "http://as.example/device", "as.example/device", "/device", "javascript:alert(1)",
            "https://user@as.example/device", "ftp://as.example/", "http://localhost/device",
            "https://as.example/de vice",
            "", "http://127.0.0.1:631/device", "https://192.168.1.1/device",
        ])
    func pages(_ page: String) {
        guard case .violation = Self.answer("verification_uri", .string(page)) else {
            return #expect(Bool(false), "\(page) is shown")
        }
        // The one with the code in it is left out: there is another.
        let found = Self.given("verification_uri_complete", .string(page))
        #expect(found != nil && found?.prompt.verificationURIComplete == nil)
    }

    @Test("http to a loopback literal is fine where the provider is at one itself")
    func loopback() {
        for page: JSON in ["http://127.0.0.1:7904/device", "http://[::1]:7904/device#code"] {
            guard case .given = Self.answer("verification_uri", page, by: "http://127.0.0.1:7904/id") else {
                return #expect(Bool(false), "\(page)")
            }
        }
    }

    @Test(
        "A code that could not be shown as it is, is not shown",
        arguments: [
            nil, .null, "", 12_345_678, "AB\u{1B}[2J", "AB\nCD", "\u{202E}AB", "AB\u{200B}CD",
            .string(String(repeating: "A", count: 65)),
        ] as [JSON?])
    func codes(_ code: JSON?) {
        guard case .violation = Self.answer("user_code", code) else { return #expect(Bool(false), "shown") }
    }

    @Test(
        "Without a device code that can be sent there is nothing to wait for",
        arguments: [nil, .null, "", 5, "a\nb", "ü", .string(String(repeating: "x", count: 20_000))] as [JSON?])
    func deviceCodes(_ code: JSON?) {
        guard case .violation = Self.answer("device_code", code) else { return #expect(Bool(false), "taken") }
    }

    @Test("The server's no is told in its words, and anything else is worth another try")
    func others() {
        let refusal: JSON = ["error": "unauthorized_client", "error_description": "not for you"]
        let issuer = "https://as.example"
        guard case .refused(let error) = DeviceAuthorization.decide(status: 400, body: refusal.bytes, by: issuer) else {
            return #expect(Bool(false))
        }
        #expect(error.words == "unauthorized_client: not for you")
        for (status, body) in [(502, "<h1>x</h1>"), (200, "<h1>x</h1>"), (200, "[]"), (404, "{}"), (302, "")] {
            let answer = DeviceAuthorization.decide(status: status, body: Array(body.utf8), by: issuer)
            guard case .unavailable = answer else { return #expect(Bool(false), "HTTP \(status) \(body)") }
        }
    }

    @Test("Neither the answer nor what is kept of it prints the device code")
    func redacted() throws {
        let found = try #require(Self.given())
        let kept = try #require(DeviceAuthorization.Kept(found.kept(for: Fixture.metadata())))
        #expect(kept.deviceCode.text() == "dc-1" && kept.endpoints == EndpointsThen(Fixture.metadata()))
        for text in ["\(found)", String(reflecting: found), "\(kept)", String(reflecting: kept)] {
            #expect(!text.contains("dc-1"))
        }
        #expect(AuthorizationRequest.Kept(found.kept(for: Fixture.metadata())) == nil)
    }
}

/// What the answers to a device code mean, and what is done next (RFC 8628 3.5).
@Suite struct DevicePollTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        var headers: HTTPHeaders = [:]
        let outcome: String
        var testDescription: String { "HTTP \(status) \(body.prefix(50)) \(headers.fields.map(\.value))" }
    }

    static func name(_ poll: DevicePoll) -> String {
        func after(_ until: Instant?) -> String {
            until.map { " \($0.milliseconds(since: Fixture.now) / 1000)" } ?? ""
        }
        return switch poll {
        case .tokens: "tokens"
        case .pending(let until): "pending" + after(until)
        case .slower(let until): "slower" + after(until)
        case .throttled(let until): "throttled" + after(until)
        case .notSent: "notSent"
        case .failed: "failed"
        case .unclear: "unclear"
        case .denied: "denied"
        case .expired: "expired"
        case .refused(let error): "refused " + error.code
        }
    }

    static func error(_ code: String) -> String { #"{"error":"\#(code)"}"# }

    static let rows = [
        Row(status: 200, body: TokenOutcomeTests.good, outcome: "tokens"),
        Row(status: 400, body: error("authorization_pending"), outcome: "pending"),
        Row(status: 200, body: error("authorization_pending"), outcome: "pending"),
        Row(status: 428, body: error("authorization_pending"), outcome: "pending"),
        Row(
            status: 400, body: error("authorization_pending"), headers: ["Retry-After": "40"], outcome: "pending 40"),
        Row(status: 400, body: error("slow_down"), outcome: "slower"),
        Row(status: 429, body: error("slow_down"), headers: ["Retry-After": "12"], outcome: "slower 12"),
        Row(
            status: 429, body: error("slow_down"), headers: ["Retry-After": "Mon, 23 Nov 2026 09:30:30 GMT"],
            outcome: "slower 30"),
        Row(status: 429, body: error("slow_down"), headers: ["Retry-After": "in a while"], outcome: "slower"),
        Row(status: 400, body: error("access_denied"), outcome: "denied"),
        Row(status: 403, body: error("access_denied"), outcome: "denied"),
        Row(status: 400, body: error("expired_token"), outcome: "expired"),
        Row(status: 400, body: error("invalid_grant"), outcome: "refused invalid_grant"),
        Row(status: 401, body: error("invalid_client"), outcome: "refused invalid_client"),
        Row(status: 400, body: error("Slow_Down"), outcome: "refused Slow_Down"),
        Row(status: 503, body: error("temporarily_unavailable"), outcome: "throttled"),
        Row(status: 429, body: "", outcome: "throttled"),
        Row(status: 503, body: "", headers: ["Retry-After": "9"], outcome: "throttled 9"),
        Row(status: 503, body: "", outcome: "unclear"),
        Row(status: 500, body: error("server_error"), outcome: "unclear"),
        Row(status: 502, body: TokenOutcomeTests.html, outcome: "unclear"),
        Row(status: 200, body: TokenOutcomeTests.html, outcome: "unclear"),
        Row(status: 200, body: "{}", outcome: "unclear"),
        Row(status: 403, body: TokenOutcomeTests.html, outcome: "failed"),
        Row(status: 307, body: "", outcome: "failed"),
    ]

    @Test("C75: An answer means what the specification says", arguments: rows)
    func means(_ row: Row) {
        let response = HTTPResponse(status: row.status, headers: row.headers, body: Array(row.body.utf8))
        let poll = DevicePoll.decide(.success(response), now: Fixture.now)
        #expect(Self.name(poll) == row.outcome)
        let isNotYet = row.outcome.hasPrefix("pending") || row.outcome.hasPrefix("slower")
        #expect(DevicePoll.isNotYet(.success(response)) == isNotYet)
    }

    @Test("Silence is unclear, and what was not sent is known")
    func silence() {
        #expect(Self.name(DevicePoll.decide(.failure(.noAnswer("x")), now: Fixture.now)) == "unclear")
        #expect(Self.name(DevicePoll.decide(.failure(.tooLarge), now: Fixture.now)) == "unclear")
        #expect(Self.name(DevicePoll.decide(.failure(.notSent("x")), now: Fixture.now)) == "notSent")
    }

    static func step(
        _ poll: DevicePoll, pollSeconds: Int64 = 5, failures: Int = 0, isRepeat: Bool = false
    ) -> DeviceStep {
        DeviceStep.decide(poll, pollSeconds: pollSeconds, failures: failures, isRepeat: isRepeat, now: Fixture.now)
    }

    static func again(
        _ seconds: Int64, _ pollSeconds: Int64, failures: Int = 0, _ why: LinkCondition? = nil
    ) -> DeviceStep {
        .again(at: Fixture.now.adding(seconds: seconds), pollSeconds: pollSeconds, failures: failures, why: why)
    }

    @Test("C75: Pending keeps the pace; slow_down makes it five seconds slower for good, each time")
    func pace() {
        #expect(Self.step(.pending(notBefore: nil)) == Self.again(5, 5))
        #expect(Self.step(.slower(notBefore: nil)) == Self.again(10, 10))
        #expect(Self.step(.slower(notBefore: nil), pollSeconds: 10) == Self.again(15, 15))
        #expect(Self.step(.pending(notBefore: nil), pollSeconds: 15) == Self.again(15, 15))
        // One that failed before and answers now is no failure any more.
        #expect(Self.step(.pending(notBefore: nil), failures: 3) == Self.again(5, 5))
    }

    @Test("C75: Retry-After is waited for once, and never makes it faster")
    func retryAfter() {
        let (late, soon) = (Fixture.now.adding(seconds: 40), Fixture.now.adding(seconds: 1))
        #expect(Self.step(.pending(notBefore: late)) == Self.again(40, 5))
        #expect(Self.step(.pending(notBefore: soon)) == Self.again(5, 5))
        #expect(Self.step(.slower(notBefore: late)) == Self.again(40, 10))
        let why = LinkCondition(.rateLimited, cause: "the token endpoint asked us to wait", until: late)
        #expect(Self.step(.throttled(until: late)) == Self.again(40, 5, why))
    }

    @Test("C75: What gets no answer is asked again after twice the time, and again, to a minute at most")
    func backOff() {
        for (failures, seconds) in [(0, 10), (1, 20), (2, 40), (3, 60), (7, 60), (60, 60)] as [(Int, Int64)] {
            for poll in [DevicePoll.unclear("why"), .failed("why"), .notSent("why")] {
                let why = LinkCondition(.degraded, cause: "why")
                #expect(Self.step(poll, failures: failures) == Self.again(seconds, 5, failures: failures + 1, why))
            }
        }
        // A provider that wants more than a minute gets it.
        #expect(DeviceStep.backOff(200, failures: 3) == 200)
    }

    @Test("A no, an end and a refusal stop the asking, each with its reason")
    func ends() {
        #expect(Self.step(.denied) == .fail(.denied, "the answer at the provider was no"))
        #expect(Self.step(.expired) == .fail(.expired, DeviceStep.expired))
        let error = OAuthError(["error": "invalid_grant"])!
        #expect(Self.step(.refused(error)) == .fail(.exchangeRefused, "invalid_grant"))
        guard case .fail(.codeLost, let why) = Self.step(.refused(error), isRepeat: true) else {
            return #expect(Bool(false))
        }
        #expect(why.contains("lost") && why.contains("link again"))
    }
}

/// The requests, as they are sent.
@Suite struct DeviceRequestTests {
    @Test("A device code is asked for with the client's authentication and the manifest's parameters")
    func asked() throws {
        let provider = Fixture.provider(Fixture.manifest())
        let client = try #require(ClientRegistration(provider))
        let request = try #require(
            TokenRequest.deviceAuthorization(
                URI("https://as.example/device")!, Fixture.metadata(), client, provider.manifest.authorization))
        let form = Form(parsing: request.body?.text() ?? "")
        #expect(request.method == "POST" && request.uri.text == "https://as.example/device")
        #expect(form?["client_id"] == "purser" && form?["scope"] == "openid read" && form?["prompt"] == "consent")
        #expect(form?["code_challenge"] == nil, "PKCE is not defined for this grant")
    }

    @Test("It is asked about at the token endpoint, never in an address")
    func polled() throws {
        let client = try #require(ClientRegistration(Fixture.provider(Fixture.manifest())))
        let request = try #require(TokenRequest.device(code: Secret("dc 1"), Fixture.metadata(), client))
        let form = Form(parsing: request.body?.text() ?? "")
        #expect(form?["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code")
        #expect(form?["device_code"] == "dc 1" && form?["client_id"] == "purser")
        #expect(request.uri.query == nil && request.sending == .once)
    }
}
