import Testing
import Wire

@testable import PurserEngine

/// Whom a shelf asks and how, and that nothing on it stands for what is somebody else's.
@Suite("What a shelf asks, and of whom")
struct ShelfOriginTests {
    private let provider = Fixture.provider()

    private static func document(_ issuer: String, token: String? = nil) -> JSON {
        [
            "issuer": .string(issuer), "authorization_endpoint": .string(issuer + "/authorize"),
            "token_endpoint": .string(token ?? issuer + "/token"), "jwks_uri": .string(issuer + "/jwks"),
        ]
    }

    private func shelf(_ answers: [JSON], issuers: [String] = []) -> (MetadataShelf, ScriptedTransport) {
        let transport = ScriptedTransport(answers.map { .success(.json($0)) })
        return (MetadataShelf(clock: StandingClock(), transport: transport, issuers: issuers), transport)
    }

    private static func publisher(_ issuer: String, authorities: [UInt8]? = nil) -> Publisher {
        Publisher(name: "testair", issuer: issuer, .oidc, authorities: authorities)
    }

    @Test("a document of one issuer, and keys of one place, are never those of another by the same name")
    func origins() async throws {
        let (one, other) = ("https://as.example", "https://new.example")
        let (shelf, transport) = shelf([
            Self.document(one), Self.document(other), ["keys": []], ["keys": []],
        ])
        var metadata: [ServerMetadata] = []
        for issuer in [one, other, other] {
            metadata.append(try await shelf.metadata(of: Self.publisher(issuer)))
            #expect(metadata.last?.issuer == issuer)
        }
        for metadata in metadata { _ = try await shelf.keySet(of: Self.publisher(metadata.issuer), metadata) }
        #expect(
            transport.asked == [
                one + "/.well-known/openid-configuration", other + "/.well-known/openid-configuration", one + "/jwks",
                other + "/jwks",
            ])
    }

    @Test("a document of one transmitter is never that of another")
    func transmitters() async throws {
        let issuers = ["https://tr.example", "https://new.example"]
        let (shelf, transport) = shelf(
            issuers.map { issuer in
                [
                    "issuer": .string(issuer), "jwks_uri": .string(issuer + "/jwks"),
                    "delivery_methods_supported": ["urn:ietf:rfc:8936"],
                    "configuration_endpoint": .string(issuer + "/streams"),
                ]
            })
        for issuer in issuers + issuers.suffix(1) {
            let signals = SharedSignals(transmitter: issuer, scopes: [], events: [])
            #expect(try await shelf.transmitter(of: provider, signals).issuer == issuer)
        }
        #expect(transport.asked == issuers.map { $0 + "/.well-known/ssf-configuration" })
    }

    @Test("a document whose token endpoint is another provider's is refused whole")
    func strangers() async throws {
        let issuers = ["https://as.example", "https://other.example"]
        for (token, isTaken) in [("https://as.example/t", true), ("https://other.example/t", false)] {
            let (shelf, _) = shelf([Self.document("https://as.example", token: token)], issuers: issuers)
            let metadata = try? await shelf.metadata(of: provider)
            #expect((metadata != nil) == isTaken, "\(token)")
        }
    }

    @Test("what is fetched is bounded, and asked for over TLS by the authorities that were named")
    func requests() async throws {
        let (shelf, transport) = shelf([Self.document("https://as.example"), ["keys": []]])
        let publisher = Self.publisher("https://as.example", authorities: [1, 2])
        let metadata = try await shelf.metadata(of: publisher)
        _ = try await shelf.keySet(of: publisher, metadata)
        #expect(transport.requests.count == 2)
        for request in transport.requests {
            #expect(request.method == "GET" && request.body == nil && request.authorization == nil)
            #expect(request.answerBytes == Limits.jwksBytes && request.tls?.authorities == [1, 2])
        }
    }

    @Test("endpoints that stand in the folder are asked of nobody")
    func folder() async throws {
        var manifest = try #require(Fixture.manifest(scopes: ["read"]).object)
        var authorization = try #require(manifest["authorization"]?.object)
        authorization["discovery"] = "none"
        authorization["endpoints"] = [
            "authorization": "https://as.example/a", "token": "https://as.example/t",
            "userinfo": "https://as.example/u",
        ]
        manifest["authorization"] = .object(authorization)
        let (shelf, transport) = shelf([])
        let metadata = try await shelf.metadata(of: Fixture.provider(.object(manifest)))
        #expect(metadata.tokenEndpoint.text == "https://as.example/t" && metadata.issuer == "https://as.example")
        #expect(metadata.userinfoEndpoint?.text == "https://as.example/u" && transport.asked.isEmpty)
    }
}
