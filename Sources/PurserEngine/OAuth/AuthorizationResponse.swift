import Wire

/// What an authorization response (RFC 6749 4.1.2) may be taken for, once its `state` is known to be ours.
///
/// Checked in this order: repeated parameters (RFC 6749 3.1), issuer (RFC 9207 2.4, on errors too), code and error
/// together, neither.
enum AuthorizationResponse: Sendable, Hashable {
    case code(String)
    /// The authorization server says no: its `error`, and its description made harmless.
    case error(code: String, description: String?)
    case refused(String)

    /// The parameters of which more than one is a forgery or a mix-up.
    static let singular: Set<String> = ["state", "code", "iss", "error", "error_description", "response"]

    /// The `state` of a callback, or nil when there is not exactly one.
    static func state(_ query: Form) -> String? {
        let all = query.all("state")
        guard all.count == 1, let state = all.first, !state.isEmpty, state.utf8.count <= 512 else { return nil }
        return state
    }

    static func decide(_ query: Form, issuer: String, sendsIssuer: Bool) -> AuthorizationResponse {
        if let name = query.repeatedNames.first(where: singular.contains) {
            return .refused("the parameter \(name) came twice")
        }
        switch query["iss"] {
        case .some(let named) where named != issuer: return .refused("the response is of another issuer (iss)")
        case .none where sendsIssuer: return .refused("the issuer is missing from the response (iss)")
        default: break
        }
        switch (query["code"], query["error"]) {
        case (.some, .some): return .refused("the response carries a code and an error")
        case (.none, .none): return .refused("the response carries neither a code nor an error")
        case (.none, .some(let error)):
            return .error(
                code: Harmless.text(error, limit: 64), description: query["error_description"].map { Harmless.text($0) }
            )
        case (.some(let code), .none):
            guard !code.isEmpty, code.utf8.count <= 4096 else { return .refused("the code is empty or too long") }
            return .code(code)
        }
    }
}

/// Words of a provider, made fit for a terminal, a log and a page: no control characters, no directional overrides,
/// one line, bounded.
enum Harmless {
    static func text(_ raw: String, limit: Int = 200) -> String {
        var out = ""
        for scalar in raw.unicodeScalars {
            guard out.unicodeScalars.count < limit else { return out + "…" }
            switch scalar.value {
            case 0..<32, 127..<160, 0x2028, 0x2029: out.append(" ")
            case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF, 0xE0000...0xE007F: continue
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
