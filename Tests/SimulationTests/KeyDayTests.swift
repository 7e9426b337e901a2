import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days on which a provider changes the keys it signs with, or says another thing of the sign-in than at first.
@Suite("Bad days of keys and sign-ins")
struct KeyDayTests {
    /// Its keys may be kept for a day: what a refresh brings is judged by those of the link trip.
    private static let skyways = Shipped.provider(
        "skyways", mock: [(["signing"], ["keysCache": "max-age=86400"])])

    private static func atRefresh(_ members: [(String, JSON)], times: Int? = 1) -> JSON {
        var fault = JSONObject([("match", ["endpoint": "token", "grant": "refresh_token"])] + members)
        fault["times"] = times.map { .int($0) }
        return .object(fault)
    }

    @Test("C47: a key replaced under its own kid costs one fetch of the key set", arguments: ["inPlace", "next"])
    func rotation(_ how: String) {
        let day = Day(Self.skyways, seed: 5100)
        day.link()
        #expect(day.calls("jwks") == 1)
        day.stage.fault(Self.atRefresh([("rotateKeys", .string(how))]))
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) == 2)
        #expect(day.calls("jwks") == 2)
        day.expectSound()
    }

    @Test("C46: a kid that is in no key set costs one fetch, and then a question")
    func unknownKid() {
        let day = Day(Self.skyways, seed: 5200)
        day.link()
        day.stage.fault(Self.atRefresh([("idToken", ["header": ["kid": "nobody's"]])]))
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .suspended(.identityChanged))
        #expect(day.first?.note?.contains("signature") == true)
        #expect(day.calls("jwks") == 2)
        day.expectSound()
    }

    @Test("Keys that were replaced a moment after they were fetched: later, and not a forgery", arguments: 0..<6)
    func justBefore(_ number: Int) {
        let day = Day(Self.skyways, seed: 5300 + number)
        day.link()
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": "inPlace"])
        let endings = day.link(1, pause: 1)
        // The key set was fetched up to a minute ago.
        guard case .identifying(let id, let why)? = endings.last else { return #expect(Bool(false), "\(endings)") }
        #expect(why.contains("key set"))
        day.stage.run(seconds: 3600)
        #expect(day.stage.links().first { $0.id == id }?.state == .active)
        #expect(day.calls("jwks") == 2)
        day.expectSound()
    }

    @Test("C51: while no keys can be had, those at hand serve for two days; then refreshes wait, and none is lost")
    func staleKeys() {
        let day = Day("skyways", seed: 5400)
        day.link()
        day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["status": 503, "body": "no"]])
        day.stage.run(seconds: 2 * 86_400 - day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        let refreshed = day.first?.generation ?? 0
        #expect(refreshed > 4)
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active && day.first?.condition.kind != .ok)
        // One refresh was sent after that; what came is kept until somebody can say whose it is.
        #expect((day.first?.generation ?? 0) <= refreshed + 2)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test("while nobody can say whose new tokens are, the link says that they wait for its provider's keys")
    func newTokensWait() {
        let day = Day("skyways", seed: 5450)
        day.link()
        day.stage.run(seconds: 1200)
        day.stage.fault(Self.atRefresh([("rotateKeys", true)]))
        day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["status": 500, "body": "oops"]])
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "",
                "unprocessed": true,
            ],
        ])
        day.pull(seconds: 10)
        let sent = day.calls("token")
        let words = "the new tokens are kept and wait for the provider's keys: the key set answered HTTP 500"
        func expectWaiting(_ place: SourceLocation = #_sourceLocation) {
            #expect(day.first?.condition.cause == words, sourceLocation: place)
            #expect(day.first.map { Standing.of($0).actor } == .provider, sourceLocation: place)
        }
        expectWaiting()
        // Its access token serves for the hour that it has; then nothing does, and nothing is sent.
        for _ in 0..<8 {
            day.pull(seconds: 900)
            #expect([nil, words].contains(day.first?.condition.cause), "\(day.first?.condition.cause ?? "")")
        }
        expectWaiting()
        day.stage.crash()
        day.stage.run(seconds: 60)
        day.pull()
        expectWaiting()
        #expect(day.calls("token") == sent && day.first?.generation == 1)
        #expect(!day.stage.logLines.contains { $0.contains("database fails") || $0.contains("is not known") })
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect((day.first?.generation ?? 0) >= 2)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    // What the ID token of a refresh says

    private static let others: [(claims: JSON, word: String)] = [
        (["auth_time": 1_700_000_000], "auth_time"), (["nonce": "another"], "nonce"), (["azp": "purser"], "azp"),
        (["iat": 1_700_000_000], "iat"),
    ]

    @Test(
        "C14: a refresh that tells of another sign-in is a question; once answered, it is not asked again",
        arguments: 0..<4)
    func otherSignIn(_ number: Int) {
        let other = Self.others[number]
        let day = Day("skyways", seed: 5500 + number)
        day.link()
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .active && day.first?.generation == 2)
        day.stage.fault(Self.atRefresh([("idToken", ["claims": other.claims])], times: nil))
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .suspended(.identityChanged))
        #expect(day.first?.note?.contains(other.word) == true, "\(day.first?.note ?? "")")
        let calls = day.stage.requests.count
        day.stage.run(seconds: 86_400)
        #expect(day.stage.requests.count == calls, "something was sent with those tokens")
        guard let id = day.first?.id else { return }
        #expect(day.stage.perform { door, _ in try? await door.resume(.first, id) } ?? nil == .done)
        day.stage.run(seconds: 86_400)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("C14: another person's ID token is noticed where UserInfo says who was linked, too, also after a renewal")
    func otherPerson() {
        let provider = Shipped.provider("skyways", ["authorization", "identity"], ["from": "userinfo"])
        for isRenewed in [false, true] {
            let day = Day(provider, seed: 5600)
            day.link()
            // Before any refresh could tell of the member: what the consent told must have come along.
            if isRenewed { day.link() } else { day.stage.run(seconds: day.every * 4 / 3) }
            #expect(day.first?.state == .active && day.first?.condition == .ok)
            day.stage.fault(Self.atRefresh([("idToken", ["claims": ["sub": "sw-1005"]])]))
            day.stage.run(seconds: day.every * 4 / 3)
            #expect(day.first?.state == .suspended(.identityChanged), "renewed: \(isRenewed)")
            day.expectSound()
        }
    }

    // What the ID token says of its code

    private static let hashing = Shipped.provider("skyways", mock: [(["signing"], ["codeHash": true])])
    private static let wrong: JSON = [
        "match": ["endpoint": "token", "grant": "authorization_code"],
        "idToken": ["claims": ["c_hash": "LDktKdoQak3Pk0cnXxCltA"]],
    ]

    @Test("c_hash holds or ends the link, wherever the daemon dies on the way", arguments: 0...24)
    func codeHash(_ fuse: Int) {
        for isWrong in [false, true] {
            let day = Day(Self.hashing, seed: 5700)
            if isWrong { day.stage.fault(Self.wrong) }
            if fuse > 0 { day.stage.light(fuse: fuse) }
            day.link()
            day.stage.run(seconds: 300)
            switch day.stage.links().first?.state {
            case .active?: #expect(!isWrong)
            case .failed(.idTokenInvalid)?: #expect(isWrong && day.first?.note?.contains("c_hash") == true)
            case .failed(let reason)?: #expect(fuse > 0 && [.codeLost, .expired].contains(reason), "\(reason)")
            case let state: #expect(fuse > 0, "\(String(describing: state))")
            }
            day.expectSound()
        }
    }
}
