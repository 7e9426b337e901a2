internal import Crypto
internal import Wire

// Authorization responses that are signed (JARM): where the folder names an algorithm for them and the request asks.

extension ServerTraits {
    /// How responses can be asked for (`response_modes_supported`).
    var responseModes: [String] { ["query"] + (isOpenID && signing.response != nil ? ["jwt", "query.jwt"] : []) }
}

extension MockProvider {
    /// For which client the response to a request is signed; nil: it is not.
    static func signedFor(_ form: Form, _ traits: ServerTraits) -> String? {
        guard let mode = form["response_mode"], mode != "query", traits.responseModes.contains(mode) else { return nil }
        return form["client_id"]
    }

    /// All parameters of a response in one (JARM 2.1).
    func signedResponse(
        _ parameters: [(String, String)], for client: String, effects: Effects, now: Instant
    ) -> [(String, String)] {
        guard let algorithm = traits.signing.response else { return parameters }
        var claims = JSONObject([
            ("iss", .string(issuer)), ("aud", .string(client)), ("exp", .int(now.seconds + Tickets<Visit>.lifeSeconds)),
        ])
        for (name, value) in parameters { claims[name] = .string(value) }
        return [("response", signed(claims, algorithm, twist: effects.response, now: now))]
    }
}
