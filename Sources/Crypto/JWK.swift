public import Wire

/// A public key of a set (RFC 7517 4), for signatures: RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519, Ed448.
public struct JWK: Sendable {
    public let kid: String?
    /// The only algorithm it may be used with, where it says so.
    public let algorithm: SignatureAlgorithm?
    let key: PublicKey

    /// Nil: not a key we can use (another kind, another use, too weak, off its curve, or for an algorithm that it does
    /// not fit). Not an error: sets hold keys of all kinds.
    init?(_ json: JSON) {
        guard json["use"] == nil || json["use"]?.string == "sig", let key = PublicKey(json) else { return nil }
        if let operations = json["key_ops"] {
            guard let names = operations.array?.compactMap(\.string), names.contains("verify") else { return nil }
        }
        guard json["kid"] == nil || json["kid"]?.string != nil else { return nil }
        kid = json["kid"]?.string
        if let named = json["alg"] {
            guard let algorithm = named.string.flatMap(SignatureAlgorithm.init),
                key.kind.algorithms.contains(algorithm)
            else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        self.key = key
    }

    /// Whether it can have signed with this algorithm, one of those asked for. `EdDSA` leaves the curve to the key: where
    /// curves are asked for by name (RFC 9864), the key must be of one of them.
    func fits(_ algorithm: SignatureAlgorithm, of allowed: Set<SignatureAlgorithm>) -> Bool {
        let curves = algorithm == .edDSA ? allowed.intersection([.ed25519, .ed448]) : []
        return key.kind.algorithms.contains(algorithm) && (self.algorithm?.names.contains(algorithm) ?? true)
            && (curves.isEmpty || !curves.isDisjoint(with: key.kind.algorithms))
    }

    /// Whether it holds what nobody else may know: `d` of RSA, EC and OKP, the other numbers of RSA, `k` of a symmetric
    /// key.
    static func isPrivate(_ json: JSON) -> Bool {
        ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].contains { json[$0] != nil }
    }

    /// SHA-256 over the members that make a public key what it is, in the one way to write them (RFC 7638 3).
    /// Nil: not a public key this build knows.
    public static func thumbprint(_ json: JSON) -> [UInt8]? {
        guard let key = PublicKey(json) else { return nil }
        return Hash.sha256(JSON.object(JSONObject(members(key.kind, key.numbers).sorted { $0.0 < $1.0 })).bytes)
    }

    static func members(_ kind: KeyKind, _ numbers: [(name: String, bytes: [UInt8])]) -> [(String, JSON)] {
        var out: [(String, JSON)] = [("kty", .string(kind.type))]
        if let curve = kind.curve { out.append(("crv", .string(curve))) }
        return out + numbers.map { ($0.name, .string(Base64URL.encode($0.bytes))) }
    }
}

/// Why a document is no key set.
public enum JWKSetError: Error, Sendable, Hashable {
    case notASet
    case tooManyKeys
    /// Two keys of the same id, kind, algorithm and use: which one signed cannot be told.
    case duplicate
    /// A private key is published: nothing this set signs means anything.
    case containsPrivateKey
}

/// A set of public keys (RFC 7517 5); those we cannot use are left out.
public struct JWKSet: Sendable {
    public static let maximumKeys = 256
    public let keys: [JWK]

    public init(_ json: JSON) throws(JWKSetError) {
        guard let all = json["keys"]?.array else { throw .notASet }
        guard all.count <= Self.maximumKeys else { throw .tooManyKeys }
        var seen: Set<[String?]> = []
        for key in all {
            guard key.object != nil else { throw .notASet }
            guard !JWK.isPrivate(key) else { throw .containsPrivateKey }
            guard let kid = key["kid"]?.string else { continue }
            let name = [kid] + ["kty", "crv", "alg", "use"].map { key[$0]?.string }
            guard seen.insert(name).inserted else { throw .duplicate }
        }
        keys = all.compactMap(JWK.init)
    }

    /// The keys a token of this algorithm and id may have been signed with: those of its id, else those without one.
    func fitting(_ algorithm: SignatureAlgorithm, of allowed: Set<SignatureAlgorithm>, kid: String?) -> [JWK] {
        let fitting = keys.filter { $0.fits(algorithm, of: allowed) }
        guard let kid else { return fitting }
        let named = fitting.filter { $0.kid == kid }
        return named.isEmpty ? fitting.filter { $0.kid == nil } : named
    }
}
