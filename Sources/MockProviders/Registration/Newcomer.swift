internal import Crypto
internal import Wire

/// A client that registered itself.
struct Newcomer: Sendable {
    let id: String
    let issuedAt: Instant
    var metadata: ClientWish
    var secret: String?
    var secretSince: Instant
    var secretEndsAt: Instant?
    /// What opens its registration; nil: nothing does.
    var token: String?

    func isOver(at now: Instant) -> Bool { secretEndsAt.map { now >= $0 } ?? false }

    /// - Parameter speaksFor: whose data its own tokens show (RFC 6749 4.4).
    func client(speaksFor: String?) -> MockClient? {
        var shape = JSONObject([
            ("id", .string(id)), ("title", .string(metadata.title)),
            ("authentication", .string(metadata.authentication.rawValue)),
            ("redirectUris", .array(metadata.redirectURIs.map { .string($0) })),
            ("postLogoutRedirectUris", .array(metadata.postLogoutURIs.map { .string($0) })),
        ])
        if let secret { shape["secret"] = .string(secret) }
        if let keys = metadata.keys { shape["jwks"] = keys }
        if let uri = metadata.backChannelURI { shape["backchannelLogoutUri"] = .string(uri) }
        if let speaksFor { shape["speaksFor"] = .string(speaksFor) }
        return try? MockClient(.object(shape), at: "registration")
    }
}

/// What a client says of itself (RFC 7591 2), read strictly: an address that leads elsewhere, or that this server would have
/// to fetch, is refused.
struct ClientWish: Sendable {
    let title: String
    let authentication: MockClient.Authentication
    let redirectURIs: [String]
    let postLogoutURIs: [String]
    let backChannelURI: String?
    let keys: JSON?
    /// As they are registered, in the names of the metadata.
    let registered: JSONObject

    private static let echoed = [
        "software_id", "software_version", "application_type", "dpop_bound_access_tokens",
        "tls_client_certificate_bound_access_tokens", "require_pushed_authorization_requests",
        "request_object_signing_alg", "token_endpoint_auth_signing_alg", "authorization_signed_response_alg",
        "introspection_signed_response_alg", "id_token_signed_response_alg", "userinfo_signed_response_alg",
        "post_logout_redirect_uris", "backchannel_logout_uri", "redirect_uris", "response_types", "jwks",
    ]

    init(_ json: JSON, _ traits: ServerTraits) throws(OAuthRefusal) {
        func no(_ words: String) -> OAuthRefusal { OAuthRefusal(code: "invalid_client_metadata", words: words) }
        guard let object = json.object else { throw no("the metadata are no JSON object") }
        guard json["jwks_uri"] == nil else { throw no("jwks_uri is not fetched here; give jwks") }
        let method = json["token_endpoint_auth_method"]?.string ?? MockClient.Authentication.basic.rawValue
        guard let authentication = MockClient.Authentication(rawValue: method),
            [.none, .basic, .post, .privateKeyJWT].contains(authentication)
        else { throw no("token_endpoint_auth_method is none that is registered here") }
        self.authentication = authentication
        title = String((json["client_name"]?.string ?? "An application").prefix(80))
        redirectURIs = json["redirect_uris"]?.array?.compactMap(\.string) ?? []
        for text in redirectURIs {
            guard let uri = URI(text), uri.fragment == nil, uri.userinfo == nil, uri.isSecureOrLoopback else {
                throw OAuthRefusal(code: "invalid_redirect_uri", words: "an address is not https or on loopback")
            }
        }
        let asked = json["grant_types"]?.array?.compactMap(\.string) ?? ["authorization_code"]
        let grants = asked.filter { traits.grantTypes.contains($0) }
        guard !grants.isEmpty else { throw no("no grant type that is offered here") }
        guard !grants.contains("authorization_code") || !redirectURIs.isEmpty else {
            throw OAuthRefusal(code: "invalid_redirect_uri", words: "redirect_uris is missing")
        }
        postLogoutURIs = json["post_logout_redirect_uris"]?.array?.compactMap(\.string) ?? []
        backChannelURI = json["backchannel_logout_uri"]?.string
        keys = json["jwks"]
        if authentication == .privateKeyJWT {
            guard let keys, let set = try? JWKSet(keys), !set.keys.isEmpty else { throw no("jwks holds no key") }
        }
        var registered = JSONObject([
            ("client_name", .string(title)), ("token_endpoint_auth_method", .string(authentication.name)),
            ("grant_types", .array(grants.map { .string($0) })),
        ])
        for name in Self.echoed { if let value = object[name] { registered[name] = value } }
        if let scope = json["scope"]?.string {
            let known = scope.split(separator: " ").filter { name in traits.scopes.contains { $0.name == name } }
            registered["scope"] = .string(known.joined(separator: " "))
        }
        self.registered = registered
    }
}
