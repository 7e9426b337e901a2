public import Crypto
import Wire

/// Who Purser is at one authorization server (RFC 6749 2).
public struct ClientRegistration: Sendable {
    public let id: String
    /// What it proves itself with, if with anything: a client secret, a private key set (`ClientKeys`), or a certificate
    /// with its key (PEM).
    public let secret: Secret?
    public let authentication: ClientAuthentication
    /// Exactly what the registration says, where it says one; else the daemon's own callback.
    public let redirectURI: String?
    /// What is asked for.
    public private(set) var scopes: [String]
    /// And beside scopes.
    private(set) var reach: AskedReach
    /// Whether its Basic header is not form-encoded first (`Quirk.rawBasic`).
    let isRawBasic: Bool
    /// Whether its assertions say what they are (`Quirk.typedAssertion`).
    let typesAssertions: Bool
    /// What connections in its name are made with; nil: as any.
    let tls: TLSTerms?

    /// The preset of a provider's folder; nil when it has none.
    init?(_ provider: Provider) {
        guard let preset = provider.manifest.authorization.client else { return nil }
        self.init(preset.id, provider.clientSecret, nil, provider, redirectURI: preset.redirectURI, scopes: nil)
    }

    /// - Parameters:
    ///   - authentication: nil: the folder's.
    ///   - scopes: nil: what the folder asks for.
    private init(
        _ id: String, _ secret: Secret?, _ authentication: ClientAuthentication?, _ provider: Provider,
        redirectURI: String?, scopes: [String]?
    ) {
        let authorization = provider.manifest.authorization
        (self.id, self.secret, self.redirectURI) = (id, secret, redirectURI)
        self.authentication = authentication ?? authorization.clientAuthentication
        self.scopes = scopes ?? authorization.scopes
        reach = authorization.reach
        isRawBasic = authorization.quirks.contains(.rawBasic)
        typesAssertions = authorization.quirks.contains(.typedAssertion)
        tls = Self.tls(provider, secret)
    }

    /// What was registered here, which takes the preset's place. Nil when its secret does not open: the preset would
    /// be another client.
    ///
    /// Nil, too, while only its keys were made: nobody is registered with them yet.
    init?(_ stored: RegisteredClient, _ provider: Provider, _ keyring: Keyring) {
        guard let registered = stored.registeredID else { return nil }
        let secret = stored.secret(keyring, issuer: provider.manifest.authorization.issuer)
        guard secret != nil || stored.sealedSecret == nil else { return nil }
        self.init(
            registered, secret, stored.dynamic?.authentication, provider, redirectURI: stored.redirectURI,
            scopes: stored.scopes)
    }

    private static func tls(_ provider: Provider, _ secret: Secret?) -> TLSTerms? {
        let identity = provider.manifest.authorization.usesCertificate ? secret : nil
        guard identity != nil || provider.authorities != nil else { return nil }
        return TLSTerms(authorities: provider.authorities, identity: identity)
    }

    /// Whether the other one is another client to an authorization server, or asks for something else. A new secret
    /// alone is not.
    func differs(from other: ClientRegistration) -> Bool {
        !Exactly.same(id, other.id) || authentication != other.authentication || redirectURI != other.redirectURI
            || scopes != other.scopes
    }

    /// What names the certificate that its connections are made with (`x5t#S256`, RFC 8705 3.1); nil: there is none.
    var certificateThumbprint: String? {
        tls?.identity?.text().flatMap(CertificatePair.der).map(CertificatePair.thumbprint)
    }

    /// What its assertions and requests are signed with; nil: it has no key.
    var signingKey: SigningKey? {
        authentication.needsKeys ? secret.flatMap { ClientKeys($0) }?.keys.first : nil
    }

    /// The same client, asking for these scopes and nothing else.
    func asking(_ scopes: [String]) -> ClientRegistration {
        var other = self
        (other.scopes, other.reach) = (scopes, AskedReach())
        return other
    }

    /// Adds this client's authentication to a token or revocation request (RFC 6749 2.3.1): one method, never two.
    ///
    /// Nil when the method needs what this registration does not have.
    ///
    /// - Parameter issuer: whom it is shown to.
    func authenticate(_ form: inout Form, at issuer: String) -> Authentication? {
        switch authentication {
        case .none:
            form.fields.append(Form.Field(name: "client_id", value: id))
            return Authentication()
        case .clientSecretPost:
            guard let text = secret?.text() else { return nil }
            form.fields.append(Form.Field(name: "client_id", value: id))
            form.fields.append(Form.Field(name: "client_secret", value: text))
            return Authentication()
        case .clientSecretBasic:
            guard let text = secret?.text() else { return nil }
            // Identifier and secret are form-encoded before base64 (RFC 6749 Appendix B); as they are, the first colon is
            // taken for the end of the identifier (RFC 7617 2).
            guard !isRawBasic || !id.contains(":") else { return nil }
            let pair = isRawBasic ? id + ":" + text : Form.encodeComponent(id) + ":" + Form.encodeComponent(text)
            return Authentication(authorization: Secret("Basic " + Base64.encode(Array(pair.utf8))))
        case .privateKeyJWT:
            guard let key = signingKey else { return nil }
            form.fields.append(Form.Field(name: "client_id", value: id))
            var assertion = RequestSigning.Assertion(key: key, client: id, audience: issuer)
            if typesAssertions { assertion.type = "client-authentication+jwt" }
            return Authentication(assertion: assertion)
        case .tlsClientAuth, .selfSignedTLSClientAuth:
            // The connection says the rest (RFC 8705 2).
            guard tls?.identity != nil else { return nil }
            form.fields.append(Form.Field(name: "client_id", value: id))
            return Authentication()
        }
    }

    /// What a request carries beside its form.
    struct Authentication: Sendable {
        var authorization: Secret?
        /// Signed when the request is sent.
        var assertion: RequestSigning.Assertion?
    }
}
