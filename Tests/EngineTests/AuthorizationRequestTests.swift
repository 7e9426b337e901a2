import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

@Suite struct AuthorizationRequestTests {
    @Test("C34: The code challenge is that of RFC 7636 appendix B", .enabled(if: Vectors.arePresent))
    func challenge() throws {
        let vectors = try #require(try Vectors.json("rfc/rfc7636-appendix-b.json")["vectors"]?.array)
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let octets = try #require(vector["octets"]?.array).map { UInt8($0.int!) }
            let zeros = [UInt8](repeating: 0, count: 32)
            let request = AuthorizationRequest(
                redirectURI: "http://127.0.0.1/callback/x", randomness: ScriptedRandomness([zeros, zeros, octets]))
            #expect(request.codeVerifier == vector["code_verifier"]?.string)
            #expect(request.codeChallenge == vector["code_challenge"]?.string)
        }
    }

    private func request(_ randomness: any Randomness = CountingRandomness()) -> AuthorizationRequest {
        AuthorizationRequest(redirectURI: "http://127.0.0.1:7878/callback/testair", randomness: randomness)
    }

    @Test("C32, C34: State, nonce and verifier are 256 bits each, all different, in the verifier's alphabet")
    func drawn() {
        let randomness = CountingRandomness()
        var seen: Set<String> = []
        for _ in 0..<50 {
            let request = request(randomness)
            for text in [request.state, request.nonce, request.codeVerifier] {
                #expect(seen.insert(text).inserted)
                #expect((43...128).contains(text.utf8.count))
                #expect(Base64URL.decode(text)?.count == 32)
            }
        }
    }

    @Test("C31: The browser goes to the endpoint with every parameter once")
    func uri() throws {
        let request = request()
        let provider = Fixture.provider()
        let uri = try #require(
            request.uri(Fixture.metadata(), Fixture.client(provider), provider.manifest.authorization))
        #expect(uri.origin == "https://as.example" && uri.path == "/authorize" && uri.fragment == nil)
        let query = try #require(Form(parsing: uri.query ?? ""))
        #expect(query.repeatedNames.isEmpty)
        let wanted = [
            "response_type": "code", "client_id": "purser", "redirect_uri": "http://127.0.0.1:7878/callback/testair",
            "state": request.state, "code_challenge": request.codeChallenge, "code_challenge_method": "S256",
            "scope": "openid read", "nonce": request.nonce, "prompt": "consent",
        ]
        #expect(Dictionary(uniqueKeysWithValues: query.fields.map { ($0.name, $0.value) }) == wanted)
        #expect(!uri.text.contains(request.codeVerifier))
    }

    @Test("Without openid there is no nonce, without scopes no scope")
    func leaner() throws {
        let request = request()
        func query(_ scopes: JSON) throws -> Form {
            let provider = Fixture.provider(Fixture.manifest(scopes: scopes, parameters: [:]))
            let uri = request.uri(Fixture.metadata(), Fixture.client(provider), provider.manifest.authorization)
            return try #require(Form(parsing: uri?.query ?? ""))
        }
        #expect(try query(["read"])["nonce"] == nil)
        #expect(try query(["read"])["scope"] == "read")
        #expect(try query([])["scope"] == nil)
        #expect(try query(["openid"])["nonce"] == request.nonce)
    }

    @Test("C31: A query the endpoint has of its own stays in front (RFC 6749 3.1)")
    func ownQuery() {
        let provider = Fixture.provider()
        let uri = request().uri(
            Fixture.metadata(authorization: "https://as.example/authorize?tenant=a%20b&x"), Fixture.client(provider),
            provider.manifest.authorization)
        #expect(uri?.query?.hasPrefix("tenant=a%20b&x&response_type=code&") == true)
    }

    @Test("What the pending link keeps gives the request back, without its state")
    func kept() throws {
        let request = request()
        let kept = try #require(AuthorizationRequest.Kept(request.kept(for: Fixture.metadata())))
        #expect(kept.nonce == request.nonce && kept.codeVerifier == request.codeVerifier)
        #expect(kept.redirectURI == request.redirectURI)
        #expect(try #require(request.kept(for: Fixture.metadata()).text()).contains(request.state) == false)
    }

    @Test(
        "Anything else gives no request back",
        arguments: ["", "{}", "[]", #"{"nonce":"n","verifier":"v"}"#, #"{"nonce":1,"verifier":"v","redirectURI":"r"}"#])
    func notKept(_ text: String) {
        #expect(AuthorizationRequest.Kept(Secret(text)) == nil)
    }

    @Test("C26: Of a state only its hash is looked up")
    func stateHash() {
        let request = request()
        #expect(request.stateHash == AuthorizationRequest.hash(ofState: request.state))
        #expect(request.stateHash.count == 32)
        #expect(request.stateHash != AuthorizationRequest.hash(ofState: request.state + "a"))
        #expect(
            Hex.encode(AuthorizationRequest.hash(ofState: "abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
