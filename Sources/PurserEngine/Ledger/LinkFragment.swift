import Wire

/// How a link is shown, ready encoded: the piece that accounts carry, and the whole that `/v1/links` shows.
///
/// Facts only, no "now": time alone changes nothing.
public enum LinkFragment {
    /// The link as `/v1/links` and every account show it.
    public static func rendered(_ link: Link) -> [UInt8] {
        var object = JSONObject([
            ("id", .string(link.id.rawValue)),
            ("provider", .string(link.provider)),
            ("state", .string(link.state.code)),
        ])
        if let reason = link.state.reason { object["reason"] = .string(reason) }
        if let note = link.note { object["note"] = .string(note) }
        object["since"] = .string(link.since.rfc3339)
        object["condition"] = .string(link.condition.kind.rawValue)
        object["conditionSince"] = .string(link.conditionSince.rfc3339)
        if let cause = link.condition.cause { object["cause"] = .string(cause) }
        if let until = link.condition.until { object["until"] = .string(until.rfc3339) }
        let standing = Standing.of(link)
        object["works"] = .string(standing.works.rawValue)
        object["actor"] = .string(standing.actor.rawValue)
        if let advice = standing.advice { object["advice"] = .string(advice.rawValue) }
        object["createdAt"] = .string(link.createdAt.rfc3339)
        if let at = link.askedAt { object["askedAt"] = .string(at.rfc3339) }
        if let at = link.attemptedAt { object["attemptedAt"] = .string(at.rfc3339) }
        if let at = link.pulledAt { object["pulledAt"] = .string(at.rfc3339) }
        if let at = link.consentEndsAt, link.state.holdsGrant {
            object["consentEndsAt"] = .string(at.rfc3339)
            if let moves = link.consentEndMoves { object["consentEndMoves"] = .bool(moves) }
        }
        if let other = link.mergedInto { object["mergedInto"] = .string(other.rawValue) }
        object["scopes"] = .object(scopes(link))
        if !link.warnings.isEmpty { object["warnings"] = .array(link.warnings.map { .string($0) }) }
        return JSON.object(object).bytes
    }

    private static func scopes(_ link: Link) -> JSONObject {
        func list(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }
        var scopes = JSONObject([("asked", list(link.scopesAsked)), ("granted", list(link.scopesGranted))])
        if !link.scopesRefused.isEmpty { scopes["refused"] = list(link.scopesRefused) }
        return scopes
    }
}
