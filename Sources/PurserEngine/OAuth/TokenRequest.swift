import Crypto
import Wire

/// The token requests Purser makes in a person's name (RFC 6749 4.1.3 and 6, RFC 8628 3.4), as provider requests.
///
/// POST, form body, nothing secret in the URI; an unrewindable body so that no connection layer sends it twice.
enum TokenRequest {
    /// Exchanges an authorization code. The verifier always goes along (RFC 7636 4.5).
    static func exchange(
        code: String, _ kept: AuthorizationRequest.Kept, _ metadata: ServerMetadata, _ client: ClientRegistration
    ) -> ProviderRequest? {
        let form = Form(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", kept.redirectURI),
                ("code_verifier", kept.codeVerifier),
            ] + client.reach.resourceParameters)
        return request(
            form, metadata.tokenEndpoint, metadata, client, .onceFresh, seconds: Limits.answerSeconds,
            proving: kept.proofKey)
    }

    /// Asks for a device code (RFC 8628 3.1). Parameters that the authorization server does not know it ignores, so those
    /// of an authorization request go along.
    static func deviceAuthorization(
        _ endpoint: URI, _ metadata: ServerMetadata, _ client: ClientRegistration,
        _ authorization: Manifest.Authorization
    ) -> ProviderRequest? {
        request(
            Form(asked(client, authorization.parameters)), endpoint, metadata, client, .once,
            seconds: Limits.answerSeconds)
    }

    /// All that is asked for where no authorization request says it.
    private static func asked(
        _ client: ClientRegistration, _ parameters: [(String, String)]
    ) -> [(String, String)] {
        let scope = client.scopes.isEmpty ? [] : [("scope", client.scopes.joined(separator: " "))]
        return parameters + client.reach.parameters + scope
    }

    /// Asks for a token in our own name (RFC 6749 4.4.2), with the parameters that this server needs beside: those of a
    /// folder for people belong to their authorization request.
    static func ownGrant(
        _ metadata: ServerMetadata, _ client: ClientRegistration, _ authorization: Manifest.Authorization,
        proving proofKey: ProofKey?
    ) -> ProviderRequest? {
        let isOwn = authorization.grant == .clientCredentials
        let form = Form(
            [("grant_type", GrantType.clientCredentials.rawValue)]
                + asked(client, isOwn ? authorization.parameters : []))
        return request(
            form, metadata.tokenEndpoint, metadata, client, .once, seconds: Limits.answerSeconds, proving: proofKey)
    }

    /// Asks whether the person has answered (RFC 8628 3.4).
    static func device(
        code: Secret, _ metadata: ServerMetadata, _ client: ClientRegistration
    ) -> ProviderRequest? {
        guard let text = code.text() else { return nil }
        let form = Form(
            [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", text)]
                + client.reach.resourceParameters)
        return request(form, metadata.tokenEndpoint, metadata, client, .once, seconds: Limits.answerSeconds)
    }

    /// Spends a refresh token. No scope is sent: the grant keeps the one it has (RFC 6749 6).
    static func refresh(
        _ token: HeldToken, _ metadata: ServerMetadata, _ client: ClientRegistration, _ policy: RotationPolicy
    ) -> ProviderRequest? {
        guard let text = token.secret.text() else { return nil }
        let form = Form(
            [("grant_type", "refresh_token"), ("refresh_token", text)] + client.reach.resourceParameters)
        let isStrict = policy.losesOnReplay
        return request(
            form, metadata.tokenEndpoint, metadata, client, isStrict ? .onceFresh : .once,
            seconds: deadlineSeconds(policy), proving: token.proofKey)
    }

    /// How long a refresh waits for its answer: half the grace where replay must stay inside it, long where a late
    /// answer is still the only copy of the token.
    static func deadlineSeconds(_ policy: RotationPolicy) -> Int64 {
        switch policy {
        case .none, .graceUntilUsed: Limits.answerSeconds
        case .grace(let seconds) where !policy.losesOnReplay: min(Limits.answerSeconds, Int64(seconds) / 2)
        case .grace, .strict, .sometimes: Limits.strictRefreshSeconds
        }
    }

    /// Asks for a token to be revoked (RFC 7009 2.1).
    static func revoke(
        _ token: Secret, hint: String, _ endpoint: URI, _ metadata: ServerMetadata, _ client: ClientRegistration
    ) -> ProviderRequest? {
        guard let text = token.text() else { return nil }
        return request(
            Form([("token", text), ("token_type_hint", hint)]), endpoint, metadata, client, .once,
            seconds: Limits.answerSeconds)
    }

    /// Asks what has become of a token (RFC 7662 2.1).
    static func introspect(
        _ token: Secret, hint: String, _ endpoint: URI, as form: IntrospectionForm, _ metadata: ServerMetadata,
        _ client: ClientRegistration
    ) -> ProviderRequest? {
        guard let text = token.text() else { return nil }
        var request = request(
            Form([("token", text), ("token_type_hint", hint)]), endpoint, metadata, client, .once,
            seconds: Limits.introspectionSeconds)
        request?.headers["Accept"] = form.mediaType
        return request
    }

    /// A form for an endpoint of the authorization server that the client authenticates at.
    ///
    /// - Parameters:
    ///   - namesClient: `client_id` stands in the form whatever the method (RFC 9126 2.1).
    ///   - proofKey: what the tokens are bound to, or will be (RFC 9449 5, 10.1).
    static func request(
        _ form: Form, _ endpoint: URI, _ metadata: ServerMetadata, _ client: ClientRegistration,
        _ sending: ProviderRequest.Sending, seconds: Int64, namesClient: Bool = false,
        proving proofKey: ProofKey? = nil
    ) -> ProviderRequest? {
        var form = form
        guard let authentication = client.authenticate(&form, at: metadata.issuer) else { return nil }
        if namesClient, form["client_id"] == nil { form.fields.append(Form.Field(name: "client_id", value: client.id)) }
        var headers: HTTPHeaders = [:]
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Accept"] = "application/json"
        var request = ProviderRequest(
            "POST", endpoint, headers: headers, authorization: authentication.authorization,
            body: Secret(form.encoded), sending: sending, answerBytes: Limits.tokenAnswerBytes,
            deadlineSeconds: seconds)
        request.tls = client.tls
        if let assertion = authentication.assertion { request.signing = RequestSigning(assertion: assertion) }
        if let proofKey { request.prove(proofKey, access: nil) }
        return request
    }
}

extension RotationPolicy {
    /// Whether sending a spent refresh token again may cost the grant. A grace too short to come back in is none.
    public var losesOnReplay: Bool {
        switch self {
        case .strict, .sometimes: true
        case .grace(let seconds): seconds < Limits.leastGraceSeconds
        case .none, .graceUntilUsed: false
        }
    }

    /// Whether a spent refresh token is good no longer, or only for a while.
    var endsOnceSpent: Bool {
        switch self {
        case .strict, .sometimes, .grace: true
        case .none, .graceUntilUsed: false
        }
    }
}
