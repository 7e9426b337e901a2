import Crypto
import Testing
import Wire

@testable import PurserEngine

/// Authorization requests that the client signs (RFC 9101).
@Suite("Signed authorization requests") struct RequestObjectTests {
    private let key: SigningKey
    private let client: ClientRegistration

    init() throws {
        key = try SigningKey.generate(.edDSA)
        let second = try SigningKey.generate(.edDSA)
        let secret = try #require(try ClientKeys(keys: [key, second]).secret().text())
        let manifest = Fixture.manifest(
            authentication: "private_key_jwt", client: ["id": "purser", "keyFile": "secret"], parameters: [:])
        client = Fixture.client(Fixture.provider(manifest, secret: secret))
    }

    private static let sent = [
        ("response_type", "code"), ("client_id", "purser"), ("scope", "openid read"), ("state", "s"), ("max_age", "60"),
        ("resource", "https://a.example"), ("resource", "https://b.example"),
        ("authorization_details", #"[{"type":"x"}]"#), ("claims", #"{"id_token":{"acr":null}}"#), ("iss", "evil"),
        ("sub", "purser"), ("aud", "evil"),
        ("request", "a.b.c"), ("request_uri", "urn:x"), ("exp", "9"), ("jti", "j"),
    ]

    private func object(_ parameters: [(String, String)] = sent) throws -> RequestObject {
        try #require(RequestObject(parameters, of: client, for: "https://as.example"))
    }

    private func claims(_ compact: String) throws -> JSON {
        let jws = try JWS.verify(
            compact, keys: JWKSet(["keys": [key.publicJWK]]), allowed: [.edDSA, .ed25519],
            types: ["oauth-authz-req+jwt"])
        #expect(jws.kid == key.kid)
        return try JSON.parse(jws.payload)
    }

    @Test("every parameter is inside as its kind, and who signs for whom and until when is ours alone to say")
    func inside() throws {
        let now = Fixture.now.seconds
        let claims = try claims(try object().signed(now: Fixture.now, CountingRandomness()))
        #expect(claims["iss"] == "purser" && claims["aud"] == "https://as.example" && claims["client_id"] == "purser")
        #expect(claims["iat"] == .int(now) && claims["nbf"] == .int(now - 60) && claims["exp"] == .int(now + 600))
        #expect(claims["state"] == "s" && claims["scope"] == "openid read" && claims["response_type"] == "code")
        #expect(claims["claims"] == ["id_token": ["acr": nil]])
        #expect(claims["max_age"] == 60 && claims["authorization_details"] == [["type": "x"]])
        #expect(claims["resource"] == ["https://a.example", "https://b.example"])
        for name in ["sub", "request", "request_uri"] { #expect(claims[name] == nil, "\(name)") }
        #expect(claims["jti"]?.string?.utf8.count == 22)
    }

    @Test("it is signed anew each time it is sent")
    func anew() throws {
        let randomness = CountingRandomness()
        let object = try object()
        let first = try claims(try object.signed(now: Fixture.now, randomness))["jti"]
        #expect(try claims(try object.signed(now: Fixture.now, randomness))["jti"] != first)
    }

    @Test("in an address stand the client and the signed text, and with openid what OpenID Connect wants outside")
    func address() throws {
        let names = try object().address(now: Fixture.now, CountingRandomness()).map(\.0)
        #expect(names == ["client_id", "request", "response_type", "scope"])
        let plain = try object([("response_type", "code"), ("scope", "read"), ("state", "s")])
        #expect(try plain.address(now: Fixture.now, CountingRandomness()).map(\.0) == ["client_id", "request"])
    }

    @Test("pushed, the form has the client's proof and the signed text, and nothing else of the request")
    func pushed() throws {
        let endpoint = try #require(URI("https://as.example/par"))
        let push = try #require(
            PushedRequest.request(
                Self.sent, to: endpoint, Fixture.metadata(), client, nil, signed: object()))
        let sent = try push.signed(nonce: nil, now: Fixture.now, CountingRandomness())
        let form = try #require(Form(parsing: sent.body?.text() ?? ""))
        #expect(
            form.fields.map(\.name).sorted()
                == ["client_assertion", "client_assertion_type", "client_id", "request"])
        #expect(try claims(form["request"] ?? "")["state"] == "s")
    }

    @Test("a client without a key signs nothing")
    func keyless() {
        #expect(RequestObject([], of: Fixture.client(), for: "https://as.example") == nil)
        let secret = Fixture.client(Fixture.provider("client_secret_post", id: "purser", secret: "x"))
        #expect(RequestObject([], of: secret, for: "https://as.example") == nil)
    }

    private func lack(signs: Bool, _ change: (inout ServerMetadata) -> Void) -> String? {
        var metadata = Fixture.metadata()
        change(&metadata)
        return SignedMessages(
            responseMode: .query, responseAlgorithm: .edDSA, namedAlgorithm: nil, signsRequests: signs
        ).lack(in: metadata, of: client)
    }

    @Test("what a server wants or does not take is told before anybody is sent there")
    func lacks() {
        #expect(lack(signs: false) { _ in } == nil)
        #expect(lack(signs: true) { _ in } == nil)
        #expect(
            lack(signs: false) { $0.requiresRequestObject = true }?.contains("signed authorization requests only")
                == true)
        #expect(lack(signs: true) { $0.requiresRequestObject = true } == nil)
        #expect(lack(signs: true) { $0.requestObjectAlgorithms = ["none", "PS256"] }?.contains("EdDSA") == true)
        #expect(lack(signs: true) { $0.requestObjectAlgorithms = [] }?.contains("EdDSA") == true)
        #expect(lack(signs: true) { $0.requestObjectAlgorithms = ["EdDSA"] } == nil)
        #expect(lack(signs: true) { $0.takesRequestObject = false }?.contains("takes no signed") == true)
        #expect(
            lack(signs: true) {
                $0.takesRequestObject = false
                $0.pushedRequestEndpoint = URI("https://as.example/par")
            } == nil)
    }
}
