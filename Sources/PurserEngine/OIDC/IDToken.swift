import Crypto
import Wire

/// What an ID token says, once it has been checked (OpenID Connect Core 2).
struct IDToken: Sendable {
    let subject: String
}

/// Why an ID token is not believed. The first check that fails is the one named; the signature comes first.
enum IDTokenProblem: Error, Sendable, Hashable {
    /// Not a compact JWS, too large, or with an algorithm or header that is never accepted.
    case malformed
    /// No published key fits the one it names, or the signature does not hold: worth one fetch of newer keys.
    case signature
    case issuer
    case audience
    case expired
    case issuedAt
    case nonce
    case accessTokenHash
    case subject

    var words: String {
        switch self {
        case .malformed: "the ID token is malformed"
        case .signature: "the ID token's signature does not hold"
        case .issuer: "the ID token is of another issuer"
        case .audience: "the ID token is for another client"
        case .expired: "the ID token has expired"
        case .issuedAt: "the ID token's time of issue cannot be"
        case .nonce: "the ID token answers another request (nonce)"
        case .accessTokenHash: "the ID token belongs to another access token (at_hash)"
        case .subject: "the ID token names nobody"
        }
    }
}

extension IDToken {
    /// Checks an ID token from a token response (OpenID Connect Core 3.1.3.7). No exemption for having come over TLS:
    /// the signature is always verified, with RS256 as registered.
    ///
    /// - Parameters:
    ///   - nonce: the one sent, or nil on a refresh, where it may be absent.
    ///   - accessToken: the one it came with; nil when that has been replaced meanwhile.
    ///   - now: nil: its times are not looked at (a refresh, which proves nothing about when somebody signed in).
    static func checked(
        _ compact: String, keys: JWKSet, issuer: String, clientID: String, nonce: String?, accessToken: Secret?,
        now: Instant?
    ) throws(IDTokenProblem) -> IDToken {
        guard compact.utf8.count <= Limits.tokenBytes else { throw .malformed }
        let jws: JWS
        do {
            jws = try JWS.verify(compact, keys: keys, allowed: [.rs256])
        } catch {
            switch error {
            case .noKey, .badSignature: throw .signature
            default: throw .malformed
            }
        }
        guard let claims = try? JSON.parse(jws.payload), claims.object != nil else { throw .malformed }
        guard Exactly.same(claims["iss"]?.string, issuer) else { throw .issuer }
        try checkAudience(claims, clientID)
        if let now { try checkTimes(claims, now) }
        if let nonce {
            guard Exactly.same(claims["nonce"]?.string, nonce) else { throw .nonce }
        }
        if let accessToken { try checkHash(claims, accessToken) }
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { throw .subject }
        return IDToken(subject: subject)
    }

    /// The client must be the audience, and nobody else beside it: an audience we do not know is not trusted.
    private static func checkAudience(_ claims: JSON, _ clientID: String) throws(IDTokenProblem) {
        switch claims["aud"] {
        case .some(.string(let one)): guard Exactly.same(one, clientID) else { throw .audience }
        case .some(.array(let many)):
            guard !many.isEmpty, many.allSatisfy({ Exactly.same($0.string, clientID) }) else { throw .audience }
        default: throw .audience
        }
        if let party = claims["azp"] {
            guard Exactly.same(party.string, clientID) else { throw .audience }
        }
    }

    private static func checkTimes(_ claims: JSON, _ now: Instant) throws(IDTokenProblem) {
        let skew = Limits.clockSkewSeconds
        guard let expiry = seconds(claims["exp"]) else { throw .expired }
        guard now.seconds < expiry + skew else { throw .expired }
        guard let issued = seconds(claims["iat"]) else { throw .issuedAt }
        guard issued <= now.seconds + skew, issued >= now.seconds - 24 * 3600 else { throw .issuedAt }
    }

    /// NumericDate: a JSON number, fractions dropped, within four thousand years.
    private static func seconds(_ value: JSON?) -> Int64? {
        guard let text = value?.decimal?.text, let whole = Int64(text.prefix { $0 != "." }),
            (0...130_000_000_000).contains(whole)
        else { return nil }
        return whole
    }

    /// `at_hash`, where present, ties the ID token to the access token it came with (3.1.3.8).
    private static func checkHash(_ claims: JSON, _ accessToken: Secret) throws(IDTokenProblem) {
        guard let said = claims["at_hash"] else { return }
        let digest = accessToken.withBytes { Hash.sha256(Array($0)) }
        guard Exactly.same(said.string, Base64URL.encode(Array(digest.prefix(16)))) else { throw .accessTokenHash }
    }
}
