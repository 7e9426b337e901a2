import Wire

/// A claim that a folder's `claims` parameter wants in the ID token with one of certain values, as essential (OpenID Connect
/// Core 5.5.1). An ID token that says something else there answers another request: the claims of ecosystems that tie a
/// consent to an intent (`openbanking_intent_id`) are asked for like that.
struct ClaimAsked: Sendable, Hashable {
    let name: String
    let values: [JSON]

    /// Of the parameter's text those that must hold; nil: it is no such parameter.
    static func read(_ text: String) -> [ClaimAsked]? {
        guard let asked = (try? JSON.parse(text))?.object, !asked.members.isEmpty,
            asked.members.allSatisfy({ isMember($0.name, $0.value) })
        else { return nil }
        return asked["id_token"]?.object?.members.compactMap { claim in
            guard claim.value["essential"]?.bool == true else { return nil }
            let values = claim.value["values"]?.array ?? claim.value["value"].map { [$0] } ?? []
            return values.isEmpty ? nil : ClaimAsked(name: claim.name, values: values)
        } ?? []
    }

    private static func isMember(_ name: String, _ value: JSON) -> Bool {
        guard ["id_token", "userinfo"].contains(name), let claims = value.object else { return false }
        return claims.members.allSatisfy { claim in
            if claim.value.isNull { return true }
            guard let wish = claim.value.object else { return false }
            return (wish["essential"].map { $0.bool != nil } ?? true)
                && (wish["values"].map { $0.array != nil } ?? true)
        }
    }

    func holds(in claims: JSON) -> Bool { claims[name].map(values.contains) ?? false }
}
