internal import Crypto
internal import Wire

// By which way authorization responses travel, and those that are signed (JARM): where the folder names an algorithm for
// them and the request asks.

/// How a request is answered.
struct ResponseWay: Sendable, Hashable {
    /// For which client the response is signed; nil: it is plain.
    var signedFor: String?
    /// Whether a page has the browser post it (OAuth 2.0 Form Post Response Mode); else a redirect carries it.
    var isPosted = false

    init() {}

    /// What a request asks for, of what is offered; what is usual here where it asks for nothing.
    init(asked form: Form, _ traits: ServerTraits) {
        let usual = traits.plainModes[0]
        let mode = form["response_mode"].flatMap { traits.responseModes.contains($0) ? $0 : nil } ?? usual
        signedFor = mode.hasSuffix("jwt") ? form["client_id"] : nil
        isPosted = (mode == "jwt" ? usual : mode).hasPrefix("form_post")
    }
}

extension ServerTraits {
    /// How responses can be asked for (`response_modes_supported`).
    var responseModes: [String] {
        plainModes + (isOpenID && signing.response != nil ? ["jwt"] + plainModes.map { $0 + ".jwt" } : [])
    }
}

extension MockProvider {

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
