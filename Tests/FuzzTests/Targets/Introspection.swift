import Crypto
import Wire

@testable import PurserEngine

/// The answer to a question about a token (RFC 7662, RFC 9701): as it comes, under statuses and types of both forms; and
/// signed first, so that the fuzzer gets past the signature.
enum IntrospectionTarget {
    private static let key = "the key's thumbprint"
    private static let plain = "application/json"
    private static let signed = "application/token-introspection+jwt"

    private static func terms(bound: Bool) -> Introspection.Terms {
        Introspection.Terms(
            issuer: "https://as.example", clientID: "purser", proofKey: bound ? key : nil, certificate: nil,
            now: SignedTokenTarget.now)
    }

    static func run(_ bytes: [UInt8]) throws {
        let keys = SignedTokenTarget.keys
        for isBound in [true, false] {
            let terms = terms(bound: isBound)
            for (status, type) in [(200, plain), (200, signed), (200, "text/html"), (401, plain), (503, signed)] {
                let answer = HTTPResponse(status: status, headers: ["Content-Type": type], body: bytes)
                if case .said(let said) = Introspection.read(answer, as: .json, terms) {
                    try demand(counts(said) == false || status == 200 && type == plain, "another form says something")
                    try believed(said, try? JSON.parse(bytes, limits: .token), isBound)
                } else {
                    throw Broken(description: "a plain answer waits for keys")
                }
                switch Introspection.read(answer, as: .jwt(.edDSA), terms) {
                case .said(let said): try demand(!counts(said), "an answer that is not signed says something")
                case .toBeVerified(let compact):
                    try demand(status == 200 && type == signed, "another form is verified")
                    let said = try? Introspection.verified(compact, keys: keys, .edDSA, terms)
                    try demand(said == nil, "an answer verifies that nobody signed")
                }
            }
            try behind(bytes, terms, isBound)
        }
    }

    private static func behind(_ payload: [UInt8], _ terms: Introspection.Terms, _ isBound: Bool) throws {
        let keys = SignedTokenTarget.keys
        let other = try SignedTokenTarget.signed(payload, type: "JWT")
        try demand((try? Introspection.verified(other, keys: keys, .edDSA, terms)) == nil, "another kind of token")
        let compact = try SignedTokenTarget.signed(payload, type: "token-introspection+jwt")
        try demand((try? Introspection.verified(compact, keys: keys, .es256, terms)) == nil, "another algorithm")
        guard let said = try? Introspection.verified(compact, keys: keys, .edDSA, terms) else { return }
        let claims = try JSON.parse(payload)
        try SignedTokenTarget.parties(claims)
        if claims["exp"] != nil { try SignedTokenTarget.life(claims) }
        try demand(claims["iat"]?.decimal != nil, "an answer of no time is believed")
        try believed(said, claims["token_introspection"], isBound)
    }

    private static func counts(_ said: Introspection) -> Bool { said == .active || said == .inactive }

    /// What must stand in whatever is believed, told over again in other words.
    private static func believed(_ said: Introspection, _ json: JSON?, _ isBound: Bool) throws {
        if case .notSaid(let why) = said {
            return try demand(!why.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
        }
        guard let json else { throw Broken(description: "nothing says something") }
        try demand(json["client_id"] == nil || json["client_id"] == "purser", "another client's token")
        try demand(json["iss"] == nil || json["iss"] == "https://as.example", "another issuer's token")
        let isOver = json["exp"]?.decimal.map { $0 <= ExactDecimal(Int(SignedTokenTarget.now.seconds - 60)) } ?? false
        switch said {
        case .active:
            try demand(json["active"] == true && !isOver, "a token is active that is not")
            let bound = json["cnf"]?["jkt"]
            try demand(bound == nil || isBound && bound == .string(key), "a token of another key is active")
            try demand(json["cnf"]?["x5t#S256"] == nil, "a token of a certificate is active")
        case .inactive: try demand(json["active"] == false || json["active"] == true && isOver, "nobody said so")
        case .notSaid: break
        }
    }
}
