import Crypto
import Testing
import Wire

@testable import MockProviders

/// Responses that a pretended provider signs where it is asked to (JARM).
@Suite("A mock's signed responses")
struct SignedResponseTests {
    private func claims(_ answer: HTTPResponse, _ desk: inout Desk) throws -> JSON {
        let compact = try #require(answer.location["response"])
        #expect(answer.location.fields.count == 1)
        let keys = try JWKSet(try desk.get("/jwks").json())
        return try JSON.parse(try JWS.verify(compact, keys: keys, allowed: [.rs256]).payload)
    }

    @Test(
        "a code, a no and an error are inside, for the client, with state and issuer", arguments: ["jwt", "query.jwt"])
    func inside(_ mode: String) throws {
        var desk = try Desk(authorization: [("signing", ["response": "RS256"])])
        let target = Desk.request([("response_mode", mode)])
        let good = try claims(desk.consent(target), &desk)
        #expect(good["iss"] == .string(Desk.issuer) && good["aud"] == "purser" && good["state"] == "s t&1")
        #expect(good["exp"] == .int(desk.now.seconds + 600))
        #expect(desk.exchange(try #require(good["code"]?.string)).status == 200)
        #expect(try claims(desk.consent(target, decision: "deny"), &desk)["error"] == "access_denied")
        let bad = desk.get(Desk.request([("response_mode", mode), ("scope", "other")]))
        #expect(try claims(bad, &desk)["error"] == "invalid_scope")
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(metadata["response_modes_supported"] == ["query", "jwt", "query.jwt"])
        #expect(metadata["authorization_signing_alg_values_supported"] == ["RS256"])
    }

    @Test("nobody asked: plain. Not offered: refused")
    func plain() throws {
        var desk = try Desk(authorization: [("signing", ["response": "RS256"])])
        #expect(try desk.consent().location["code"] != nil)
        #expect(try desk.consent(Desk.request([("response_mode", "query")])).location["code"] != nil)
        #expect(desk.get(Desk.request([("response_mode", "fragment.jwt")])).location["error"] == "invalid_request")
        var other = try Desk()
        #expect(other.get(Desk.request([("response_mode", "jwt")])).location["error"] == "invalid_request")
        #expect(try other.get("/.well-known/openid-configuration").json()["response_modes_supported"] == ["query"])
    }
}
