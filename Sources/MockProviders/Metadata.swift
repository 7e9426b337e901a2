internal import Crypto
internal import Wire

// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery 3), and its public keys.

extension MockProvider {
    var metadata: JSON {
        let paths = traits.paths
        var out = JSONObject([
            ("issuer", .string(issuer)),
            ("authorization_endpoint", .string(issuer + paths.authorize)),
            ("token_endpoint", .string(issuer + paths.token)),
            ("revocation_endpoint", .string(issuer + paths.revoke)),
            ("scopes_supported", .array(traits.scopes.map { .string($0.name) })),
            ("response_types_supported", ["code"]),
            ("response_modes_supported", ["query"]),
            ("grant_types_supported", .array(traits.grantTypes.map { .string($0) })),
            ("code_challenge_methods_supported", ["S256"]),
            ("token_endpoint_auth_methods_supported", authenticationMethods),
            ("revocation_endpoint_auth_methods_supported", authenticationMethods),
            ("authorization_response_iss_parameter_supported", .bool(traits.sendsIssuer)),
        ])
        if traits.isForDevices { out["device_authorization_endpoint"] = .string(issuer + paths.device) }
        if traits.isOpenID {
            out["jwks_uri"] = .string(issuer + paths.jwks)
            out["userinfo_endpoint"] = .string(issuer + paths.userinfo)
            out["subject_types_supported"] = ["public"]
            out["id_token_signing_alg_values_supported"] = ["RS256"]
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

    /// The key in use first, then the one before it, as during a rotation (OpenID Connect Core 10.1.1).
    var keySet: JSON {
        let shown = [keyInUse] + (keyBefore.map { [$0] } ?? [])
        return ["keys": .array(shown.map { folder.keys[$0].publicJWK })]
    }
}
