internal import Crypto
internal import Wire

// Clients that prove themselves with a key (RFC 7523 2.2 and 3, as FAPI 2.0 has it).

extension MockProvider {
    /// What names a certificate (DER): its `x5t#S256` (RFC 8705 3.1).
    public static func thumbprint(_ certificate: [UInt8]) -> String { CertificatePair.thumbprint(certificate) }

    /// The client of a request to the token, revocation or push endpoint.
    mutating func client(_ request: HTTPRequest, _ form: Form, now: Instant) throws(OAuthRefusal) -> MockClient {
        guard let type = form["client_assertion_type"] else {
            let named = clients.first { $0.id == form["client_id"] }
            guard let named, let wanted = named.certificate else { return try simpleClient(request, form, now: now) }
            guard request.headers["Authorization"] == nil, form["client_secret"] == nil else {
                throw .request("two ways of client authentication at once")
            }
            guard certificate == wanted else {
                throw .client("the connection is not made with the client's certificate")
            }
            guard !traits.hasAliases || isAlias(request.path) else {
                throw .client("clients with a certificate have endpoints of their own here")
            }
            return named
        }
        guard request.headers["Authorization"] == nil, form["client_secret"] == nil else {
            throw .request("two ways of client authentication at once")
        }
        guard type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            let compact = form["client_assertion"]
        else { throw .client("the client assertion is of no type that is known here") }
        guard let id = Self.subject(compact), let client = clients.first(where: { $0.id == id }),
            client.authentication == .privateKeyJWT, let keys = client.keys
        else { throw .client("no client of that name proves itself with a key") }
        if let named = form["client_id"], named != id { throw .request("two clients are named") }
        let claims: JSON
        do {
            let typed: Set<String?> = ["client-authentication+jwt"]
            let checked = try JWS.verify(
                compact, keys: keys, allowed: [.ps256, .es256, .edDSA, .ed25519, .rs256],
                types: traits.wantsTypedAssertions ? typed : typed.union(["jwt", nil]))
            claims = (try? JSON.parse(checked.payload)) ?? .null
        } catch { throw .client("the client assertion does not hold: \(error)") }
        try checkAssertion(claims, id, at: request.path, now: now)
        return client
    }

    /// Whom an assertion names, before anything of it is believed.
    private static func subject(_ compact: String) -> String? {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(String(parts[1])) else { return nil }
        return (try? JSON.parse(payload))?["sub"]?.string
    }

    /// Whether it is meant for this server.
    private func isAudience(_ aud: JSON?, at path: String) -> Bool {
        // One audience, a text: an assertion for two servers could be carried from one to the other.
        guard traits.takesEndpointAudience else { return aud?.string == issuer }
        let origin = URI(issuer)?.origin ?? issuer
        let own = [issuer, origin + path, origin + prefix + traits.paths.token]
        return (aud?.array ?? [aud ?? .null]).contains { $0.string.map(own.contains) ?? false }
    }

    private mutating func checkAssertion(
        _ claims: JSON, _ id: String, at path: String, now: Instant
    ) throws(OAuthRefusal) {
        guard claims["iss"]?.string == id, claims["sub"]?.string == id else {
            throw .client("iss and sub of the client assertion are not the client")
        }
        guard isAudience(claims["aud"], at: path) else {
            throw .client("aud of the client assertion is not this issuer alone")
        }
        func seconds(_ name: String) -> Int64? { claims[name]?.number.flatMap { Int64($0.text) } }
        guard let ends = seconds("exp"), ends > now.seconds, ends <= now.seconds + 300 else {
            throw .client("exp of the client assertion is missing, over or far away")
        }
        for name in ["iat", "nbf"] where seconds(name).map({ $0 > now.seconds + 60 }) ?? false {
            throw .client("\(name) of the client assertion lies ahead")
        }
        guard let jti = claims["jti"]?.string, !jti.isEmpty, seen.takes("assertion " + id + " " + jti) else {
            throw .client("the client assertion was shown before, or has no jti")
        }
    }
}

/// What works once: jti's of assertions and proofs.
struct SeenOnce: Sendable {
    private var values: Set<String> = []

    mutating func takes(_ value: String) -> Bool { values.insert(value).inserted }
}
