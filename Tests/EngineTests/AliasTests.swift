import Testing
import Wire

@testable import PurserEngine

/// Where a client that shows a certificate asks (RFC 8705 5), and what the folder's own word is worth beside that.
@Suite("Endpoints for clients with a certificate")
struct AliasTests {
    private static let names = [
        "token_endpoint", "revocation_endpoint", "introspection_endpoint", "userinfo_endpoint",
        "device_authorization_endpoint", "pushed_authorization_request_endpoint",
    ]

    private static func plain(_ name: String) -> String { "https://as.example/" + name }
    private static func alias(_ name: String) -> String { "https://mtls.example/" + name }

    /// By the members' names.
    private static func endpoints(_ metadata: ServerMetadata) -> [String: String] {
        let all = [
            metadata.tokenEndpoint, metadata.revocationEndpoint, metadata.introspectionEndpoint,
            metadata.userinfoEndpoint, metadata.deviceAuthorizationEndpoint, metadata.pushedRequestEndpoint,
        ]
        return Dictionary(uniqueKeysWithValues: zip(names, all)).compactMapValues { $0?.text }
    }

    /// A document with all of them, plain and for clients with a certificate, but for some.
    private static func document(plain: Set<String> = [], aliases: Set<String> = []) -> JSON {
        var object = JSONObject([
            ("issuer", "https://as.example"), ("authorization_endpoint", "https://as.example/authorize"),
        ])
        var aliased = JSONObject()
        for name in names {
            if !plain.contains(name) { object[name] = .string(Self.plain(name)) }
            if !aliases.contains(name) { aliased[name] = .string(alias(name)) }
        }
        object["mtls_endpoint_aliases"] = .object(aliased)
        return .object(object)
    }

    /// What a provider's metadata come to.
    ///
    /// - Parameter named: endpoints of the folder's, beside its discovery document.
    private static func read(
        _ document: JSON, named: JSON? = nil, showsCertificate: Bool = true
    ) async throws -> ServerMetadata {
        var manifest = try #require(
            Fixture.manifest(
                authentication: showsCertificate ? "self_signed_tls_client_auth" : "none",
                client: showsCertificate ? ["id": "purser", "certificateFile": "secret"] : ["id": "purser"]
            ).object)
        var authorization = try #require(manifest["authorization"]?.object)
        authorization["introspection"] = "json"
        authorization["endpoints"] = named
        manifest["authorization"] = .object(authorization)
        let provider = Fixture.provider(
            .object(manifest), secret: showsCertificate ? Fixture.shipped("metrorent/client-certificate.pem") : nil)
        let shelf = MetadataShelf(
            clock: StandingClock(), transport: ScriptedTransport([.success(.json(document))]))
        return try await shelf.metadata(of: provider)
    }

    @Test("C74: every endpoint that has an alias is there, for clients with a certificate and for no other")
    func all() async throws {
        let ours = Self.endpoints(try await Self.read(Self.document()))
        #expect(ours == Dictionary(uniqueKeysWithValues: Self.names.map { ($0, Self.alias($0)) }))
        let others = Self.endpoints(try await Self.read(Self.document(), showsCertificate: false))
        #expect(others == Dictionary(uniqueKeysWithValues: Self.names.map { ($0, Self.plain($0)) }))
    }

    @Test(
        "C74: an endpoint without an alias is where it is for everybody, and the others stay aliased", arguments: names)
    func missing(_ name: String) async throws {
        let found = Self.endpoints(try await Self.read(Self.document(aliases: [name])))
        for other in Self.names {
            #expect(found[other] == (other == name ? Self.plain(other) : Self.alias(other)), "\(other)")
        }
    }

    @Test("an endpoint that has nothing but an alias is there", arguments: names.filter { $0 != "token_endpoint" })
    func aliasAlone(_ name: String) async throws {
        #expect(Self.endpoints(try await Self.read(Self.document(plain: [name])))[name] == Self.alias(name))
        let others = try await Self.read(Self.document(plain: [name]), showsCertificate: false)
        #expect(Self.endpoints(others)[name] == nil)
    }

    @Test(
        "C45, C74: what the folder names counts before an alias; beside a plain one that is another, neither does",
        arguments: ["revocation", "introspection"])
    func folder(_ kind: String) async throws {
        let name = kind + "_endpoint"
        let (plain, alias, own) = (Self.plain(name), Self.alias(name), "https://as.example/own")
        let (whole, bare) = (Self.document(), Self.document(plain: [name]))
        let rows: [(document: JSON, named: String, showsCertificate: Bool, isTaken: Bool)] = [
            (whole, plain, true, true), (whole, alias, true, true), (whole, own, true, false), (bare, own, true, true),
            (bare, alias, true, true), (Self.document(aliases: [name]), plain, true, true),
            (Self.document(aliases: [name]), own, true, false), (whole, alias, false, false),
            (whole, plain, false, true), (bare, own, false, true),
        ]
        for row in rows {
            let found = try? await Self.read(
                row.document, named: [kind: .string(row.named)], showsCertificate: row.showsCertificate)
            #expect(found.flatMap { Self.endpoints($0)[name] } == (row.isTaken ? row.named : nil), "\(row)")
            let other = kind == "revocation" ? "introspection_endpoint" : "revocation_endpoint"
            if let found, row.showsCertificate { #expect(Self.endpoints(found)[other] == Self.alias(other)) }
        }
    }
}
