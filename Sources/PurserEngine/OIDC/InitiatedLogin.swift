public import Wire

/// What a request may be taken for by which another party wants a sign-in begun at a provider (OpenID Connect Core 4). Anybody's
/// page can have a browser make it, so it begins nothing: a link that a stranger began would be a stranger's to end (login
/// CSRF). Its `target_link_uri` is never followed, and its `login_hint` names nobody.
public enum InitiatedLogin: Sendable, Hashable {
    /// It is about this provider: whoever is there is told how a link is begun.
    case told
    case refused(String)

    /// - Parameter issuer: of the provider whose address it came to; nil: nobody links there.
    public static func decide(_ form: Form, issuer: String?) -> InitiatedLogin {
        if let name = form.repeatedNames.first(where: ["iss", "login_hint", "target_link_uri"].contains) {
            return .refused("the parameter \(name) came twice")
        }
        guard let named = form["iss"] else { return .refused("it does not say which provider is meant (iss)") }
        guard let issuer, Exactly.same(named, issuer) else {
            return .refused("it is about another provider than the one of this address (iss)")
        }
        return .told
    }
}
