import Crypto
import MockProviders
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days at a provider of the FAPI 2.0 profile: requests are pushed, the client proves itself with a key, and every token
/// is bound to one (RFC 9126, RFC 7523, RFC 9449).
@Suite("Days of proofs")
struct ProofDayTests {
    private static func day(
        _ seed: Int, manifest: [(path: [String], value: JSON)] = [], mock: [(path: [String], value: JSON)] = []
    ) -> Day {
        Day(Shipped.provider("railpass", manifest: manifest, mock: mock), seed: seed)
    }

    private func fault(_ day: Day, _ json: JSON) { day.stage.fault(json, at: "railpass") }

    @Test("a link by a pushed request is pulled and refreshed for days, with nonces that change")
    func happy() {
        let day = Self.day(4100)
        #expect(day.link() == [.linked(day.first!.id)])
        #expect(day.calls("push") == 2, "one push that is asked for a nonce, and one that has it")
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) >= 3)
        #expect(day.amount != nil)
        #expect(day.stage.mockLedger["events"]?.array?.allSatisfy { $0["what"]?.string != "refused" } == true)
        day.expectSound()
    }

    @Test("without nonces no request is made twice")
    func noNonces() {
        let day = Self.day(4101, mock: [(["dpop", "nonces"], "none")])
        day.link()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.calls("push") == 1)
        #expect(day.first?.condition == .ok)
        #expect(!day.stage.requests.contains { $0.hasSuffix(" 401") || $0.hasSuffix(" 400") })
        day.expectSound()
    }

    @Test("C66: a server that asks for another nonce each time is asked twice and no more")
    func endless() {
        let day = Self.day(4102)
        fault(
            day,
            [
                "match": ["endpoint": "push"], "times": 20,
                "replace": [
                    "status": 400, "headers": ["DPoP-Nonce": "again", "Content-Type": "application/json"],
                    "body": "{\"error\":\"use_dpop_nonce\"}", "unprocessed": true,
                ],
            ])
        day.link()
        #expect(day.calls("push") == 2)
        #expect(day.stage.links().isEmpty)
    }

    @Test("C67: a challenge without a nonce is no challenge")
    func noNonce() {
        let day = Self.day(4103)
        fault(
            day,
            [
                "match": ["endpoint": "push"], "times": 20,
                "replace": ["status": 400, "body": "{\"error\":\"use_dpop_nonce\"}", "unprocessed": true],
            ])
        day.link()
        #expect(day.calls("push") == 1)
    }

    @Test("C66: a refresh that is asked for a nonce is sent again under the same intent, and loses nothing")
    func refreshChallenged() {
        let day = Self.day(4104, mock: [(["dpop", "nonceSeconds"], 1)])
        day.link()
        day.stage.run(seconds: 4 * day.every)
        #expect(day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) >= 4)
        let challenged = day.stage.requests.count { $0.hasSuffix("POST /token 400") }
        #expect(challenged >= 3, "the nonces never changed: nothing was tried")
        #expect(day.open() == nil)
        day.expectSound()
    }

    @Test("C66: an API that asks for a nonce again and again is a failure, and costs no refresh token")
    func apiEndless() {
        let day = Self.day(4105)
        day.link()
        day.stage.run(seconds: 60)
        let spent = day.events("spent", "refresh")
        fault(
            day,
            [
                "match": ["endpoint": "api"], "times": 200,
                "replace": [
                    "status": 401,
                    "headers": [
                        "DPoP-Nonce": "again", "WWW-Authenticate": "dPOP realm=\"r\", error=\"use_dpop_nonce\"",
                    ], "body": "{}", "unprocessed": true,
                ],
            ])
        day.pull()
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.kind == .degraded)
        #expect(day.events("spent", "refresh") <= spent + 1, "no token is spent for a nonce")
    }

    @Test("C68: a Bearer token where a bound one was asked for is not used, and the link says why")
    func bearer() {
        let day = Self.day(4106)
        fault(
            day,
            ["match": ["endpoint": "token"], "times": 2, "patch": [["pointer": "/token_type", "value": "Bearer"]]])
        let endings = day.link(isWatched: false)
        guard case .failed(_, .tokenResponseInvalid, let why)? = endings.first else {
            Issue.record("\(endings)")
            return
        }
        #expect(why.contains("DPoP"))
        #expect(day.calls("api") == 0)
    }

    @Test(
        "C42: a push that is not answered as it must be ends the link, and nothing goes by the address instead",
        arguments: [
            ["status": 200, "body": "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}"],
            ["status": 201, "body": "{\"request_uri\":\"urn:x:1\"}"],
            ["status": 201, "body": "{\"expires_in\":60}"],
            ["status": 400, "body": "{\"error\":\"invalid_request\"}"],
            ["status": 503, "body": "later"],
        ] as [JSON])
    func pushRefused(_ answer: JSON) {
        let day = Self.day(4107)
        var replace = answer.object ?? JSONObject([])
        replace["unprocessed"] = true
        fault(day, ["match": ["endpoint": "push"], "times": 9, "replace": .object(replace)])
        day.link()
        #expect(day.stage.links().isEmpty)
        #expect(day.calls("authorize") == 0)
    }

    @Test("C72: no assertion and no proof is ever shown twice, and each names this issuer alone")
    func fresh() {
        // The mock remembers every jti and refuses a second time, and an audience that is not a single text.
        let day = Self.day(4108, mock: [(["dpop", "nonceSeconds"], 1)])
        day.link()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.events("refused", "refresh") == 0 && day.first?.condition == .ok)
    }

    @Test("a crash at any verb keeps the key with its tokens: what was bound goes on being proven")
    func crashes() {
        for fuse in 1...14 {
            let day = Self.day(4200 + fuse)
            day.link()
            day.stage.light(fuse: fuse)
            day.stage.run(seconds: 3 * day.every)
            day.stage.light(fuse: 0)
            day.stage.run(seconds: 2 * day.every)
            #expect(day.first?.state == .active && day.first?.condition == .ok, "fuse \(fuse)")
            day.expectSound("fuse \(fuse)")
        }
    }

    @Test("a link that is renewed takes the new grant's key along")
    func renewed() {
        let day = Self.day(4109)
        day.link()
        day.stage.run(seconds: day.every)
        day.link()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.only?.condition == .ok)
        day.expectSound()
    }

    @Test("unlinked, both tokens are revoked by a client that proves itself")
    func unlinked() {
        let day = Self.day(4110)
        day.link()
        let id = day.first?.id
        day.stage.act { door in if let id { _ = try? await door.unlink(.first, id) } }
        day.stage.run(seconds: 60)
        #expect(day.receipts.first?.answer == .revoked)
    }

    @Test("a provider that stops naming itself is below the profile: nobody is sent there")
    func belowProfile() {
        let day = Self.day(4111, mock: [(["sendsIssuer"], false)])
        day.link()
        #expect(day.stage.links().isEmpty && day.calls("push") == 0 && day.calls("authorize") == 0)
    }

    @Test("C71: a server that takes none of our algorithms is told of before anybody is sent there")
    func noAlgorithm() {
        let day = Self.day(4112, mock: [(["dpop", "algorithms"], ["PS256"])])
        day.link()
        #expect(day.stage.links().isEmpty && day.calls("push") == 0)
    }

    @Test("ES256 is taken where Ed25519 is not offered")
    func es256() {
        let day = Self.day(4113, mock: [(["dpop", "algorithms"], ["ES256"])])
        day.link()
        day.stage.run(seconds: day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("another key waits behind the one that the provider knows: links go on, until it is put in front too early")
    func secondKey() {
        let day = Self.day(4114)
        day.link()
        let made = day.stage.perform { door, _ in try? await door.clientKey("railpass", .edDSA, activate: false) }
        let first = made??.inUse
        #expect(first == "purser-railpass-1" && made??.next != nil)
        #expect(made??.published["keys"]?.array?.count == 2)
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) >= 2)
        #expect(day.events("refused", "refresh") == 0)
        let activated = day.stage.perform { door, _ in try? await door.clientKey("railpass", .edDSA, activate: true) }
        #expect(activated??.inUse == made??.next && activated??.next == nil)
        // The pretended provider was never told of it: nobody's grant is at fault, and nothing is lost.
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition.kind == .degraded)
        day.stage.act { _ = try? await $0.removeClient("railpass") }
        day.stage.run(seconds: 4 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        day.expectSound()
    }
}
