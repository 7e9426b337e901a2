import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct SecrecyTests {
    /// Everything that printing, reflecting or dumping a value shows.
    private func printed(_ value: Any) -> String {
        var out = "\(value) \(String(describing: value)) \(String(reflecting: value)) \([value]) \(("a", value))"
        dump(value, to: &out)
        return out
    }

    private func hides(_ value: Any, _ secrets: [String], _ name: String) {
        let text = printed(value)
        for secret in secrets {
            let numbers = Array(secret.utf8.prefix(6)).map(String.init).joined(separator: ", ")
            let lines = Array(secret.utf8.prefix(4)).map { "- \($0)" }.joined(separator: "\n")
            #expect(!text.contains(secret), "\(name) prints a secret")
            #expect(!text.contains(numbers), "\(name) prints a secret as numbers")
            #expect(!text.replacing(" ", with: "").contains(lines.replacing(" ", with: "")), "\(name) dumps a secret")
        }
    }

    @Test("C93: no value of the engine that holds a token, a code or a key prints it")
    func printing() async throws {
        let tokens = try Fixture.tokens([
            "access_token": "hunter-access", "refresh_token": "hunter-refresh", "id_token": "hunter-id",
            "token_type": "Bearer",
        ])
        let secrets = ["hunter-access", "hunter-refresh", "hunter-id"]
        hides(tokens, secrets, "TokenResponse")
        hides(TokenOutcome.tokens(tokens), secrets, "TokenOutcome")

        let provider = Fixture.provider("client_secret_post", id: "purser", secret: "hunter-client")
        let client = Fixture.client(provider)
        hides(client, ["hunter-client"], "ClientRegistration")
        hides(provider, ["hunter-client"], "Provider")
        let refresh = try #require(
            TokenRequest.refresh(HeldToken(tokens.accessToken, nil), Fixture.metadata(), client, .none))
        hides(refresh, secrets + ["hunter-client"], "ProviderRequest")
        let basic = Fixture.client(Fixture.provider("client_secret_basic", id: "purser", secret: "hunter-client"))
        let sent = try #require(
            TokenRequest.refresh(HeldToken(tokens.accessToken, nil), Fixture.metadata(), basic, .none))
        hides(
            sent, ["hunter-client", Base64.encode(Fixture.bytes("purser:hunter-client"))], "a Basic ProviderRequest")

        let seat = Fixture.seat(provider, state: .linking)
        let version = try seat.sealed(
            tokens, generation: 1, keeping: nil, boundTo: nil, Fixture.metadata(), of: Fixture.intent,
            receivedAt: Fixture.now,
            CountingRandomness())
        hides(version, secrets, "TokenVersion")
        hides(seat, ["hunter-client", String(decoding: [UInt8](repeating: 9, count: 32), as: UTF8.self)], "Seat")
        hides(SpendEnding.committed(version, access: HeldToken(tokens.accessToken, nil)), secrets, "SpendEnding")
        hides(RefreshEnding.refreshed(version, access: HeldToken(tokens.accessToken, nil)), secrets, "RefreshEnding")
    }

    @Test("An authorization request and a code do not print themselves")
    func authorization() throws {
        let request = AuthorizationRequest(redirectURI: "http://127.0.0.1/cb", randomness: CountingRandomness())
        let secrets = [request.state, request.nonce, request.codeVerifier]
        hides(request, secrets, "AuthorizationRequest")
        hides(
            try #require(AuthorizationRequest.Kept(request.kept(for: Fixture.metadata()))), secrets,
            "AuthorizationRequest.Kept")
        hides(AuthorizationResponse.code("hunter-code"), ["hunter-code"], "AuthorizationResponse")
        #expect("\(AuthorizationResponse.error(code: "x", description: nil))" == "error x")
        #expect("\(AuthorizationResponse.refused("why"))" == "refused: why")
    }

    @Test("A keyring and its keys do not print themselves")
    func keys() async throws {
        let keyring = try await Keyring.open(.test(KeyStore()))
        let (key, _) = try keyring.newDataKey(Fixture.wallet, Fixture.linkID)
        let bytes = key.key.withBytes { Array($0) }
        let numbers = bytes.prefix(6).map(String.init).joined(separator: ", ")
        for value: Any in [keyring, key] { #expect(!printed(value).contains(numbers)) }
        #expect(printed(key).contains("‹secret›"))
        #expect(!printed(FixedRootKey(bytes: bytes).secretDescription).contains(numbers))
    }

    @Test("Errors say what happened, and never with what")
    func errors() {
        let all: [Any] = [
            UnsealProblem.broken, StoreError.full, KeyringError.wrongRoot, TransportError.tooLarge,
            TransportError.cut(
                CutAnswer(
                    status: 200, headers: ["X": "hunter"], body: Array("{\"refresh_token\":\"hunter".utf8), why: "w")),
            StartLinkProblem.noClient, IDTokenProblem.nonce, ShelfError.violation("x"),
        ]
        for error in all { #expect(!printed(error).contains("hunter")) }
        #expect(KeyringError.store(.full).description == StoreError.full.description)
    }
}

extension FixedRootKey {
    fileprivate var secretDescription: String { (try? secret()).map { "\($0)" } ?? "" }
}
