import Crypto
import Wire

/// How a token is shown (RFC 6749 7.1). A token of another kind than was asked for is not used.
enum TokenType: String, Sendable, Hashable {
    /// RFC 6750.
    case bearer = "Bearer"
    /// RFC 9449 5: bound to a key. One that is not would be worth something to whoever finds it.
    case dpop = "DPoP"
}

/// A successful token response (RFC 6749 5.1). Members Purser does not know are ignored.
struct TokenResponse: Sendable {
    let accessToken: Secret
    /// Nil when absent, null or empty: the old one stays (RFC 6749 6).
    let refreshToken: Secret?
    let idToken: Secret?
    /// Seconds; nil: lifetime unknown, which is neither for ever nor none.
    let expiresIn: Int64?
    /// Seconds until the refresh token ends, whichever of them that is after this answer; nil: not said.
    let refreshExpiresIn: Int64?
    /// Seconds until what was consented to ends (draft-ietf-oauth-refresh-token-expiration); nil: not said.
    let authorizationExpiresIn: Int64?
    /// Nil: as asked for (RFC 6749 3.3).
    let scopes: [String]?
    /// What it reaches beside scopes, in the words of `GrantReach`.
    let reach: [String: [String]]

    /// Nil unless the document is an object with a usable access token of the kind that was asked for. A refresh token
    /// that is there but cannot be sent ends it too: to go on with the old one could spend a dead token.
    init?(_ json: JSON, _ kind: TokenType = .bearer) {
        guard json["error"]?.isNull ?? true, let access = json["access_token"]?.string,
            Self.isSendable(access), let type = json["token_type"]?.string,
            type.lowercased() == kind.rawValue.lowercased()
        else { return nil }
        accessToken = Secret(access)
        switch json["refresh_token"] {
        case nil, .null?, .string("")?: refreshToken = nil
        case .string(let token)? where Self.isSendable(token): refreshToken = Secret(token)
        default: return nil
        }
        idToken = json["id_token"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        expiresIn = json["expires_in"].flatMap(Self.seconds)
        // Keycloak's own name; 0 there is a token that does not end, and counts as not said like everywhere.
        refreshExpiresIn = (json["refresh_token_expires_in"] ?? json["refresh_expires_in"]).flatMap(Self.seconds)
        authorizationExpiresIn = json["authorization_expires_in"].flatMap(Self.seconds)
        scopes = json["scope"]?.string.map { $0.split(separator: " ").map(String.init) }
        reach = GrantReach.words(json)
    }

    /// A token fit for a header or a form: visible ASCII, bounded (RFC 6749 Appendix A.12).
    static func isSendable(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.count <= 16 << 10 && token.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }

    /// `expires_in` as it comes in the wild: a number, a number as text, a fraction. Nothing absurd is believed:
    /// zero, negative, not a number or above ten years count as not said.
    private static func seconds(_ value: JSON) -> Int64? {
        let text = value.number?.text ?? value.string ?? ""
        guard let number = ExactDecimal(text)?.integerPart, (1...315_360_000).contains(number) else { return nil }
        return number
    }

    /// When the access token counts as ended: early enough that a request under way still reaches.
    func accessEnds(sentAt: Instant) -> Instant? {
        expiresIn.map { life in
            let margin = max(60, life / 10)
            return sentAt.adding(seconds: life > 2 * margin ? life - margin : max(1, life / 2))
        }
    }

    /// The point at which it is refreshed ahead: drawn once, 60 to 85 % of its life, so that grants which began
    /// together do not end together. Nil for policies that refresh only when a pull needs it. Whatever the policy, one
    /// that dies when it lies idle is refreshed at a third of that time.
    func refreshAhead(
        sentAt: Instant, _ policy: RotationPolicy, idleSeconds: Int64? = nil, _ randomness: any Randomness
    ) -> Instant? {
        let keep = idleSeconds.map { KeepAlive.refreshAt(sentAt, idleSeconds: $0) }
        guard let life = expiresIn, !policy.losesOnReplay || Plant.isIn("ahead-under-strict"),
            refreshToken != nil || policy == .none
        else { return keep }
        let ahead = sentAt.adding(milliseconds: life * 600 + randomness.below(max(1, life * 250)))
        return min(ahead, keep ?? ahead)
    }
}

extension ExactDecimal {
    /// The whole part, where it fits.
    fileprivate var integerPart: Int64? {
        let whole = text.prefix { $0 != "." }
        return Int64(whole)
    }
}
