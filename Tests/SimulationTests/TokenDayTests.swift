import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Bad days of the token endpoint, at every provider that ships.
@Suite("Bad days of tokens")
struct TokenDayTests {
    private static func day(_ name: String) -> Day { Day(name, seed: 12) }

    // The exchange

    static let exchanges: [(String, JSON, FailureReason)] = [
        (
            "HTML", ["replace": ["status": 200, "headers": ["Content-Type": "text/html"], "body": "<h1>hi</h1>"]],
            .tokenResponseInvalid
        ),
        ("200 with an error", ["replace": ["status": 200, "body": "{\"error\":\"invalid_grant\"}"]], .exchangeRefused),
        (
            "a redirect", ["replace": ["status": 302, "headers": ["Location": "/elsewhere"], "body": ""]],
            .exchangeRefused
        ),
        ("1 MiB of brackets", ["bodyRepeat": ["text": "[", "count": 1_048_576]], .tokenResponseInvalid),
        ("cut in the middle", ["cutAfterBytes": 20], .tokenResponseInvalid),
        ("a token of another type", ["patch": ["pointer": "/token_type", "value": "mac"]], .tokenResponseInvalid),
        ("no access token", ["patch": ["pointer": "/access_token", "remove": true]], .tokenResponseInvalid),
    ]

    @Test(
        "C6, C8: the token endpoint answers nonsense: no link, a reason, no pull",
        arguments: Case.all(0...exchanges.count - 1))
    func nonsense(_ one: Case) {
        let day = Self.day(one.name)
        let (name, effect, reason) = Self.exchanges[one.number]
        var fault = JSONObject([("match", ["endpoint": "token"])])
        for member in effect.object?.members ?? [] { fault[member.name] = member.value }
        day.stage.fault(.object(fault))
        day.link(isWatched: false)
        #expect(day.first?.state == .failed(reason), "\(name): \(String(describing: day.first?.note))")
        #expect(day.calls("api") == 0)
    }

    @Test(
        "the client's secret is refused: no link, the reason, and nothing is pulled",
        arguments: ["grandstay", "brewhaus"])
    func wrongSecret(_ name: String) {
        let shipped = Shipped.provider(name)
        var files = shipped.folder.files
        files["client-secret"] = Array("something else\n".utf8)
        let changed = ProviderFolder(name: name, source: shipped.folder.source, files: files)
        let day = Day(SimulatedProvider(folder: changed, mock: shipped.mock), seed: 12)
        day.link()
        #expect(day.first?.state == .failed(.exchangeRefused))
        #expect(day.first?.note?.contains("invalid_client") == true)
        #expect(day.calls("api") == 0)
    }

    static let lifetimes: [(String, JSON)] = [
        ("absent", ["remove": true]), ("a text", ["value": "3600"]), ("absurd", ["value": "1e300"]),
        ("zero", ["value": 0]),
        ("negative", ["value": -1]), ("null", ["value": nil]),
    ]

    @Test("C1: an odd expires_in does not stop a link", arguments: Case.all(0...lifetimes.count - 1))
    func lifetime(_ one: Case) {
        let day = Self.day(one.name)
        var patch = JSONObject([("pointer", "/expires_in")])
        for member in Self.lifetimes[one.number].1.object!.members { patch[member.name] = member.value }
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "patch": .object(patch)])
        day.link()
        #expect(day.first?.state == .active)
        #expect(day.first?.condition == .ok)
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.first?.condition == .ok, "\(String(describing: day.first?.condition))")
        day.expectSound()
    }

    // Refreshing

    @Test(
        "access tokens end, and pulls go on for days: one refresh a pull at most, each generation durable",
        arguments: Shipped.names)
    func days(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.run(seconds: 3 * 86_400)
        #expect(day.first?.condition == .ok)
        let pulls = 3 * 86_400 / Int(day.every)
        #expect((day.first?.generation ?? 0) > pulls / 2)
        #expect(day.calls("token") <= pulls * 10 / 9 + 2)
        day.expectSound()
    }

    @Test("C3: no lifetime is told: the token serves until the API refuses it, then one refresh, and on it goes")
    func untold() {
        let day = Self.day("brewhaus")
        day.link()
        #expect(day.grant?.accessEndsAt == nil && day.grant?.refreshAheadAt == nil)
        day.stage.run(seconds: 600)
        day.pull(seconds: 60)
        #expect(day.calls("token") == 1, "it was refreshed although it was good")
        let refused = day.events("refused", "access")
        day.stage.run(seconds: 6000)
        day.pull(seconds: 60)
        #expect(day.events("refused", "access") == refused + 1)
        #expect(day.calls("token") == 2)
        #expect(day.first?.condition == .ok)
        #expect(day.first?.generation == 2)
        day.expectSound()
    }

    /// Ways to bring no new refresh token.
    static let withoutToken: [JSON] = [
        ["pointer": "/refresh_token", "remove": true], ["pointer": "/refresh_token", "value": .null],
        ["pointer": "/refresh_token", "value": ""],
    ]

    @Test(
        "C12: a refresh that brings no new refresh token keeps the old one, and that is what is sent next",
        arguments: Shipped.names, withoutToken)
    func keepsOld(_ name: String, _ patch: JSON) {
        let day = Self.day(name)
        day.link()
        let issued = day.stage.mockLedger["events"]?.array?.last { event in
            event["what"]?.string == "issued" && event["kind"]?.string == "refresh"
        }
        if day.rotates {
            day.stage.fault([
                "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "patch": patch,
            ])
        }
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.grant?.sealedRefresh != nil)
        #expect((day.grant?.generation ?? 0) >= 2)
        guard day.rotates, let old = issued?["token"]?.string else { return }
        // Its successor never came here. A server that had replaced it says no to it, and so shows that it was sent.
        day.stage.run(seconds: 2 * day.every)
        let refused = day.stage.mockLedger["events"]?.array?.filter { $0["what"]?.string == "refused" } ?? []
        #expect(refused.contains { $0["token"]?.string == old })
    }

    @Test(
        "the refresh answer never comes: said plainly, sent again as the provider's policy allows, what was shown stays",
        arguments: Shipped.names)
    func lostAnswer(_ name: String) {
        let day = Self.day(name)
        day.link()
        let before = day.amount
        day.stage.fault(["match": ["endpoint": "token", "grant": "refresh_token"], "cutAfterBytes": 5])
        day.stage.run(seconds: day.every * 3 / 2)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.kind == .outcomeUnknown)
        #expect(day.calls("token") > 2)
        #expect(day.amount == before)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 2 * 86_400)
        // The provider rotated and never got through for hours: that costs the grant, unless the old token stays good.
        let staysGood = ["grandstay", "marketplus"].contains(name)
        #expect(day.first?.state == (staysGood ? .active : .needsConsent(.answerLost)))
        #expect(day.first?.condition == .ok)
        if !staysGood { #expect(day.amount == before) }
        day.expectSound()
    }

    @Test(
        "C18: a crash after the answer was kept: it is parsed again at the start, and nothing is spent twice",
        arguments: Shipped.names)
    func crashAfterAnswer(_ name: String) {
        var (settled, lost) = (0, 0)
        for fuse in 1...30 {
            let day = Day(name, seed: 100 + fuse)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every * 7 / 6 - 600)
            day.stage.light(fuse: fuse)
            day.stage.run(seconds: 2 * day.every)
            day.expectSound("fuse \(fuse)")
            // A crash while the answer is on its way loses it; strict rotation alone makes that the end.
            let isLost = day.first?.state == .needsConsent(.answerLost) && name == "skyways"
            lost += isLost ? 1 : 0
            #expect(day.first?.state == .active || isLost, "fuse \(fuse)")
            #expect(day.first?.condition == .ok, "fuse \(fuse)")
            settled += day.settledAtStart
        }
        #expect(settled > 0, "no kept answer was parsed at a start")
        #expect(lost <= 3, "more was lost than the answers on their way")
    }

    @Test(
        "the provider is out of reach at the start: a kept answer is parsed all the same, one with an ID token later",
        arguments: ["grandstay", "skyways"])
    func answerKept(_ name: String) {
        for fuse in 1...40 {
            let day = Day(name, seed: 300 + fuse)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every * 5 / 6)
            day.stage.light(fuse: fuse, thenDown: true)
            day.stage.run(seconds: day.every / 2)
            let (open, settled) = (day.open(), day.settledAtStart)
            day.stage.setDown(false)
            day.stage.run(seconds: 2 * day.every)
            guard settled > 0 || open?.raw != nil else { continue }
            #expect((open == nil) == (settled > 0), "fuse \(fuse)")
            #expect(day.first?.condition == .ok, "fuse \(fuse)")
            #expect(day.stage.watchViolations.isEmpty)
            return
        }
        Issue.record("no crash fell between the answer and its parsing")
    }

    @Test(
        "the grant is refused again and again: consent is asked for once, and no further call is made",
        arguments: Shipped.names)
    func refused(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"], "body": "{\"error\":\"invalid_grant\"}",
                "unprocessed": true,
            ],
        ])
        day.stage.run(seconds: day.every * 5 / 3 + 8 * 3600)
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        #expect(day.calls("token") == (name == "skyways" ? 3 : 4), "asked again once, or twice")
        let calls = day.stage.requests.count
        day.stage.run(seconds: 3 * 86_400)
        #expect(day.stage.requests.count == calls)
    }

    private static let failures: [JSON] = [
        ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>x</h1>", "unprocessed": true],
        ["status": 500, "body": "{\"error\":\"server_error\"}", "unprocessed": true],
        ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true],
    ]

    @Test("C11: neither a 502 in HTML, nor a 500, nor invalid_client ends a link", arguments: Case.all(0...2))
    func survives(_ one: Case) {
        let day = Self.day(one.name)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 3, "replace": Self.failures[one.number],
        ])
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition == .ok)
    }
}
