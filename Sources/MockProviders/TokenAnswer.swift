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
        let ends = ending(traits.accessTokenSeconds, source, now)
        book.issue(
            MockToken(
                value: access, kind: .access, family: source.family, generation: generation, scopes: scopes,
                endsAt: ends, key: key, parent: parent), at: now)
        var answer = JSONObject([
            ("access_token", .string(access)),
            ("token_type", key == nil || traits.bindsCertificates ? "Bearer" : "DPoP"),
        ])
        if traits.statesLifetime, let ends { answer["expires_in"] = .int(Self.seconds(until: ends, now)) }
        var held = source.kind == .refresh ? source : nil
        if withRefresh {
            let refresh = MockToken(
                value: Self.value("rt_", draw), kind: .refresh, family: source.family, generation: generation,
                scopes: source.scopes, endsAt: ending(traits.refreshTokenSeconds, source, now), key: key, parent: parent
            )
            book.issue(refresh, at: now)
            answer["refresh_token"] = .string(refresh.value)
            held = refresh
        } else if let known {
            answer["refresh_token"] = .string(known)
            held = book.tokens[known] ?? held
        }
        if let held { tellEnds(of: held, in: &answer, now) }
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

    /// When a token that is given out now ends: after its own life, and with what was consented to.
    private func ending(_ life: Int64?, _ source: MockToken, _ now: Instant) -> Instant? {
        [life.map { now.adding(seconds: $0) }, authorizationEnd(source)].compactMap { $0 }.min()
    }

    private func authorizationEnd(_ source: MockToken) -> Instant? {
        traits.authorizationSeconds.map { book.family(of: source).consentedAt.adding(seconds: $0) }
    }

    private func tellEnds(of refresh: MockToken, in answer: inout JSONObject, _ now: Instant) {
        for told in ServerTraits.ToldEnd.allCases where traits.toldEnds.contains(told) {
            let end = told == .authorization ? authorizationEnd(refresh) : refresh.endsAt
            if let end {
                answer[told.rawValue] = .int(Self.seconds(until: end, now))
            } else if told == .keycloak {
                answer[told.rawValue] = 0
            }
        }
    }

    private static func seconds(until end: Instant, _ now: Instant) -> Int64 {
        max(0, end.milliseconds(since: now) / 1000)
    }

    /// A new value: 256 drawn bits behind a prefix that says what it is.
    static func value(_ prefix: String, _ draw: (Int) -> [UInt8]) -> String { prefix + Base64URL.encode(draw(32)) }
}
