import Testing
import Wire

@testable import PurserEngine

@Suite struct PullOutcomeTests {
    private func decide(
        _ status: Int, _ body: String = "", _ headers: HTTPHeaders = [:], failure: RequestTemplate.Failure? = nil
    ) -> PullOutcome {
        PullOutcome.decide(
            HTTPResponse(status: status, headers: headers, body: Fixture.bytes(body)), now: Fixture.now,
            failure: failure)
    }

    private func isFailed(_ outcome: PullOutcome) -> Bool { if case .failed = outcome { true } else { false } }

    @Test("C9: A JSON answer is one under any 2xx and any media type")
    func answers() {
        #expect(decide(200, #"{"a":1}"#) == .answer(["a": 1]))
        #expect(decide(206, "[]", ["Content-Type": "text/html"]) == .answer([]))
        #expect(decide(200, "null") == .answer(nil))
    }

    @Test("What is no JSON answer fails and settles nothing else")
    func failures() {
        let html = "<html><title>Sign in</title></html>"
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let rows: [(Int, String)] = [
            (200, html), (200, ""), (204, ""), (200, #"{"a":1"#), (200, #"{"a":1,"a":2}"#), (200, deep),
            (200, String(repeating: "[", count: 1 << 20)), (200, String(repeating: " ", count: 1 << 20) + "1"),
            (200, "NaN"), (301, ""), (302, "{}"), (304, ""), (307, "{}"), (400, "{}"), (402, ""), (404, "{}"),
            (405, ""), (500, "{}"), (502, html), (503, html), (504, ""), (0, ""), (100, ""), (999, ""),
        ]
        for (status, body) in rows { #expect(isFailed(decide(status, body)), "\(status) \(body.prefix(30))") }
    }

    @Test("A gateway that answered in the provider's stead may be asked again, unless it says when")
    func passing() {
        func isPassing(_ status: Int, _ headers: HTTPHeaders = [:]) -> Bool {
            PullOutcome.isPassing(HTTPResponse(status: status, headers: headers))
        }
        for status in [502, 503, 504] {
            #expect(isPassing(status))
            #expect(!isPassing(status, ["Retry-After": "5"]))
        }
        for status in [0, 200, 302, 400, 401, 403, 404, 408, 429, 500, 501, 505, 520] { #expect(!isPassing(status)) }
    }

    @Test("401 is about the access token, whatever it says beside it")
    func unauthorized() {
        #expect(decide(401) == .unauthorized)
        #expect(decide(401, "{}", ["WWW-Authenticate": #"Bearer error="invalid_token""#]) == .unauthorized)
        #expect(decide(401, "<html>", ["Retry-After": "5"]) == .unauthorized)
    }

    @Test("With forbidden-token a 403 without a challenge is about the access token, and no other 403 is")
    func forbiddenToken() {
        func decide(_ headers: HTTPHeaders, _ quirks: Set<Quirk>) -> PullOutcome {
            PullOutcome.decide(HTTPResponse(status: 403, headers: headers), now: Fixture.now, quirks: quirks)
        }
        let scope: HTTPHeaders = ["WWW-Authenticate": #"Bearer error="insufficient_scope", scope="a""#]
        #expect(decide([:], [.forbiddenToken]) == .unauthorized)
        #expect(decide(scope, [.forbiddenToken]) == .forbidden(scope: "a"))
        #expect(isFailed(decide(["WWW-Authenticate": "Basic realm=x"], [.forbiddenToken])))
        #expect(isFailed(decide([:], [])) && isFailed(decide([:], [.rawBasic, .discoverySlash])))
    }

    @Test("403 is about scope only where it says so")
    func forbidden() {
        let name = "WWW-Authenticate"
        #expect(
            decide(403, "", [name: #"Bearer error="insufficient_scope", scope="read write""#])
                == .forbidden(scope: "read write"))
        #expect(decide(403, "", [name: #"bearer realm="x", error="insufficient_scope""#]) == .forbidden(scope: nil))
        #expect(
            decide(403, "", [name: #"Basic realm="x", Bearer error="insufficient_scope""#]) == .forbidden(scope: nil))
        #expect(
            decide(403, "", [name: "Basic realm=x", "www-authenticate": #"Bearer error="insufficient_scope""#])
                == .forbidden(scope: nil))
        #expect(
            decide(403, "", [name: #"Bearer error="insufficient_scope", scope="a\u{1B}[2J\#u{202E}b""#])
                != .unauthorized)
        #expect(decide(403, "", [name: #"DPoP error="insufficient_scope", scope="x""#]) == .forbidden(scope: "x"))
        for value in [
            "", "Bearer", #"Bearer error="invalid_token""#, #"Basic error="insufficient_scope""#,
            #"Bearer error=insufficient_scope scope"#, "Bearer error",
            #"Bearer error_description="insufficient_scope""#,
        ] {
            #expect(isFailed(decide(403, "", [name: value])), "\(value)")
        }
        #expect(isFailed(decide(403, #"{"error":"insufficient_scope"}"#)))
    }

    @Test("A scope's name is made harmless and bounded")
    func scopeName() {
        let scope = "a\u{202E}b" + String(repeating: "x", count: 500)
        let header = #"Bearer error="insufficient_scope", scope="\#(scope)""#
        guard case .forbidden(let named?) = decide(403, "", ["WWW-Authenticate": header]) else {
            Issue.record("not forbidden")
            return
        }
        #expect(named.hasPrefix("abx") && named.unicodeScalars.count == 101)
    }

    @Test("429, and 503 with a time, ask us to wait: no earlier than now, no longer than a day")
    func rateLimited() {
        func seconds(_ status: Int, _ value: String?) -> Int64? {
            var headers: HTTPHeaders = [:]
            headers["Retry-After"] = value
            guard case .rateLimited(let until) = decide(status, "<html>", headers) else { return -1 }
            return until.map { $0.milliseconds(since: Fixture.now) / 1000 }
        }
        let rows: [(Int, String?, Int64?)] = [
            (429, nil, nil), (429, "120", 120), (429, "0", 0), (429, "86401", 86_400), (429, "315360000", 86_400),
            (429, "99999999999999999999", nil), (429, "-1", nil), (429, "1.5", nil), (429, "soon", nil), (429, "", nil),
            (429, "Mon, 23 Nov 2026 10:30:00 GMT", 3600), (429, "Mon, 23 Nov 2020 10:30:00 GMT", 0),
            (429, "Fri, 31 Dec 9999 23:59:59 GMT", 86_400), (503, "60", 60), (503, "soon", nil), (503, nil, -1),
            (500, "60", -1), (403, "60", -1),
        ]
        for (status, value, wanted) in rows { #expect(seconds(status, value) == wanted, "\(status) \(value ?? "-")") }
    }

    @Test("A failure inside a 200 means what the manifest says")
    func failureInside() {
        let failure = RequestTemplate.Failure(
            at: "/errors/0/code", map: ["RATE": .rateLimited, "SCOPE": .needsConsent, "7": .rateLimited],
            otherwise: .degraded)
        let rows: [(String, PullOutcome?)] = [
            (#"{"errors":[{"code":"RATE"}]}"#, .rateLimited(until: nil)),
            (#"{"errors":[{"code":7}]}"#, .rateLimited(until: nil)),
            (#"{"errors":[{"code":"SCOPE"}],"items":[1]}"#, .forbidden(scope: nil)),
            (#"{"errors":[{"code":"OTHER"}]}"#, .failed("the answer reports an error")),
            (#"{"errors":[{"code":{"x":1}}]}"#, .failed("the answer reports an error")),
            (#"{"errors":[{"code":null}]}"#, nil), (#"{"errors":[]}"#, nil), (#"{"items":[]}"#, nil),
        ]
        for (body, wanted) in rows {
            let outcome = decide(200, body, failure: failure)
            if let wanted {
                #expect(outcome == wanted, "\(body)")
            } else {
                guard case .answer = outcome else {
                    Issue.record("\(body) \(outcome)")
                    continue
                }
            }
        }
        #expect(decide(401, #"{"errors":[{"code":"RATE"}]}"#, failure: failure) == .unauthorized)
    }
}
