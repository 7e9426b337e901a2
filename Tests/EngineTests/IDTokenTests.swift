import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

@Suite struct IDTokenTests {
    private let key: SigningKey
    private let other: SigningKey?
    private let keys: JWKSet
    private let now = Fixture.now
    private static let access = "the access token"

    init() throws {
        let stored = try #require(try Vectors.packageJSON("providers/skyways/mock/keys.json")["keys"]?.array)
        key = try #require(SigningKey(privateJWK: stored[0]))
        other = stored.count > 1 ? SigningKey(privateJWK: stored[1]) : nil
        keys = try JWKSet(["keys": [key.publicJWK]])
    }

    private func claims(_ changes: [(String, JSON?)] = []) -> JSONObject {
        let digest = Hash.sha256(Array(Self.access.utf8)).prefix(16)
        var object = JSONObject([
            ("iss", "https://as.example"), ("sub", "member-1"), ("aud", "purser"), ("nonce", "n"),
            ("iat", .int(now.seconds)), ("exp", .int(now.seconds + 600)),
            ("at_hash", .string(Base64URL.encode(Array(digest)))), ("name", "Ada"),
        ])
        for (name, value) in changes { object[name] = value }
        return object
    }

    /// The problem a token has, nil when it is believed.
    private func problem(
        _ compact: String, nonce: String? = "n", keys: JWKSet? = nil, isByClock: Bool = true
    ) -> IDTokenProblem? {
        do {
            let checked = try IDToken.checked(
                compact, keys: keys ?? self.keys, issuer: "https://as.example", clientID: "purser", nonce: nonce,
                accessToken: Secret(Self.access), now: isByClock ? now : nil)
            #expect(!checked.subject.isEmpty)
            return nil
        } catch { return error }
    }

    private func problem(
        _ changes: [(String, JSON?)], nonce: String? = "n", isByClock: Bool = true
    ) throws -> IDTokenProblem? {
        problem(try JWS.sign(JSON.object(claims(changes)).bytes, with: key), nonce: nonce, isByClock: isByClock)
    }

    @Test("C14: the times of a refresh's ID token are there and in their order, whatever our clock says")
    func withoutClock() throws {
        let at = now.seconds
        let rows: [(issued: JSON?, ends: JSON?, problem: IDTokenProblem?)] = [
            (.int(at), .int(at + 600), nil), (.int(at), .int(at), nil), (.int(at), .int(at - 1), .expired),
            (.int(at - 900_000), .int(at - 800_000), nil), (.int(at + 800_000), .int(at + 900_000), nil),
            (nil, .int(at + 600), .issuedAt), (.string("\(at)"), .int(at + 600), .issuedAt),
            (.int(at), nil, .expired), (.int(at), .null, .expired), (.int(at), .string("\(at + 600)"), .expired),
        ]
        for row in rows {
            let found = try problem([("iat", row.issued), ("exp", row.ends)], isByClock: false)
            #expect(found == row.problem, "\(row)")
        }
    }

    @Test("A good ID token says who was linked")
    func good() throws {
        let compact = try JWS.sign(JSON.object(claims()).bytes, with: key)
        let checked = try IDToken.checked(
            compact, keys: keys, issuer: "https://as.example", clientID: "purser", nonce: "n",
            accessToken: Secret(Self.access), now: now)
        #expect(checked.subject == "member-1")
    }

    @Test("C62, C63: Issuer, audience and authorized party must be ours and nobody else's")
    func parties() throws {
        let rows: [(String, JSON?, IDTokenProblem?)] = [
            ("iss", "https://evil.example", .issuer), ("iss", "https://as.example/", .issuer), ("iss", nil, .issuer),
            ("iss", 1, .issuer), ("iss", ["https://as.example"], .issuer), ("iss", "", .issuer),
            ("aud", ["purser"], nil), ("aud", ["purser", "purser"], nil), ("aud", ["purser", "other"], .audience),
            ("aud", ["other", "purser"], .audience), ("aud", "other", .audience), ("aud", [], .audience),
            ("aud", nil, .audience), ("aud", .null, .audience), ("aud", [["purser"]], .audience),
            ("aud", "Purser", .audience), ("aud", ["purser", 1], .audience), ("aud", ["aud": "purser"], .audience),
            ("azp", "purser", nil), ("azp", "other", .authorizedParty), ("azp", "", .authorizedParty),
            ("azp", 1, .authorizedParty), ("azp", .null, .authorizedParty),
        ]
        for (name, value, wanted) in rows {
            #expect(try problem([(name, value)]) == wanted, "\(name) \(value?.text ?? "absent")")
        }
    }

    @Test("C61: Times hold within a minute's skew")
    func times() throws {
        let at = now.seconds
        let rows: [(String, JSON?, IDTokenProblem?)] = [
            ("exp", .int(at + 1), nil), ("exp", .int(at), nil), ("exp", .int(at - 59), nil),
            ("exp", .int(at - 60), .expired), ("exp", .int(at - 3600), .expired), ("exp", 0, .expired),
            ("exp", .int(-at), .expired), ("exp", nil, .expired), ("exp", .null, .expired),
            ("exp", .string("\(at + 600)"), .expired), ("exp", .int(Int64.max), .expired),
            ("exp", .int(at + 100_000_000), nil),
            ("iat", .int(at), nil), ("iat", .int(at + 60), nil), ("iat", .int(at + 61), .issuedAt),
            ("iat", .int(at - 24 * 3600), nil), ("iat", .int(at - 24 * 3600 - 1), .issuedAt), ("iat", nil, .issuedAt),
            ("nbf", .int(at + 60), nil), ("nbf", .int(at + 61), .notYet), ("nbf", .null, .notYet),
            ("nbf", .string("\(at)"), .notYet), ("nbf", 0, nil), ("iat", .string("\(at)"), .issuedAt),
            ("iat", .int(-1), .issuedAt), ("iat", .int(Int64.max), .issuedAt),
        ]
        for (name, value, wanted) in rows {
            #expect(try problem([(name, value)]) == wanted, "\(name) \(value?.text ?? "absent")")
        }
    }

    @Test(
        "C61, C65: A time may have a fraction or an exponent, and must be within reason",
        arguments: [
            ("1795429200.75", nil), ("1.7954292e9", nil), ("1e300", .expired), ("1e-300", .expired),
            ("99999999999999999999", .expired),
        ] as [(String, IDTokenProblem?)])
    func numericDates(_ text: String, _ wanted: IDTokenProblem?) throws {
        #expect(Instant(seconds: 1_795_429_200) > now)
        let body = JSON.object(claims([("exp", nil)])).text.dropLast() + #","exp":\#(text)}"#
        #expect(problem(try JWS.sign(Array(body.utf8), with: key)) == wanted)
    }

    @Test("C32: The nonce is the one sent; on a refresh there may be none")
    func nonces() throws {
        let rows: [(JSON?, IDTokenProblem?)] = [
            ("n", nil), ("N", .nonce), ("", .nonce), (nil, .nonce), (.null, .nonce), (1, .nonce), (["n"], .nonce),
            ("n\u{301}", .nonce),
        ]
        for (value, wanted) in rows {
            #expect(try problem([("nonce", value)]) == wanted, "\(value?.text ?? "absent")")
        }
        #expect(try problem([("nonce", nil)], nonce: nil) == nil)
    }

    @Test("C64: at_hash, where there is one, is of the access token that came along")
    func accessTokenHash() throws {
        let whole = Base64URL.encode(Hash.sha256(Array(Self.access.utf8)))
        let foreign = Base64URL.encode(Array(Hash.sha256(Array("another".utf8)).prefix(16)))
        let rows: [(JSON?, IDTokenProblem?)] = [
            (nil, nil), (.string(whole), .accessTokenHash), (.string(foreign), .accessTokenHash),
            ("", .accessTokenHash), (.null, .accessTokenHash), (1, .accessTokenHash),
        ]
        for (value, wanted) in rows {
            #expect(try problem([("at_hash", value)]) == wanted, "\(value?.text ?? "absent")")
        }
    }

    @Test("C63: A subject is 1 to 255 printable ASCII characters")
    func subjects() throws {
        let rows: [(JSON?, IDTokenProblem?)] = [
            ("a", nil), (.string(String(repeating: "s", count: 255)), nil),
            (.string(String(repeating: "s", count: 256)), .subject), ("", .subject), (nil, .subject), (7, .subject),
            (.null, .subject), ("a\u{0}", .subject), ("a\n", .subject), ("é", .subject), (["a"], .subject),
        ]
        for (value, wanted) in rows {
            #expect(try problem([("sub", value)]) == wanted, "\(value?.text.prefix(20) ?? "absent")")
        }
    }

    @Test("Nothing unsigned, re-signed or changed is believed")
    func signatures() throws {
        let payload = JSON.object(claims()).bytes
        let good = try JWS.sign(payload, with: key)
        let parts = good.split(separator: ".").map(String.init)
        func header(_ json: JSON) -> String { Base64URL.encode(json.bytes) }
        var flipped = try #require(Base64URL.decode(parts[2]))
        flipped[10] ^= 1
        let kid: JSON = .string(key.kid ?? "")
        let stolen = JSON.object(claims([("sub", "victim")])).bytes
        let unsigned = header(["alg": "none"]) + "." + parts[1] + "."
        let hmacKey = Secret(copying: key.publicJWK.bytes)
        let hmacText = header(["alg": "HS256", "kid": kid]) + "." + parts[1]
        let hmac = hmacText + "." + Base64URL.encode(HMAC.sha256(key: hmacKey, Array(hmacText.utf8)))
        let rows: [(String, IDTokenProblem)] = [
            (parts[0] + "." + parts[1] + "." + Base64URL.encode(flipped), .signature),
            (parts[0] + "." + Base64URL.encode(stolen) + "." + parts[2], .signature),
            (header(["alg": "RS256"]) + "." + parts[1] + "." + parts[2], .signature),
            (parts[0] + "." + parts[1] + ".", .signature), (unsigned, .algorithm),
            (header(["alg": "None"]) + "." + parts[1] + ".", .algorithm),
            (header(["alg": "NONE"]) + "." + parts[1] + "." + parts[2], .algorithm), (hmac, .algorithm),
            (header(["alg": "RS512", "kid": kid]) + "." + parts[1] + "." + parts[2], .algorithm),
            (header(["alg": "RS256", "crit": ["exp"], "exp": 1]) + "." + parts[1] + "." + parts[2], .header),
            (header(["alg": "RS256", "jwk": key.publicJWK]) + "." + parts[1] + "." + parts[2], .header),
            (header(["alg": "RS256", "kid": "another"]) + "." + parts[1] + "." + parts[2], .signature),
            ("", .malformed), ("a.b", .malformed), (good + ".x", .malformed), (parts[0] + "." + parts[1], .malformed),
            (good + "=", .malformed), (String(repeating: "a", count: (64 << 10) + 1), .malformed),
            ("eyJhbGciOiJSUzI1NiIs." + parts[1] + "." + parts[2], .malformed),
        ]
        for (compact, wanted) in rows { #expect(problem(compact) == wanted, "\(compact.prefix(60))") }
    }

    @Test("Another key of the provider's, or none at all, does not hold")
    func otherKeys() throws {
        let good = try JWS.sign(JSON.object(claims()).bytes, with: key)
        #expect(problem(good, keys: try JWKSet(["keys": []])) == .signature)
        if let other {
            #expect(problem(good, keys: try JWKSet(["keys": [other.publicJWK]])) == .signature)
            #expect(problem(try JWS.sign(JSON.object(claims()).bytes, with: other)) == .signature)
        }
    }

    @Test("C56: A signed payload that is no object of unique names is malformed")
    func payloads() throws {
        for text in ["[]", "1", "{", "", #"{"iss":"https://as.example","iss":"https://as.example"}"#] {
            #expect(problem(try JWS.sign(Array(text.utf8), with: key)) == .malformed, "\(text)")
        }
    }

    @Test("Every problem has words of its own")
    func words() {
        #expect(Set(IDTokenProblem.allCases.map(\.words)).count == IDTokenProblem.allCases.count)
    }
}
