import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

/// What a provider signs beside the plain case of an ID token: other algorithms, sign-in asked for, UserInfo, logout.
@Suite("Signed claims") struct SignedClaimsTests {
    private let now = Fixture.now
    private let key: SigningKey
    private let keys: JWKSet

    init() throws {
        key = try SigningKey.generate(.ed25519)
        keys = try JWKSet(["keys": [key.publicJWK]])
    }

    private func claims(_ changes: [(String, JSON?)] = []) -> JSONObject {
        var object = JSONObject([
            ("iss", "https://as.example"), ("sub", "member-1"), ("aud", "purser"), ("nonce", "n"),
            ("iat", .int(now.seconds)), ("exp", .int(now.seconds + 600)),
        ])
        for (name, value) in changes { object[name] = value }
        return object
    }

    private func signed(_ object: JSONObject, type: String? = "JWT") throws -> String {
        try JWS.sign(JSON.object(object).bytes, with: key, type: type)
    }

    private func problem(
        _ compact: String, algorithm: SignatureAlgorithm = .ed25519, keys: JWKSet? = nil, access: String = "access",
        code: String? = nil,
        asking parameters: [(String, String)] = []
    ) -> IDTokenProblem? {
        do throws(IDTokenProblem) {
            _ = try IDToken.checked(
                compact, keys: keys ?? self.keys, issuer: "https://as.example", clientID: "purser", nonce: "n",
                accessToken: Secret(access), code: code.map { CodeHash($0, algorithm) }, now: now, algorithm: algorithm,
                asked: SignInAsked(parameters))
            return nil
        } catch { return error }
    }

    /// Both halves of the hash that an algorithm signs with, told from its name.
    private static func halves(_ text: String, _ algorithm: SignatureAlgorithm) -> (first: String, second: String) {
        let (bytes, bits) = (Array(text.utf8), algorithm.rawValue.suffix(3))
        let whole = bits == "256" ? Hash.sha256(bytes) : bits == "384" ? Hash.sha384(bytes) : Hash.sha512(bytes)
        let middle = whole.count / 2
        return (Base64URL.encode(Array(whole[..<middle])), Base64URL.encode(Array(whole[middle...])))
    }

    @Test(
        "C52, C64: an ID token is taken with the algorithm of the folder and no other, at_hash by that algorithm's hash",
        arguments: SignatureAlgorithm.allCases.filter { $0 != .ed448 })
    func algorithms(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, bits: 2048)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let (half, other) = Self.halves("access", algorithm)
        func token(_ hash: String) throws -> String {
            try JWS.sign(JSON.object(claims([("at_hash", .string(hash))])).bytes, with: key)
        }
        #expect(problem(try token(half), algorithm: algorithm, keys: keys) == nil)
        #expect(problem(try token(other), algorithm: algorithm, keys: keys) == .accessTokenHash)
        #expect(problem(try token(half + "="), algorithm: algorithm, keys: keys) == .accessTokenHash)
        for wrong in SignatureAlgorithm.allCases where !wrong.names.contains(algorithm) {
            #expect(problem(try token(half), algorithm: wrong, keys: keys) == .algorithm, "\(wrong)")
        }
    }

    @Test(
        "C64: c_hash, where there is one, is of the code it came for, by the hash its algorithm signs with",
        arguments: [SignatureAlgorithm.rs256, .ps384, .es512, .edDSA])
    func codeHash(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, bits: 2048)
        let keys = try JWKSet(["keys": [key.publicJWK]])
        let half = Self.halves("code", algorithm)
        let rows: [(JSON?, IDTokenProblem?)] = [
            (.string(half.first), nil), (nil, nil), ("", .codeHash), (.null, .codeHash), (1, .codeHash),
            (.string(half.first + "="), .codeHash), (.string(half.second), .codeHash),
            (.string(Self.halves("other", algorithm).first), .codeHash),
        ]
        for (said, wanted) in rows {
            let compact = try JWS.sign(JSON.object(claims([("c_hash", said)])).bytes, with: key)
            #expect(problem(compact, algorithm: algorithm, keys: keys, code: "code") == wanted, "\(said ?? .null)")
            // Of a code that nobody knows any more nothing can be said.
            #expect(problem(compact, algorithm: algorithm, keys: keys) == nil)
        }
    }

    @Test("C60: another kind of token is no ID token, by its type or by what it tells")
    func kinds() throws {
        for (type, wanted) in [
            ("JWT", nil), (nil, nil), ("application/jwt", nil), ("logout+jwt", .kind), ("at+jwt", .kind),
            ("dpop+jwt", .kind), ("secevent+jwt", .kind),
        ] as [(String?, IDTokenProblem?)] {
            #expect(problem(try signed(claims(), type: type)) == wanted, "\(type ?? "none")")
        }
        #expect(problem(try signed(claims([("events", [:])]))) == .kind)
    }

    @Test("C48: an ID token that names no key is taken only where one key fits")
    func ambiguous() throws {
        let second = try SigningKey.generate(.ed25519)
        let both = try JWKSet(["keys": [key.publicJWK, second.publicJWK]])
        let parts = [#"{"alg":"Ed25519"}"#, JSON.object(claims()).text].map { Base64URL.encode(Array($0.utf8)) }
        let text = parts[0] + "." + parts[1]
        let compact = text + "." + Base64URL.encode(try key.sign(Array(text.utf8)))
        #expect(problem(compact) == nil)
        #expect(problem(compact, keys: both) == .ambiguousKey)
    }

    @Test("C33: where max_age was sent, the sign-in must be that recent; 0 is a value")
    func maxAge() throws {
        let at = now.seconds
        let rows: [(String?, JSON?, IDTokenProblem?)] = [
            (nil, nil, nil), (nil, .int(at - 1_000_000), nil), (nil, 0, nil), (nil, .int(at + 61), .authenticationTime),
            (nil, .int(at + 60), nil), (nil, .string("\(at)"), .authenticationTime), (nil, .null, .authenticationTime),
            ("300", nil, .authenticationTime), ("300", .int(at - 360), nil),
            ("300", .int(at - 361), .authenticationTime),
            ("300", .int(at), nil), ("300", 0, .authenticationTime), ("0", .int(at - 60), nil),
            ("0", .int(at - 61), .authenticationTime), ("0", nil, .authenticationTime),
        ]
        for (age, value, wanted) in rows {
            let compact = try signed(claims([("auth_time", value)]))
            let found = problem(compact, asking: age.map { [("max_age", $0)] } ?? [])
            #expect(found == wanted, "\(age ?? "none") \(value?.text ?? "absent")")
        }
    }

    @Test("Where acr_values were sent, the sign-in must be one of them")
    func contexts() throws {
        let rows: [(String?, JSON?, IDTokenProblem?)] = [
            (nil, nil, nil), (nil, "any", nil), ("gold silver", "silver", nil), ("gold silver", "gold", nil),
            ("gold", "silver", .authenticationContext), ("gold", nil, .authenticationContext),
            ("gold", "Gold", .authenticationContext), ("gold", ["gold"], .authenticationContext),
        ]
        for (values, acr, wanted) in rows {
            let compact = try signed(claims([("acr", acr)]))
            let found = problem(compact, asking: values.map { [("acr_values", $0)] } ?? [])
            #expect(found == wanted, "\(values ?? "none") \(acr?.text ?? "absent")")
        }
    }

    @Test("Where claims were asked for as essential with a value, the ID token must have it; others say what they like")
    func essential() throws {
        func asking(_ wish: JSON) -> String { (["id_token": ["intent": wish], "userinfo": ["x": .null]] as JSON).text }
        let one: JSON = ["essential": true, "value": "i-7"]
        let rows: [(String?, JSON?, IDTokenProblem?)] = [
            (nil, "any", nil), (asking(one), "i-7", nil), (asking(one), "i-8", .claim), (asking(one), nil, .claim),
            (asking(one), "I-7", .claim), (asking(one), ["i-7"], .claim), (asking(one), .null, .claim),
            (asking(["essential": true, "values": ["a", 7]]), 7, nil),
            (asking(["essential": true, "values": ["a", 7]]), "7", .claim),
            (asking(["essential": false, "value": "i-7"]), "i-8", nil), (asking(["value": "i-7"]), nil, nil),
            (asking(["essential": true]), nil, nil), (asking(["essential": true, "values": []]), "x", nil),
            (asking(.null), "x", nil),
        ]
        for (wish, value, wanted) in rows {
            let compact = try signed(claims([("intent", value)]))
            let found = problem(compact, asking: wish.map { [("claims", $0)] } ?? [])
            #expect(found == wanted, "\(wish ?? "none") \(value?.text ?? "absent")")
        }
    }

    @Test(
        "claims that are no claims parameter are none",
        arguments: [
            "", "x", "[]", "{}", #"{"id_token": []}"#, #"{"id_token": {"a": 1}}"#, #"{"access_token": {}}"#,
            #"{"id_token": {"a": {"essential": "true"}}}"#, #"{"id_token": {"a": {"values": "x"}}}"#,
            #"{"id_token": {}, "id_token": {}}"#,
        ])
    func noClaims(_ text: String) { #expect(ClaimAsked.read(text) == nil) }

    private func userInfo(
        _ body: String, type: String? = "application/jwt", status: Int = 200
    ) -> IDTokenProblem? {
        var response = HTTPResponse(status: status)
        response.body = Array(body.utf8)
        if let type { response.headers["Content-Type"] = type }
        do throws(IDTokenProblem) {
            let claims = try UserClaims.signed(
                response, keys: keys, algorithm: .ed25519, issuer: "https://as.example", clientID: "purser")
            #expect(claims["sub"]?.string == "member-1")
            return nil
        } catch { return error }
    }

    @Test("UserInfo that is to be signed is taken signed only, of our issuer and for us")
    func signedUserInfo() throws {
        let bare: [(String, JSON?)] = [("exp", nil), ("iat", nil), ("nonce", nil)]
        #expect(userInfo(try signed(claims(bare))) == nil)
        #expect(userInfo(try signed(claims(bare), type: nil), type: "application/jwt; charset=utf-8") == nil)
        let rows: [([(String, JSON?)], IDTokenProblem)] = [
            ([("iss", nil)], .issuer), ([("iss", "https://evil.example")], .issuer), ([("aud", nil)], .audience),
            ([("aud", "other")], .audience), ([("aud", ["purser", "other"])], .audience), ([("sub", nil)], .subject),
            ([("sub", "")], .subject), ([("events", [:])], .kind), ([("azp", "other")], .authorizedParty),
        ]
        for (changes, wanted) in rows { #expect(userInfo(try signed(claims(bare + changes))) == wanted, "\(changes)") }
        let good = try signed(claims(bare))
        #expect(userInfo(JSON.object(claims()).text, type: "application/json") == .kind)
        #expect(userInfo(good, type: "application/json") == .kind)
        #expect(userInfo(good, type: nil) == .kind)
        for status in [199, 302, 401, 503] { #expect(userInfo(good, status: status) == .kind, "\(status)") }
        #expect(userInfo(JSON.object(claims()).text) == .malformed)
        #expect(userInfo(String(good.dropLast(4)) + "AAAA") != nil)
        #expect(userInfo(try signed(claims(bare), type: "logout+jwt")) == .kind)
    }

    private static let event: JSON = ["http://schemas.openid.net/event/backchannel-logout": [:]]

    private func logout(_ changes: [(String, JSON?)], type: String? = "logout+jwt") throws -> LogoutToken.Problem? {
        let all: [(String, JSON?)] = [("nonce", nil), ("events", Self.event), ("jti", "j"), ("sid", "s")] + changes
        let compact = try signed(claims(all), type: type)
        do throws(LogoutToken.Problem) {
            let token = try LogoutToken.checked(
                compact, keys: keys, issuer: "https://as.example", clientID: "purser", algorithm: .ed25519, now: now)
            #expect(token.id == "j" && token.endsAt == now.adding(seconds: 600))
            return nil
        } catch { return error }
    }

    @Test("C79: a logout token holds only with event, identifier, person or session, and without a nonce")
    func logoutTokens() throws {
        let at = now.seconds
        let rows: [([(String, JSON?)], LogoutToken.Problem?)] = [
            ([], nil), ([("sid", nil)], nil), ([("sub", nil)], nil), ([("sub", nil), ("sid", nil)], .nobody),
            ([("events", nil)], .event), ([("events", [:])], .event), ([("events", ["other": [:]])], .event),
            ([("events", ["http://schemas.openid.net/event/backchannel-logout": true])], .event),
            ([("events", "http://schemas.openid.net/event/backchannel-logout")], .event),
            ([("nonce", "n")], .nonce), ([("nonce", .null)], .nonce), ([("jti", nil)], .identifier),
            ([("jti", "")], .identifier), ([("jti", 1)], .identifier), ([("sid", 1)], .session),
            ([("sid", "")], .session),
            ([("sub", 1)], .token(.subject)), ([("iss", "https://evil.example")], .token(.issuer)),
            ([("aud", "other")], .token(.audience)), ([("exp", nil)], .token(.expired)),
            ([("exp", .int(at - 60))], .token(.expired)), ([("iat", nil)], .token(.issuedAt)),
            ([("iat", .int(at + 61))], .token(.issuedAt)), ([("iat", .int(at - 600))], nil),
            ([("iat", .int(at - 601))], .token(.issuedAt)),
        ]
        for (changes, wanted) in rows { #expect(try logout(changes) == wanted, "\(changes)") }
        #expect(try logout([], type: "JWT") == nil)
        #expect(try logout([], type: "at+jwt") == .token(.kind))
        let words = rows.compactMap { $0.1?.words } + [LogoutToken.Problem.token(.signature).words]
        #expect(words.allSatisfy { !$0.contains("ID token's") })
    }

    @Test("C79: a logout token of another algorithm or key does not hold")
    func logoutSignatures() throws {
        let all = claims([("nonce", nil), ("events", Self.event), ("jti", "j")])
        func found(_ compact: String, _ algorithm: SignatureAlgorithm) -> LogoutToken.Problem? {
            do throws(LogoutToken.Problem) {
                _ = try LogoutToken.checked(
                    compact, keys: keys, issuer: "https://as.example", clientID: "purser", algorithm: algorithm,
                    now: now)
                return nil
            } catch { return error }
        }
        #expect(found(try signed(all), .rs256) == .token(.algorithm))
        let stranger = try SigningKey.generate(.ed25519)
        #expect(found(try JWS.sign(JSON.object(all).bytes, with: stranger), .ed25519) == .token(.signature))
        let unsigned = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8)) + ".e30."
        #expect(found(unsigned, .ed25519) == .token(.algorithm))
    }
}
