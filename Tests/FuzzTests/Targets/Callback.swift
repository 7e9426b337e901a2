import Wire

@testable import PurserEngine

/// The query of a callback, and the same as an address that was pasted: never a code of a response that another issuer, or
/// two at once, may have made.
enum CallbackTarget {
    private static let issuer = "https://as.example"
    private static let redirect = "http://127.0.0.1:7878/callback/testair"

    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        try pasted(text)
        guard let query = Form(parsing: text) else { return }
        let counts = counted(text)
        if let state = AuthorizationResponse.state(query) {
            try demand(counts["state"] == 1 && !state.isEmpty, "a state that is not there once is used")
        }
        if let state = AuthorizationResponse.anyState(query) {
            try demand((1...512).contains(state.utf8.count), "a state of \(state.utf8.count) bytes is used")
            try demand(
                counts["state"] == 1 || counts["state"] == nil && counts["response"] == 1,
                "one state of several is used")
        }
        for sendsIssuer in [true, false] {
            switch AuthorizationResponse.decide(query, issuer: issuer, sendsIssuer: sendsIssuer) {
            case .code(let code):
                try demand(counts["code"] == 1 && !code.isEmpty, "a code that is not there once is used")
                try demand(counts["error"] == nil, "a code beside an error is used")
                try mayBeBelieved(query, counts, sendsIssuer)
            case .error(let code, let description):
                try demand(counts["error"] == 1 && counts["code"] == nil, "an error that is none")
                try mayBeBelieved(query, counts, sendsIssuer)
                for words in [code, description ?? ""] {
                    try demand(!words.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
                }
            case .refused: break
            case .unjudged: try demand(false, "a plain response waits for keys")
            }
        }
    }

    private static func mayBeBelieved(_ query: Form, _ counts: [String: Int], _ sendsIssuer: Bool) throws {
        try demand((counts["iss"] ?? 0) <= 1, "two issuers are believed")
        try demand(!sendsIssuer || counts["iss"] == 1, "a response without an issuer is believed")
        try demand(query["iss"].map { Array($0.utf8) == Array(issuer.utf8) } ?? true, "another issuer is believed")
        for name in ["access_token", "id_token", "token_type", "response"] {
            try demand(counts[name] == nil, "a response with \(name) is believed")
        }
        try demand((counts["state"] ?? 0) <= 1, "two states are believed")
    }

    /// How often each name is there, told without the reader that is tried.
    private static func counted(_ text: String) -> [String: Int] {
        var out: [String: Int] = [:]
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
            if let plain = URI.percentDecode(String(decoding: name, as: UTF8.self)) { out[plain, default: 0] += 1 }
        }
        return out
    }

    private static func pasted(_ text: String) throws {
        for address in [text, redirect + "?" + text] {
            let others = [(provider: "other", uri: "http://127.0.0.1:7878/callback/other")]
            guard case .response(let query) = PastedAddress.decide(address, redirectURI: redirect, others: others)
            else { continue }
            let bare = address.drop { $0 == " " || $0 == "\t" }.lowercased()
            try demand(bare.hasPrefix(redirect + "?"), "an address elsewhere is taken for a response")
            try demand(AuthorizationResponse.anyState(query) != nil, "a response without a state is taken")
        }
    }
}
