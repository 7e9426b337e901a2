import Crypto
import Testing
import Wire

@testable import MockProviders

/// Requests that a client signs, as a pretended provider reads them (RFC 9101).
@Suite("A mock's reading of signed requests")
struct RequestObjectTests {
    private let key: SigningKey

    init() throws { key = try SigningKey.generate(.edDSA) }

    private func desk(_ kind: String = "required") throws -> Desk {
        let client: JSON = [
            "id": "purser", "authentication": "private_key_jwt", "jwks": ["keys": [key.publicJWK]],
            "redirectUris": ["http://127.0.0.1/callback/skyways"],
        ]
        return try Desk(authorization: [("requestObjects", .string(kind)), ("clients", [client])])
    }

    private func target(
        _ desk: Desk, _ changes: [(String, JSON?)] = [], outside: [(String, String)] = [],
        type: String? = "oauth-authz-req+jwt", by other: SigningKey? = nil
    ) throws -> String {
        let now = desk.now.seconds
        var claims = JSONObject([
            ("iss", "purser"), ("aud", .string(Desk.issuer)), ("exp", .int(now + 600)), ("nbf", .int(now)),
            ("iat", .int(now)), ("jti", "j"), ("response_type", "code"), ("client_id", "purser"),
            ("redirect_uri", .string(Desk.redirect)), ("state", "s"), ("scope", "openid loyalty.read"),
            ("code_challenge", .string(Desk.challenge)), ("code_challenge_method", "S256"),
        ])
        for (name, value) in changes { claims[name] = value }
        let compact = try JWS.sign(JSON.object(claims).bytes, with: other ?? key, type: type)
        return "/authorize?" + Form([("client_id", "purser"), ("request", compact)] + outside).encoded
    }

    @Test("a good one is taken, once, and what stands inside is what counts")
    func good() throws {
        var desk = try desk()
        let target = try target(desk, outside: [("response_type", "code"), ("scope", "openid loyalty.read")])
        #expect(try desk.consent(target).location["state"] == "s")
        #expect(desk.get(target).body.text.contains("shown before"))
    }

    @Test(
        "anything else is not",
        arguments: [
            (["iss": "x"], "not of this client"), (["aud": "https://other.example"], "issuer alone"),
            (["aud": ["http://127.0.0.1:7901"]], "issuer alone"), (["client_id": "x"], "not of this client"),
            (["sub": "purser"], "carries sub"), (["request": "x"], "carries sub"),
            (["request_uri": "x"], "carries sub"),
            (["exp": 1], "over"), (["exp": nil], "over"), (["nbf": nil], "not begun"),
            (["exp": 99_999_999_999], "more than an hour"), (["nbf": 99_999_999_999], "not begun"),
            (["jti": nil], "no jti"), (["jti": ""], "no jti"),
        ] as [(JSON, String)])
    func wrong(_ change: JSON, _ words: String) throws {
        var desk = try desk()
        let changes = change.object?.members.map { ($0.name, $0.value.isNull ? nil : $0.value) } ?? []
        let answer = desk.get(try target(desk, changes))
        #expect(answer.body.text.contains(words) && answer.headers["Location"] == nil, "\(answer.body.text)")
    }

    @Test("nor one of another kind or key, with parameters beside it, or none at all")
    func around() throws {
        var desk = try desk()
        let stranger = try SigningKey.generate(.edDSA)
        for target in [
            try target(desk, type: "JWT"), try target(desk, type: nil), try target(desk, by: stranger),
            try target(desk, outside: [("state", "other")]), try target(desk, outside: [("scope", "openid")]),
            Desk.request(), "/authorize?client_id=purser&request=e30.e30.",
        ] {
            let answer = desk.get(target)
            #expect(answer.headers["Location"] == nil && answer.body.text.contains("not taken"), "\(target)")
        }
        var optional = try self.desk("optional")
        #expect(try optional.consent(Desk.request()).location["code"] != nil)
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(metadata["require_signed_request_object"] == true && metadata["request_parameter_supported"] == true)
    }
}
