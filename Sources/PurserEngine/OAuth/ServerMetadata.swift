public import Wire

/// What an authorization server says about itself (RFC 8414 2, OpenID Connect Discovery 3), as far as Purser uses it.
public struct ServerMetadata: Sendable, Equatable {
    public let issuer: String
    /// Nil only where the grant needs none.
    public let authorizationEndpoint: URI?
    public var tokenEndpoint: URI
    public let jwksURI: URI?
    public var userinfoEndpoint: URI?
    public var revocationEndpoint: URI?
    /// RFC 7662 2.
    public var introspectionEndpoint: URI?
    /// Whether the folder has tokens asked about there.
    public var isAskedAboutTokens = false
    /// `introspection_signing_alg_values_supported` (RFC 9701 7); nil: not said.
    public var introspectionAlgorithms: [String]?
    /// RP-Initiated Logout 1.0 2.1.
    public var endSessionEndpoint: URI?
    /// RFC 7591 3.
    public var registrationEndpoint: URI?
    /// RFC 8628 4.
    public var deviceAuthorizationEndpoint: URI?
    /// `authorization_response_iss_parameter_supported` (RFC 9207 3).
    public let sendsIssuer: Bool
    /// `code_challenge_methods_supported`; nil: not said.
    public let challengeMethods: [String]?

    /// Where an authorization request is pushed to (RFC 9126 5).
    public var pushedRequestEndpoint: URI?
    /// `require_pushed_authorization_requests`: it takes no other.
    public var requiresPushedRequests = false
    /// `dpop_signing_alg_values_supported` (RFC 9449 5.1); nil: not said.
    public var proofAlgorithms: [String]?
    /// `response_modes_supported` and `authorization_signing_alg_values_supported` (JARM 4); nil: not said.
    public var responseModes: [String]?
    public var responseAlgorithms: [String]?
    /// `require_signed_request_object`, `request_parameter_supported` (nil: not said) and
    /// `request_object_signing_alg_values_supported` (nil: not said; RFC 9101 10.5, OpenID Connect Discovery 3).
    public var requiresRequestObject = false
    public var takesRequestObject: Bool?
    public var requestObjectAlgorithms: [String]?

    /// `authorization_details_types_supported` (RFC 9396 10); nil: not said.
    public var detailTypes: [String]?

    /// `mtls_endpoint_aliases` (RFC 8705 5): where the same endpoints are for clients that show a certificate.
    var aliases: [String: URI] = [:]

    public init(
        issuer: String, authorizationEndpoint: URI?, tokenEndpoint: URI, jwksURI: URI?, userinfoEndpoint: URI?,
        revocationEndpoint: URI?, deviceAuthorizationEndpoint: URI? = nil, sendsIssuer: Bool,
        challengeMethods: [String]?
    ) {
        self.deviceAuthorizationEndpoint = deviceAuthorizationEndpoint
        self.issuer = issuer
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.jwksURI = jwksURI
        self.userinfoEndpoint = userinfoEndpoint
        self.revocationEndpoint = revocationEndpoint
        self.sendsIssuer = sendsIssuer
        self.challengeMethods = challengeMethods
    }

    /// For a client that shows a certificate: every endpoint that has an alias is there.
    mutating func useAliases() {
        tokenEndpoint = aliases["token_endpoint"] ?? tokenEndpoint
        revocationEndpoint = aliases["revocation_endpoint"] ?? revocationEndpoint
        introspectionEndpoint = aliases["introspection_endpoint"] ?? introspectionEndpoint
        userinfoEndpoint = aliases["userinfo_endpoint"] ?? userinfoEndpoint
        deviceAuthorizationEndpoint = aliases["device_authorization_endpoint"] ?? deviceAuthorizationEndpoint
        pushedRequestEndpoint = aliases["pushed_authorization_request_endpoint"] ?? pushedRequestEndpoint
    }

    /// Whether there is a document, and it leaves open whether code challenges mean anything to the server (RFC 8414 2). One
    /// that leaves S256 out of a list is refused.
    func saysNothingOfChallenges(_ discovery: Discovery) -> Bool {
        if case .none = discovery { return false }
        return challengeMethods == nil
    }

    /// Takes an endpoint that the folder names, where the document names none or the same. Two different ones are a
    /// question for whoever wrote the folder: tokens go to neither. What the folder names is where it is for every client,
    /// so no alias takes its place later.
    mutating func take(
        _ place: WritableKeyPath<Self, URI?>, named: URI?, _ what: String
    ) throws(ProtocolViolation) {
        guard let named else { return }
        let alias = aliases.removeValue(forKey: what + "_endpoint")
        guard let said = self[keyPath: place], said != named, alias != named else {
            self[keyPath: place] = named
            return
        }
        throw ProtocolViolation("the discovery document names another \(what) endpoint than the folder does")
    }

    /// Refuses a token endpoint that is another provider's: codes and code verifiers of one would be shown to the other,
    /// who could use them (RFC 9700 4.4). It is another's by the origin of its issuer; what shares its own issuer's origin,
    /// as the tenants of one server do, is nobody else's.
    ///
    /// - Parameter issuers: of all providers there are.
    func checkTokenEndpoint(among issuers: [String]) throws(ProtocolViolation) {
        let place = tokenEndpoint.origin
        guard URI(issuer)?.origin != place else { return }
        guard let other = issuers.first(where: { URI($0)?.origin == place }) else { return }
        throw ProtocolViolation(
            "the discovery document names a token endpoint of another provider (\(other)), who would be shown what is "
                + "meant for this one; nothing is sent there")
    }

    /// Where the document of an issuer is: OpenID Connect appends to the path, RFC 8414 3.1 inserts before it.
    static func location(issuer: String, _ discovery: Discovery, quirks: Set<Quirk> = []) -> URI? {
        guard let uri = URI(issuer), uri.query == nil, uri.fragment == nil else { return nil }
        let path = uri.path.hasSuffix("/") ? String(uri.path.dropLast()) : uri.path
        let end = quirks.contains(.discoverySlash) ? "/" : ""
        switch discovery {
        case .oidc: return URI(uri.origin + path + "/.well-known/openid-configuration" + end)
        case .oauth: return URI(uri.origin + "/.well-known/oauth-authorization-server" + path + end)
        case .none: return nil
        }
    }

    /// Reads a discovery document. The issuer must be the expected one byte for byte (RFC 8414 3.3), every endpoint an
    /// address that it may name (`SuppliedURI`). Which endpoints must be there the grant says.
    ///
    /// - Parameter parameters: what requests carry beside Purser's own parameters.
    static func read(
        _ document: JSON, issuer: String, grant: GrantType = .authorizationCode, parameters: [String] = []
    ) throws(ProtocolViolation) -> ServerMetadata {
        guard document.object != nil else { throw ProtocolViolation("the discovery document is not a JSON object") }
        guard let named = document["issuer"]?.string else {
            throw ProtocolViolation("the discovery document names no issuer")
        }
        guard Exactly.same(named, issuer) else {
            throw ProtocolViolation("the discovery document is of another issuer")
        }
        func endpoint(_ name: String) throws(ProtocolViolation) -> URI? {
            try self.endpoint(document, name, by: issuer)
        }
        let authorization = try endpoint("authorization_endpoint")
        if grant == .authorizationCode,
            let name = authorization.flatMap({ AuthorizationRequest.repeated(in: $0, parameters) })
        {
            throw ProtocolViolation(
                "the query of authorization_endpoint in the discovery document has \(name), which every request has, "
                    + "and none may have twice (RFC 6749 3.1)")
        }
        let device = try endpoint("device_authorization_endpoint")
        guard let token = try endpoint("token_endpoint"),
            authorization != nil || grant != .authorizationCode
        else { throw ProtocolViolation("the discovery document lacks an authorization or token endpoint") }
        guard device != nil || grant != .deviceCode else {
            throw ProtocolViolation("the discovery document lacks a device authorization endpoint")
        }
        let methods = document["code_challenge_methods_supported"]?.array?.compactMap(\.string)
        if grant == .authorizationCode, let methods, !methods.contains("S256") {
            throw ProtocolViolation("the authorization server does not offer PKCE with S256")
        }
        var metadata = ServerMetadata(
            issuer: issuer, authorizationEndpoint: authorization, tokenEndpoint: token,
            jwksURI: try endpoint("jwks_uri"), userinfoEndpoint: try endpoint("userinfo_endpoint"),
            revocationEndpoint: try endpoint("revocation_endpoint"), deviceAuthorizationEndpoint: device,
            sendsIssuer: document["authorization_response_iss_parameter_supported"]?.bool ?? false,
            challengeMethods: methods)
        // Few folders ask there: for the others a bad one is none.
        metadata.introspectionEndpoint = try? endpoint("introspection_endpoint")
        metadata.introspectionAlgorithms =
            document["introspection_signing_alg_values_supported"]?.array?.compactMap(\.string)
        metadata.endSessionEndpoint = try endpoint("end_session_endpoint")
        metadata.registrationEndpoint = try endpoint("registration_endpoint")
        metadata.pushedRequestEndpoint = try endpoint("pushed_authorization_request_endpoint")
        metadata.requiresPushedRequests = document["require_pushed_authorization_requests"]?.bool ?? false
        metadata.proofAlgorithms = document["dpop_signing_alg_values_supported"]?.array?.compactMap(\.string)
        metadata.detailTypes = document["authorization_details_types_supported"]?.array?.compactMap(\.string)
        metadata.requiresRequestObject = document["require_signed_request_object"]?.bool ?? false
        metadata.takesRequestObject = document["request_parameter_supported"]?.bool
        metadata.requestObjectAlgorithms =
            document["request_object_signing_alg_values_supported"]?.array?.compactMap(\.string)
        metadata.responseModes = document["response_modes_supported"]?.array?.compactMap(\.string)
        metadata.responseAlgorithms =
            document["authorization_signing_alg_values_supported"]?.array?.compactMap(\.string)
        let aliases = document["mtls_endpoint_aliases"] ?? [:]
        guard let names = aliases.object?.members.map(\.name) else {
            throw ProtocolViolation("mtls_endpoint_aliases in the discovery document is not a JSON object")
        }
        for name in names { metadata.aliases[name] = try self.endpoint(aliases, name, by: issuer) }
        return metadata
    }

    /// - Parameter issuer: of the document, which was compared before.
    static func endpoint(
        _ document: JSON, _ name: String, by issuer: String
    ) throws(ProtocolViolation) -> URI? {
        guard let value = document[name], !value.isNull else { return nil }
        guard let uri = SuppliedURI.read(value, by: issuer) else {
            throw ProtocolViolation(
                "\(name) in the discovery document is not an https URI, or leads into this machine or its network")
        }
        return uri
    }
}

/// Something a server sent that the specification does not allow and Purser therefore refuses. Words, no values.
public struct ProtocolViolation: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ what: String) { description = what }
}
