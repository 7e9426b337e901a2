import Crypto
import Wire

/// A signed access token of somebody else's (RFC 9068 2), once it has been checked for our API.
public struct SignedAccess: Sendable, Hashable {
    /// Together they are who comes: what one issuer calls a person says nothing of another's.
    public let issuer: String
    public let subject: String
    public let clientID: String
    /// Of what it says, what its issuer's tokens may reach here.
    public let scopes: Set<Scope>
    /// The key it is bound to (`cnf.jkt`, RFC 9449 6.1); nil: it is a Bearer token.
    let thumbprint: String?

    enum Problem: SignedTextProblem, Hashable {
        /// What is wrong with it as with any signed token.
        case token(IDTokenProblem)
        /// It names no client.
        case client
        /// It has no identifier (`jti`).
        case identifier
        /// It is somebody's who is not named here.
        case stranger
        /// It is bound in a way that is not known here, or not said rightly (`cnf`).
        case confirmation
        /// `scope` is no text of scopes.
        case scope

        var ofAnyToken: IDTokenProblem? { if case .token(let problem) = self { problem } else { nil } }

        var words: String {
            switch self {
            case .token(.audience): "the token is not for this API (aud)"
            case .token(.kind): "the token is not an access token (typ)"
            case .token(.algorithm): "the token is signed in another way than its issuer is said to sign"
            case .token(let problem): problem.words.replacing("ID token", with: "access token")
            case .client: "the token names no client (client_id)"
            case .identifier: "the token has no identifier (jti)"
            case .stranger: "the token is of somebody who is not let in here (sub)"
            case .confirmation: "the token is bound to a key in a way that is not known here (cnf)"
            case .scope: "the token does not say in words what it reaches (scope)"
            }
        }
    }

    /// Checks an access token by RFC 9068 4. Whether whoever shows it holds the key it is bound to is checked apart
    /// (`ShownProof`).
    ///
    /// - Parameter audience: what we are called at this issuer.
    static func checked(
        _ compact: String, keys: JWKSet, _ trusted: TrustedIssuer, audience: String, now: Instant
    ) throws(Problem) -> SignedAccess {
        let (claims, subject): (JSON, String)
        do throws(IDTokenProblem) {
            claims = try Claims.verified(compact, keys: keys, algorithm: trusted.algorithm, types: ["at+jwt"]).claims
            guard Exactly.same(claims["iss"]?.string, trusted.issuer) else { throw .issuer }
            guard Claims.isFor(claims["aud"], anyOf: [audience]) else { throw .audience }
            try Claims.checkLife(claims, now)
            guard let issued = Claims.seconds(claims["iat"]), issued <= now.seconds + Limits.clockSkewSeconds else {
                throw .issuedAt
            }
            subject = try Claims.subject(claims)
        } catch { throw .token(error) }
        guard let client = claims["client_id"]?.string, (1...255).contains(client.utf8.count) else { throw .client }
        guard let id = claims["jti"]?.string, (1...255).contains(id.utf8.count) else { throw .identifier }
        let thumbprint = try boundTo(claims["cnf"])
        guard trusted.subjects.contains(where: { Exactly.same($0, subject) }) else { throw .stranger }
        return SignedAccess(
            issuer: trusted.issuer, subject: subject, clientID: client,
            scopes: try scopes(claims["scope"]).intersection(Scope.reach(trusted.scopes)), thumbprint: thumbprint)
    }

    /// One way of binding is known: to a key (`jkt`). Any other, or another beside it, would go unchecked.
    private static func boundTo(_ confirmation: JSON?) throws(Problem) -> String? {
        guard let confirmation else { return nil }
        guard let members = confirmation.object?.members, members.count == 1, members[0].name == "jkt",
            let thumbprint = members[0].value.string, Base64URL.decode(thumbprint)?.count == 32
        else { throw .confirmation }
        return thumbprint
    }

    /// Words that are no scopes of ours mean something elsewhere.
    private static func scopes(_ said: JSON?) throws(Problem) -> Set<Scope> {
        guard let said else { return [] }
        guard let text = said.string else { throw .scope }
        return Scope.reach(Set(text.split(separator: " ").compactMap { Scope(rawValue: String($0)) }))
    }
}
