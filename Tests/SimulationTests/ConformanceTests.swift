import Testing
import Wire

@testable import MockProviders
@testable import PurserSimulation

/// Every module of the conformance table, and that the table can fail.
@Suite("Conformance")
struct ConformanceTests {
    private static let player = ModulePlayer(
        folder: #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
            + "/conformance/suite")
    static let played = Module.all.map(\.name)

    private static func module(_ name: String) -> Module { Module.all.first { $0.name == name }! }

    @Test("a module that is played ends as it must", arguments: played)
    func modules(_ name: String) {
        let finding = Self.player.play(Self.module(name))
        #expect(finding.verdict == .pass, "\(name): \(finding.seen), and not: \(finding.expected)")
    }

    @Test(
        "a client that did otherwise would fail",
        arguments: [
            ("oidcc-client-test", Outcome.stopsAtIDToken), ("oidcc-client-test-invalid-iss", .works),
            ("oidcc-client-test-userinfo-invalid-sub", .stopsAtIDToken),
            ("oidcc-client-test-refresh-token-invalid-sub", .works),
            ("oidcc-client-test-discovery-issuer-mismatch", .stopsAtResponse),
            ("fapi2-security-profile-final-client-test-happy-path", .stopsAtPush),
            ("purser-client-test-fapi2-push-refused", .stopsAtDiscovery), ("purser-client-test-mix-up", .works),
            ("purser-client-test-cross-user-fixation", .works), ("purser-client-test-slow-drip-tokens", .works),
        ])
    func otherwise(_ name: String, _ outcome: Outcome) {
        let finding = Self.player.play(Self.module(name), expecting: outcome)
        #expect(finding.verdict == .fail && finding.expected == outcome.rawValue)
    }

    @Test("what a server offers would be seen to do harm")
    func harm() {
        func finding(_ absence: Absence, _ faults: JSON...) -> ModuleFinding {
            Self.player.play(Module("m", "w", faults: faults, but: absence, then: .works))
        }
        let op = [("iss", "https://op.example")]
        let good = finding(Absence("nothing", knocks: [Absence.Knock("/initiate-login/suite", op, gets: 200)]))
        #expect(good.verdict == .pass && good.expected == "works; nothing" && good.seen == "works; nothing")
        let rows: [(Absence, String)] = [
            (Absence("nothing", knocks: [Absence.Knock("/initiate-login/suite", op, gets: 400)]), "answered with 200"),
            (
                Absence("nothing", knocks: [Absence.Knock("/initiate-login/suite", op, gets: 200, says: "hello")]),
                "not told: hello"
            ), (Absence("nothing", unsent: ["scope", "request"]), "scope was sent"),
        ]
        for (absence, words) in rows {
            let found = finding(absence)
            #expect(found.verdict == .fail && found.seen.contains(words), "\(found.seen)")
        }
        let framed = HTTPResponse(
            status: 200, headers: ["Content-Type": "text/html", "Content-Security-Policy": "default-src 'none'"])
        #expect(Browsed.harm(of: framed) == ["a page can stand in a frame"])
        let open = HTTPResponse(
            status: 303,
            headers: [
                "Content-Type": "text/html", "X-Frame-Options": "DENY", "Location": "/", "Set-Cookie": "a=b",
                "Content-Security-Policy": "frame-ancestors 'none'",
            ], body: Array("says AAAAAAAAAAAA".utf8))
        let knock = Absence.Knock("/x", [("a", "AAAAAAAAAAAA")], gets: 303)
        #expect(
            Browsed.harm(of: open, to: knock) == [
                "a page has Location", "a page has Set-Cookie", "a page can load what it likes",
                "/x is told its own words again",
            ])
        #expect(Browsed.harm(of: nil, to: knock) == ["/x is not answered"])
    }

    @Test("what an honest server is asked beside what it must be would be seen")
    func crossed() {
        func finding(_ crossing: Crossing, then outcome: Outcome) -> ModuleFinding {
            Self.player.play(Module(crossing: crossing, "m", "w", then: outcome))
        }
        #expect(finding(Crossing(), then: .works).verdict == .pass)
        let rows: [(Crossing, Outcome, String)] = [
            (Crossing(asking: ["token"]), .works, "token of the honest server was never asked"),
            (Crossing(.passesOn(backAt: .honest)), .stopsAtResponse, "authorize of the honest server was asked"),
            (Crossing(.people(.whoBegan)), .stopsAtResponse, "token was asked"),
        ]
        for (crossing, outcome, words) in rows {
            let found = finding(crossing, then: outcome)
            #expect(found.verdict == .fail && found.seen.contains(words), "\(found.seen)")
        }
    }

    @Test("FAPI's modules are played by a client that keeps to FAPI 2.0")
    func profile() {
        let folder: JSON = ["authorization": ["senderConstrained": "none"]]
        for module in Module.all where module.name.hasPrefix("fapi") {
            let scenario = module.scenario
            let authorization = scenario.changed("manifest.json", folder)["authorization"]
            #expect(authorization?["profile"] == "fapi2", "\(module.name)")
            #expect(["dpop", "mtls"].contains(authorization?["senderConstrained"]), "\(module.name)")
            #expect(scenario.changed("mock/authorization.json", [:])["push"] == "required", "\(module.name)")
        }
    }

    /// The suite's own plans for clients, and what of others is asked for beside them.
    static let plans: [String: [String]] = [
        "oidcc-client-basic-certification-test-plan": names(
            "oidcc-client-test",
            [
                "", "-invalid-iss", "-missing-sub", "-invalid-aud", "-missing-iat", "-kid-absent-single-jwks",
                "-kid-absent-multiple-jwks", "-idtoken-sig-rs256", "-idtoken-sig-none", "-invalid-sig-rs256",
                "-userinfo-invalid-sub", "-nonce-invalid", "-scope-userinfo-claims", "-client-secret-basic",
            ]),
        "oidcc-client-hybrid-certification-test-plan": names(
            "oidcc-client-test",
            ["-invalid-chash", "-missing-chash", "-invalid-athash", "-missing-athash", "-nonce-unless-code-flow"]),
        "oidcc-client-dynamic-certification-test-plan": names(
            "oidcc-client-test",
            [
                "-discovery-webfinger-acct", "-discovery-webfinger-url", "-discovery-openid-config",
                "-discovery-jwks-uri-keys", "-discovery-issuer-mismatch", "-dynamic-registration",
                "-request-uri-signed-rs256", "-request-uri-signed-none", "-signing-key-rotation-just-before-signing",
                "-signing-key-rotation", "-userinfo-signed",
            ]),
        "oidcc-client-test-plan": names(
            "oidcc-client-test",
            [
                "-invalid-sig-es256", "-invalid-sig-hs256", "-missing-aud", "-userinfo-bearer-header",
                "-userinfo-bearer-body", "-aggregated-claims", "-distributed-claims", "-form-post-error",
                "-mtls-endpoint-aliases",
            ]),
        "oidcc-client-refreshtoken-test-plan": names(
            "oidcc-client-test-refresh-token", ["", "-invalid-issuer", "-invalid-sub"]),
        "logout": names("oidcc-client-test-rp-init-logout", ["", "-no-state", "-other-state"])
            + names(
                "oidcc-client-test-rp-backchannel-rpinitlogout",
                [
                    "", "-alg-none", "-no-event", "-wrong-event", "-with-nonce", "-wrong-alg", "-wrong-aud",
                    "-wrong-iss",
                ])
            + names(
                "oidcc-client-test",
                [
                    "-rp-frontchannel-rpinitlogout", "-rp-frontchannel-opinitlogout", "-session-management",
                    "-3rd-party-init-login",
                ]),
        "fapi2-message-signing-final-client-test-plan": names(
            "fapi2-security-profile-final-client-test",
            [
                "-happy-path", "-happy-path-no-dpop-nonce", "-discovery-issuer-mismatch", "-invalid-iss",
                "-invalid-aud", "-invalid-secondary-aud", "-invalid-null-alg", "-invalid-alternate-alg",
                "-invalid-expired-exp", "-invalid-missing-exp", "-invalid-missing-aud", "-invalid-missing-iss",
                "-valid-aud-as-array", "-invalid-nonce", "-invalid-missing-nonce",
                "-invalid-authorization-response-iss", "-remove-authorization-response-iss",
                "-ensure-authorization-response-with-invalid-state-fails",
                "-ensure-authorization-response-with-invalid-missing-state-fails",
                "-token-endpoint-response-without-expires_in", "-token-type-case-insensitivity",
                "-rs-dpop-auth-scheme-case-insensitivity", "-ensure-jarm-without-iss-fails",
                "-ensure-jarm-with-invalid-iss-fails", "-ensure-jarm-without-aud-fails",
                "-ensure-jarm-with-invalid-aud-fails", "-ensure-jarm-without-exp-fails",
                "-ensure-jarm-with-expired-exp-fails", "-ensure-jarm-with-invalid-sig-fails",
                "-ensure-jarm-signature-is-not-none", "-invalid-openbanking-intent-id",
            ]) + ["fapi2-security-profile-final-client-refresh-token-test"],
        "fapi1-advanced-final-client-test-plan": names(
            "fapi1-advanced-final-client-test",
            ["-iat-is-week-in-past", "-encrypted-idtoken-usingrsa15", "-no-scope-in-token-endpoint-response"]),
        "openid-ssf-receiver-test-plan": names(
            "openid-ssf-receiver",
            [
                "-happypath", "-stream-create-delete", "-stream-status-update", "-stream-verification",
                "-unsolicited-stream-verification", "-stream-supported-events", "-stream-caep-interop",
            ]),
    ]

    private static func names(_ prefix: String, _ endings: [String]) -> [String] { endings.map { prefix + $0 } }

    @Test("no module of the suite's plans is missing from the table, and none stands in it twice")
    func whole() {
        let names = Module.all.map(\.name)
        #expect(Set(names).count == names.count)
        for (plan, modules) in Self.plans {
            for module in modules { #expect(names.contains(module), "\(plan): \(module)") }
        }
        let known = Set(Self.plans.values.joined())
        for name in names where !name.hasPrefix("purser-client-test-") { #expect(known.contains(name), "\(name)") }
    }

    @Test("the table and the document say the same, and one failure fails it")
    func report() throws {
        let findings = [
            ModuleFinding(module: "a-b", words: "w", expected: "works", seen: "works", verdict: .pass),
            ModuleFinding(module: "c", words: "w", expected: "stops", seen: "works", verdict: .fail),
        ]
        let report = Report(findings: findings)
        #expect(
            report.table == """
                module | expected | seen  | pass
                a-b    | works    | works | pass
                c      | stops    | works | FAIL

                1 pass, 1 fail
                """)
        #expect(!report.holds && Report(findings: [findings[0]]).holds)
        #expect(report.json.contains("\"fail\": 1") && report.json.contains("\"module\": \"a-b\""))
    }
}
