internal import Crypto
internal import Wire

// Authorization requests that the client signs (RFC 9101), read as strictly as it says.

extension MockProvider {
    static let requestAlgorithms: Set<SignatureAlgorithm> = [.ps256, .es256, .edDSA, .ed25519, .rs256]

    /// What is said of them in the metadata (RFC 9101 10.5).
    var requestObjectMetadata: [(String, JSON)] {
        guard let kind = traits.requestObjects else { return [] }
        return [
            ("require_signed_request_object", .bool(kind == .required)),
            (
                "request_object_signing_alg_values_supported",
                .array(Self.requestAlgorithms.map(\.rawValue).sorted().map { .string($0) })
            ),
        ]
    }

    /// The parameters of a request: those inside its object where it has one, and nothing of what stands outside.
    mutating func opened(_ form: Form, isPushed: Bool, now: Instant) throws(OAuthRefusal) -> Form {
        guard let kind = traits.requestObjects else { return form }
        guard let compact = form["request"] else {
            guard kind == .optional else { throw .request("requests are signed here") }
            return form
        }
        func no(_ words: String) -> OAuthRefusal { OAuthRefusal(code: "invalid_request_object", words: words) }
        guard let id = form["client_id"], let keys = clients.first(where: { $0.id == id })?.keys else {
            throw no("no client of that name has a key")
        }
        let claims: JSON
        do {
            let checked = try JWS.verify(
                compact, keys: keys, allowed: Self.requestAlgorithms, types: ["oauth-authz-req+jwt"])
            claims = (try? JSON.parse(checked.payload)) ?? .null
        } catch { throw no("the request object does not hold: \(error)") }
        guard claims["iss"]?.string == id, claims["client_id"]?.string == id, claims["aud"]?.string == issuer else {
            throw no("the request object is not of this client, for this issuer alone")
        }
        guard ["sub", "request", "request_uri"].allSatisfy({ claims[$0] == nil }) else {
            throw no("the request object carries sub, request or request_uri")
        }
        func seconds(_ name: String) -> Int64? { claims[name]?.number.flatMap { Int64($0.text) } }
        guard let ends = seconds("exp"), let begins = seconds("nbf"), now.seconds < ends,
            begins <= now.seconds + 10, ends - begins <= 3600
        else { throw no("the request object is over, not begun, or good for more than an hour") }
        let known = ["client_id", "request"] + (isPushed ? [] : ["response_type", "scope"])
        for field in form.fields where !known.contains(field.name) {
            throw no("\(field.name) stands outside the request object")
        }
        for name in ["response_type", "scope"] where form[name] != nil && form[name] != claims[name]?.string {
            throw no("\(name) is another one outside than inside the request object")
        }
        guard let jti = claims["jti"]?.string, !jti.isEmpty, seen.takes("request " + id + " " + jti) else {
            throw no("the request object was shown before, or has no jti")
        }
        return Self.form(of: claims)
    }

    private static func form(of claims: JSON) -> Form {
        var out = Form()
        for (name, value) in claims.object?.members.map({ ($0.name, $0.value) }) ?? []
        where !["iss", "aud", "exp", "nbf", "iat", "jti"].contains(name) {
            let texts = value.array?.compactMap(\.string) ?? []
            let all = texts.isEmpty ? [value.string ?? value.text] : texts
            for text in all { out.fields.append(Form.Field(name: name, value: text)) }
        }
        return out
    }
}
