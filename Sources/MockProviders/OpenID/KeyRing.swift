internal import Crypto
internal import Wire

/// How a server changes the keys it signs with (OpenID Connect Core 10.1.1).
enum KeyChange: String, Sendable, CaseIterable {
    /// The next key signs from now on; the one before it stays published.
    case next
    /// The next key is published beside the one that signs.
    case announce
    /// The next key takes the place of the one that signs, under that one's name.
    case inPlace
}

/// The keys of one algorithm: which one signs, which ones are shown, and under what name.
struct KeyRing: Sendable {
    private let keys: [SigningKey]
    private var inUse = 0
    /// Published beside the key in use: the one before it, or the next.
    private var beside: Int?
    /// A key that goes by another one's `kid`.
    private var borrowed: String?

    /// - Parameter keys: of one algorithm, in the order they are used; at least one.
    init(_ keys: [SigningKey]) { self.keys = keys }

    var key: SigningKey { keys[inUse] }
    var kid: String? { borrowed ?? key.kid }

    private var following: Int { (inUse + 1) % keys.count }

    /// With a single key nothing changes.
    mutating func change(_ change: KeyChange) {
        guard keys.count > 1 else { return }
        switch change {
        case .next: (beside, inUse, borrowed) = (inUse, following, nil)
        case .announce: beside = following
        case .inPlace: (borrowed, inUse, beside) = (kid, following, nil)
        }
    }

    /// The public keys as they are shown: the one in use first.
    var published: [JSON] {
        var first = key.publicJWK.object ?? JSONObject()
        first["kid"] = kid.map { .string($0) }
        return [.object(first)] + (beside.map { [keys[$0].publicJWK] } ?? [])
    }
}

/// Keys that nobody signs with and that go by the name of one that somebody does: whoever picks a key by its `kid` alone
/// picks one of these.
enum Decoys {
    /// - Parameter key: a published key; the decoys stand before it in the set.
    static func of(_ key: JSON) -> [JSON] {
        guard let kid = key["kid"] else { return [] }
        let all: [JSON] = [
            ["kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "enc", "alg": "ECDH-ES"],
            ["kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256"],
            ["kty": "OKP", "crv": "Ed25519", "x": edwards, "use": "sig", "alg": "EdDSA"],
            ["kty": "RSA", "n": modulus, "e": "AQAB", "use": "enc", "alg": "RSA-OAEP-256"],
            ["kty": "RSA", "n": modulus, "e": "AQAB", "use": "sig", "alg": "PS512"],
        ]
        // A second key of the same kind, algorithm and name would be an error and no decoy (RFC 7517 4.5).
        return all.filter { $0["alg"] != key["alg"] && !($0["kty"] == "OKP" && key["kty"] == "OKP") }.map { decoy in
            var named = decoy.object ?? JSONObject()
            named["kid"] = kid
            return .object(named)
        }
    }

    // The base points of P-256 and Ed25519, and 2048 bits of nothing.
    private static let x: JSON = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"
    private static let y: JSON = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
    private static let edwards: JSON = "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"
    private static let modulus: JSON = {
        var bytes = (0..<8).flatMap { Hash.sha256(Array("a decoy's modulus, part \($0)".utf8)) }
        bytes[0] |= 0x80
        bytes[255] |= 1
        return .string(Base64URL.encode(bytes))
    }()
}
