import Crypto
import Wire

/// A UserInfo answer that the provider signs (OpenID Connect Core 5.3.2), where its folder says that it does.
enum UserClaims {
    /// Whether an answer that is good is a signed one.
    static func isSigned(_ response: HTTPResponse) -> Bool {
        (200...299).contains(response.status)
            && response.headers["Content-Type"].flatMap(HeaderGrammar.mediaType) == "application/jwt"
    }

    /// The claims of an `application/jwt` answer. Plain JSON is refused: whoever stands between could have written it.
    /// Issuer and audience are demanded, although the specification only recommends them.
    static func signed(
        _ response: HTTPResponse, keys: JWKSet, algorithm: SignatureAlgorithm, issuer: String, clientID: String
    ) throws(IDTokenProblem) -> JSON {
        guard isSigned(response) else { throw .kind }
        guard let compact = String(validating: response.body, as: UTF8.self) else { throw .malformed }
        let claims = try Claims.verified(compact, keys: keys, algorithm: algorithm, types: [nil, "jwt"]).claims
        guard claims["events"] == nil else { throw .kind }
        try Claims.checkParties(claims, issuer: issuer, clientID: clientID)
        _ = try Claims.subject(claims)
        return claims
    }
}
