import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Bad days of the token endpoint and the API.
@Suite("Bad days of tokens and pulls")
struct TokenDayTests {
    private let stage: Stage

    init() {
        stage = Stage(seed: 12, provider: Shipped.skyways, runner: MemoryRunner())
        stage.run(seconds: 1)
    }

    private func link() {
        stage.link(member: 0)
        stage.run(seconds: 60)
    }

    private var link0: Link? { stage.links().first }
    private func requests(_ path: String) -> Int { stage.requests.count { $0.contains(path) } }
    private var amount: String? {
        stage.accounts()?["accounts"]?.array?.first { $0["balance"]?["type"]?.string == "redeemable" }?["balance"]?[
            "amount"]?.string
    }

    private func pull() {
        let id = link0?.id
        stage.act { door in if let id { _ = try? await door.requestPull(.first, id) } }
        stage.run(seconds: 200)
    }

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

    @Test("the token endpoint answers nonsense: no link, a reason, no pull", arguments: exchanges.map(\.0))
    func nonsense(_ name: String) {
        let (_, effect, reason) = Self.exchanges.first { $0.0 == name }!
        var fault = JSONObject([("match", ["endpoint": "token"])])
        for member in effect.object?.members ?? [] { fault[member.name] = member.value }
        stage.fault(.object(fault))
        link()
        #expect(link0?.state == .failed(reason), "\(String(describing: link0?.note))")
        #expect(requests("/v2/me") == 0)
        #expect(stage.violations().isEmpty)
    }

    static let lifetimes: [(String, JSON)] = [
        ("absent", ["remove": true]), ("a text", ["value": "3600"]), ("absurd", ["value": "1e300"]),
        ("zero", ["value": 0]),
        ("negative", ["value": -1]), ("null", ["value": nil]),
    ]

    @Test("an odd expires_in does not stop a link", arguments: lifetimes.map(\.0))
    func lifetime(_ name: String) {
        var patch = JSONObject([("pointer", "/expires_in")])
        for member in Self.lifetimes.first(where: { $0.0 == name })!.1.object!.members {
            patch[member.name] = member.value
        }
        stage.fault(["match": ["endpoint": "token"], "times": 1, "patch": .object(patch)])
        link()
        #expect(link0?.state == .active)
        #expect(link0?.condition == .ok)
        stage.run(seconds: 2 * 86_400)
        #expect(link0?.condition == .ok, "\(String(describing: link0?.condition))")
        #expect(stage.violations().isEmpty)
    }

    // Refreshing

    @Test("access tokens end after an hour, and pulls go on for days: one refresh a pull, each generation durable")
    func days() {
        link()
        stage.run(seconds: 3 * 86_400)
        #expect(link0?.condition == .ok)
        #expect((link0?.generation ?? 0) > 5)
        #expect(stage.watchViolations.isEmpty)
    }

    @Test("a refresh that brings no new refresh token keeps the old one")
    func keepsOld() {
        link()
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1,
            "patch": ["pointer": "/refresh_token", "remove": true],
        ])
        stage.run(seconds: 8 * 3600)
        let held =
            link0.flatMap { link in try? stage.read { reads throws(StoreError) in try reads.grant(.first, link.id) } }
            ?? nil
        #expect(held?.sealedRefresh != nil)
        #expect((held?.generation ?? 0) >= 2)
    }

    @Test("the refresh answer never comes: said plainly, nothing is spent twice, what was shown stays")
    func lostAnswer() {
        link()
        let before = amount
        stage.fault(["match": ["endpoint": "token", "grant": "refresh_token"], "cutAfterBytes": 5])
        stage.run(seconds: 9 * 3600)
        #expect(link0?.state == .active)
        #expect(link0?.condition.kind == .outcomeUnknown)
        #expect(requests("POST /token") == 2)
        #expect(amount == before)
        stage.run(seconds: 2 * 86_400)
        #expect(requests("POST /token") == 2)
    }

    @Test("a crash after the answer was kept: it is parsed again at the start, and nothing is spent twice")
    func crashAfterAnswer() {
        var settled = 0
        for fuse in 1...30 {
            let stage = Stage(seed: UInt64(100 + fuse), provider: Shipped.skyways, runner: MemoryRunner())
            stage.run(seconds: 1)
            stage.link(member: 0)
            stage.run(seconds: 7 * 3600 - 600)
            stage.light(fuse: fuse)
            stage.run(seconds: 12 * 3600)
            #expect(stage.violations().isEmpty, "fuse \(fuse)")
            #expect(stage.watchViolations.isEmpty, "fuse \(fuse)")
            let link = stage.links().first
            #expect(link?.state == .active, "fuse \(fuse)")
            #expect(link?.condition.kind == .ok || link?.condition.kind == .outcomeUnknown, "fuse \(fuse)")
            settled += stage.logLines.count { $0.contains("unfinished spends") && $0.contains("settled=1") }
        }
        #expect(settled > 0, "no kept answer was parsed at a start")
    }

    @Test("the provider is out of reach at the start: a kept answer is parsed as soon as it is back")
    func answerKept() {
        for fuse in 1...40 {
            let stage = Stage(seed: UInt64(300 + fuse), provider: Shipped.skyways, runner: MemoryRunner())
            stage.run(seconds: 1)
            stage.link(member: 0)
            stage.run(seconds: 5 * 3600)
            stage.light(fuse: fuse, thenDown: true)
            stage.run(seconds: 3 * 3600)
            let open = (try? stage.read { reads throws(StoreError) in try reads.unfinishedSpends() }) ?? []
            stage.setDown(false)
            stage.run(seconds: 12 * 3600)
            guard open.first?.raw != nil else { continue }
            #expect(stage.links().first?.condition == .ok, "fuse \(fuse)")
            #expect(stage.watchViolations.isEmpty)
            return
        }
        Issue.record("no crash fell between the answer and its parsing")
    }

    @Test("the grant is refused for good: consent is asked for once, and no further call is made")
    func refused() {
        link()
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"],
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"], "body": "{\"error\":\"invalid_grant\"}",
                "unprocessed": true,
            ],
        ])
        stage.run(seconds: 10 * 3600)
        #expect(link0?.state == .needsConsent(.invalidGrant))
        let calls = stage.requests.count
        stage.run(seconds: 3 * 86_400)
        #expect(stage.requests.count == calls)
    }

    @Test("neither a 502 in HTML, nor a 500, nor invalid_client ends a link", arguments: ["html", "500", "client"])
    func survives(_ kind: String) {
        link()
        let bodies: [String: JSON] = [
            "html": [
                "status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>x</h1>", "unprocessed": true,
            ],
            "500": ["status": 500, "body": "{\"error\":\"server_error\"}", "unprocessed": true],
            "client": ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true],
        ]
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 3, "replace": bodies[kind]!,
        ])
        stage.run(seconds: 86_400)
        #expect(link0?.state == .active)
    }

    // The API

    @Test("401 from the API: one refresh, once more, and all is well")
    func unauthorized() {
        link()
        stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "{}",
            ],
        ])
        stage.run(seconds: 120)
        let before = requests("POST /token")
        pull()
        #expect(requests("POST /token") == before + 1)
        #expect(link0?.condition == .ok)
    }

    @Test("401 again after a fresh token: no loop, the provider fails")
    func unauthorizedAgain() {
        link()
        stage.run(seconds: 120)
        stage.fault(["match": ["endpoint": "api"], "replace": ["status": 401, "body": "{}"]])
        let before = requests("POST /token")
        pull()
        #expect(requests("POST /token") <= before + 2)
        #expect(link0?.state == .active)
        #expect(link0?.condition.kind == .degraded)
    }

    @Test("403 insufficient_scope on what everything hangs on: the person is asked, the values stay")
    func forbidden() {
        link()
        let before = amount
        stage.fault([
            "match": ["endpoint": "api"],
            "replace": [
                "status": 403, "body": "{}",
                "headers": ["WWW-Authenticate": "Bearer error=\"insufficient_scope\", scope=\"loyalty.read\""],
            ],
        ])
        stage.run(seconds: 7 * 3600)
        #expect(link0?.state == .needsConsent(.insufficientScope))
        #expect(link0?.note?.contains("loyalty.read") == true)
        #expect(amount == before)
    }

    @Test("429 with Retry-After: waited for, said, and over afterwards")
    func limited() {
        link()
        stage.run(seconds: 120)
        stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": ["status": 429, "headers": ["Retry-After": "900"], "body": "{}"],
        ])
        let calls = requests("/v2/me")
        pull()
        #expect(link0?.condition.kind == .rateLimited)
        #expect(requests("/v2/me") == calls + 1)
        stage.run(seconds: 1000)
        #expect(link0?.condition == .ok)
    }

    @Test("a provider that is down for an hour: the last values stay, with their age, and it heals by itself")
    func down() {
        link()
        let before = amount
        let seen = stage.accounts()?["accounts"]?[0]?["observedAt"]?.string
        stage.run(seconds: 5 * 3600 + 1800)
        stage.setDown(true)
        stage.run(seconds: 3600)
        #expect(link0?.state == .active)
        #expect(link0?.condition.kind == .degraded)
        #expect(amount == before)
        #expect(stage.accounts()?["accounts"]?[0]?["observedAt"]?.string == seen)
        stage.setDown(false)
        stage.run(seconds: 8 * 3600)
        #expect(link0?.condition == .ok)
        #expect(stage.accounts()?["accounts"]?[0]?["observedAt"]?.string != seen)
    }

    @Test("a kill in the middle of a pull loses nothing that was shown", arguments: 1...12)
    func killed(_ fuse: Int) {
        link()
        let before = stage.accounts()?["accounts"]?.array?.count
        stage.run(seconds: 120)
        stage.light(fuse: fuse)
        pull()
        stage.light(fuse: 0)
        stage.run(seconds: 8 * 3600)
        #expect(stage.accounts()?["accounts"]?.array?.count == before)
        #expect(link0?.condition.kind != .degraded)
        #expect(stage.violations().isEmpty)
    }

    // Unlinking

    @Test("unlink: revoked at the provider, every row gone, the receipt says so")
    func unlink() {
        link()
        let id = link0!.id
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        #expect(stage.links().isEmpty)
        #expect(stage.accounts()?["accounts"]?.array == [])
        #expect(requests("POST /revoke") == 2)
    }

    @Test("unlinked while a refresh is on its way: what still arrives is revoked too, and never used")
    func unlinkInFlight() {
        link()
        stage.run(seconds: 2 * 3600)
        stage.fault(["match": ["endpoint": "token"], "times": 1, "delayMilliseconds": 40_000])
        let id = link0!.id
        stage.act { door in _ = try? await door.requestPull(.first, id) }
        for _ in 0..<120 where requests("POST /token") < 2 { stage.run(seconds: 1) }
        #expect(requests("POST /token") == 2)
        let pulls = requests("/v2/me")
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        #expect(requests("POST /revoke") == 2)
        stage.run(seconds: 120)
        #expect(requests("POST /revoke") == 4)
        #expect(requests("/v2/me") == pulls)
        #expect(stage.links().isEmpty)
    }

    @Test("a provider that cannot revoke right now: the data goes at once, the revocation follows")
    func revocationFails() {
        link()
        stage.fault([
            "match": ["endpoint": "revoke"], "times": 2, "replace": ["status": 503, "body": "", "unprocessed": true],
        ])
        let id = link0!.id
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .pending)
        #expect(stage.links().isEmpty)
        stage.run(seconds: 3600)
        let receipts = (try? stage.read { reads throws(StoreError) in try reads.receipts(.first) }) ?? []
        #expect(receipts.map(\.answer) == [.revoked])
    }

}
