import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

/// What is asked for beside scopes, and servers that read otherwise than is written, each against one that insists.
@Suite("What is asked for beside scopes, and quirks")
struct ReachDayTests {
    private static let api: JSON = "https://api.example/v1"
    private static let apis: JSON = ["https://pay.example/", "https://api.example/v1"]
    private static let details: JSON = [["type": "balance", "actions": ["read"]]]

    private func day(
        _ name: String, manifest: [(path: [String], value: JSON)], mock: [(path: [String], value: JSON)]
    ) -> Day {
        Day(Shipped.provider(name, manifest: manifest, mock: mock), seed: 31)
    }

    @Test(
        "resource goes with the authorization, the code and each refresh, to a server that wants it at each (RFC 8707)")
    func resources() {
        let day = day(
            "skyways", manifest: [(["authorization", "resource"], Self.api)], mock: [(["resources"], Self.apis)])
        day.link()
        #expect(day.first?.state == .active)
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) > 3)
        #expect(day.stage.watchViolations.isEmpty)
    }

    @Test("an API that the server does not know: it says invalid_target, and nobody is linked")
    func unknown() {
        let day = day(
            "skyways", manifest: [(["authorization", "resource"], Self.api)],
            mock: [(["resources"], ["https://other.example/"])])
        guard case .returned(_, let page?) = day.stage.link() else { return #expect(Bool(false), "never sent back") }
        #expect(page.status == 400 && String(decoding: page.body, as: UTF8.self).contains("Invalid_target"))
        #expect(day.stage.links().first?.state == .failed(.authorizationError))
    }

    @Test("a refresh that an API's server refuses by name loses nothing: the request is wrong, not the grant")
    func refusedLater() {
        let day = day(
            "skyways", manifest: [(["authorization", "resource"], Self.api)], mock: [(["resources"], Self.apis)])
        day.link()
        day.stage.run(seconds: 60)
        day.stage.fault([
            "match": ["endpoint": "token"],
            "replace": ["status": 400, "body": ["error": "invalid_target"]],
        ])
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.cause?.contains("invalid_target") == true)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 86_400)
        #expect(day.first?.condition == .ok)
    }

    @Test("details are sent, and what is granted of them is kept with the link (RFC 9396)")
    func details() {
        let day = day(
            "skyways", manifest: [(["authorization", "authorizationDetails"], Self.details)],
            mock: [(["detailTypes"], ["balance"])])
        day.link()
        #expect(day.first?.scopesGranted.contains { $0.hasPrefix("authorization_details=balance#") } == true)
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.first?.scopesGranted.contains { $0.hasPrefix("authorization_details=balance#") } == true)
    }

    @Test("a type that the metadata do not know ends it before anybody is sent away")
    func unknownType() {
        let day = day(
            "skyways", manifest: [(["authorization", "authorizationDetails"], Self.details)],
            mock: [(["detailTypes"], ["payment"])])
        guard case .notBegun(let problem) = day.stage.link() else { return #expect(Bool(false), "sent away") }
        #expect(problem.description.contains("type balance (RFC 9396 10)"))
        #expect(day.stage.links().isEmpty)
    }

    private func basic(quirks: JSON, server: String) -> Day {
        day(
            "grandstay",
            manifest: [
                (["authorization", "client", "id"], "purser+wallet"), (["authorization", "quirks"], quirks),
            ],
            mock: [
                (
                    ["clients"],
                    [
                        [
                            "id": "purser+wallet", "authentication": .string(server),
                            "secret": "gs 9f2c+Zk/7:pretend&secret%21",
                            "redirectUris": ["http://127.0.0.1/callback/grandstay"],
                        ]
                    ]
                )
            ])
    }

    @Test(
        "raw-basic speaks to a server that does not decode, and to no other",
        arguments: [
            ([], "client_secret_basic", true), (["raw-basic"], "client_secret_basic raw", true),
            ([], "client_secret_basic raw", false), (["raw-basic"], "client_secret_basic", false),
        ] as [(JSON, String, Bool)])
    func rawBasic(quirks: JSON, server: String, links: Bool) {
        let day = basic(quirks: quirks, server: server)
        day.link()
        #expect((day.first?.state == .active) == links)
    }

    @Test(
        "discovery-slash finds a document that is there only with a slash, and no other",
        arguments: [
            ([], false, true), (["discovery-slash"], true, true), ([], true, false),
            (["discovery-slash"], false, false),
        ]
            as [(JSON, Bool, Bool)])
    func slash(quirks: JSON, hasSlash: Bool, links: Bool) {
        let day = day(
            "skyways", manifest: [(["authorization", "quirks"], quirks)],
            mock: [(["discovery"], ["slash": .bool(hasSlash)])])
        let linked = day.stage.link()
        #expect((day.first?.state == .active) == links)
        guard !links, hasSlash else { return }
        guard case .notBegun(let problem) = linked else { return #expect(Bool(false), "sent away") }
        #expect(problem.description.contains("a redirect, and none is followed"))
    }

    @Test("forbidden-token: an API that says 403 of a dead token costs a refresh, and else stands still")
    func forbiddenToken() {
        for (quirks, goesOn): (JSON, Bool) in [(["forbidden-token"], true), ([], false)] {
            let day = day(
                "skyways", manifest: [(["authorization", "quirks"], quirks)],
                mock: [(["forbidsDeadTokens"], true), (["statesLifetime"], false)])
            day.link()
            day.stage.run(seconds: 86_400)
            #expect((day.first?.condition == .ok) == goesOn)
            #expect(((day.first?.generation ?? 0) > 1) == goesOn)
            #expect(day.first?.state == .active)
        }
    }

    @Test("invalid-request-grant: a dead grant that a server calls a wrong request ends with a question, else never")
    func invalidRequestGrant() {
        for (quirks, ends): (JSON, Bool) in [(["invalid-request-grant"], true), ([], false)] {
            let day = day(
                "grandstay", manifest: [(["authorization", "quirks"], quirks)],
                mock: [(["forgetsDeadTokens"], true), (["refreshTokenSeconds"], .int(2 * 86_400))])
            day.link()
            day.stage.run(seconds: 86_400)
            #expect(day.first?.condition == .ok)
            day.stage.run(seconds: 5 * 86_400)
            #expect((day.first?.state == .needsConsent(.invalidGrant)) == ends)
            #expect((day.first?.state == .active) == !ends)
            #expect((day.first?.condition.cause?.contains("invalid_request") == true) == !ends)
            let calls = day.calls("token")
            day.stage.run(seconds: 5 * 86_400)
            #expect((day.calls("token") == calls) == ends)
        }
    }

    @Test("invalid-request-grant is about refresh tokens: to a code, invalid_request is what it says")
    func invalidRequestCode() {
        let day = day("grandstay", manifest: [(["authorization", "quirks"], ["invalid-request-grant"])], mock: [])
        day.stage.fault([
            "match": ["endpoint": "token"], "replace": ["status": 400, "body": ["error": "invalid_request"]],
        ])
        day.link()
        guard let link = day.stage.links().first, case .failed = link.state else {
            return #expect(Bool(false), "not failed")
        }
        let story = try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, link.id) }
        let kinds = (story ?? []).map(\.kind)
        #expect(kinds.contains("misconfigured") && !kinds.contains("refused"))
    }

    @Test(
        "typed-assertion: a server that wants to be told what an assertion is gets that, and without the switch says no"
    )
    func typedAssertion() {
        for (quirks, isWanted, links): (JSON, Bool, Bool) in [
            (["typed-assertion"], true, true), ([], true, false), (["typed-assertion"], false, true), ([], false, true),
        ] {
            let day = day(
                "railpass", manifest: [(["authorization", "quirks"], quirks)],
                mock: [(["typedAssertions"], .bool(isWanted))])
            let linked = day.stage.link()
            #expect((day.first?.state == .active) == links)
            guard !links else { continue }
            guard case .notBegun(let problem) = linked else { return #expect(Bool(false), "sent away") }
            #expect(problem.description.contains("invalid_client"))
        }
    }

    @Test(
        "C34: a document that does not speak of code challenges is told to the operator, and they are sent all the same"
    )
    func silentOnChallenges() {
        for (omits, folders, isTold): (JSON, [String], Bool) in [
            (["code_challenge_methods_supported"], ["skyways"], true), ([], ["skyways"], false),
            ([], ["brewhaus"], false),
        ] {
            let day = day(folders[0], manifest: [], mock: [(["discovery"], ["omits": omits])])
            day.link()
            #expect(day.first?.state == .active, "the mock insists on one")
            let told = day.stage.logLines.filter { $0.contains("PKCE") }
            #expect(told.count == (isTold ? 1 : 0))
            #expect(told.allSatisfy { $0.contains("provider=\(folders[0])") && $0.contains("warning") })
        }
    }

    @Test(
        "C36: a document that names the token endpoint of another provider: nobody is sent away, and that one gets nothing"
    )
    func mixedUp() {
        let stage = Stage(
            seed: 33, providers: ["skyways", "grandstay"].map { Shipped.provider($0) }, runner: MemoryRunner(),
            people: 3)
        stage.run(seconds: 1)
        let mixed: JSON = [
            "match": ["endpoint": "discovery"],
            "patch": ["pointer": "/token_endpoint", "value": "http://127.0.0.1:7902/oauth/token"],
        ]
        stage.fault(mixed)
        guard case .notBegun(let problem) = stage.link() else { return #expect(Bool(false), "sent away") }
        #expect(problem.description.contains("token endpoint of another provider (http://127.0.0.1:7902/identity)"))
        #expect(stage.links().isEmpty)
        // The same while somebody is away to consent: the document is fetched anew before their code is sent.
        stage.fault(["clear": true])
        stage.run(seconds: 120)
        stage.fault(["match": ["endpoint": "discovery"], "headers": ["Cache-Control": "max-age=60"]])
        stage.link(member: 0, pauseMilliseconds: 120_000)
        stage.run(seconds: 10)
        #expect(stage.links().map(\.state) == [.linking])
        stage.fault(mixed)
        stage.run(seconds: 180)
        #expect(stage.links().map(\.state) == [.failed(.authorizationError)])
        #expect(stage.calls("token", at: "skyways") == 0 && stage.calls("token", at: "grandstay") == 0)
    }

    @Test("C76: a document that does not say where tokens are revoked: nothing is revoked, unless the folder says it")
    func revocation() throws {
        let here: JSON = ["revocation": "http://127.0.0.1:7901/revoke"]
        for (endpoints, answer): (JSON?, Receipt.Answer) in [(nil, .unsupported), (here, .revoked)] {
            let day = day(
                "skyways", manifest: endpoints.map { [(["authorization", "endpoints"], $0)] } ?? [],
                mock: [(["discovery"], ["omits": ["revocation_endpoint"]])])
            day.link()
            let id = try #require(day.first?.id)
            let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
            #expect(receipt?.answer == answer)
        }
    }

    @Test("a folder and a document that name two different endpoints for revocation: nobody is sent away")
    func twoRevocations() {
        let elsewhere: JSON = ["revocation": "http://127.0.0.1:7901/other"]
        let day = day("skyways", manifest: [(["authorization", "endpoints"], elsewhere)], mock: [])
        guard case .notBegun(let problem) = day.stage.link() else { return #expect(Bool(false), "sent away") }
        #expect(problem.description.contains("another revocation endpoint than the folder"))
    }
}
