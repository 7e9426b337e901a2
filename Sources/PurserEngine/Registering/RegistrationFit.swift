import Crypto
import Wire

/// Whether we can live with what a provider registered (RFC 7591 3.2.1: it may replace any value): a pure judgement. What
/// is another way to the same is used as it came; what is weaker than the folder, or would make it say what is not so, is
/// not.
struct RegistrationFit: Sendable, Hashable {
    let authentication: ClientAuthentication
    /// What may be asked for; nil: all that the folder asks for.
    let scopes: [String]?
    /// Whether there are secrets to keep, and until when the one there is lives.
    let keepsSecret: Bool
    let secretEndsAt: Instant?
    /// What a person should know of it.
    let remarks: [String]

    struct Problem: Error, Sendable, Hashable {
        let words: String
        init(_ words: String) { self.words = words }
    }

    /// What was asked for.
    struct Asked: Sendable {
        let authorization: Manifest.Authorization
        let redirectURI: String?
        /// What our requests are signed with, where they are.
        let requestAlgorithm: SignatureAlgorithm?
        let hasPushEndpoint: Bool
    }

    /// A registration that is there already.
    struct Present: Sendable {
        /// The method it lives by, which may not change.
        let authentication: ClientAuthentication
        let secretEndsAt: Instant?
    }

    /// - Parameter present: what an answer about a registration that is there is held against.
    static func judge(
        _ told: ClientInformation, _ asked: Asked, present: Present? = nil, now: Instant
    ) throws(Problem) -> RegistrationFit {
        let (json, authorization) = (told.registered, asked.authorization)
        let method = try authentication(
            json["token_endpoint_auth_method"], authorization, present?.authentication)
        let ends = method.needsSecret ? try secretEnd(told, present, now) : nil
        if let uri = asked.redirectURI, json["redirect_uris"]?.array?.contains(.string(uri)) != true {
            throw Problem("it did not register our redirect URI, to which people must come back")
        }
        let grants = json["grant_types"]?.array?.compactMap(\.string)
        let needed =
            authorization.grant == .deviceCode ? ClientMetadata.deviceGrant : authorization.grant.rawValue
        if let grants, !grants.contains(needed) {
            throw Problem("it did not register the grant type \(needed), which the folder lives by")
        }
        if authorization.grant == .authorizationCode, let types = json["response_types"]?.array,
            !types.contains("code")
        {
            throw Problem("it did not register the response type code")
        }
        if let problem = boundaries(json, asked) ?? signatures(json, asked) { throw Problem(problem) }
        var remarks: [String] = []
        if let grants, authorization.grant != .clientCredentials, !grants.contains("refresh_token") {
            remarks.append("the provider gives this client no refresh tokens: links last as long as an access token")
        }
        if method != authorization.clientAuthentication {
            remarks.append("the provider registered \(method.rawValue), which is used as it came")
        }
        let scopes = try scopes(json["scope"], authorization)
        if let scopes {
            let missing = authorization.scopes.filter { !scopes.contains($0) }
            remarks.append("the provider lets this client not ask for: \(missing.joined(separator: " "))")
        }
        return RegistrationFit(
            authentication: method, scopes: scopes, keepsSecret: method.needsSecret, secretEndsAt: ends,
            remarks: remarks)
    }

    /// Of the methods with a secret one is as good as the other, and better than none. A method with a key cannot be had
    /// where no key was registered, and one without any is weaker than the folder.
    static func authentication(
        _ answered: JSON?, _ authorization: Manifest.Authorization, _ present: ClientAuthentication?
    ) throws(Problem) -> ClientAuthentication {
        let asked = present ?? authorization.clientAuthentication
        guard let answered, !answered.isNull else { return asked }
        let name = Harmless.words(answered.string ?? "what is no name", limit: 64)
        guard let method = answered.string.flatMap(ClientAuthentication.init) else {
            throw Problem("it wants us to authenticate with \(name), which purser does not know")
        }
        if method == asked { return method }
        if present != nil {
            throw Problem("it wants us to authenticate with \(name) from now on, not \(asked.rawValue)")
        }
        if asked.provesWithKey || authorization.profile != nil || method == .none {
            throw Problem("it registered \(name), and the folder asks for \(asked.rawValue): that would be weaker")
        }
        guard method.needsSecret, !authorization.usesCertificate else {
            throw Problem("it wants us to authenticate with \(name), and no key was registered for that")
        }
        return method
    }

    /// RFC 7591 3.2.1: with a secret there must be its end. Without one nobody could say by when it must be renewed: it
    /// would end one day, and with it every link. A client that is there takes such a secret all the same, since the one
    /// before is no good any more, and asks again by the end that is known.
    private static func secretEnd(
        _ told: ClientInformation, _ present: Present?, _ now: Instant
    ) throws(Problem) -> Instant? {
        guard let secret = told.secret else {
            guard let present else {
                throw Problem("it gave no client secret, which the method that it registered needs")
            }
            // When it ends is still worth knowing.
            if case .at(let end) = told.secretEnd { return end }
            return present.secretEndsAt
        }
        guard ClientCheck.isSecretText(secret) else { throw Problem("its client secret is none that could be sent") }
        switch told.secretEnd {
        case .never: return nil
        case .at(let end) where end > now: return end
        case .at: throw Problem("it gave a client secret that has ended already (client_secret_expires_at)")
        case .unsaid, .unreadable:
            if let present { return present.secretEndsAt }
            throw Problem(
                told.secretEnd == .unsaid
                    ? "it does not say until when its client secret lives (client_secret_expires_at, RFC 7591 3.2.1)"
                    : "its client_secret_expires_at is no whole number of seconds")
        }
    }

    /// Never more than the folder asks for. Nil: all of it.
    private static func scopes(
        _ answered: JSON?, _ authorization: Manifest.Authorization
    ) throws(Problem) -> [String]? {
        guard let text = answered?.string else { return nil }
        let granted = text.split(separator: " ").map(String.init)
        let kept = authorization.scopes.filter { granted.contains($0) }
        if kept.count == authorization.scopes.count { return nil }
        guard !kept.isEmpty else { throw Problem("it registered none of the scopes that the folder asks for") }
        if case .idToken = authorization.identity, !kept.contains("openid") {
            throw Problem("it did not register the scope openid, by which the folder tells who was linked")
        }
        return kept
    }

    /// What binds tokens, and how requests must come (RFC 8705 3.4, RFC 9449 5.2, RFC 9126 6).
    private static func boundaries(_ json: JSON, _ asked: Asked) -> String? {
        let constraint = asked.authorization.senderConstrained
        if json["dpop_bound_access_tokens"]?.bool == true, constraint != .dpop {
            return "it binds our tokens to proofs (dpop_bound_access_tokens), and the folder makes none"
        }
        switch (json["tls_client_certificate_bound_access_tokens"]?.bool, constraint) {
        case (true, let other) where other != .mtls:
            return "it binds our tokens to a certificate, and the folder shows none"
        case (false, .mtls?): return "it does not bind our tokens to the certificate, as the folder asks for"
        default: break
        }
        if json["require_pushed_authorization_requests"]?.bool == true, !asked.hasPushEndpoint {
            return "it takes pushed authorization requests only, and does not say where (RFC 9126)"
        }
        return nil
    }

    /// What is signed with what: the folder says it, and a token that is signed otherwise would be refused later.
    private static func signatures(_ json: JSON, _ asked: Asked) -> String? {
        let authorization = asked.authorization
        func differs(_ name: String, _ wanted: SignatureAlgorithm?) -> String? {
            guard let text = json[name]?.string else { return nil }
            if let wanted, wanted.names.contains(where: { $0.rawValue == text }) { return nil }
            return
                "\(name) is \(Harmless.words(text, limit: 32)) there, and \(wanted?.rawValue ?? "nothing") in the folder"
        }
        return differs("request_object_signing_alg", asked.requestAlgorithm)
            ?? (authorization.scopes.contains("openid")
                ? differs("id_token_signed_response_alg", authorization.idTokenAlgorithm) : nil)
            ?? differs("userinfo_signed_response_alg", authorization.userinfoAlgorithm)
            ?? (authorization.messages.responseMode.isSigned
                ? differs("authorization_signed_response_alg", authorization.messages.responseAlgorithm) : nil)
            ?? authorization.introspection?.algorithm.flatMap { differs("introspection_signed_response_alg", $0) }
    }
}
