import Testing
import Wire

@testable import PurserEngine

@Suite("What headers say of waiting")
struct HintTests {
    static let now = Instant(rfc3339: "2026-11-23T09:30:00Z")!

    static let waits: [(HTTPHeaders, Int64?)] = [
        ([:], nil), (["Retry-After": "soon"], nil), (["Retry-After": "120"], 120), (["Retry-After": "0"], 0),
        (["Retry-After": "999999"], 86_400), (["Retry-After": "-5"], nil),
        (["Retry-After": "Mon, 23 Nov 2026 09:40:00 GMT"], 600), (["Retry-After": "Mon, 23 Nov 2026 09:20:00 GMT"], 0),
        // The server's clock is an hour ahead: its date counts from its own.
        (["Retry-After": "Mon, 23 Nov 2026 10:40:00 GMT", "Date": "Mon, 23 Nov 2026 10:30:00 GMT"], 600),
        (["Retry-After": "120", "Date": "Mon, 23 Nov 2026 10:30:00 GMT"], 120),
    ]

    @Test("Retry-After in seconds and as a date, from the answer's own Date, a day at most", arguments: waits)
    func retryAfter(_ headers: HTTPHeaders, _ seconds: Int64?) {
        #expect(RetryAfter.until(headers, now: Self.now) == seconds.map { Self.now.adding(seconds: $0) })
    }

    @Test(
        "a clock that is more than a minute beside ours is noticed",
        arguments: [("09:30:59", nil), ("09:31:01", 61), ("09:28:00", -120)] as [(String, Int64?)])
    func skew(_ time: String, _ seconds: Int64?) {
        let headers: HTTPHeaders = ["Date": "Mon, 23 Nov 2026 \(time) GMT"]
        #expect(RetryAfter.skewSeconds(headers, now: Self.now) == seconds)
    }

    static let lefts: [(HTTPHeaders, String, Int, Int64)] = [
        (["RateLimit": #""default";r=50;t=30"#], "default", 50, 30),
        (["RateLimit": #""a";r=0"#, "RateLimit-Policy": #""a";q=100;w=60"#], "a", 0, 60),
        (["RateLimit": "limit=100, remaining=7, reset=5"], "x", 7, 5),
        (["RateLimit-Limit": "100", "RateLimit-Remaining": "3", "RateLimit-Reset": "9"], "x", 3, 9),
        (["X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "60"], "x", 1, 60),
        (["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\(HintTests.now.seconds + 90)"], "x", 0, 90),
        (["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\(HintTests.now.milliseconds + 90_000)"], "x", 0, 90),
        (["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "900000"], "x", 0, 86_400),
    ]

    @Test("how many calls are left, in every form in use", arguments: lefts)
    func left(_ headers: HTTPHeaders, _ name: String, _ calls: Int, _ seconds: Int64) {
        let hints = RateHints(headers, now: Self.now)
        #expect(hints.left == [name: RateHints.Left(calls: calls, until: Self.now.adding(seconds: seconds))])
    }

    @Test(
        "what cannot be read, or is of one user or of bytes, says nothing of the provider",
        arguments: [
            ["RateLimit": #""a";r=x;t=3"#], ["RateLimit": #""a";r=3"#], ["RateLimit": #""a";r=3;t=5;pk=:dXNlcg==:"#],
            ["RateLimit-Policy": #""a";q=10;w=5;qu="content-bytes""#], ["X-RateLimit-Remaining": "34, 4999"],
            ["X-RateLimit-Remaining": "5"], ["RateLimit": #""a";r=3;t=5 broken"#], ["RateLimit": ""],
        ] as [HTTPHeaders])
    func nothing(_ headers: HTTPHeaders) {
        let hints = RateHints(headers, now: Self.now)
        #expect(hints.left.isEmpty && hints.policies.isEmpty)
    }

    @Test("several policies in one field")
    func policies() {
        let hints = RateHints(["RateLimit-Policy": #""burst";q=100;w=60, "daily";q=1000;w=86400"#], now: Self.now)
        #expect(
            hints.policies == [
                "burst": RateHints.Policy(calls: 100, seconds: 60),
                "daily": RateHints.Policy(calls: 1000, seconds: 86_400),
            ])
    }
}
