import Crypto
import Testing
import Wire

@testable import MockProviders

/// What a pretended provider must refuse of client assertions (RFC 7523 3, FAPI 2.0 5.3.2.1): else the client's own would
/// have been held against nothing.
@Suite("A mock's reading of client assertions")
struct ClientAssertionTests {
    private let key: SigningKey

    init() throws { key = try SigningKey.generate(.edDSA) }

    private func desk(_ more: [(pointer: String, value: JSON)] = []) throws -> Desk {
        let client: JSON = [
            "id": "purser", "authentication": "private_key_jwt", "jwks": ["keys": [key.publicJWK]],
            "redirectUris": ["http://127.0.0.1/callback/skyways"],
        ]
        return try Desk(authorization: [("clients", [client])] + more)
    }

    private func assertion(
        _ now: Instant, _ changes: [(String, JSON?)] = [], type: String? = "JWT", by other: SigningKey? = nil
    ) throws -> String {
        let at = now.seconds
        var claims = JSONObject([
            ("iss", "purser"), ("sub", "purser"), ("aud", .string(Desk.issuer)), ("jti", "a"), ("iat", .int(at)),
            ("exp", .int(at + 60)),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: other ?? key, type: type)
    }

    /// What the revocation endpoint says to it: nothing is used up there but the assertion.
    private func ask(_ desk: inout Desk, _ assertion: String, _ more: [(String, String)] = []) -> HTTPResponse {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        let form = [("token", "x"), ("client_assertion_type", kind), ("client_assertion", assertion)] + more
        return desk.post("/revoke", form)
    }

    @Test("C72: a clock that is 8 s ahead is taken, one a minute is not; and each claim is looked at")
    func claims() throws {
        let at = try desk().now.seconds
        let rows: [(String?, [(String, JSON?)])] = [
            (nil, []), (nil, [("iat", .int(at + 8))]), (nil, [("nbf", .int(at + 8))]), (nil, [("iat", nil)]),
            (nil, [("nbf", .int(at - 600))]), (nil, [("iat", .int(at + 60))]), (nil, [("exp", .int(at + 1))]),
            (nil, [("exp", .int(at + 300))]),
            ("iat of the client assertion lies ahead", [("iat", .int(at + 61))]),
            ("nbf of the client assertion lies ahead", [("nbf", .int(at + 61))]),
            ("missing, over or far away", [("exp", .int(at + 301))]),
            ("missing, over or far away", [("exp", .int(at))]),
            ("missing, over or far away", [("exp", nil)]), ("missing, over or far away", [("exp", "soon")]),
            ("not this issuer alone", [("aud", [.string(Desk.issuer)])]), ("not this issuer alone", [("aud", nil)]),
            ("not this issuer alone", [("aud", [.string(Desk.issuer), "https://other.example"])]),
            ("not this issuer alone", [("aud", .string(Desk.issuer + "/token"))]),
            ("iss and sub", [("iss", "another")]), ("iss and sub", [("iss", nil)]),
            ("no client of that name", [("sub", "another")]), ("has no jti", [("jti", nil)]),
            ("has no jti", [("jti", "")]), ("has no jti", [("jti", 7)]),
        ]
        for (words, changes) in rows {
            var desk = try desk()
            let answer = ask(&desk, try assertion(desk.now, changes))
            #expect(answer.status == (words == nil ? 200 : 401), "\(changes) \(answer.body.text)")
            if let words { #expect(answer.body.text.contains(words), "\(changes) \(answer.body.text)") }
        }
    }

    @Test("one that is not strict takes an endpoint of its own as the audience, and lists, and nobody else's")
    func ownEndpoints() throws {
        let other: JSON = "https://other.example/token"
        let rows: [(Bool, JSON?)] = [
            (true, .string(Desk.issuer)), (true, .string(Desk.issuer + "/token")),
            (true, .string(Desk.issuer + "/revoke")), (true, [.string(Desk.issuer + "/token"), other]),
            (false, .string(Desk.issuer + "/elsewhere")), (false, other), (false, [other]), (false, []), (false, nil),
        ]
        for (isTaken, audience) in rows {
            var desk = try desk([("endpointAudience", true)])
            let answer = ask(&desk, try assertion(desk.now, [("aud", audience)]))
            #expect(answer.status == (isTaken ? 200 : 401), "\(audience?.text ?? "none")")
        }
    }

    @Test("C72: the same jti is taken once, whatever else stands in the assertion")
    func again() throws {
        var desk = try desk()
        #expect(ask(&desk, try assertion(desk.now)).status == 200)
        for changes: [(String, JSON?)] in [[], [("exp", .int(desk.now.seconds + 120))]] {
            let answer = ask(&desk, try assertion(desk.now, changes))
            #expect(answer.status == 401 && answer.body.text.contains("shown before"))
        }
        #expect(ask(&desk, try assertion(desk.now, [("jti", "b")])).status == 200)
    }

    @Test("C72: nor one of another key or type, of two clients, or beside another proof of who it is")
    func around() throws {
        var desk = try desk()
        let stranger = try SigningKey.generate(.edDSA)
        #expect(ask(&desk, try assertion(desk.now, by: stranger)).status == 401)
        #expect(ask(&desk, try assertion(desk.now, type: "at+jwt")).status == 401)
        #expect(ask(&desk, try assertion(desk.now), [("client_id", "another")]).status == 400)
        #expect(ask(&desk, try assertion(desk.now), [("client_secret", "s")]).status == 400)
        #expect(ask(&desk, try assertion(desk.now), [("client_id", "purser")]).status == 200)
    }

    @Test("a server that wants typed assertions takes no other; one that does not takes them as well")
    func typed() throws {
        for (type, isWanted, isTaken): (String?, Bool, Bool) in [
            ("JWT", false, true), (nil, false, true), ("client-authentication+jwt", false, true),
            ("client-authentication+jwt", true, true), ("JWT", true, false), (nil, true, false),
        ] {
            var desk = try desk([("typedAssertions", .bool(isWanted))])
            let answer = ask(&desk, try assertion(desk.now, type: type))
            #expect(answer.status == (isTaken ? 200 : 401), "\(type ?? "none") \(isWanted)")
        }
    }
}
