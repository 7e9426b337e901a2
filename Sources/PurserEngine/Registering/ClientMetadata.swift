import Crypto
import Wire

/// What we say of ourselves when we register (RFC 7591 2; OpenID Connect Registration 2): what the folder asks for, and
/// nothing of any person. A server ignores what it does not know.
struct ClientMetadata {
    /// The same for every Purser there is (RFC 7591 2).
    static let softwareID = "6e2c1f6a-5d0b-4f0e-9a57-3c1f0f3a8b21"

    let authorization: Manifest.Authorization
    /// Where people come back to; nil: nobody is sent away.
    let redirectURI: String?
    /// Where they come back to after they have logged out, and where logout tokens go.
    let loggedOutURI: String
    let backChannelURI: String
    /// What we sign with, where we do.
    let keys: ClientKeys?
    let version: String?

    /// Exactly the grants we use there.
    static func grants(_ authorization: Manifest.Authorization, _ metadata: ServerMetadata) -> [String] {
        switch authorization.grant {
        case .clientCredentials: [GrantType.clientCredentials.rawValue]
        case .deviceCode: [deviceGrant, "refresh_token"]
        case .authorizationCode:
            ["authorization_code", "refresh_token"]
                + (metadata.deviceAuthorizationEndpoint == nil ? [] : [deviceGrant])
        }
    }

    static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    func json(_ metadata: ServerMetadata) -> JSONObject {
        var out = JSONObject([
            ("software_id", .string(Self.softwareID)), ("client_name", "Purser"),
            ("token_endpoint_auth_method", .string(authorization.clientAuthentication.rawValue)),
            ("grant_types", .array(Self.grants(authorization, metadata).map { .string($0) })),
            ("response_types", authorization.grant == .authorizationCode ? ["code"] : []),
        ])
        if let version { out["software_version"] = .string(version) }
        if let redirectURI {
            out["redirect_uris"] = [.string(redirectURI)]
            // A web client may not be on loopback there, and a native one only so.
            let isNative = URI(redirectURI).map { $0.scheme == "http" } ?? false
            out["application_type"] = isNative ? "native" : "web"
        }
        if !authorization.scopes.isEmpty { out["scope"] = .string(authorization.scopes.joined(separator: " ")) }
        if let keys { out["jwks"] = keys.published }
        for (name, value) in bindings + signatures { out[name] = value }
        if redirectURI != nil, metadata.endSessionEndpoint != nil {
            out["post_logout_redirect_uris"] = [.string(loggedOutURI)]
            // A provider elsewhere cannot reach this machine's own address.
            if backChannelURI.hasPrefix("https:") { out["backchannel_logout_uri"] = .string(backChannelURI) }
        }
        return out
    }

    /// RFC 9449 5.2, RFC 8705 3.4.
    private var bindings: [(String, JSON)] {
        switch authorization.senderConstrained {
        case .dpop?: [("dpop_bound_access_tokens", true)]
        case .mtls?: [("tls_client_certificate_bound_access_tokens", true)]
        case nil: []
        }
    }

    /// What is signed and how, where the folder says so; and under a profile that no request goes unpushed (RFC 9126 6).
    private var signatures: [(String, JSON)] {
        var out: [(String, JSON)] = []
        if authorization.profile != nil { out.append(("require_pushed_authorization_requests", true)) }
        if let key = keys?.keys.first {
            if authorization.clientAuthentication.needsKeys {
                out.append(("token_endpoint_auth_signing_alg", .string(key.algorithm.rawValue)))
            }
            if authorization.messages.signsRequests {
                out.append(("request_object_signing_alg", .string(key.algorithm.rawValue)))
            }
        }
        if authorization.messages.responseMode.isSigned {
            out.append(
                ("authorization_signed_response_alg", .string(authorization.messages.responseAlgorithm.rawValue)))
        }
        if let algorithm = authorization.introspection?.algorithm {
            out.append(("introspection_signed_response_alg", .string(algorithm.rawValue)))
        }
        if authorization.scopes.contains("openid") {
            out.append(("id_token_signed_response_alg", .string(authorization.idTokenAlgorithm.rawValue)))
        }
        if let algorithm = authorization.userinfoAlgorithm {
            out.append(("userinfo_signed_response_alg", .string(algorithm.rawValue)))
        }
        return out
    }
}
