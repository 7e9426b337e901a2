import Crypto
import Wire

/// The sign-in a link was made by, as its ID token told it: what every ID token of a refresh must tell again (OpenID
/// Connect Core 12.2). Sealed in the place of the ID token once that has said who was linked.
struct SignIn: Sendable, Hashable {
    let token: IDToken

    init(_ token: IDToken) { self.token = token }

    /// How an ID token of a refresh differs from it. The nonce need not come again, and neither need the time of the
    /// sign-in; what comes must be the same. It is issued anew, or the same again: one from a day before the first and
    /// more is from elsewhere. Both times are the provider's, so that our clock has no say.
    enum Difference: Sendable, Hashable, CaseIterable {
        case subject, party, time, nonce, issued

        var words: String {
            switch self {
            case .subject: "the ID token of a refresh names another member"
            case .party: "the ID token of a refresh says otherwise than the first who it was given out to (azp)"
            case .time: "the ID token of a refresh is of another sign-in (auth_time)"
            case .nonce: "the ID token of a refresh answers another request (nonce)"
            case .issued: "the ID token of a refresh was issued long before the first (iat)"
            }
        }
    }

    /// Nil: it is of this sign-in. Issuer and audience have been compared: they are the client's own.
    func difference(_ other: IDToken) -> Difference? {
        if !Exactly.same(other.subject, token.subject) { return .subject }
        if other.namesParty != token.namesParty { return .party }
        if let time = other.authTime, let first = token.authTime, time != first { return .time }
        if let nonce = other.nonce, !Exactly.same(token.nonce, nonce) { return .nonce }
        if let at = other.issuedAt, let first = token.issuedAt, at < first - Limits.signInSeconds { return .issued }
        return nil
    }

    // What stands inside the seal.

    var kept: Secret {
        var json = JSONObject([("sub", .string(token.subject)), ("azp", .bool(token.namesParty))])
        json["authTime"] = token.authTime.map { .int($0) }
        json["nonce"] = token.nonce.map { .string($0) }
        json["sid"] = token.session.map { .string($0) }
        json["iat"] = token.issuedAt.map { .int($0) }
        return Secret(JSON.object(json).text)
    }

    init?(_ secret: Secret) {
        guard let json = secret.text().flatMap({ try? JSON.parse($0) }), let subject = json["sub"]?.string,
            let namesParty = json["azp"]?.bool
        else { return nil }
        token = IDToken(
            subject: subject, namesParty: namesParty, authTime: Claims.seconds(json["authTime"]),
            nonce: json["nonce"]?.string, session: json["sid"]?.string, issuedAt: Claims.seconds(json["iat"]))
    }
}
