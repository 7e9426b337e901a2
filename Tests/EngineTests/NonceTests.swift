import Crypto
import Testing
import Wire

@testable import PurserEngine

/// Which nonce a proof carries (RFC 9449 8.2, 9): the newest that this server gave, whatever it gave it with.
@Suite("Nonces of servers")
struct NonceTests {
    private static func place(_ uri: String, isResource: Bool) -> Nonces.Place {
        Nonces.Place(URI(uri)!, isResource: isResource)
    }

    @Test("the newest of each origin, authorization and resource server apart")
    func apart() async {
        let nonces = Nonces()
        let places = [
            Self.place("https://as.example/token", isResource: false),
            Self.place("https://as.example/v1", isResource: true),
            Self.place("https://as.example:8443/token", isResource: false),
            Self.place("http://as.example/token", isResource: false),
            Self.place("https://api.example/v1", isResource: true),
        ]
        for (number, place) in places.enumerated() {
            #expect(await nonces.newest(at: place) == nil)
            await nonces.keep("old", at: place)
            await nonces.keep("\(number)", at: place)
        }
        for (number, place) in places.enumerated() { #expect(await nonces.newest(at: place) == "\(number)") }
        #expect(await nonces.newest(at: Self.place("https://AS.example:443/push?x", isResource: false)) == "0")
    }

    @Test("there is an end to how many are kept; a known server's newest costs nobody's")
    func bounded() async {
        let nonces = Nonces()
        func at(_ number: Int) -> Nonces.Place { Self.place("https://a\(number).example/", isResource: true) }
        for number in 0..<256 { await nonces.keep("n", at: at(number)) }
        await nonces.keep("newer", at: at(0))
        #expect(await nonces.newest(at: at(0)) == "newer")
        #expect(await nonces.newest(at: at(255)) == "n")
        await nonces.keep("one more", at: at(256))
        #expect(await nonces.newest(at: at(256)) == "one more")
        #expect(await nonces.newest(at: at(255)) == nil)
    }

    private static let token = "https://as.example/token"
    private static let api = "https://as.example/api"

    /// What each of these requests showed as its nonce, when these answers came.
    private func shown(
        _ exchanges: [(uri: String, access: String?, answer: HTTPResponse)]
    ) async throws -> [String?] {
        let base = ScriptedTransport(exchanges.map { .success($0.answer) })
        let transport = SignedTransport(base: base, clock: StandingClock(), randomness: CountingRandomness())
        let key = try #require(ProofKey(for: ["EdDSA"], CountingRandomness()))
        for exchange in exchanges {
            var request = ProviderRequest("POST", try #require(URI(exchange.uri)))
            request.prove(key, access: exchange.access.map { Secret($0) })
            _ = try await transport.send(request)
        }
        return try base.requests.map { sent in
            let proof = try JWS.proof(try #require(sent.headers["DPoP"]), type: "dpop+jwt", allowed: [.edDSA])
            return try JSON.parse(proof.payload)["nonce"]?.string
        }
    }

    private static func answer(_ status: Int, _ nonce: String?) -> HTTPResponse {
        HTTPResponse(status: status, headers: nonce.map { ["DPoP-Nonce": $0] } ?? [:], body: [])
    }

    @Test(
        "a new one is taken from any answer, and not only from a challenge",
        arguments: [200, 201, 204, 304, 400, 401, 403, 404, 429, 500, 503])
    func anyAnswer(_ status: Int) async throws {
        for (uri, access) in [(Self.token, nil), (Self.api, "at")] as [(String, String?)] {
            let shown = try await shown([
                (uri, access, Self.answer(status, "n-1")), (uri, access, Self.answer(status, nil)),
                (uri, access, Self.answer(status, "n-2")), (uri, access, Self.answer(200, "bad nonce")),
                (uri, access, Self.answer(200, nil)),
            ])
            #expect(shown == [nil, "n-1", "n-1", "n-2", "n-2"])
        }
    }

    @Test("what the API gives is not shown at the token endpoint of the same origin, nor the other way round")
    func servers() async throws {
        let shown = try await shown([
            (Self.token, nil, Self.answer(200, "server")), (Self.api, "at", Self.answer(200, "api")),
            (Self.token, nil, Self.answer(200, nil)), (Self.api, "at", Self.answer(200, nil)),
            ("https://other.example/api", "at", Self.answer(200, nil)),
        ])
        #expect(shown == [nil, nil, "server", "api", nil])
    }
}
