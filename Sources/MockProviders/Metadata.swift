internal import Crypto
internal import Wire

// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery 3).

extension MockProvider {
    /// An answer with `Cache-Control`, where the folder says what it is.
    func cached(_ json: JSON, _ control: String?) -> HTTPResponse {
        var answer = HTTPResponse.json(json)
        if let control { answer.headers["Cache-Control"] = control }
        return answer
    }

    var metadata: JSON {
        let paths = traits.paths
        var out = JSONObject([
            ("issuer", .string(issuer)),
            ("token_endpoint", .string(issuer + paths.token)),
            ("revocation_endpoint", .string(issuer + paths.revoke)),
            ("scopes_supported", .array(traits.scopes.map { .string($0.name) })),
            ("response_types_supported", traits.isForBrowsers ? ["code"] : []),
            ("grant_types_supported", .array(traits.grantTypes.map { .string($0) })),
            ("token_endpoint_auth_methods_supported", authenticationMethods),
            ("revocation_endpoint_auth_methods_supported", authenticationMethods),
        ])
        if traits.isForBrowsers {
            out["authorization_endpoint"] = .string(issuer + paths.authorize)
            out["response_modes_supported"] = ["query"]
            out["code_challenge_methods_supported"] = ["S256"]
            out["authorization_response_iss_parameter_supported"] = .bool(traits.sendsIssuer)
        }
        if let push = traits.push {
            out["pushed_authorization_request_endpoint"] = .string(issuer + paths.push)
            out["require_pushed_authorization_requests"] = .bool(push == .required)
        }
        if traits.bindsCertificates { out["tls_client_certificate_bound_access_tokens"] = true }
        if let proofs = traits.proofs {
            out["dpop_signing_alg_values_supported"] = .array(proofs.algorithms.map { .string($0.rawValue) })
        }
        if traits.isForDevices { out["device_authorization_endpoint"] = .string(issuer + paths.device) }
        if traits.isOpenID {
            out["jwks_uri"] = .string(issuer + paths.jwks)
            out["userinfo_endpoint"] = .string(issuer + paths.userinfo)
            out["subject_types_supported"] = ["public"]
            out["id_token_signing_alg_values_supported"] = [.string(traits.signing.idToken.rawValue)]
            if let algorithm = traits.signing.userinfo {
                out["userinfo_signing_alg_values_supported"] = [.string(algorithm.rawValue)]
            }
            out["claims_supported"] = [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "given_name", "family_name",
                "email",
            ]
            out["request_parameter_supported"] = false
            out["request_uri_parameter_supported"] = false
        }
        return .object(out)
    }

    /// Each method once, in the order of the clients.
    private var authenticationMethods: JSON {
        var names: [String] = []
        for client in traits.clients where !names.contains(client.authentication.rawValue) {
            names.append(client.authentication.rawValue)
        }
        return .array(names.map { .string($0) })
    }
}
