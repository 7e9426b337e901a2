import Crypto
import Wire

/// What an ID token says, once it has been checked (OpenID Connect Core 2).
struct IDToken: Sendable, Hashable {
    let subject: String
    /// Whether it names the client as the one it was given out to (`azp`); another client is refused.
    var namesParty = false
    /// When the person signed in, in seconds since 1970; nil: it does not say.
    var authTime: Int64?
    var nonce: String?
    /// The session at the provider (`sid`, Back-Channel Logout 1.0 2.1), and when the token was issued.
    var session: String?
    var issuedAt: Int64?
}

/// What an authorization request asked of the sign-in itself (OpenID Connect Core 3.1.2.1).
struct SignInAsked: Sendable, Hashable {
    /// Seconds since the person last signed in, at most; 0 is a value.
    var maxAge: Int64?
    /// One of these, where there is any.
    var contexts: [String] = []
    /// Each with one of its values.
    var claims: [ClaimAsked] = []

    /// What a manifest's parameters ask for.
    init(_ parameters: [(String, String)] = []) {
        for (name, value) in parameters {
            switch name {
            case "max_age": maxAge = Int64(value)
            case "acr_values": contexts = value.split(separator: " ").map(String.init)
            case "claims": claims = ClaimAsked.read(value) ?? []
            default: break
            }
        }
    }
}

extension IDToken {
    /// Checks an ID token from a token response (OpenID Connect Core 3.1.3.7, and 12.2 for a refresh's).
    ///
    /// - Parameters:
    ///   - algorithm: the one registered; the token's header only says whether it is that.
    ///   - nonce: the one sent, or nil on a refresh, where it may be absent.
    ///   - accessToken: the one it came with; nil when that has been replaced meanwhile.
    ///   - code: the one it came for; nil: none, or nobody knows it any more.
    ///   - now: nil: its times are not held against a clock, only against each other (a refresh: `RefreshedIdentity`).
    static func checked(
        _ compact: String, keys: JWKSet, issuer: String, clientID: String, nonce: String?, accessToken: Secret?,
        code: CodeHash? = nil, now: Instant?, algorithm: SignatureAlgorithm = .rs256,
        asked: SignInAsked = SignInAsked()
    ) throws(IDTokenProblem) -> IDToken {
        let (claims, jws) = try Claims.verified(compact, keys: keys, algorithm: algorithm, types: [nil, "jwt"])
        // A logout token has the same issuer, audience and subject.
        guard claims["events"] == nil else { throw .kind }
        try Claims.checkParties(claims, issuer: issuer, clientID: clientID)
        if let now {
            try Claims.checkTimes(claims, now, window: Limits.signInSeconds)
            try checkSignIn(claims, asked, now)
        } else {
            try Claims.checkSpan(claims)
        }
        if let nonce {
            guard Exactly.same(claims["nonce"]?.string, nonce) else { throw .nonce }
        }
        if let accessToken {
            let half = accessToken.withBytes { jws.algorithm.halfHash(Array($0)) }
            guard Claims.holds(claims["at_hash"], half) else { throw .accessTokenHash }
        }
        if let code, let half = code[jws.algorithm] {
            guard Claims.holds(claims["c_hash"], half) else { throw .codeHash }
        }
        return IDToken(
            subject: try Claims.subject(claims), namesParty: claims["azp"] != nil,
            authTime: try authTime(claims), nonce: claims["nonce"]?.string,
            session: claims["sid"]?.string.flatMap { LogoutToken.isSession($0) ? $0 : nil },
            issuedAt: Claims.seconds(claims["iat"]))
    }

    private static func authTime(_ claims: JSON) throws(IDTokenProblem) -> Int64? {
        guard let said = claims["auth_time"] else { return nil }
        guard let at = Claims.seconds(said) else { throw .authenticationTime }
        return at
    }

    private static func checkSignIn(_ claims: JSON, _ asked: SignInAsked, _ now: Instant) throws(IDTokenProblem) {
        let skew = Limits.clockSkewSeconds
        if asked.maxAge != nil || claims["auth_time"] != nil {
            guard let at = Claims.seconds(claims["auth_time"]), at <= now.seconds + skew else {
                throw .authenticationTime
            }
            // Subtracted and not added: what was asked for may be as large as a number can be.
            if let most = asked.maxAge, now.seconds - at - skew > most { throw .authenticationTime }
        }
        guard asked.contexts.isEmpty || asked.contexts.contains(where: { Exactly.same(claims["acr"]?.string, $0) })
        else { throw .authenticationContext }
        guard asked.claims.allSatisfy({ $0.holds(in: claims) }) else { throw .claim }
    }
}
