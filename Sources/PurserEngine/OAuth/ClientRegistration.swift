public import Crypto
import Wire

/// Who Purser is at one authorization server (RFC 6749 2).
public struct ClientRegistration: Sendable {
    public let id: String
    public let secret: Secret?
    public let authentication: ClientAuthentication
    /// Exactly what the registration says, where it says one; else the daemon's own callback.
    public let redirectURI: String?

    /// The preset of a provider's folder; nil when it has none.
    init?(_ provider: Provider) {
        guard let preset = provider.manifest.authorization.client else { return nil }
        id = preset.id
        secret = provider.clientSecret
        authentication = provider.manifest.authorization.clientAuthentication
        redirectURI = preset.redirectURI
    }

    /// Adds this client's authentication to a token or revocation request (RFC 6749 2.3.1): one method, never two.
    ///
    /// Nil when the method needs what this registration does not have.
    func authenticate(_ form: inout Form) -> (headers: HTTPHeaders, authorization: Secret?)? {
        switch authentication {
        case .none:
            form.fields.append(Form.Field(name: "client_id", value: id))
            return ([:], nil)
        case .clientSecretPost:
            guard let text = secret?.text() else { return nil }
            form.fields.append(Form.Field(name: "client_id", value: id))
            form.fields.append(Form.Field(name: "client_secret", value: text))
            return ([:], nil)
        case .clientSecretBasic:
            // Identifier and secret are form-encoded before base64 (RFC 6749 Appendix B).
            guard let text = secret?.text() else { return nil }
            let pair = Form.encodeComponent(id) + ":" + Form.encodeComponent(text)
            return ([:], Secret("Basic " + Base64.encode(Array(pair.utf8))))
        case .privateKeyJWT, .tlsClientAuth, .selfSignedTLSClientAuth:
            return nil
        }
    }
}
