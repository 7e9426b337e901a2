import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct TokenResponseTests {
    private func response(_ more: String, type: String = #""Bearer""#) -> TokenResponse? {
        let text = #"{"access_token":"at","token_type":"# + type + more + "}"
        return (try? JSON.parse(text)).flatMap { TokenResponse($0) }
    }

    @Test(
        "C1: A lifetime is taken from a number, a fraction or a text, and nothing absurd is believed",
        arguments: [
            ("", nil), (#","expires_in":3600"#, 3600), (#","expires_in":"3600""#, 3600), (#","expires_in":1"#, 1),
            (#","expires_in":3599.9"#, 3599), (#","expires_in":86400.92"#, 86_400),
            (#","expires_in":"86400.92""#, 86_400), (#","expires_in":"zzz""#, nil), (#","expires_in":false"#, nil),
            (#","expires_in":{}"#, nil), (#","expires_in":2147483648"#, nil), (#","expires_in":"0.5""#, nil),
            (#","expires_in":1e3"#, 1000),
            (#","expires_in":1e300"#, nil), (#","expires_in":"1e300""#, nil), (#","expires_in":1e-300"#, nil),
            (#","expires_in":0"#, nil), (#","expires_in":-3600"#, nil), (#","expires_in":"-1""#, nil),
            (#","expires_in":-0"#, nil), (#","expires_in":null"#, nil), (#","expires_in":true"#, nil),
            (#","expires_in":"soon""#, nil), (#","expires_in":"""#, nil), (#","expires_in":" 3600""#, nil),
            (#","expires_in":"+3600""#, nil), (#","expires_in":[3600]"#, nil), (#","expires_in":{"s":1}"#, nil),
            (#","expires_in":315360000"#, 315_360_000), (#","expires_in":315360001"#, nil),
            (#","expires_in":99999999999999999999999999999999999999"#, nil),
            (#","expires_in":9223372036854775808"#, nil),
        ] as [(String, Int64?)])
    func lifetimes(_ more: String, _ wanted: Int64?) throws {
        #expect(try #require(response(more)).expiresIn == wanted)
    }

    @Test(
        "C2: A moment at which it ends (expires_at) is nobody's specification: only expires_in counts",
        arguments: ["0", "1", #""soon""#, "1e300", "null", "-1", "{}"])
    func expiresAt(_ value: String) throws {
        let alone = try #require(response(#","expires_at":"# + value))
        #expect(alone.expiresIn == nil && alone.accessEnds(sentAt: Fixture.now) == nil)
        let both = try #require(response(#","expires_in":600,"expires_at":"# + value))
        #expect(both.accessEnds(sentAt: Fixture.now) == Fixture.now.adding(seconds: 540))
    }

    @Test("C5: Only a bearer token is taken, in any case", arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func bearer(_ type: String) {
        #expect(response("", type: "\"\(type)\"") != nil)
    }

    @Test(
        "C5: Another token type, or none, is no token response",
        arguments: [#""mac""#, #""DPoP""#, #""N_A""#, #""""#, "null", "1", #""Bearer ""#, #"["Bearer"]"#])
    func otherTypes(_ type: String) {
        #expect(response("", type: type) == nil)
    }

    @Test("C5: Without a token type there is no token response")
    func noType() throws {
        #expect(TokenResponse(["access_token": "at"]) == nil)
    }

    @Test("C6: An access token must be one that can be sent")
    func accessTokens() {
        func made(_ token: JSON?) -> Bool {
            var object = JSONObject([("token_type", "Bearer")])
            object["access_token"] = token
            return TokenResponse(.object(object)) != nil
        }
        let most = String(repeating: "a", count: 16 << 10)
        for good: JSON in ["a", .string(most), "a.b-c_d~e+f/g=="] { #expect(made(good), "\(good.text.prefix(20))") }
        let bad: [JSON?] = [
            nil, .null, "", 7, true, ["at"], .string(most + "a"), "a\r\nX-Evil: 1", "a\u{0}", "tokén", "a\u{7f}",
        ]
        for bad in bad { #expect(!made(bad), "\(bad?.text.prefix(20) ?? "absent")") }
    }

    @Test("C12: no new refresh token is absent, null or empty: the old one stays")
    func noRefreshToken() throws {
        for more in ["", #","refresh_token":null"#, #","refresh_token":"""#] {
            #expect(try #require(response(more)).refreshToken == nil)
        }
        #expect(try #require(response(#","refresh_token":"rt""#)).refreshToken == Secret("rt"))
    }

    @Test("A new refresh token that cannot be kept is never taken for none: the old one may be dead")
    func unusableRefreshToken() {
        let huge = String(repeating: "r", count: (16 << 10) + 1)
        for value in ["17", "true", "{}", #"["rt"]"#, #""r\u0000t""#, #""jetón""#, "\"\(huge)\""] {
            #expect(response(#","refresh_token":"# + value) == nil, "\(value.prefix(20))")
        }
    }

    @Test("C23: members named like what is kept here change nothing")
    func strangers() throws {
        let plain = #"{"access_token":"a","token_type":"Bearer","refresh_token":"r","expires_in":60,"scope":"s""#
        let strange =
            #","generation":9,"fence":1,"refresh_ahead_at":0,"confirmed_at":1,"link":"lnk_x","accessToken":"b"}"#
        let one = try #require(TokenResponse(try JSON.parse(Fixture.bytes(plain + "}"))))
        let other = try #require(TokenResponse(try JSON.parse(Fixture.bytes(plain + strange))))
        #expect(one.accessToken == other.accessToken && one.refreshToken == other.refreshToken)
        #expect(one.expiresIn == other.expiresIn && one.scopes == other.scopes)
    }

    @Test("A member `error` that says nothing is none")
    func nullError() {
        #expect(response(#","error":null"#) != nil)
        #expect(response(#","error":"x""#) == nil)
        #expect(response(#","error":{}"#) == nil)
    }

    @Test("C4: Granted scopes are a list; absent means as asked")
    func scopes() throws {
        #expect(try #require(response("")).scopes == nil)
        #expect(try #require(response(#","scope":"openid  read""#)).scopes == ["openid", "read"])
        #expect(try #require(response(#","scope":"""#)).scopes == [])
        #expect(try #require(response(#","scope":7"#)).scopes == nil)
        #expect(try #require(response(#","scope":["read"]"#)).scopes == nil)
        #expect(try #require(response(#","scope":"read openid read""#)).scopes == ["read", "openid", "read"])
        // Commas part no scopes: it is one that nobody asked for.
        let comma = try #require(response(#","scope":"openid,read""#))
        #expect(GrantReach.beyond(comma, asked: ["openid", "read"], before: []) == ["openid,read"])
        let narrow = try #require(response(#","scope":"read""#))
        #expect(GrantReach.beyond(narrow, asked: ["openid", "read"], before: []).isEmpty)
        #expect(GrantReach.granted(narrow, asked: ["openid", "read"], before: []) == ["read"])
    }

    @Test(
        "C8: A document that is no object is no token response", arguments: ["[]", "1", "null", "\"Bearer\"", "true"])
    func notAnObject(_ text: String) throws {
        #expect(TokenResponse(try JSON.parse(text)) == nil)
    }

    @Test(
        "An access token counts as ended a minute or a tenth of its life early, a short one halfway",
        arguments: [
            (3600, 3240), (36_000, 32_400), (600, 540), (300, 240), (121, 61), (120, 60), (60, 30), (2, 1), (1, 1),
            (315_360_000, 283_824_000),
        ] as [(Int64, Int64)])
    func ends(_ life: Int64, _ wanted: Int64) throws {
        let tokens = try #require(response(#","expires_in":\#(life)"#))
        #expect(tokens.accessEnds(sentAt: Fixture.now) == Fixture.now.adding(seconds: wanted))
        #expect(wanted <= life)
    }

    @Test("C3: An unknown lifetime ends at no known time and is never refreshed ahead")
    func unknownLifetime() throws {
        let tokens = try #require(response(#","refresh_token":"rt""#))
        #expect(tokens.accessEnds(sentAt: Fixture.now) == nil)
        #expect(tokens.refreshAhead(sentAt: Fixture.now, .none, CountingRandomness()) == nil)
    }

    @Test("The point of refresh lies within 60 to 85 % of the life, and is spread over it")
    func ahead() throws {
        let tokens = try #require(response(#","expires_in":3600,"refresh_token":"rt""#))
        let randomness = CountingRandomness()
        var points: [Int64] = []
        for _ in 0..<2000 {
            let at = try #require(tokens.refreshAhead(sentAt: Fixture.now, .grace(seconds: 30), randomness))
            points.append(at.milliseconds(since: Fixture.now))
        }
        #expect(points.allSatisfy { (2_160_000..<3_060_000).contains($0) })
        #expect(points.min()! < 2_200_000 && points.max()! > 3_020_000)
    }

    @Test(
        "Strict and sometimes refresh only when a pull needs it; without a refresh token only `none` has one to spend")
    func aheadByPolicy() throws {
        let new = try #require(response(#","expires_in":3600,"refresh_token":"rt""#))
        let kept = try #require(response(#","expires_in":3600"#))
        let randomness = CountingRandomness()
        let policies: [(RotationPolicy, Bool, Bool)] = [
            (.none, true, true), (.grace(seconds: 30), true, false), (.graceUntilUsed(capSeconds: 60), true, false),
            (.strict, false, false), (.sometimes, false, false),
        ]
        for (policy, withNew, withKept) in policies {
            #expect((new.refreshAhead(sentAt: Fixture.now, policy, randomness) != nil) == withNew, "\(policy)")
            #expect((kept.refreshAhead(sentAt: Fixture.now, policy, randomness) != nil) == withKept, "\(policy)")
        }
    }
}
