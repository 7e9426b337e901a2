import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Refreshes that failed are not tried again at once; failures elsewhere are no reason for one.
@Suite("Days of cooling down")
struct CoolDownDayTests {
    private static let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]

    /// Failures that leave nothing in doubt, and how long the provider is left alone after the first, in seconds.
    private static let failures: [(String, JSON, Int64)] = [
        ("a wall before it", ["status": 403, "headers": ["Content-Type": "text/html"], "body": "<h1>no</h1>"], 3),
        ("our client refused", ["status": 401, "body": ["error": "invalid_client"]], 3),
        ("a bad request", ["status": 400, "body": ["error": "invalid_request"]], 3),
        ("too many requests", ["status": 429, "body": "slow down"], 3),
        ("the grant refused", ["status": 400, "body": ["error": "invalid_grant"]], 900),
    ]

    @Test(
        "C19: a refresh that failed is tried again later and later, however often somebody asks",
        arguments: Case.all(0...failures.count - 1))
    func later(_ one: Case) {
        let day = Day(one.name, seed: 3800 + one.number)
        let (name, replaced, least) = Self.failures[one.number]
        day.link()
        var answer = replaced.object!
        answer["unprocessed"] = true
        day.stage.fault(["match": Self.refresh, "replace": .object(answer)])
        // Every access token has ended when the machine wakes.
        day.stage.sleep(seconds: 86_400)
        let before = day.calls("token")
        let id = day.first!.id
        for _ in 0..<360 {
            day.stage.act { door in _ = try? await door.requestPull(.first, id) }
            day.stage.run(seconds: 10)
        }
        let times = Array(day.tokenTimes.dropFirst(before))
        #expect(times.count > 1 || least > 3, "\(name): never tried again")
        let gaps = zip(times, times.dropFirst()).map { $1.milliseconds(since: $0) }
        #expect(gaps.allSatisfy { $0 >= least * 1000 }, "\(name): \(gaps)")
        // Nobody may ask more often than once a minute, and what was asked is one attempt.
        #expect(times.count <= 60, "\(name): \(times.count) in an hour")
        #expect(day.first?.state == .active || least > 3)
        day.expectSound(Comment(rawValue: name))
    }

    @Test("C19: left alone, a link whose refresh fails is tried ever more rarely", arguments: Shipped.names)
    func rarely(_ name: String) {
        let day = Day(name, seed: 3850)
        day.link()
        day.stage.fault([
            "match": Self.refresh,
            "replace": ["status": 403, "headers": ["Content-Type": "text/html"], "body": "no", "unprocessed": true],
        ])
        day.stage.sleep(seconds: 86_400)
        let before = day.calls("token")
        day.stage.run(seconds: 86_400)
        let times = Array(day.tokenTimes.dropFirst(before))
        let gaps = zip(times, times.dropFirst()).map { $1.milliseconds(since: $0) }
        for (number, gap) in gaps.enumerated() {
            let most = min(30 << min(number, 12), 6 * 3600) * 1000
            #expect(gap >= Int64(most / 10), "the \(number + 1)th try came after \(gap) ms")
        }
        #expect((5...40).contains(times.count), "\(times.count) tries in a day")
        #expect(day.first?.state == .active)
        day.expectSound()
    }

    private static let outages: [(String, JSON)] = [
        ("the connection breaks", ["cutAfterBytes": -1]),
        ("nothing comes in time", ["delayMilliseconds": 120_000]),
        ("a gateway", ["replace": ["status": 502, "body": "<h1>x</h1>", "unprocessed": true]]),
        ("a failure", ["replace": ["status": 500, "body": "{}", "unprocessed": true]]),
        ("a refusal that is no 401", ["replace": ["status": 403, "body": "no", "unprocessed": true]]),
        ("nonsense", ["replace": ["status": 200, "body": "<h1>x</h1>", "unprocessed": true]]),
    ]

    private func fault(_ match: JSON, _ effect: JSON) -> JSON {
        var fault = JSONObject([("match", match)])
        for member in effect.object?.members ?? [] { fault[member.name] = member.value }
        return .object(fault)
    }

    @Test(
        "C20: an API that is out of reach, or fails, burns no refresh token", arguments: Case.all(0...outages.count))
    func apiDown(_ one: Case) {
        let day = Day(one.name, seed: 2800 + one.number)
        day.link()
        // Nobody may ask for a pull right after the last one.
        day.stage.run(seconds: 120)
        let before = day.calls("token")
        if one.number < Self.outages.count {
            day.stage.fault(fault(["endpoint": "api"], Self.outages[one.number].1))
        } else {
            day.stage.setDown(true)
        }
        day.pull(seconds: 300)
        #expect(day.first?.condition.kind == .degraded)
        day.pull(seconds: 300)
        #expect(day.first?.state == .active && day.first?.condition.kind == .degraded)
        #expect(day.calls("token") == before, "a refresh token was spent")
        day.expectSound()
    }

    @Test(
        "C20: UserInfo that is out of reach, or fails, burns no refresh token: the link waits, and is finished by the same one",
        arguments: 0..<outages.count)
    func userinfoDown(_ number: Int) {
        let (words, outage) = Self.outages[number]
        let provider = Shipped.provider("skyways", ["authorization", "identity"], ["from": "userinfo"])
        let day = Day(provider, seed: 2850 + number)
        day.stage.fault(fault(["endpoint": "userinfo"], outage))
        day.link()
        #expect(day.first?.state == .linking, "\(words): \(String(describing: day.first?.state))")
        day.stage.run(seconds: 600)
        #expect(day.first?.state == .linking && day.calls("userinfo") > 1, "\(words)")
        #expect(day.calls("token") == 1, "\(words): a refresh token was spent")
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 2400)
        #expect(day.first?.state == .active && day.first?.condition == .ok, "\(words)")
        #expect(day.calls("token") == 1, "\(words): a refresh token was spent")
        day.expectSound()
    }

    @Test("C20: a 401, and nothing else, is what a refresh is for: one", arguments: Shipped.names)
    func unauthorized(_ name: String) {
        let day = Day(name, seed: 2890)
        day.link()
        day.stage.run(seconds: 1000)
        let before = day.calls("token")
        day.stage.fault([
            "match": ["endpoint": "api", "path": .string(day.essential.path)], "times": 1,
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "",
                "unprocessed": true,
            ],
        ])
        day.pull(seconds: 120)
        #expect(day.calls("token") == before + 1)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }
}
