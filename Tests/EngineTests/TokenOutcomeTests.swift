import Testing
import Wire

@testable import PurserEngine

/// What an outcome is called in the table below.
private func name(_ outcome: TokenOutcome) -> String {
    switch outcome {
    case .tokens: "tokens"
    case .refused: "refused"
    case .notSent: "notSent"
    case .misconfigured: "misconfigured"
    case .throttled(let until): "throttled" + (until.map { " \($0.milliseconds(since: Fixture.now) / 1000)" } ?? "")
    case .failed: "failed"
    case .unclear: "unclear"
    }
}

@Suite struct TokenOutcomeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        var headers: HTTPHeaders = [:]
        let graceful: String
        /// Where a spent token ends, at once or after a grace; nil: the same.
        var strict: String?

        var testDescription: String { "HTTP \(status) \(body.prefix(60)) \(headers.fields.map(\.value))" }
    }

    static let good = #"{"access_token":"at","token_type":"Bearer","expires_in":3600}"#
    static let html = "<html><body>Sign in to the network</body></html>"

    static let rows: [Row] = [
        Row(status: 200, body: good, graceful: "tokens"),
        Row(status: 201, body: good, graceful: "tokens"),
        Row(status: 200, body: good, headers: ["Content-Type": "text/html"], graceful: "tokens"),
        // Anything but a token response under 2xx: the server may have rotated.
        Row(status: 200, body: html, graceful: "unclear"),
        Row(status: 200, body: "", graceful: "unclear"),
        Row(status: 200, body: "{}", graceful: "unclear"),
        Row(status: 200, body: "[]", graceful: "unclear"),
        Row(status: 200, body: "null", graceful: "unclear"),
        Row(status: 204, body: "", graceful: "unclear"),
        Row(status: 200, body: String(good.dropLast()), graceful: "unclear"),
        Row(status: 200, body: String(good.prefix(20)), graceful: "unclear"),
        Row(status: 200, body: good + good, graceful: "unclear"),
        Row(status: 200, body: "\u{FEFF}" + good, graceful: "unclear"),
        Row(status: 200, body: String(repeating: "[", count: 1 << 20), graceful: "unclear"),
        Row(status: 200, body: String(repeating: "[", count: 1000), graceful: "unclear"),
        Row(status: 200, body: "{" + String(repeating: " ", count: 64 << 10) + good.dropFirst(), graceful: "unclear"),
        Row(
            status: 200, body: #"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
            graceful: "unclear"),
        Row(status: 200, body: #"{"access_token":"a"}"#, graceful: "unclear"),
        Row(status: 200, body: #"{"access_token":"a","token_type":"DPoP"}"#, graceful: "unclear"),
        // A form or plain text is no token response, whatever it is called.
        Row(
            status: 200, body: "access_token=at&token_type=bearer",
            headers: ["Content-Type": "application/x-www-form-urlencoded"], graceful: "unclear"),
        Row(status: 200, body: good, headers: ["Content-Type": "text/plain; charset=utf-16"], graceful: "tokens"),
        Row(status: 400, body: good, graceful: "failed"),
        Row(status: 401, body: good, graceful: "failed"),
        // A JSON error decides, whatever the status.
        Row(status: 200, body: #"{"error":"invalid_grant"}"#, graceful: "refused"),
        Row(
            status: 200, body: #"{"error":"invalid_grant","access_token":"at","token_type":"Bearer"}"#,
            graceful: "refused"),
        Row(status: 200, body: #"{"error":"bad_verification_code"}"#, graceful: "misconfigured"),
        Row(status: 200, body: #"{"error":{"code":1},"access_token":"at","token_type":"Bearer"}"#, graceful: "unclear"),
        Row(status: 400, body: #"{"error":"invalid_grant","error_description":"expired"}"#, graceful: "refused"),
        Row(status: 401, body: #"{"error":"invalid_grant"}"#, graceful: "refused"),
        Row(status: 400, body: #"{"error":"invalid_client"}"#, graceful: "misconfigured"),
        Row(status: 401, body: #"{"error":"invalid_client"}"#, graceful: "misconfigured"),
        Row(status: 400, body: #"{"error":"unauthorized_client"}"#, graceful: "misconfigured"),
        Row(status: 400, body: #"{"error":"unsupported_grant_type"}"#, graceful: "misconfigured"),
        Row(status: 400, body: #"{"error":"invalid_request"}"#, graceful: "misconfigured"),
        Row(status: 400, body: #"{"error":"invalid_scope"}"#, graceful: "misconfigured"),
        // Something in front of the token endpoint: no verdict on the grant.
        Row(status: 400, body: html, graceful: "failed"),
        Row(status: 401, body: "", graceful: "failed"),
        Row(status: 403, body: html, graceful: "failed"),
        Row(status: 404, body: "{}", graceful: "failed"),
        Row(status: 400, body: #"{"error":""}"#, graceful: "failed"),
        Row(status: 400, body: #"{"error":"invalid_grant","error":"invalid_client"}"#, graceful: "failed"),
        Row(status: 400, body: String(repeating: "[", count: 1 << 20), graceful: "failed"),
        Row(status: 302, body: "", headers: ["Location": "https://evil.example/"], graceful: "failed"),
        Row(status: 307, body: good, headers: ["Location": "https://evil.example/"], graceful: "failed"),
        Row(status: 308, body: good, headers: ["Location": "https://evil.example/"], graceful: "failed"),
        // Come back later.
        Row(status: 429, body: "", graceful: "throttled"),
        Row(status: 429, body: html, headers: ["Retry-After": "120"], graceful: "throttled 120"),
        Row(
            status: 429, body: #"{"error":"rate_limit"}"#, headers: ["Retry-After": "5"], graceful: "throttled 5"),
        Row(
            status: 429, body: "", headers: ["Retry-After": "Mon, 23 Nov 2026 09:31:00 GMT"], graceful: "throttled 60"),
        Row(status: 429, body: "", headers: ["Retry-After": "soon"], graceful: "throttled"),
        Row(status: 429, body: "", headers: ["Retry-After": "-5"], graceful: "throttled"),
        Row(status: 429, body: "", headers: ["Retry-After": "999999"], graceful: "throttled 86400"),
        Row(status: 503, body: html, headers: ["Retry-After": "30"], graceful: "throttled 30"),
        Row(
            status: 400, body: #"{"error":"slow_down"}"#, headers: ["retry-after": "7"], graceful: "throttled 7"),
        Row(status: 503, body: #"{"error":"temporarily_unavailable"}"#, graceful: "throttled"),
        // The server failed: where replay costs the grant, it may have rotated before it did.
        Row(status: 500, body: "", graceful: "failed", strict: "unclear"),
        Row(status: 502, body: html, graceful: "failed", strict: "unclear"),
        Row(status: 503, body: html, graceful: "failed", strict: "unclear"),
        Row(status: 504, body: good, graceful: "failed", strict: "unclear"),
        Row(status: 500, body: #"{"error":"server_error"}"#, graceful: "failed", strict: "unclear"),
        Row(status: 400, body: #"{"error":"server_error"}"#, graceful: "failed", strict: "unclear"),
        Row(status: 500, body: #"{"error":"internal"}"#, graceful: "failed", strict: "unclear"),
        Row(status: 100, body: "", graceful: "failed"),
    ]

    @Test("C6, C7, C8, C9, C10, C11: Every answer of a token endpoint has one meaning", arguments: rows)
    func decides(_ row: Row) {
        for (strict, wanted) in [(false, row.graceful), (true, row.strict ?? row.graceful)] {
            let outcome = TokenOutcome.decide(
                status: row.status, headers: row.headers, body: Fixture.bytes(row.body), now: Fixture.now,
                endsOnceSpent: strict)
            #expect(name(outcome) == wanted, "strict: \(strict)")
        }
    }

    @Test(
        "With invalid-request-grant that error at HTTP 400 is about the grant, and none else is",
        arguments: [
            (400, "invalid_request", "refused"), (400, "invalid_grant", "refused"),
            (401, "invalid_request", "misconfigured"),
            (429, "invalid_request", "throttled"), (500, "invalid_request", "unclear"),
            (400, "invalid_client", "misconfigured"), (400, "invalid_scope", "misconfigured"),
        ])
    func invalidRequestGrant(_ status: Int, _ code: String, _ wanted: String) {
        let outcome = TokenOutcome.decide(
            status: status, headers: [:], body: Fixture.bytes("{\"error\":\"\(code)\"}"), now: Fixture.now,
            endsOnceSpent: true, quirks: [.invalidRequestGrant])
        #expect(name(outcome) == wanted)
    }

    @Test("C8: A body that is not UTF-8 settles nothing")
    func notUTF8() {
        let outcome = TokenOutcome.decide(
            status: 200, headers: [:], body: [0x7b, 0xff, 0x7d], now: Fixture.now, endsOnceSpent: false)
        #expect(name(outcome) == "unclear")
    }

    @Test("C11: The server's own words come along, made harmless")
    func words() throws {
        let body = #"{"error":"invalid_grant","error_description":"token \u001b[31mexpired\u202e"}"#
        guard
            case .refused(let error) = TokenOutcome.decide(
                status: 400, headers: [:], body: Fixture.bytes(body), now: Fixture.now, endsOnceSpent: true)
        else { throw Unexpected() }
        #expect(error.words == "invalid_grant: token  [31mexpired")
    }

    struct Unexpected: Error {}
}
