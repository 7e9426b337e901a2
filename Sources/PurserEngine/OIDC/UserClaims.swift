import Crypto
import Wire

/// A UserInfo answer that the provider signs (OpenID Connect Core 5.3.2), where its folder says that it does.
enum UserClaims {
    /// The claims of an `application/jwt` answer. Plain JSON is refused: whoever stands between could have written it.
    /// Issuer and audience are demanded, although the specification only recommends them.
    static func signed(
        _ response: HTTPResponse, keys: JWKSet, algorithm: SignatureAlgorithm, issuer: String, clientID: String
    ) throws(IDTokenProblem) -> JSON {
        guard response.headers["Content-Type"].flatMap(HeaderGrammar.mediaType) == "application/jwt" else {
            throw .kind
        }
        guard let compact = String(validating: response.body, as: UTF8.self) else { throw .malformed }
        let claims = try Claims.verified(compact, keys: keys, algorithm: algorithm, types: [nil, "jwt"]).claims
        guard claims["events"] == nil else { throw .kind }
        try Claims.checkParties(claims, issuer: issuer, clientID: clientID)
        _ = try Claims.subject(claims)
        return claims
    }
}

/// Reads a signed UserInfo answer with the provider's keys. A signature that does not hold may be a key we have not
/// seen: one fetch of newer keys, then the verdict.
struct UserInfoReading {
    enum Finding: Sendable {
        case claims(JSON)
        case later(String)
        case refused(String)
    }

    let wallet: Wallet
    let seat: Seat
    let metadata: ServerMetadata

    func claims(_ response: HTTPResponse, _ algorithm: SignatureAlgorithm) async -> Finding {
        var refetch = false
        while true {
            let keys: JWKSet
            do { keys = try await wallet.shelf.keySet(of: seat.provider, metadata, refetch: refetch) } catch {
                return .later(error.words)
            }
            do {
                return .claims(
                    try UserClaims.signed(
                        response, keys: keys, algorithm: algorithm, issuer: metadata.issuer,
                        clientID: seat.client.id))
            } catch {
                guard error == .signature, !refetch else {
                    return .refused("UserInfo is not signed as it should be: \(error.words)")
                }
                refetch = true
            }
        }
    }
}
