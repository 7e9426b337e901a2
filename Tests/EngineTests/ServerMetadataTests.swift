import TestSupport
import Testing
import Wire

@testable import PurserEngine

@Suite struct ServerMetadataTests {
    @Test("C43: A discovery document is looked for where the specifications say", .enabled(if: Vectors.arePresent))
    func locations() throws {
        let vectors = try Vectors.json("rfc/well-known-urls.json")
        let kinds: [(String, Discovery)] = [("openid", .oidc), ("authorization_server_oauth", .oauth)]
        for (name, discovery) in kinds {
            let rows = try #require(vectors[name]?.array)
            #expect(!rows.isEmpty)
            for row in rows {
                let issuer = try #require(row[0]?.string)
                #expect(ServerMetadata.location(issuer: issuer, discovery)?.text == row[1]?.string, "\(name) \(issuer)")
            }
        }
    }

    @Test("C43: An issuer with a query, a fragment or no host has no document")
    func noLocation() {
        for issuer in ["https://as.example?x=1", "https://as.example/#a", "as.example", "", "ftp://as.example"] {
            #expect(ServerMetadata.location(issuer: issuer, .oidc) == nil, "\(issuer)")
            #expect(ServerMetadata.location(issuer: issuer, .oauth) == nil, "\(issuer)")
        }
    }

    @Test("With discovery-slash the address has a slash at its end, and is otherwise the same")
    func slash() {
        for issuer in ["https://as.example", "https://as.example/", "https://as.example/a/b"] {
            for discovery in [Discovery.oidc, .oauth] {
                let plain = ServerMetadata.location(issuer: issuer, discovery)?.text
                let slashed = ServerMetadata.location(issuer: issuer, discovery, quirks: [.discoverySlash])?.text
                #expect(slashed == plain.map { $0 + "/" } && plain?.hasSuffix("/") == false)
            }
        }
    }

    private static func document(_ changes: [(String, JSON?)] = []) -> JSON {
        var object = JSONObject([
            ("issuer", "https://as.example"), ("authorization_endpoint", "https://as.example/authorize"),
            ("token_endpoint", "https://as.example/token"), ("jwks_uri", "https://as.example/jwks"),
            ("userinfo_endpoint", "https://as.example/userinfo"),
            ("revocation_endpoint", "https://as.example/revoke"), ("code_challenge_methods_supported", ["S256"]),
            ("authorization_response_iss_parameter_supported", true), ("unknown_member", [1, 2]),
        ])
        for (name, value) in changes { object[name] = value }
        return .object(object)
    }

    private func isRead(_ changes: [(String, JSON?)]) -> Bool {
        (try? ServerMetadata.read(Self.document(changes), issuer: "https://as.example")) != nil
    }

    @Test("A good document is read whole")
    func good() throws {
        let metadata = try ServerMetadata.read(Self.document(), issuer: "https://as.example")
        #expect(metadata == Fixture.metadata())
    }

    @Test("Which endpoints must be there the grant says")
    func byGrant() throws {
        let device = "https://as.example/device"
        let rows: [(changes: [(String, JSON?)], grants: [GrantType])] = [
            ([], [.authorizationCode, .clientCredentials]),
            ([("device_authorization_endpoint", .string(device))], GrantType.allCases),
            ([("authorization_endpoint", nil)], [.clientCredentials]),
            (
                [("authorization_endpoint", nil), ("device_authorization_endpoint", .string(device))],
                [.deviceCode, .clientCredentials]
            ),
            ([("device_authorization_endpoint", "http://as.example/device")], []),
            ([("token_endpoint", nil), ("device_authorization_endpoint", .string(device))], []),
            // PKCE is of the authorization code grant alone.
            (
                [
                    ("code_challenge_methods_supported", ["plain"]),
                    ("device_authorization_endpoint", .string(device)),
                ], [.deviceCode, .clientCredentials]
            ),
        ]
        for row in rows {
            for grant in GrantType.allCases {
                let read = try? ServerMetadata.read(
                    Self.document(row.changes), issuer: "https://as.example", grant: grant)
                #expect((read != nil) == row.grants.contains(grant), "\(row.changes) \(grant)")
                if let read, row.changes.contains(where: { $0.0.hasPrefix("device") }) {
                    #expect(read.deviceAuthorizationEndpoint?.text == device)
                }
            }
        }
    }

    @Test("C43: Issuers are the same byte for byte or not at all", .enabled(if: Vectors.arePresent))
    func issuers() throws {
        let rows = try #require(try Vectors.json("rfc/well-known-urls.json")["issuer_comparison"]?.array)
        #expect(!rows.isEmpty)
        for row in rows {
            let expected = try #require(row["expected"]?.string)
            let document = Self.document([("issuer", row["returned"]?.isNull == true ? nil : row["returned"])])
            let isRead = (try? ServerMetadata.read(document, issuer: expected)) != nil
            #expect(isRead == (row["result"] == "valid"), "\(row)")
        }
        let kelvin = Self.document([("issuer", "https://as.example/\u{212A}")])
        #expect(throws: ProtocolViolation.self) { try ServerMetadata.read(kelvin, issuer: "https://as.example/K") }
    }

    /// Every member that is an endpoint.
    private static let endpointNames = [
        "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint",
        "end_session_endpoint", "registration_endpoint", "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
    ]

    @Test("C38, C44: An endpoint is an https URI that does not lead into this machine, without fragment and user")
    func endpoints() {
        let names = Self.endpointNames
        let bad: [JSON] = [
            "http://as.example/x", "http://localhost/x", "http://127.0.0.1.evil.example/x", "ftp://as.example/x",
            "/x", "", "https://as.example/x#a", "https://user@as.example/x", "https://u:p@as.example/x", 7,
            ["https://a"],
            "javascript:alert(1)", "https://as.example/ x", "https://", "https:\\\\as.example",
            "http://127.0.0.1:7901/x", "http://[::1]:7901/x", "https://127.0.0.1/x", "https://10.0.0.1/x",
        ]
        for name in names {
            for value in bad { #expect(!isRead([(name, value)]), "\(name) \(value)") }
            let elsewhere: JSON = "https://other.example:8443/x?y=1"
            #expect(isRead([(name, elsewhere)]), "\(name)")
        }
    }

    @Test("C44: An issuer on this machine names endpoints on it, aliases too; nobody else does")
    func onThisMachine() {
        let places: [JSON] = ["http://127.0.0.1:7901/x", "http://[::1]:7901/x"]
        for (issuer, isGood) in [("http://127.0.0.1:7900/id", true), ("https://as.example", false)] {
            for (name, place) in Self.endpointNames.flatMap({ name in places.map { (name, $0) } }) {
                let named = [("issuer", JSON.string(issuer)), (name, place)]
                let aliased = [("issuer", .string(issuer)), ("mtls_endpoint_aliases", [name: place] as JSON)]
                for document in [named, aliased] {
                    let read = try? ServerMetadata.read(Self.document(document), issuer: issuer)
                    #expect((read != nil) == isGood, "\(document)")
                }
            }
        }
        let asked = try? ServerMetadata.read(
            Self.document([("introspection_endpoint", places[0])]), issuer: "https://as.example")
        #expect(asked != nil && asked?.introspectionEndpoint == nil)
    }

    @Test("C31: an authorization endpoint keeps its own query, unless a parameter in it would come twice")
    func queries() {
        let rows: [(String, String?)] = [
            ("tenant=1", nil), ("a=b&c=d", nil), ("", nil), ("prompt=none", nil), ("audience=x", "audience"),
            ("%63lient_id=x", "client_id"), ("a=1&STATE=x", nil), ("a=%ff", "what cannot be read"),
        ]
        let own = AuthorizationRequest.ownParameters.map { ("tenant=1&\($0)=", Optional($0)) }
        #expect(own.count == 22)
        for (query, name) in rows + own {
            let document = Self.document([("authorization_endpoint", .string("https://as.example/a?" + query))])
            var words: String?
            do {
                _ = try ServerMetadata.read(document, issuer: "https://as.example", parameters: ["audience"])
            } catch { words = error.description }
            #expect(
                name.map { words?.contains("has \($0),") == true } ?? (words == nil), "\(query): \(words ?? "read")")
        }
        // Where nobody is sent there, it is nobody's concern.
        let document = Self.document([("authorization_endpoint", "https://as.example/a?client_id=x")])
        let other = try? ServerMetadata.read(document, issuer: "https://as.example", grant: .clientCredentials)
        #expect(other != nil)
    }

    @Test("C36: a token endpoint is one's own, or nobody's: never that of another provider's issuer")
    func tokenEndpoints() {
        let all = [
            "https://as.example", "https://honest.example/tenant", "https://shared.example/b", "http://127.0.0.1:7902",
        ]
        let rows: [(issuer: String, token: String, isTaken: Bool)] = [
            ("https://as.example", "https://as.example/token", true),
            ("https://as.example", "https://tokens.example/token", true),
            ("https://as.example", "https://honest.example/token", false),
            ("https://as.example", "https://HONEST.example:443/token", false),
            ("https://as.example", "https://honest.example:8443/token", true),
            ("https://as.example", "http://127.0.0.1:7902/token", false),
            // Two folders of one server, and two tenants of it.
            ("https://honest.example/tenant", "https://honest.example/token", true),
            ("https://shared.example/a", "https://shared.example/a/token", true),
        ]
        for row in rows {
            let metadata = Fixture.metadata(issuer: row.issuer, token: row.token)
            let isTaken = (try? metadata.checkTokenEndpoint(among: all)) != nil
            #expect(isTaken == row.isTaken, "\(row)")
        }
    }

    @Test("where tokens are asked about is read like the others, and a bad address is none: few folders ask there")
    func introspection() throws {
        for (value, found) in [
            ("https://as.example/about", "https://as.example/about"), ("http://as.example/about", nil), (7, nil),
            (nil, nil),
        ] as [(JSON?, String?)] {
            let metadata = try ServerMetadata.read(
                Self.document([
                    ("introspection_endpoint", value), ("introspection_signing_alg_values_supported", ["ES256", 7]),
                ]), issuer: "https://as.example")
            #expect(metadata.introspectionEndpoint?.text == found)
            #expect(metadata.introspectionAlgorithms == ["ES256"] && !metadata.isAskedAboutTokens)
        }
    }

    @Test(
        "C45: an endpoint of the folder stands in for one that is not said, and goes with the same; with another, neither"
    )
    func besideDiscovery() throws {
        let (ours, other) = (URI("https://as.example/revoke"), URI("https://other.example/revoke"))
        var silent = Fixture.metadata(revocation: nil)
        try silent.take(\.revocationEndpoint, named: ours, "revocation")
        #expect(silent.revocationEndpoint == ours)
        var said = Fixture.metadata()
        try said.take(\.revocationEndpoint, named: nil, "revocation")
        try said.take(\.revocationEndpoint, named: ours, "revocation")
        #expect(said.revocationEndpoint == ours)
        #expect(throws: ProtocolViolation.self) { try said.take(\.revocationEndpoint, named: other, "revocation") }
    }

    @Test("C43: What is optional may be absent or null, what is not may not")
    func optional() {
        for value: JSON? in [nil, JSON.null] {
            for name in ["jwks_uri", "userinfo_endpoint", "revocation_endpoint"] { #expect(isRead([(name, value)])) }
            for name in ["issuer", "authorization_endpoint", "token_endpoint"] { #expect(!isRead([(name, value)])) }
        }
    }

    @Test("C34: A server that names its challenge methods must name S256")
    func challengeMethods() {
        let name = "code_challenge_methods_supported"
        for bad: JSON in [["plain"], [], [256], ["s256"]] { #expect(!isRead([(name, bad)]), "\(bad)") }
        for good: JSON? in [nil, JSON.null, ["plain", "S256"]] { #expect(isRead([(name, good)])) }
    }

    @Test("C34: only a document can leave open what code challenges mean to its server")
    func openChallenges() {
        func metadata(_ methods: [String]?) -> ServerMetadata {
            ServerMetadata(
                issuer: Fixture.issuer, authorizationEndpoint: URI("https://as.example/authorize")!,
                tokenEndpoint: URI("https://as.example/token")!, jwksURI: nil, userinfoEndpoint: nil,
                revocationEndpoint: nil, sendsIssuer: true, challengeMethods: methods)
        }
        #expect(!metadata(["S256"]).saysNothingOfChallenges(.oidc))
        for discovery in [Discovery.oidc, .oauth] { #expect(metadata(nil).saysNothingOfChallenges(discovery)) }
        let written = Discovery.Endpoints(
            authorization: URI("https://as.example/authorize")!, token: URI("https://as.example/token")!, jwks: nil,
            userinfo: nil, revocation: nil, introspection: nil, device: nil)
        #expect(!metadata(nil).saysNothingOfChallenges(.none(written)))
    }

    @Test("`iss` is announced by true and nothing else")
    func announcesIssuer() throws {
        let name = "authorization_response_iss_parameter_supported"
        let rows: [(JSON?, Bool)] = [(true, true), (false, false), (nil, false), ("true", false), (1, false)]
        for (value, wanted) in rows {
            let metadata = try ServerMetadata.read(Self.document([(name, value)]), issuer: "https://as.example")
            #expect(metadata.sendsIssuer == wanted, "\(value ?? .null)")
        }
    }

    @Test("C43: A document that is no object is refused", arguments: ["[]", "null", "\"https://as.example\"", "1"])
    func notAnObject(_ text: String) throws {
        let json = try JSON.parse(text)
        #expect(throws: ProtocolViolation("the discovery document is not a JSON object")) {
            try ServerMetadata.read(json, issuer: "https://as.example")
        }
    }

    @Test("A refusal names no value of the document")
    func refusalWords() {
        let evil = Self.document([("token_endpoint", "http://evil.example/\u{1B}[31m")])
        let error = #expect(throws: ProtocolViolation.self) {
            try ServerMetadata.read(evil, issuer: "https://as.example")
        }
        #expect(error?.description.contains("evil") == false)
        #expect(error?.description.contains("token_endpoint") == true)
    }
}
