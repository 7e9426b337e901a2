internal import Crypto
internal import Wire

/// What a pretended provider says of tokens that it is asked about.
enum Introspects: String, Sendable, CaseIterable {
    /// The truth.
    case honest
    /// The same of every token of its client's.
    case active, inactive
    /// The truth, as a text and no truth value.
    case text
    /// Nothing: it fails.
    case fails
}

// The introspection endpoint (RFC 7662), signed for whoever asks for that where the folder has an algorithm (RFC 9701).

extension MockProvider {
    static let signedIntrospection = "application/token-introspection+jwt"

    /// Whether tokens are asked about there.
    public func isIntrospection(_ path: String) -> Bool {
        let here = traits.hasAliases && isAlias(path) ? prefix + path.dropFirst(aliases.utf8.count) : path
        return traits.introspects != nil && here == prefix + traits.paths.introspect
    }

    mutating func introspect(_ request: HTTPRequest, effects: Effects, now: Instant) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        guard traits.introspects != .fails else { return .text("oops\n", status: 500) }
        do throws(OAuthRefusal) {
            let form = try Self.checkedForm(request)
            let client = try client(request, form, now: now)
            guard let value = form["token"] else { throw .request("token is missing") }
            return introspectionAnswer(
                facts(value, for: client, now: now), to: client, isSigned: Self.wantsSigned(request), effects, now: now)
        } catch {
            return error.response(realm: folder.name)
        }
    }

    private static func wantsSigned(_ request: HTTPRequest) -> Bool {
        request.headers["Accept"].map { HeaderGrammar.mediaType($0) == signedIntrospection } ?? false
    }

    /// Of a token that is over, unknown or another client's nothing is said but that (RFC 7662 2.2).
    private func facts(_ value: String, for client: MockClient, now: Instant) -> JSONObject {
        guard let token = book.tokens[value], token.kind == .access || token.kind == .refresh,
            book.family(of: token).client == client.id, isActive(token, now: now)
        else { return JSONObject([("active", traits.introspects == .text ? "false" : false)]) }
        let family = book.family(of: token)
        var out = JSONObject([
            ("active", traits.introspects == .text ? "true" : true), ("client_id", .string(client.id)),
            ("scope", .string(token.scopes.joined(separator: " "))), ("iss", .string(issuer)),
            ("sub", .string(family.subject)),
        ])
        if token.kind == .access {
            out["token_type"] = .string(token.key != nil && traits.proofs != nil ? "DPoP" : "Bearer")
        }
        if let end = token.endsAt, traits.introspects != .active { out["exp"] = .int(end.seconds) }
        if let key = token.key {
            let certificate = key.split(separator: " ").last.map(String.init) ?? key
            out["cnf"] = key.hasPrefix("x5t ") ? ["x5t#S256": .string(certificate)] : ["jkt": .string(key)]
        }
        return out
    }

    private func isActive(_ token: MockToken, now: Instant) -> Bool {
        switch traits.introspects {
        case .active: true
        case .inactive: false
        case .honest, .text, .fails, nil:
            book.fault(token, at: now) == nil && (token.kind == .access || isStillTaken(token, at: now))
        }
    }

    private func introspectionAnswer(
        _ facts: JSONObject, to client: MockClient, isSigned: Bool, _ effects: Effects, now: Instant
    ) -> HTTPResponse {
        var response: HTTPResponse
        if isSigned, let algorithm = traits.signing.introspection {
            let claims = JSONObject([
                ("iss", .string(issuer)), ("aud", .string(client.id)), ("iat", .int(now.seconds)),
                ("token_introspection", .object(facts)),
            ])
            let compact = signed(
                claims, algorithm, twist: effects.introspection, now: now, type: "token-introspection+jwt")
            response = HTTPResponse(
                status: 200, headers: ["Content-Type": Self.signedIntrospection], body: Array(compact.utf8))
        } else {
            response = .json(.object(effects.introspection?.altered(facts, at: now) ?? facts))
        }
        response.neverStored()
        return response
    }
}
