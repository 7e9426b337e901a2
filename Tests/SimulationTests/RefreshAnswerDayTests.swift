import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Refreshes that bring something else than what was consented to.
@Suite("Days of strange refreshes")
struct RefreshAnswerDayTests {
    private static let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]

    /// What a refresh is answered with, and what of it the question must name.
    private static let more: [(JSON, String)] = [
        (["pointer": "/scope", "value": "openid loyalty.read payments.write"], "payments.write"),
        (["pointer": "/resource", "value": "https://payments.example/"], "resource=https://payments.example/"),
        (
            ["pointer": "/authorization_details", "value": [["type": "payment_initiation", "amount": "1000"]]],
            "authorization_details=payment_initiation"
        ),
    ]

    @Test(
        "C13: a refresh that brings more than anybody asked for, be it scope, resource or details, is not used: a question",
        arguments: Case.all(0...2))
    func widened(_ one: Case) {
        let day = Day(one.name, seed: 2600 + one.number)
        let (patch, told) = Self.more[one.number]
        day.link()
        day.stage.fault(["match": Self.refresh, "times": 1, "patch": patch])
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .suspended(.scopeWidened))
        #expect(day.first?.note?.contains(told) == true, "\(day.first?.note ?? "")")
        let calls = day.stage.requests.count
        day.stage.run(seconds: 86_400)
        #expect(day.stage.requests.count == calls, "something was sent with the wider token")
        guard let id = day.first?.id else { return }
        // Once it was answered, the same again is no question any more.
        day.stage.fault(["match": Self.refresh, "patch": patch])
        let answer = day.stage.perform { door, _ in try? await door.resume(.first, id) } ?? nil
        #expect(answer == .done)
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("C13: what the consent itself brought beside scopes may come again; something else in its place may not")
    func differing() {
        for isOther in [false, true] {
            let day = Day("brewhaus", seed: 2650)
            let consented: JSON = [
                "pointer": "/authorization_details", "value": [["type": "card", "rights": ["read"]]],
            ]
            let other: JSON = [
                "pointer": "/authorization_details", "value": [["type": "card", "rights": ["read", "pay"]]],
            ]
            day.stage.fault(["match": ["endpoint": "token", "grant": "authorization_code"], "patch": consented])
            day.link()
            day.stage.fault(["match": Self.refresh, "patch": isOther ? other : consented])
            day.stage.run(seconds: 3 * day.every)
            #expect(day.first?.state == (isOther ? .suspended(.scopeWidened) : .active))
            #expect((day.first?.generation ?? 0) > 1)
            day.expectSound()
        }
    }

    private static let forgeries: [(String, JSON)] = [
        ("another member's", ["claims": ["sub": "somebody-else"]]),
        ("another issuer's", ["claims": ["iss": "http://127.0.0.1:6666"]]),
        ("another client's", ["claims": ["aud": "another"]]), ("a broken signature", ["breakSignature": true]),
        ("no signature", ["unsigned": true]),
    ]

    @Test(
        "C14: a refresh whose ID token is somebody else's, does not hold or is not signed is not used",
        arguments: 0..<forgeries.count)
    func otherMember(_ number: Int) {
        let day = Day("skyways", seed: 2700 + number)
        day.link()
        let (name, forgery) = Self.forgeries[number]
        day.stage.fault(["match": Self.refresh, "times": 1, "idToken": forgery])
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .suspended(.identityChanged), "\(name)")
        let calls = day.stage.requests.count
        day.stage.run(seconds: 86_400)
        #expect(day.stage.requests.count == calls, "\(name): something was sent with those tokens")
        day.expectSound()
    }

    @Test(
        "C23: a refresh that names what is kept of a link changes nothing of it: the same day as without",
        arguments: Shipped.names)
    func strangers(_ name: String) {
        let strange: [(String, JSON)] = [
            ("generation", 99), ("fence", 99_999), ("state", "revoked"), ("reason", "user"), ("link", "lnk_x"),
            ("wallet", "wal_x"), ("provider", "another"), ("identity", "00"), ("scopesGranted", ["payments.write"]),
            ("scopes_granted", "payments.write"), ("refresh_ahead_at", 0), ("access_ends_at", 0),
            ("accessEndsAt", 0), ("confirmed_at", 1), ("accessToken", "at_x"), ("refreshToken", "rt_x"),
            ("sealed_refresh", "00"), ("due_at", 0), ("condition", "degraded"), ("failures", 99),
            ("client_id", "another"), ("issuer", "https://evil.example"), ("token_endpoint", "https://evil.example"),
        ]
        let days = [false, true].map { isStrange in
            let day = Day(name, seed: 2790)
            day.link()
            if isStrange {
                let patches = strange.map { name, value -> JSON in ["pointer": .string("/" + name), "value": value] }
                day.stage.fault(["match": ["endpoint": "token"], "patch": .array(patches)])
            }
            day.stage.run(seconds: 2 * day.every)
            day.expectSound()
            return day
        }
        #expect((days[1].first?.generation ?? 0) > 1)
        #expect(days[0].first == days[1].first)
        #expect(days[0].accounts == days[1].accounts && !days[1].accounts.isEmpty)
        #expect(days[0].grant?.accessEndsAt == days[1].grant?.accessEndsAt)
    }
}
