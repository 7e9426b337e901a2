import Crypto
import Wire

/// A logout token (OpenID Connect Back-Channel Logout 1.0 2.4), once it has been checked.
struct LogoutToken: Sendable, Hashable {
    /// Whose sessions end; nil: only `session` is named.
    let subject: String?
    let session: String?
    /// To be seen once only: whoever acts on it keeps it for as long as `endsAt`.
    let id: String
    let endsAt: Instant
    /// When the provider said so, in seconds since 1970 by its own clock.
    let issuedAt: Int64

    /// From when on it would be refused for its age alone.
    var forgetAt: Instant {
        let oldest = Instant(seconds: issuedAt + Limits.logoutTokenSeconds)
        return min(endsAt.adding(seconds: Limits.clockSkewSeconds), oldest.adding(seconds: 1))
    }

    /// What a session may be called (`sid`).
    static func isSession(_ text: String) -> Bool { (1...255).contains(text.utf8.count) }

    enum Problem: SignedTextProblem, Hashable {
        /// What is wrong with it as with any signed token.
        case token(IDTokenProblem)
        /// `events` is missing, no object, or of another event.
        case event
        /// It carries a nonce: an ID token that somebody sends on.
        case nonce
        /// Neither `sub` nor `sid`.
        case nobody
        case session
        case identifier

        var ofAnyToken: IDTokenProblem? { if case .token(let problem) = self { problem } else { nil } }

        var words: String {
            switch self {
            case .token(let problem): problem.words.replacing("ID token", with: "logout token")
            case .event: "the token does not say that somebody has logged out (events)"
            case .nonce: "the logout token carries a nonce, so it is an ID token sent on"
            case .nobody: "the logout token names nobody and no session"
            case .session: "the logout token's session is no text (sid)"
            case .identifier: "the logout token has no identifier (jti)"
            }
        }
    }

    private static let event = "http://schemas.openid.net/event/backchannel-logout"

    /// Checks a logout token by Back-Channel Logout 1.0 2.6; whether its `id` was seen before is the caller's to know.
    static func checked(
        _ compact: String, keys: JWKSet, issuer: String, clientID: String, algorithm: SignatureAlgorithm, now: Instant
    ) throws(Problem) -> LogoutToken {
        let claims: JSON
        do throws(IDTokenProblem) {
            claims = try Claims.verified(
                compact, keys: keys, algorithm: algorithm, types: ["logout+jwt", "jwt", nil]
            ).claims
            try Claims.checkParties(claims, issuer: issuer, clientID: clientID)
            // Sent when it happens, and worth nothing afterwards.
            try Claims.checkTimes(claims, now, window: Limits.logoutTokenSeconds)
        } catch { throw .token(error) }
        guard claims["events"]?.object?[event]?.object != nil else { throw .event }
        guard claims["nonce"] == nil else { throw .nonce }
        var subject: String?
        if claims["sub"] != nil {
            do { subject = try Claims.subject(claims) } catch { throw .token(error) }
        }
        if let session = claims["sid"] {
            guard let text = session.string, isSession(text) else { throw .session }
        }
        guard subject != nil || claims["sid"] != nil else { throw .nobody }
        guard let id = claims["jti"]?.string, (1...255).contains(id.utf8.count) else { throw .identifier }
        guard let ends = Claims.seconds(claims["exp"]) else { throw .token(.expired) }
        guard let issued = Claims.seconds(claims["iat"]) else { throw .token(.issuedAt) }
        return LogoutToken(
            subject: subject, session: claims["sid"]?.string, id: id, endsAt: Instant(seconds: ends),
            issuedAt: issued)
    }
}
