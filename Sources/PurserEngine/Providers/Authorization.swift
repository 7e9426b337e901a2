public import Crypto
public import Wire

/// A grant type a manifest may name. The password and the implicit grant are refused by name (RFC 9700 2.1.2, 2.4).
public enum GrantType: String, Sendable, Hashable, CaseIterable {
    case authorizationCode = "authorization_code"
    case deviceCode = "device_code"
    case clientCredentials = "client_credentials"
}

/// How the client proves who it is at the token endpoint.
public enum ClientAuthentication: String, Sendable, Hashable, CaseIterable {
    case none
    case clientSecretBasic = "client_secret_basic"
    case clientSecretPost = "client_secret_post"
    case privateKeyJWT = "private_key_jwt"
    case tlsClientAuth = "tls_client_auth"
    case selfSignedTLSClientAuth = "self_signed_tls_client_auth"

    var needsSecret: Bool { self == .clientSecretBasic || self == .clientSecretPost }
    /// Whether it proves itself with a key of its own.
    public var needsKeys: Bool { self == .privateKeyJWT }
    var provesWithKey: Bool { needsKeys || needsCertificate }
    /// Whether the connection says who it is (RFC 8705 2).
    public var needsCertificate: Bool { self == .tlsClientAuth || self == .selfSignedTLSClientAuth }
}

/// What keeps a stolen token from being of use to the thief (RFC 9700 2.2.1).
public enum SenderConstraint: String, Sendable, Hashable, CaseIterable {
    /// Each request carries a proof made with the grant's own key (RFC 9449).
    case dpop
    /// Tokens work over connections with the client's certificate only (RFC 8705 3).
    case mtls
}

/// What a provider does with a refresh token that was spent.
public enum RotationPolicy: Sendable, Hashable {
    /// It stays good.
    case none
    /// Replaced; the old one works on for so many seconds.
    case grace(seconds: Int)
    /// Replaced; the old one works until the new one was used, at most so many seconds.
    case graceUntilUsed(capSeconds: Int)
    /// Replaced; the old one, seen again, ends the grant.
    case strict
    case sometimes
}

/// Where the provider's metadata comes from.
public enum Discovery: Sendable, Hashable {
    case oidc
    case oauth
    case none(Endpoints)

    /// Endpoints a manifest names itself.
    public struct Endpoints: Sendable, Hashable {
        /// Nil only where the grant needs none.
        public let authorization: URI?
        public let token: URI
        public let jwks: URI?
        public let userinfo: URI?
        public let revocation: URI?
        public let introspection: URI?
        public let device: URI?
    }
}

/// Where it says who was linked.
public enum IdentitySource: Sendable, Hashable {
    case idToken
    case userinfo(pointer: String)
    case request(name: String, pointer: String)
    /// Nobody is: the client asks in its own name (RFC 6749 4.4).
    case nobody
}

extension Manifest {
    /// The authorization server, and Purser's registration at it.
    public struct Authorization: Sendable {
        public let issuer: String
        public let discovery: Discovery
        public let besideDiscovery: Discovery.Beside
        public let grant: GrantType
        public let scopes: [String]
        public let client: ClientPreset?
        public let clientAuthentication: ClientAuthentication
        public let rotation: RotationPolicy
        /// A refresh token that is not used for so long dies; nil: none does, or nobody says.
        public let idleSeconds: Int64?
        public let identity: IdentitySource
        /// What the provider signs ID tokens with: registered, never read from a token.
        public let idTokenAlgorithm: SignatureAlgorithm
        /// What it signs UserInfo with; nil: it answers plain JSON.
        public let userinfoAlgorithm: SignatureAlgorithm?
        /// Extra authorization request parameters, in the manifest's order; with `client_credentials`, of the token request.
        public let parameters: [(String, String)]
        /// Nil: Bearer tokens.
        public let senderConstrained: SenderConstraint?
        public let profile: Profile?
        public let messages: SignedMessages
        /// How it is asked what has become of a token (RFC 7662); nil: it is not.
        public let introspection: IntrospectionForm?
        /// What is asked for beside scopes.
        public let reach: AskedReach
        public let quirks: Set<Quirk>
        /// Nil: it is asked for none.
        public let sharedSignals: SharedSignals?

        /// A client that comes with the folder.
        public struct ClientPreset: Sendable, Hashable {
            public let id: String
            public let secretFile: String?
            /// The private key set it proves itself with.
            public let keyFile: String?
            /// The certificate that it shows, with its key.
            public let certificateFile: String?
            public let redirectURI: String?
        }
    }
}

extension Manifest.Authorization {
    /// Whether connections in the client's name are made with its certificate.
    var usesCertificate: Bool { clientAuthentication.needsCertificate || senderConstrained == .mtls }

    private static let keys =
        SignedMessages.keys + IntrospectionForm.keys + [
            "issuer", "discovery", "endpoints", "grant", "scopes", "client", "clientAuthentication", "rotation",
            "identity", "idTokenAlgorithm", "userinfoAlgorithm", "senderConstrained", "parameters", "profile",
            "resource", "authorizationDetails", "quirks", "sharedSignals",
        ]
    private static let endpointNames = [
        "authorization", "token", "jwks", "userinfo", "revocation", "introspection", "device",
    ]

    static func read(_ root: Node) -> Manifest.Authorization? {
        guard
            let node = root.object(
                "authorization", keys,
                required: ["issuer", "grant", "scopes", "clientAuthentication"])
        else { return nil }
        let issuer = node.uri("issuer")
        if issuer?.query != nil { node.refuse("issuer", "an issuer has no query (RFC 8414 2)") }
        let grant = readGrant(node)
        let scopes = node.texts("scopes")
        if let scopes, scopes.contains(where: { $0.contains(" ") || $0.contains("\"") || $0.contains("\\") }) {
            node.refuse("scopes", "a scope has no space, quote or backslash (RFC 6749 3.3)")
        }
        let authentication = node.choice("clientAuthentication", ClientAuthentication.self)
        let discovery = readDiscovery(node, grant)
        let isOwn = grant == .clientCredentials
        let rotation = isOwn ? RotationPolicy.none : readRotation(node)
        let identity = isOwn ? IdentitySource.nobody : readIdentity(node, scopes ?? [])
        if isOwn { refusePersonal(node) }
        let client = readClient(node, authentication, node["senderConstrained"]?.string == "mtls")
        let algorithm = readAlgorithm(node, "idTokenAlgorithm")
        let userinfoAlgorithm = readAlgorithm(node, "userinfoAlgorithm")
        let profile = node.choice("profile", Profile.self)
        let constraint = node.choice("senderConstrained", SenderConstraint.self)
        let (reach, quirks) = (AskedReach.read(node), Quirk.read(node, authentication, discovery))
        let beside = Discovery.readBeside(node, discovery, names: endpointNames)
        let idTokenAlgorithm = algorithm ?? profile?.idTokenAlgorithm ?? .rs256
        let messages = SignedMessages.read(node, grant, authentication, usual: idTokenAlgorithm)
        let introspection = IntrospectionForm.read(node, grant, discovery, usual: idTokenAlgorithm)
        guard let issuer, let grant, let scopes, let authentication, let discovery, let rotation, let identity
        else { return nil }
        let made = Manifest.Authorization(
            issuer: issuer.text, discovery: discovery, besideDiscovery: beside, grant: grant, scopes: scopes,
            client: client, clientAuthentication: authentication, rotation: rotation,
            idleSeconds: isOwn ? nil : readIdle(node),
            identity: identity, idTokenAlgorithm: idTokenAlgorithm, userinfoAlgorithm: userinfoAlgorithm,
            parameters: readParameters(node), senderConstrained: constraint, profile: profile, messages: messages,
            introspection: introspection, reach: reach, quirks: quirks,
            sharedSignals: SharedSignals.read(node, issuer: issuer, grant, authentication, scopes: scopes))
        if constraint == .mtls, authentication.needsSecret || authentication.needsKeys {
            node.refuse(
                "senderConstrained",
                "a client has one proof of who it is: a certificate, or \(authentication.rawValue)",
                "tls_client_auth, self_signed_tls_client_auth or none")
        }
        for lack in made.profile?.lacks(made) ?? [] { node.refuse(lack.key, lack.what, lack.hint) }
        return made
    }

    private static func readGrant(_ node: Node) -> GrantType? {
        switch node["grant"]?.string {
        case "password":
            node.refuse(
                "grant", "the password grant is refused: Purser never sees a password (RFC 9700 2.4)",
                "authorization_code")
            return nil
        case "implicit", "token":
            node.refuse(
                "grant", "the implicit grant is refused: it puts tokens into URLs (RFC 9700 2.1.2)",
                "authorization_code")
            return nil
        default: return node.choice("grant", GrantType.self)
        }
    }

    private static func readDiscovery(_ node: Node, _ grant: GrantType?) -> Discovery? {
        let kind = node.text("discovery") ?? "oidc"
        switch kind {
        case "oidc": return .oidc
        case "oauth": return .oauth
        case "none":
            return readEndpoints(node, grant).map { .none($0) }
        default:
            node.refuse("discovery", "unknown value \(kind)", "one of: oidc, oauth, none")
            return nil
        }
    }

    private static func readEndpoints(_ node: Node, _ grant: GrantType?) -> Discovery.Endpoints? {
        let needed: [String] =
            switch grant {
            case .authorizationCode: ["authorization", "token"]
            case .deviceCode: ["device", "token"]
            case .clientCredentials, nil: ["token"]
            }
        guard
            let inner = node.object("endpoints", endpointNames, required: needed)
        else { return nil }
        let (authorization, token, device) = (inner.uri("authorization"), inner.uri("token"), inner.uri("device"))
        let own = node["parameters"]?.object?.members.map(\.name) ?? []
        if let name = authorization.flatMap({ AuthorizationRequest.repeated(in: $0, own) }) {
            inner.refuse("authorization", "its query has \(name), which every request has, and none may have twice")
        }
        guard let token, authorization != nil || !needed.contains("authorization"),
            device != nil || !needed.contains("device")
        else { return nil }
        return Discovery.Endpoints(
            authorization: authorization, token: token, jwks: inner.uri("jwks"), userinfo: inner.uri("userinfo"),
            revocation: inner.uri("revocation"), introspection: inner.uri("introspection"), device: device)
    }

    private static func readRotation(_ node: Node) -> RotationPolicy? {
        guard
            let inner = node.object(
                "rotation", ["policy", "seconds", "capSeconds", "idleSeconds"], required: ["policy"]),
            let policy = inner.text("policy")
        else { return nil }
        let takes = ["grace": "seconds", "graceUntilUsed": "capSeconds"][policy]
        for name in ["seconds", "capSeconds"] where inner[name] != nil && name != takes {
            inner.refuse(name, "has no meaning with \(policy)")
        }
        var number = 0
        if let takes {
            guard let value = inner.int(takes, in: 6...2_592_000) else {
                if inner[takes] == nil { inner.refuse(takes, "missing") }
                return nil
            }
            number = value
        }
        switch policy {
        case "none": return RotationPolicy.none
        case "grace": return .grace(seconds: number)
        case "graceUntilUsed": return .graceUntilUsed(capSeconds: number)
        case "strict": return .strict
        case "sometimes": return .sometimes
        default:
            inner.refuse("policy", "unknown value \(policy)", "one of: none, grace, graceUntilUsed, strict, sometimes")
            return nil
        }
    }

    private static func readIdle(_ node: Node) -> Int64? {
        // What is wrong with the object itself was told by `readRotation`.
        guard let object = node["rotation"]?.object else { return nil }
        let inner = Node(reader: node.reader, place: node.at("rotation"), object: object)
        return inner.int("idleSeconds", in: 3600...315_360_000).map(Int64.init)
    }

    private static func readIdentity(_ node: Node, _ scopes: [String]) -> IdentitySource? {
        guard let inner = node.object("identity", ["from", "pointer", "name"], required: ["from"]),
            let from = inner.text("from")
        else { return nil }
        if from == "idToken" {
            if !scopes.contains("openid") {
                inner.refuse(
                    "from", "an ID token comes only with the scope openid", "add openid to scopes, or use userinfo")
            }
            return .idToken
        }
        guard from == "userinfo" || from == "request" else {
            inner.refuse("from", "unknown value \(from)", "one of: idToken, userinfo, request")
            return nil
        }
        guard let pointer = inner.text("pointer") ?? (from == "userinfo" ? "/sub" : nil) else {
            inner.refuse("pointer", "missing")
            return nil
        }
        if JSONPointer.tokens(pointer) == nil {
            inner.refuse("pointer", "is no JSON Pointer", "for example /member/id")
        }
        if from == "userinfo" { return .userinfo(pointer: pointer) }
        guard let name = inner.text("name") else {
            if inner["name"] == nil { inner.refuse("name", "missing") }
            return nil
        }
        return .request(name: name, pointer: pointer)
    }

    private static func readClient(_ node: Node, _ authentication: ClientAuthentication?, _ isBound: Bool)
        -> ClientPreset?
    {
        guard node["client"] != nil,
            let inner = node.object(
                "client", ["id", "secretFile", "keyFile", "certificateFile", "redirectUri"], required: ["id"]),
            let id = inner.text("id")
        else { return nil }
        let file = inner.text("secretFile").flatMap { Manifest.fileName($0, inner, "secretFile") }
        if authentication?.needsSecret == true, file == nil, inner["secretFile"] == nil {
            inner.refuse("secretFile", "missing: \(authentication!.rawValue) needs a client secret")
        }
        let keyFile = inner.text("keyFile").flatMap { Manifest.fileName($0, inner, "keyFile") }
        if let authentication, authentication.needsKeys != (inner["keyFile"] != nil) {
            inner.refuse(
                "keyFile",
                authentication.needsKeys
                    ? "missing: \(authentication.rawValue) needs a key"
                    : "has no meaning with \(authentication.rawValue)")
        }
        let certificate = inner.text("certificateFile").flatMap { Manifest.fileName($0, inner, "certificateFile") }
        if let authentication {
            let isNeeded = authentication.needsCertificate || isBound
            if isNeeded, inner["certificateFile"] == nil {
                inner.refuse("certificateFile", "missing: connections with a certificate need one")
            } else if !isNeeded, inner["certificateFile"] != nil {
                inner.refuse("certificateFile", "has no meaning with \(authentication.rawValue) and no mtls")
            }
        }
        return ClientPreset(
            id: id, secretFile: file, keyFile: keyFile, certificateFile: certificate,
            redirectURI: inner.uri("redirectUri")?.text)
    }

    /// Absent: nil. `none` and HMAC are refused in words.
    static func readAlgorithm(_ node: Node, _ name: String) -> SignatureAlgorithm? {
        switch node[name]?.string {
        case "none":
            node.refuse(name, "an unsigned token proves nothing; none is refused", "RS256")
            return nil
        case "HS256", "HS384", "HS512":
            node.refuse(name, "refused: whoever can check an HMAC can make it", "RS256")
            return nil
        default: return node.choice(name, SignatureAlgorithm.self)
        }
    }

    private static func isSeconds(_ text: String) -> Bool {
        (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func readParameters(_ node: Node) -> [(String, String)] {
        node.each("parameters").compactMap { parameter in
            if AuthorizationRequest.ownParameters.contains(parameter.name) {
                node.reader.refuse(
                    parameter.place, "the client sets this parameter itself",
                    ["resource": "resource", "authorization_details": "authorizationDetails"][parameter.name])
            }
            guard let value = parameter.value.string else {
                node.reader.refuse(parameter.place, "must be a text")
                return nil
            }
            if value.isEmpty {
                node.reader.refuse(
                    parameter.place, "has no value, which counts as left out (RFC 6749 3.1)", "leave it out")
            }
            if parameter.name == "max_age", !Self.isSeconds(value) {
                node.reader.refuse(parameter.place, "must be a whole number of seconds as text", "for example 3600")
            }
            if parameter.name == "claims", ClaimAsked.read(value) == nil {
                node.reader.refuse(
                    parameter.place,
                    "must be a JSON object with id_token or userinfo (OpenID Connect Core 5.5), as text",
                    #"{\"id_token\": {\"acr\": {\"essential\": true, \"value\": \"gold\"}}}"#)
            }
            return (parameter.name, value)
        }
    }
}
