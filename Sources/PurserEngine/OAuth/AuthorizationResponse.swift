import Wire

/// What an authorization response (RFC 6749 4.1.2) may be taken for, once its `state` is known to be ours.
///
/// Checked in this order: repeated parameters (RFC 6749 3.1), issuer (RFC 9207 2.4, on errors too), what belongs to a
/// response type or mode that was not asked for (implicit, hybrid, JARM), code and error together, neither. One that the
/// server signs comes by way of `SignedResponse`.
enum AuthorizationResponse: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    case code(String)
    /// The authorization server says no: its `error`, and its description made harmless.
    case error(code: String, description: String?)
    case refused(String)
    /// It is signed, and the keys to check it by are out of reach.
    case unjudged(String)

    /// A code is a secret until it has been spent.
    var description: String {
        switch self {
        case .code: "code"
        case .error(let code, _): "error \(code)"
        case .refused(let why): "refused: \(why)"
        case .unjudged(let why): "not judged: \(why)"
        }
    }

    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The parameters of which more than one is a forgery or a mix-up.
    static let singular: Set<String> = ["state", "code", "iss", "error", "error_description", "response"]

    /// What comes in an address only if somebody asked for it there. Tokens Purser never asks for there, where anybody may
    /// have seen them; `response` only of servers that sign it, and then nothing else comes (`SignedResponse`).
    static let unasked = ["access_token", "id_token", "token_type", "response"]

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
        case .some(let named) where !Exactly.same(named, issuer):
            return .refused("the response is of another issuer (iss)")
        case .none where sendsIssuer: return .refused("the issuer is missing from the response (iss)")
        default: break
        }
        return meaning(query)
    }

    /// What is said, by whomever it was said.
    static func meaning(_ query: Form) -> AuthorizationResponse {
        if let name = unasked.first(where: { query[$0] != nil }) {
            return .refused("the response carries \(name), which was not asked for")
        }
        switch (query["code"], query["error"]) {
        case (.some, .some): return .refused("the response carries a code and an error")
        case (.none, .none): return .refused("the response carries neither a code nor an error")
        case (.none, .some(let error)):
            return .error(
                code: Harmless.words(error, limit: 64),
                description: query["error_description"].map { Harmless.words($0) })
        case (.some(let code), .none):
            guard !code.isEmpty, code.utf8.count <= 4096 else { return .refused("the code is empty or too long") }
            return .code(code)
        }
    }
}

/// Identifiers compare byte for byte (RFC 8414 3.3, RFC 9207 2.4): Swift's own equality also holds for other spellings
/// of the same letter.
enum Exactly {
    static func same(_ a: String?, _ b: String) -> Bool { a.map { $0.utf8.elementsEqual(b.utf8) } ?? false }
}

/// Words of a provider, made fit for a terminal, a log and a page: no control characters, no directional overrides,
/// one line, bounded.
enum Harmless {
    /// As below, and without what may be a secret read back to us: some servers repeat in their words the token or
    /// code they refuse. A run of 20 or more characters of a token, with a digit or a capital in it, is left out.
    static func words(_ raw: String, limit: Int = 200) -> String {
        var out = ""
        var run = ""
        func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "-._~+/=%".utf8.contains(byte)
            }
        }
        func end() {
            let isPlain = run.utf8.allSatisfy { !(48...57).contains($0) && !(65...90).contains($0) }
            out += run.utf8.count < 20 || isPlain ? run : "…"
            run = ""
        }
        for scalar in raw.unicodeScalars {
            if scalar.isASCII, isToken(UInt8(scalar.value)) {
                run.unicodeScalars.append(scalar)
            } else {
                end()
                out.unicodeScalars.append(scalar)
            }
        }
        end()
        return text(out, limit: limit)
    }

    static func text(_ raw: String, limit: Int = 200) -> String {
        // Most texts are short and plain: they pass as they are.
        if raw.utf8.count <= limit, raw.utf8.allSatisfy({ (32..<127).contains($0) }) { return raw }
        var out = ""
        var count = 0
        for scalar in raw.unicodeScalars {
            guard count < limit else { return out + "…" }
            switch scalar.value {
            case 0..<32, 127..<160, 0x2028, 0x2029: out.unicodeScalars.append(" ")
            case _ where scalar.isHidden: continue
            default: out.unicodeScalars.append(scalar)
            }
            count += 1
        }
        return out
    }
}
