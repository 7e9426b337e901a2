internal import Crypto
internal import Wire

/// How a pretended OpenID provider signs, and how it publishes its keys: `signing` of `mock/authorization.json`.
struct SigningTraits: Sendable {
    /// What ID tokens are signed with.
    let idToken: SignatureAlgorithm
    /// What UserInfo is signed with; nil: it is plain JSON.
    let userinfo: SignatureAlgorithm?
    /// What authorization responses are signed with, if they are asked for like that; nil: they cannot be.
    let response: SignatureAlgorithm?
    /// What is signed with it that is said of tokens, where that is asked for (RFC 9701); nil: it cannot be.
    let introspection: SignatureAlgorithm?
    /// Whether every published `kid` stands on keys of other kinds and uses, too.
    let hasDecoys: Bool
    /// Whether ID tokens that come for a code carry its hash (`c_hash`), as from a server that speaks hybrid flows too.
    let hashesCode: Bool
    /// `Cache-Control` of the key set and of the discovery document, whatever the text; nil: none is sent.
    let keysCache: String?
    let metadataCache: String?

    init(_ json: JSON?) throws(MockProblem) {
        let shape = try Shape(
            json ?? [:], at: "authorization.json/signing",
            knows: [
                "idToken", "userinfo", "response", "introspection", "decoys", "codeHash", "keysCache", "metadataCache",
            ])
        idToken = try Self.algorithm(shape, "idToken") ?? .rs256
        userinfo = try Self.algorithm(shape, "userinfo")
        response = try Self.algorithm(shape, "response")
        introspection = try Self.algorithm(shape, "introspection")
        hasDecoys = try shape.bool("decoys", default: false)
        hashesCode = try shape.bool("codeHash", default: false)
        keysCache = try shape.optionalText("keysCache")
        metadataCache = try shape.optionalText("metadataCache")
    }

    private static func algorithm(_ shape: Shape, _ name: String) throws(MockProblem) -> SignatureAlgorithm? {
        guard let text = try shape.optionalText(name) else { return nil }
        guard let algorithm = SignatureAlgorithm(rawValue: text) else {
            throw shape.problem(name, "one of \(SignatureAlgorithm.allCases.map(\.rawValue))")
        }
        return algorithm
    }

    /// What the folder's keys must be able to do.
    var algorithms: [SignatureAlgorithm] {
        [userinfo, response, introspection].compactMap(\.self).reduce(into: [idToken]) {
            if !$0.contains($1) { $0.append($1) }
        }
    }
}
