import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days of a valuation provider, which is asked in our own name.
@Suite("Days of a feed")
struct FeedDayTests {
    private static let name = "pointsbourse"
    private static let api: JSON = ["endpoint": "api"]
    private static let token: JSON = ["endpoint": "token"]

    /// A stage with that provider alone, on which the first pull has gone well.
    private struct Market {
        let stage: Stage

        init(_ provider: SimulatedProvider = Shipped.provider(FeedDayTests.name), seed: Int, isPulled: Bool = true) {
            stage = Stage(seed: UInt64(seed), provider: provider, runner: MemoryRunner())
            stage.run(seconds: isPulled ? 60 : 1)
            if isPulled { #expect(feed?.condition == .ok && values.count == 4 && partners.count == 5) }
        }

        var feed: Feed? { stage.feeds().first }
        var values: [PointValue] {
            (try? stage.read { reads throws(StoreError) in try reads.pointValues(of: FeedDayTests.name) }) ?? []
        }
        var partners: [TransferPartner] {
            (try? stage.read { reads throws(StoreError) in try reads.transferPartners(of: FeedDayTests.name) }) ?? []
        }
        var tokens: Int { stage.calls("token") }
        var asked: Int { stage.calls("api") }

        func events(_ what: String) -> Int {
            stage.mockLedger["events"]?.array?.count { $0["what"]?.string == what } ?? 0
        }

        /// Asks for a pull and waits for it.
        func pull(seconds: Int64 = 120) {
            stage.run(seconds: 61)
            stage.act { door in
                _ = try? await door.requestFeed(FeedDayTests.name)
                _ = try? await door.tick(freeSlots: 4)
            }
            stage.run(seconds: seconds)
        }

        func expectSound(_ place: SourceLocation = #_sourceLocation) {
            #expect(stage.violations().isEmpty, sourceLocation: place)
            #expect(stage.watchViolations.isEmpty, sourceLocation: place)
        }
    }

    @Test("A small quota is kept on a disk that takes its time, too: what is reserved is not behind the clock already")
    func slowDisk() {
        let market = Market(seed: 2)
        market.stage.setSlowness(milliseconds: 40)
        // Until nothing of the quota is used.
        market.stage.run(seconds: 6 * 3600)
        let before = market.asked
        market.pull()
        #expect(market.asked == before + 3)
        #expect(market.feed?.condition == .ok, "\(market.feed?.condition.cause ?? "")")
        market.expectSound()
    }

    @Test("A feed is pulled by itself, on its own schedule, and links nobody")
    func schedule() {
        let market = Market(seed: 1)
        #expect(market.stage.links().isEmpty)
        #expect(market.tokens == 1 && market.asked == 3)
        let seen = market.feed?.valuesSeen
        #expect(seen?.staleAfter == seen?.observedAt.adding(seconds: 2 * 86_400))
        let due = market.feed?.dueAt?.milliseconds(since: seen?.observedAt ?? market.stage.now) ?? 0
        #expect((38_880_000...47_520_000).contains(due), "12 h, give or take a tenth: \(due)")
        market.stage.run(seconds: 3 * 86_400)
        #expect((15...24).contains(market.asked - 3), "\(market.asked)")
        #expect(market.feed?.condition == .ok)
        #expect(market.events("refused") == 0)
        market.expectSound()
    }

    @Test("A token is used as long as it is good, and asked for anew when it ends")
    func tokenLives() {
        let market = Market(seed: 2)
        market.pull()
        #expect(market.asked == 6 && market.tokens == 1)
        market.stage.run(seconds: 900)
        market.pull()
        #expect(market.asked == 9 && market.tokens == 2)
        #expect(market.events("refused") == 0)
        market.expectSound()
    }

    @Test("A 401 costs one new token and one more try")
    func unauthorized() {
        let market = Market(seed: 3)
        market.stage.fault(["match": Self.api, "times": 1, "revoke": true])
        market.pull()
        #expect(market.tokens == 2 && market.feed?.condition == .ok)
        #expect(market.feed?.valuesSeen?.observedAt ?? Stage.start > market.stage.now.adding(seconds: -130))
        market.expectSound()
    }

    @Test("A provider that refuses what it has just given out is not asked for more and more tokens; values stay")
    func unauthorizedForever() {
        let market = Market(seed: 4)
        let before = market.feed?.valuesSeen
        market.stage.fault(["match": Self.api, "replace": ["status": 401, "body": "{}"]])
        market.pull(seconds: 5)
        #expect(market.tokens == 2, "the one that was held, and a new one")
        #expect(market.feed?.condition.cause?.contains("it has just given") == true)
        #expect(market.feed?.valuesSeen == before && market.values.count == 4)
        let (tokens, failures) = (market.tokens, market.feed?.failures ?? 0)
        market.stage.run(seconds: 3600)
        let tries = (market.feed?.failures ?? 0) - failures
        #expect(tries > 1 && tries < 30)
        #expect(market.tokens - tokens == tries, "each try costs one token, not two")
        market.stage.fault(["clear": true])
        market.stage.run(seconds: 86_400)
        #expect(market.feed?.condition == .ok)
        market.expectSound()
    }

    private static let waits: [(String, JSON)] = [("api", api), ("token", token)]

    @Test("Retry-After is obeyed, shown, and outlives a crash; the last values stay", arguments: waits)
    func retryAfter(_ endpoint: String, _ match: JSON) {
        let market = Market(seed: 5)
        market.stage.run(seconds: 900)
        let before = market.feed?.valuesSeen
        market.stage.fault([
            "match": match, "times": 1, "replace": ["status": 429, "headers": ["Retry-After": "3000"], "body": "slow"],
        ])
        market.pull(seconds: 10)
        #expect(market.feed?.condition.kind == .rateLimited)
        #expect(market.feed?.failures == 0, "to be told when to come back is no failure")
        #expect(market.values.count == 4 && market.feed?.valuesSeen == before)
        let calls = market.stage.calls(endpoint)
        market.stage.run(seconds: 1000)
        market.stage.crash()
        market.stage.act { _ = try? await $0.requestFeed(Self.name) }
        market.stage.run(seconds: 1800)
        #expect(market.stage.calls(endpoint) == calls, "asked again before its time")
        market.stage.run(seconds: 600)
        #expect(market.feed?.condition == .ok && market.stage.calls(endpoint) > calls)
        market.expectSound()
    }

    @Test("A quota a day is never overdrawn, however often somebody asks")
    func quota() {
        let market = Market(
            Shipped.provider(
                Self.name,
                manifest: [(["api", "limits"], ["perSecond": "5", "perDay": "10", "inFlight": 1])],
                mock: [(["limits"], ["perDay": 10])]), seed: 6)
        for _ in 0..<50 { market.pull(seconds: 600) }
        #expect(market.events("over-quota") == 0)
        #expect((5...18).contains(market.asked), "\(market.asked) calls in ten hours")
        #expect(market.values.count == 4)
        market.expectSound()
    }

    private static let answers: [(String, JSON, String)] = [
        (
            "the client is refused", ["status": 401, "body": ["error": "invalid_client"]],
            "client registration is refused"
        ),
        (
            "the grant is not for us", ["status": 400, "body": ["error": "unauthorized_client"]],
            "registration is refused"
        ),
        ("the scope is too wide", ["status": 400, "body": ["error": "invalid_scope"]], "registration is refused"),
        ("there is no such grant", ["status": 400, "body": ["error": "unsupported_grant_type"]], "is refused"),
        ("it fails", ["status": 500, "body": "{}"], "failed (HTTP 500)"),
        ("a page", ["status": 200, "body": "<h1>x</h1>"], "not JSON"),
        ("no token", ["status": 200, "body": ["token_type": "Bearer"]], "no token response"),
        (
            "another kind of token", ["status": 200, "body": ["access_token": "x", "token_type": "mac"]],
            "no token response"
        ),
        ("a redirect", ["status": 302, "headers": ["Location": "https://a.example"], "body": ""], "redirects"),
    ]

    @Test("No token: it is said why, tried more and more rarely, and what is known stays", arguments: 0..<answers.count)
    func noToken(_ number: Int) {
        let (_, answer, words) = Self.answers[number]
        let market = Market(seed: 20 + number)
        let before = market.feed?.valuesSeen
        market.stage.run(seconds: 900)
        let (calls, asked) = (market.tokens, market.asked)
        market.stage.fault(["match": Self.token, "replace": answer])
        market.pull(seconds: 86_400)
        #expect(market.feed?.condition.cause?.contains(words) == true, "\(market.feed?.condition.cause ?? "")")
        #expect((5...40).contains(market.tokens - calls), "\(market.tokens - calls) tries in a day")
        #expect(market.asked == asked, "nothing is asked without a token")
        #expect(market.values.count == 4 && market.feed?.valuesSeen == before)
        market.stage.fault(["clear": true])
        market.stage.run(seconds: 43_200)
        #expect(market.feed?.condition == .ok)
        market.expectSound()
    }

    @Test("A refresh token that comes along is not kept, and no request ever carries it")
    func noRefresh() {
        let market = Market(seed: 40)
        market.stage.fault([
            "match": Self.token, "patch": ["pointer": "/refresh_token", "value": "rt_that_nobody_asked_for"],
        ])
        market.stage.run(seconds: 2 * 86_400)
        #expect(market.feed?.condition == .ok && market.tokens > 3)
        #expect(market.events("refused") == 0 && market.events("spent") == 0)
        market.expectSound()
    }

    @Test(
        "A crash at any point costs nothing but time: what is there is whole, and the pull is made again",
        arguments: 1...16)
    func crashes(_ fuse: Int) {
        let market = Market(seed: 50 + fuse, isPulled: false)
        market.stage.light(fuse: fuse)
        market.stage.run(seconds: 300)
        #expect(market.values.count == 4 && market.partners.count == 5)
        #expect(market.feed?.condition == .ok && market.feed?.isLeased == false)
        market.expectSound()
    }

    @Test("A start keeps values and times, and asks for another token when it is time")
    func restarts() {
        let market = Market(seed: 70)
        let (before, asked) = (market.feed, market.asked)
        market.stage.crash()
        market.stage.run(seconds: 3600)
        #expect(market.feed == before && market.asked == asked && market.values.count == 4)
        market.pull()
        #expect(market.asked == asked + 3 && market.tokens == 2)
        market.expectSound()
    }

    @Test("What one request does not bring stays as it was with its date; the others' is new, and it is said")
    func part() {
        let market = Market(seed: 71)
        let before = market.feed?.partnersSeen
        market.stage.fault([
            "match": ["endpoint": "api", "path": "/market/v1/transfers"],
            "replace": [
                "status": 403,
                "headers": ["WWW-Authenticate": "Bearer error=\"insufficient_scope\", scope=\"market.transfers\""],
                "body": "{}",
            ],
        ])
        market.pull()
        #expect(market.feed?.valuesSeen != before && market.feed?.partnersSeen == before)
        #expect(market.partners.count == 5)
        #expect(market.feed?.condition.cause == "transfers: not allowed, it needs the scope market.transfers")
        #expect(market.feed?.failures ?? 0 > 0)
        market.expectSound()
    }

    @Test("Pages that break off in the middle replace nothing")
    func halfAStream() {
        let market = Market(seed: 72)
        market.stage.fault([
            "match": ["endpoint": "api", "path": "/market/v1/transfers"], "patch": ["pointer": "/pages", "value": 3],
        ])
        market.stage.fault([
            "match": ["endpoint": "api"], "after": 2, "times": 1, "replace": ["status": 500, "body": "{}"],
        ])
        market.pull(seconds: 8)
        #expect(market.partners.count == 5)
        #expect(market.feed?.condition.cause?.hasPrefix("transfers: ") == true)
        market.expectSound()
    }

    @Test("Another client is asked with at once; a wrong one is told, and the values stay")
    func clients() {
        let market = Market(seed: 73)
        let before = market.feed?.valuesSeen
        func set(_ secret: String?) {
            market.stage.act { door in
                guard let secret else {
                    _ = try? await door.removeClient(Self.name)
                    return
                }
                let setting = ClientSetting(
                    clientID: "purser-shop", secret: Secret(secret), redirectURI: nil, scopes: nil)
                _ = try? await door.setClient(Self.name, setting)
            }
            market.stage.run(seconds: 60)
        }
        set("wrong")
        #expect(market.feed?.condition.cause?.hasPrefix("the client registration is refused") == true)
        #expect(market.feed?.valuesSeen == before && market.values.count == 4)
        set(nil)
        #expect(market.feed?.condition == .ok && market.feed?.valuesSeen != before)
        market.expectSound()
    }

    @Test("Without a client it rests and says what to do; it is no link that a person could begin")
    func nobody() {
        let market = Market(
            Shipped.provider(Self.name).withoutClient, seed: 74,
            isPulled: false)
        market.stage.run(seconds: 3600)
        #expect(market.feed?.dueAt == nil)
        #expect(market.feed?.condition.cause?.contains("purser client set pointsbourse") == true)
        #expect(market.stage.requests.isEmpty)
        let problem = market.stage.perform { door, _ -> String in
            do {
                _ = try await door.startLink(Self.name, in: .first, by: .socket(uid: 1))
                return "begun"
            } catch { return "\(error)" }
        }
        #expect(problem?.contains("purser values") == true)
        market.expectSound()
    }

    @Test("Tokens that are bound to a key are shown with it, nonces followed")
    func bound() {
        let market = Market(
            Shipped.provider(
                Self.name, manifest: [(["authorization", "senderConstrained"], "dpop")],
                mock: [(["dpop"], ["nonces": "both"])]), seed: 75, isPulled: false)
        market.stage.run(seconds: 60)
        #expect(market.feed?.condition == .ok && market.values.count == 4)
        #expect(market.stage.violations().isEmpty)
    }

    @Test("Each way of client authentication with a secret", arguments: ["client_secret_basic", "client_secret_post"])
    func methods(_ method: String) {
        let client: JSON = [
            "id": "purser-desk", "authentication": .string(method), "secret": "bourse-71c0e5d2-pretended-and-public",
            "speaksFor": "market",
        ]
        let market = Market(
            Shipped.provider(
                Self.name, manifest: [(["authorization", "clientAuthentication"], .string(method))],
                mock: [(["clients"], [client])]), seed: 76)
        market.expectSound()
    }

    @Test("a token of our own says which API it is for, where the folder names it (RFC 8707)")
    func resources() {
        let api: JSON = "https://api.example/values"
        let insisting: [(path: [String], value: JSON)] = [(["resources"], [api, "https://other.example/"])]
        let named: [(path: [String], value: JSON)] = [(["authorization", "resource"], api)]
        let market = Market(Shipped.provider(Self.name, manifest: named, mock: insisting), seed: 40)
        market.expectSound()
        let silent = Market(Shipped.provider(Self.name, mock: insisting), seed: 41, isPulled: false)
        silent.stage.run(seconds: 60)
        #expect(silent.feed?.condition.cause?.contains("invalid_target") == true && silent.values.isEmpty)
    }
}

extension SimulatedProvider {
    /// The same folder without a preset client.
    fileprivate var withoutClient: SimulatedProvider {
        var files = folder.files
        var manifest = (try? JSON.parse(files["manifest.json"] ?? [], limits: .file))?.object ?? JSONObject()
        var authorization = manifest["authorization"]?.object ?? JSONObject()
        authorization["client"] = nil
        manifest["authorization"] = .object(authorization)
        files["manifest.json"] = JSON.object(manifest).bytes
        return SimulatedProvider(
            folder: ProviderFolder(name: folder.name, source: folder.source, files: files), mock: mock)
    }
}
