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
        if isFirst, let details = book.family(of: source).asked.details { answer["authorization_details"] = details }
        return .object(answer)
    }

    /// A new value: 256 drawn bits behind a prefix that says what it is.
    static func value(_ prefix: String, _ draw: (Int) -> [UInt8]) -> String { prefix + Base64URL.encode(draw(32)) }
}
