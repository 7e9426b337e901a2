internal import Crypto
internal import Wire

// What a pretended OpenID provider signs: ID tokens (OpenID Connect Core 2) and UserInfo (5.3.2).

extension MockProvider {
    /// The ID token of a token response. `at_hash` is the left half of the access token's hash by the algorithm that signs
    /// (OpenID Connect Core 3.1.3.6).
    func idToken(_ source: MockToken, access: String, nonce: String?, effects: Effects, now: Instant) -> String {
        let family = book.family(of: source)
        let algorithm = traits.signing.idToken
        var claims = JSONObject([
            ("iss", .string(issuer)), ("sub", .string(family.subject)), ("aud", .string(family.client)),
            ("exp", .int(now.seconds + traits.idTokenSeconds)), ("iat", .int(now.seconds)),
            ("auth_time", .int(family.consentedAt.seconds)),
            ("at_hash", .string(Base64URL.encode(algorithm.halfHash(Array(access.utf8))))),
        ])
        if source.kind == .code, traits.signing.hashesCode {
            claims["c_hash"] = .string(Base64URL.encode(algorithm.halfHash(Array(source.value.utf8))))
        }
        if traits.logsOut { claims["sid"] = .string(session(source.family)) }
        if let nonce { claims["nonce"] = .string(nonce) }
        return signed(claims, algorithm, twist: effects.idToken, now: now)
    }

    /// UserInfo as an answer: signed where the folder says so, with the issuer and the client beside the claims.
    func userinfoAnswer(_ given: JSONObject, client: String, effects: Effects, now: Instant) -> HTTPResponse {
        guard let algorithm = traits.signing.userinfo else {
            return .json(.object(effects.userinfo?.altered(given, at: now) ?? given))
        }
        var claims = given
        claims["iss"] = .string(issuer)
        claims["aud"] = .string(client)
        let compact = signed(claims, algorithm, twist: effects.userinfo, now: now)
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/jwt"], body: Array(compact.utf8))
    }

    func signed(
        _ claims: JSONObject, _ algorithm: SignatureAlgorithm, twist: TokenTwist?, now: Instant, type: String = "JWT"
    ) -> String {
        guard let ring = rings[algorithm] else { preconditionFailure("a folder was read that cannot sign") }
        let text = SignedText(
            twist?.altered(claims, at: now) ?? claims, algorithm: ring.key.algorithm, kid: ring.kid, type: type)
        return twist?.written(text, ring, of: folder.keys) ?? text.signed(by: ring.key)
    }

    /// The keys that sign, and during a rotation the one before or after, each behind its decoys where the folder has any.
    var keySet: JSON {
        let shown = traits.signing.algorithms.compactMap { rings[$0] }.flatMap(\.published)
        return ["keys": .array(traits.signing.hasDecoys ? shown.flatMap { Decoys.of($0) + [$0] } : shown)]
    }
}
