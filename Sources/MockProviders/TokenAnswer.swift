internal import Crypto
internal import Wire

// What a good token request is answered with (RFC 6749 5.1, OpenID Connect Core 3.1.3.3).

extension MockProvider {
    /// Issues the next generation after a code or a refresh token and notes every value in the book.
    ///
    /// - Parameter known: a refresh token that was given out before and stands in this answer too.
    mutating func issue(
        _ source: MockToken, scopes: [String], parent: String?, withRefresh: Bool, repeating known: String? = nil,
        nonce: String?, boundTo key: String?, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> JSON {
        let generation = source.generation + 1
        let access = Self.value("at_", draw)
        let ends = traits.accessTokenSeconds.map { now.adding(seconds: $0) }
        book.issue(
            MockToken(
                value: access, kind: .access, family: source.family, generation: generation, scopes: scopes,
                endsAt: ends, key: key, parent: parent), at: now)
        var answer = JSONObject([
            ("access_token", .string(access)),
            ("token_type", key == nil || traits.bindsCertificates ? "Bearer" : "DPoP"),
        ])
        if traits.statesLifetime, let seconds = traits.accessTokenSeconds { answer["expires_in"] = .int(seconds) }
        if withRefresh {
            let refresh = Self.value("rt_", draw)
            book.issue(
                MockToken(
                    value: refresh, kind: .refresh, family: source.family, generation: generation,
                    scopes: source.scopes,
                    endsAt: traits.refreshTokenSeconds.map { now.adding(seconds: $0) }, key: key, parent: parent),
                at: now)
            answer["refresh_token"] = .string(refresh)
        } else if let known {
            answer["refresh_token"] = .string(known)
        }
        let isFirst = source.kind == .code
        if traits.isOpenID, scopes.contains("openid"), isFirst || traits.idTokenOnRefresh {
            let compact = idToken(source, access: access, nonce: nonce, effects: effects, now: now)
            book.issue(
                MockToken(
                    value: compact, kind: .id, family: source.family, generation: generation, scopes: [],
                    endsAt: now.adding(seconds: traits.idTokenSeconds)), at: now)
            answer["id_token"] = .string(compact)
        }
        answer["scope"] = .string(scopes.joined(separator: " "))
        return .object(answer)
    }

    /// With the key in use and its algorithm; `at_hash` is the left half of the access token's hash by that algorithm
    /// (OpenID Connect Core 3.1.3.6).
    private func idToken(
        _ source: MockToken, access: String, nonce: String?, effects: Effects, now: Instant
    ) -> String {
        let family = book.family(of: source)
        var claims = JSONObject([
            ("iss", .string(issuer)), ("sub", .string(family.subject)), ("aud", .string(family.client)),
            ("exp", .int(now.seconds + traits.idTokenSeconds)), ("iat", .int(now.seconds)),
            ("auth_time", .int(family.consentedAt.seconds)),
            ("at_hash", .string(Base64URL.encode(folder.keys[keyInUse].algorithm.halfHash(Array(access.utf8))))),
        ])
        if let nonce { claims["nonce"] = .string(nonce) }
        effects.idToken?.alter(&claims)
        if effects.idToken?.isUnsigned == true { return Self.unsigned(JSON.object(claims).bytes) }
        let compact = sign(JSON.object(claims).bytes)
        return effects.idToken?.breaksSignature == true ? Self.broken(compact) : compact
    }

    private func sign(_ payload: [UInt8]) -> String {
        do {
            return try JWS.sign(payload, with: folder.keys[keyInUse])
        } catch {
            preconditionFailure("a key that was read does not sign: \(error.what)")
        }
    }

    /// A token that proves nothing (RFC 7519 6).
    private static func unsigned(_ payload: [UInt8]) -> String {
        Base64URL.encode(Array(#"{"alg":"none"}"#.utf8)) + "." + Base64URL.encode(payload) + "."
    }

    /// The same text with one bit of the signature turned.
    private static func broken(_ compact: String) -> String {
        let parts = compact.split(separator: ".").map(String.init)
        guard parts.count == 3, var signature = Base64URL.decode(parts[2]) else { return compact }
        signature[signature.count / 2] ^= 1
        return parts[0] + "." + parts[1] + "." + Base64URL.encode(signature)
    }

    /// A new value: 256 drawn bits behind a prefix that says what it is.
    static func value(_ prefix: String, _ draw: (Int) -> [UInt8]) -> String { prefix + Base64URL.encode(draw(32)) }
}
