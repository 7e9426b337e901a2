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
            out["response_modes_supported"] = .array(traits.responseModes.map { .string($0) })
            out["code_challenge_methods_supported"] = ["S256"]
            out["authorization_response_iss_parameter_supported"] = .bool(traits.sendsIssuer)
        }
        if let push = traits.push {
            out["pushed_authorization_request_endpoint"] = .string(issuer + paths.push)
            out["require_pushed_authorization_requests"] = .bool(push == .required)
        }
        if traits.introspects != nil {
            out["introspection_endpoint"] = .string(issuer + paths.introspect)
            out["introspection_endpoint_auth_methods_supported"] = authenticationMethods
            if traits.isOpenID, let algorithm = traits.signing.introspection {
                out["introspection_signing_alg_values_supported"] = [.string(algorithm.rawValue)]
            }
        }
        if traits.registration != nil { out["registration_endpoint"] = .string(issuer + paths.register) }
        for (name, value) in requestObjectMetadata { out[name] = value }
        if traits.isOpenID, traits.logsOut { for (name, value) in logoutMetadata { out[name] = value } }
        if traits.hasAliases { out["mtls_endpoint_aliases"] = .object(JSONObject(aliased)) }
        if traits.bindsCertificates { out["tls_client_certificate_bound_access_tokens"] = true }
        if let proofs = traits.proofs {
            out["dpop_signing_alg_values_supported"] = .array(proofs.algorithms.map { .string($0.rawValue) })
        }
        if let types = traits.reach.detailTypes {
            out["authorization_details_types_supported"] = .array(types.map { .string($0) })
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
            if let algorithm = traits.signing.response {
                out["authorization_signing_alg_values_supported"] = [.string(algorithm.rawValue)]
            }
            out["claims_supported"] = [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "given_name", "family_name",
                "email",
            ]
            out["request_parameter_supported"] = .bool(traits.requestObjects != nil)
            out["request_uri_parameter_supported"] = false
        }
        for name in traits.discovery.omits { out[name] = nil }
        return .object(out)
    }

    /// The discovery document, or the way to it.
    func discovery(_ request: HTTPRequest) -> HTTPResponse {
        if traits.discovery.hasSlash, !request.path.hasSuffix("/") {
            return HTTPResponse.redirect(origin + request.path + "/", status: 301)
        }
        return cached(metadata, traits.signing.metadataCache)
    }

    /// The issuer of a person, where they are known by such a name (OpenID Connect Discovery 2.1, RFC 7033 4.4).
    func webFinger(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" else { return .refusingMethod(allowed: "GET") }
        guard let resource = request.query?["resource"] else { return .text("resource is missing\n", status: 400) }
        let host = origin.split(separator: "/").last ?? ""
        let isKnown =
            traits.webFinger == .acct
            ? resource.hasPrefix("acct:") && resource.hasSuffix("@" + host) : resource.hasPrefix(origin + "/")
        guard isKnown else { return .text("nobody here is called that\n", status: 404) }
        let links: JSON = [["rel": "http://openid.net/specs/connect/1.0/issuer", "href": .string(issuer)]]
        return .json(["subject": .string(resource), "links": links], type: "application/jrd+json")
    }

    /// Below which path the endpoints for clients with a certificate are.
    var aliases: String { prefix + "/mtls" }

    func isAlias(_ path: String) -> Bool { path.hasPrefix(aliases + "/") }

    /// RFC 8705 5.
    private var aliased: [(String, JSON)] {
        let (base, paths) = (origin + aliases, traits.paths)
        var out = [
            ("token_endpoint", base + paths.token), ("revocation_endpoint", base + paths.revoke),
            ("userinfo_endpoint", base + paths.userinfo),
        ]
        if traits.introspects != nil { out.append(("introspection_endpoint", base + paths.introspect)) }
        if traits.isForDevices { out.append(("device_authorization_endpoint", base + paths.device)) }
        if traits.push != nil { out.append(("pushed_authorization_request_endpoint", base + paths.push)) }
        return out.map { ($0, .string($1)) }
    }

    /// Each method once, in the order of the clients.
    private var authenticationMethods: JSON {
        var names: [String] = []
        for client in traits.clients where !names.contains(client.authentication.name) {
            names.append(client.authentication.name)
        }
        return .array(names.map { .string($0) })
    }
}
