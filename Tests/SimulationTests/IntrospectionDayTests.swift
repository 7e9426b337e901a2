import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

/// Days at providers that are asked what became of a token (RFC 7662): it tells when something is sent, and is no verdict.
@Suite("Days of introspection")
struct IntrospectionDayTests {
    private static let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]
    /// Served, and the answer lost.
    private static let lost: JSON = ["match": refresh, "times": 1, "cutAfterBytes": -1]
    /// Never served, which nobody can know.
    private static let unserved: JSON = [
        "match": refresh, "times": 1, "replace": ["status": 500, "body": "oops", "unprocessed": true],
    ]
    /// What the API says of a token, whatever it is.
    private static func refusing(_ times: Int) -> JSON {
        [
            "match": ["endpoint": "api"], "times": .int(times),
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "unprocessed": true,
            ],
        ]
    }

    /// - Parameter way: what its mock says of tokens; nil: nobody asks.
    private static func day(
        _ way: String?, seed: Int, rotation: JSON = ["policy": "strict"], accessSeconds: Int = 3600
    ) -> Day {
        let day = Day(
            Shipped.provider(
                "skyways",
                manifest: [(["authorization", "rotation"], rotation)]
                    + (way == nil ? [] : [(["authorization", "introspection"], "json")]),
                mock: [(["accessTokenSeconds"], .int(accessSeconds))]
                    + (way.map { [(["introspection"], .string($0))] } ?? [])),
            seed: seed)
        day.link()
        return day
    }

    private func story(_ day: Day) -> [CustodyEvent] {
        guard let id = day.first?.id else { return [] }
        return (try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }) ?? []
    }

    private func told(_ day: Day, _ kind: CustodyEvent.Kind) -> Int {
        story(day).count { $0.kind == kind.rawValue }
    }

    /// Until the token endpoint has been asked once more than before.
    private func untilRefresh(_ day: Day) {
        let before = day.calls("token")
        for _ in 0..<24 * 60 where day.calls("token") == before { day.stage.run(seconds: 60) }
    }

    // A refresh token in doubt

    @Test("C77: a refresh token that was never spent is sent again as soon as it is called active")
    func neverSpent() {
        let day = Self.day("honest", seed: 7700)
        day.stage.fault(Self.unserved)
        untilRefresh(day)
        #expect(day.calls("introspect") == 0, "asked while an answer could still come")
        day.stage.run(seconds: 600)
        #expect(day.calls("introspect") == 1 && told(day, .stillActive) == 1)
        #expect(day.first?.generation == 2 && day.first?.condition == .ok)
        #expect(day.events("spent again", "refresh") == 0 && day.events("refused", "refresh") == 0)
        day.expectSound()
    }

    /// A link whose access token lives on for days: the API refuses it once, nobody can say why, and the answer to the
    /// refresh is lost.
    private func refusedAndLost(_ way: String?, _ fault: JSON, seed: Int) -> Day {
        let day = Self.day(way, seed: seed, accessSeconds: 20 * 86_400)
        day.stage.run(seconds: 1800)
        if way != nil {
            day.stage.fault(["match": ["endpoint": "introspect"], "times": 1, "replace": ["status": 502]])
        }
        day.stage.fault(Self.refusing(1))
        day.stage.fault(fault)
        day.pull(seconds: 60)
        return day
    }

    @Test("C77: where it is called spent, the access token serves on, and the one replay comes when that is over")
    func spent() {
        let day = refusedAndLost("honest", Self.lost, seed: 7710)
        let (pulls, tokens) = (day.answered, day.calls("token"))
        day.stage.run(seconds: 20 * 3600)
        #expect(day.calls("token") == tokens, "sent again while the access token served")
        #expect(day.calls("introspect") == 2 && told(day, .notActive) == 1)
        #expect(day.first?.state == .active && day.first?.condition.kind == .outcomeUnknown)
        #expect((1...8).contains(day.answered - pulls), "\(day.answered - pulls) pulls in twenty hours")
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.events("refused", "refresh") >= 1)
        #expect(day.first?.state == .needsConsent(.answerLost))
        day.expectSound()
    }

    @Test("C77: an access token that the API refuses serves no more, whatever else was said")
    func refusedMeanwhile() {
        let day = refusedAndLost("inactive", Self.unserved, seed: 7720)
        day.stage.run(seconds: 600)
        let tokens = day.calls("token")
        #expect(told(day, .notActive) == 1)
        day.stage.fault(Self.refusing(1))
        day.stage.run(seconds: 12 * 3600)
        #expect(day.calls("token") == tokens + 1 && day.first?.generation == 2)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test(
        "C77: whatever a provider says of a refresh token that is good, no link is lost, and it heals within a day or so",
        arguments: ["honest", "inactive", "active", "text", "fails"])
    func lies(_ way: String) {
        for (number, lives) in [true, false].enumerated() {
            let seed = 7730 + number
            let day = lives ? refusedAndLost(way, Self.unserved, seed: seed) : Self.day(way, seed: seed)
            if !lives {
                day.stage.fault(Self.unserved)
                untilRefresh(day)
            }
            day.stage.run(seconds: 25 * 3600)
            #expect(day.first?.state == .active && day.first?.condition == .ok, "\(way)")
            #expect((day.first?.generation ?? 0) >= 2, "\(way)")
            #expect(day.calls("introspect") == (lives ? 2 : 1), "\(way)")
            day.expectSound("\(way)")
        }
    }

    @Test(
        "C77: what says nothing that counts leaves all as it is where nobody asks",
        arguments: ["text", "fails"] as [String])
    func nothing(_ way: String) {
        let (day, other) = (
            refusedAndLost(way, Self.lost, seed: 7750), refusedAndLost(nil, Self.lost, seed: 7750)
        )
        for day in [day, other] { day.stage.run(seconds: 3600) }
        #expect(told(day, .stillActive) + told(day, .notActive) == 0)
        #expect(day.events("refused", "refresh") == other.events("refused", "refresh"))
        #expect(other.calls("introspect") == 0 && other.events("refused", "refresh") > 0)
        #expect(day.first?.condition.kind == other.first?.condition.kind)
    }

    @Test("C77: a new start asks once more, and each attempt is asked about once")
    func restarted() {
        let day = refusedAndLost("honest", Self.lost, seed: 7760)
        day.stage.run(seconds: 600)
        #expect(day.calls("introspect") == 2)
        day.stage.crash()
        day.stage.run(seconds: 13 * 3600)
        #expect(day.calls("introspect") == 3)
        #expect(day.first?.state == .active)
        day.expectSound()
    }

    @Test("nobody asks where a replay is harmless")
    func harmless() {
        let day = Self.day("honest", seed: 7770, rotation: ["policy": "graceUntilUsed", "capSeconds": 86_400])
        day.stage.fault(Self.unserved)
        day.stage.run(seconds: 86_400)
        #expect(day.calls("introspect") == 0 && day.first?.condition == .ok)
    }

    @Test("a server that asks to be left alone about tokens is left alone, and holds nobody up but by that")
    func throttled() {
        let day = Self.day("honest", seed: 7780)
        day.stage.fault(Self.unserved)
        day.stage.fault([
            "match": ["endpoint": "introspect"],
            "replace": ["status": 429, "headers": ["Retry-After": "900"], "body": "{}", "unprocessed": true],
        ])
        untilRefresh(day)
        day.stage.run(seconds: 7200)
        #expect(day.calls("introspect") == 1)
        #expect(day.first?.generation == 2 && day.first?.condition == .ok)
        day.expectSound()
    }

    // An access token that the API refuses

    @Test("C77: no refresh token is spent while the API refuses a token that is called active, and the link says so")
    func calledActive() throws {
        let day = Self.day("honest", seed: 7800, accessSeconds: 86_400)
        day.stage.run(seconds: 1800)
        let generation = day.first?.generation
        day.stage.fault(Self.refusing(1000))
        day.pull()
        #expect(day.first?.condition.kind == .degraded)
        #expect(day.first?.condition.cause?.contains("that the provider calls active") == true)
        #expect(told(day, .accessActive) >= 1 && told(day, .accessActive) == day.calls("introspect"))
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 4 * 3600)
        #expect(day.first?.condition == .ok && day.first?.generation == generation)
        day.expectSound()
    }

    @Test("C77: an API that goes on refusing is met with a new token at last: no answer stops a link for good")
    func notForEver() {
        let day = Self.day("active", seed: 7810, accessSeconds: 86_400)
        day.stage.run(seconds: 1800)
        day.stage.fault(Self.refusing(9))
        day.pull()
        day.stage.run(seconds: 20 * 3600)
        #expect(day.calls("introspect") == 8, "eight failures in a row are spared")
        #expect(day.first?.generation == 2 && day.first?.condition == .ok)
        day.expectSound()
    }

    @Test(
        "C77: an access token that is not called active is replaced at once, as where nobody asks",
        arguments: [("inactive", 1), ("text", 1), ("fails", 1), (nil, 0)] as [(String?, Int)])
    func asToday(way: String?, asked: Int) {
        let day = Self.day(way, seed: 7820, accessSeconds: 86_400)
        day.stage.run(seconds: 1800)
        day.stage.fault(Self.refusing(1))
        day.pull()
        #expect(day.first?.generation == 2 && day.first?.condition == .ok)
        #expect(day.calls("introspect") == asked && told(day, .accessActive) == 0)
        day.expectSound()
    }

    @Test("C77: while it is not known who was linked nobody asks: a link that is being made is not ended by an answer")
    func identifying() {
        let day = Day(
            Shipped.provider(
                "skyways",
                manifest: [
                    (["authorization", "introspection"], "json"),
                    (["authorization", "identity"], ["from": "userinfo"]),
                ],
                mock: [(["introspection"], "active"), (["accessTokenSeconds"], 86_400)]), seed: 7835)
        // Later than a token is fresh, and after one failure.
        for (status, name, value): (Int, String, JSON) in [
            (503, "Retry-After", "1800"), (401, "WWW-Authenticate", "Bearer error=\"invalid_token\""),
        ] {
            day.stage.fault([
                "match": ["endpoint": "userinfo"], "times": 1,
                "replace": [
                    "status": .int(status), "headers": .object(JSONObject([(name, value)])), "unprocessed": true,
                ],
            ])
        }
        day.link()
        #expect(day.first?.state == .linking)
        day.stage.run(seconds: 6 * 3600)
        #expect(day.first?.state == .active && day.first?.generation == 2)
        #expect(day.calls("introspect") == 0)
        day.expectSound()
    }

    @Test("C77: where no lifetime is named a 401 is how the end is told, and nobody asks")
    func noLifetime() {
        let day = Day(
            Shipped.provider(
                "skyways", manifest: [(["authorization", "introspection"], "json")],
                mock: [(["introspection"], "active"), (["statesLifetime"], false)]), seed: 7830)
        day.link()
        day.stage.run(seconds: 86_400)
        #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) > 1)
        #expect(day.calls("introspect") == 0)
        day.expectSound()
    }

    // Whose word it is

    private static let twists: [(String, JSON)] = [
        ("active as text", ["claims": ["token_introspection": ["active": "true"]]]),
        ("active outside", ["claims": ["active": true], "remove": ["token_introspection"]]),
        ("another client's token", ["claims": ["token_introspection": ["active": true, "client_id": "another"]]]),
        ("another issuer's", ["claims": ["iss": "https://op.example"]]),
        ("for another client", ["claims": ["aud": "another"]]), ("old", ["shift": ["iat": -900]]),
        ("a broken signature", ["breakSignature": true]), ("unsigned", ["unsigned": true]),
        ("by a stranger", ["stranger": true]), ("another type", ["header": ["typ": "JWT"]]),
    ]

    @Test("C77: signed answers are checked by the provider's keys; any other says nothing", arguments: twists)
    func signed(words: String, twist: JSON) {
        let day = Day(Shipped.provider("railpass", mock: [(["accessTokenSeconds"], 86_400)]), seed: 7840)
        func refused() {
            day.stage.fault(Self.refusing(1), at: "railpass")
            day.pull()
        }
        day.link()
        day.stage.run(seconds: 1800)
        let generation = day.first?.generation ?? 0
        refused()
        #expect(told(day, .accessActive) == 1 && day.first?.generation == generation, "the good one counts")
        day.stage.run(seconds: 3600)
        #expect(day.first?.condition == .ok && day.calls("introspect") == 1)
        day.stage.fault(["match": ["endpoint": "introspect"], "introspection": twist], at: "railpass")
        refused()
        #expect(day.calls("introspect") == 2 && told(day, .accessActive) == 1, "\(words)")
        #expect(day.first?.generation == generation + 1, "\(words)")
        day.expectSound("\(words)")
    }

    @Test("C77: JSON where a signed answer was asked for, and a signed one where JSON was, say nothing")
    func otherForm() {
        for (form, signing) in [("jwt", [:]), ("json", ["introspection": "RS256"])] as [(JSON, JSON)] {
            let day = Day(
                Shipped.provider(
                    "skyways", manifest: [(["authorization", "introspection"], form)],
                    mock: [
                        (["introspection"], "honest"), (["accessTokenSeconds"], 86_400), (["signing"], signing),
                    ]), seed: 7850)
            day.link()
            day.stage.run(seconds: 1800)
            if form == "json" {
                day.stage.fault([
                    "match": ["endpoint": "introspect"],
                    "headers": ["Content-Type": "application/token-introspection+jwt"],
                ])
            }
            day.stage.fault(Self.refusing(1))
            day.pull()
            #expect(day.calls("introspect") == 1 && told(day, .accessActive) == 0)
            #expect(day.first?.generation == 2 && day.first?.condition == .ok)
            day.expectSound()
        }
    }

    // Where it is

    @Test("C44: nobody is sent to a server that cannot be asked as its folder says, unless the folder says where")
    func noEndpoint() {
        func provider(_ endpoints: JSON?) -> SimulatedProvider {
            Shipped.provider(
                "skyways",
                manifest: [(["authorization", "introspection"], "json")]
                    + (endpoints.map { [(["authorization", "endpoints"], $0)] } ?? []),
                mock: [(["introspection"], "honest"), (["discovery"], ["omits": ["introspection_endpoint"]])])
        }
        let day = Day(provider(nil), seed: 7860)
        guard case .notBegun(let problem) = day.stage.link() else { return #expect(Bool(false), "sent away") }
        #expect(problem.description.contains("introspection_endpoint"))
        let named = Day(provider(["introspection": "http://127.0.0.1:7901/introspect"]), seed: 7861)
        named.link()
        #expect(named.first?.state == .active)
    }

    @Test("C45: a token goes nowhere any more when its document names another place to ask")
    func moved() {
        for isRefused in [false, true] {
            let day = Self.day("honest", seed: 7870, accessSeconds: isRefused ? 86_400 : 3600)
            day.stage.fault([
                "match": ["endpoint": "discovery"],
                "patch": ["pointer": "/introspection_endpoint", "value": "http://127.0.0.1:7901/elsewhere"],
            ])
            day.stage.run(seconds: 2 * 3600)
            // An access token that is refused goes there no more than a refresh token.
            if isRefused {
                day.stage.fault(Self.refusing(1))
                day.pull()
            }
            day.stage.run(seconds: 86_400)
            #expect(day.first?.state == .suspended(.configurationChanged))
            #expect(day.calls("introspect") == 0 && !day.stage.requests.contains { $0.contains("/elsewhere") })
        }
    }
}
