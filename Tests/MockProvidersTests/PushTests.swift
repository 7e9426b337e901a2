import Crypto
import Testing
import Wire

@testable import MockProviders

/// What an authorization server must refuse of requests that were pushed (RFC 9126), and of codes that are bound to a key
/// (RFC 9449 10).
@Suite("Pushed requests and bound codes at a mock")
struct PushTests {
    private static func query(_ target: String) -> [(String, String)] {
        let form = URI("https://x.example" + target)?.query.flatMap { Form(parsing: $0) }
        return (form?.fields ?? []).map { ($0.name, $0.value) }
    }

    /// A reference to a good request that was pushed.
    private func reference(_ desk: inout Desk) throws -> String {
        let answer = desk.post("/push", Self.query(Desk.request()))
        return try #require(answer.json()["request_uri"]?.string)
    }

    private static func brought(_ fields: [(String, String)]) -> String { "/authorize?" + Form(fields).encoded }

    @Test("C42: a reference comes with its client and nothing else; what is refused so is not used up")
    func beside() throws {
        for more in [
            ("scope", "openid"), ("state", "s"), ("response_type", "code"), ("redirect_uri", Desk.redirect),
            ("login_hint", "sw-1001"), ("x", ""),
        ] {
            var desk = try Desk(authorization: [("push", "required")])
            let bare = [("client_id", "purser"), ("request_uri", try reference(&desk))]
            let page = desk.get(Self.brought(bare + [more]))
            #expect(page.status == 400 && page.headers["Location"] == nil, "\(more)")
            #expect(try desk.consent(Self.brought(bare)).location["code"] != nil, "\(more)")
        }
    }

    @Test("a code that was asked for with one key is not to be had with another, nor without one")
    func boundCode() throws {
        let (ours, other) = (try SigningKey.generate(.ed25519), try SigningKey.generate(.ed25519))
        for key in [other, nil, ours] {
            var desk = try Desk(authorization: [
                ("dpop", ["required": false, "algorithms": ["Ed25519"], "bindsCodes": true])
            ])
            let code = try desk.code(Desk.request([("dpop_jkt", ours.thumbprint)]))
            let claims: JSON = [
                "jti": "1", "iat": .int(desk.now.seconds), "htm": "POST", "htu": .string(Desk.issuer + "/token"),
            ]
            var headers = HTTPHeaders()
            if let key { headers["DPoP"] = try JWS.sign(claims.bytes, with: key, type: "dpop+jwt", showsKey: true) }
            let answer = desk.exchange(code, [], headers: headers)
            #expect(answer.status == (key?.thumbprint == ours.thumbprint ? 200 : 400))
            if answer.status == 400 { #expect(try answer.json()["error"] == "invalid_grant") }
        }
    }

    @Test("where codes are bound from the start, a request that names no key is sent back")
    func unbound() throws {
        var desk = try Desk(authorization: [("dpop", ["bindsCodes": true])])
        let answer = desk.get(Desk.request())
        #expect(answer.location["error"] == "invalid_request" && answer.location["state"] == "s t&1")
    }

    @Test("RFC 9449 9: a nonce of the API is none at the authorization server of the same origin")
    func nonces() throws {
        var desk = try Desk(authorization: [("dpop", ["nonces": "both"]), ("push", "optional")])
        let atServer = desk.post("/push", Self.query(Desk.request())).headers["DPoP-Nonce"]
        let atAPI = desk.get("/v2/me").headers["DPoP-Nonce"]
        #expect(atServer != nil && atAPI != nil && atServer != atAPI)
    }
}
