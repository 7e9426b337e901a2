import Crypto
import Wire

/// The keys a client proves itself with (`private_key_jwt`): a set kept as one secret. The first one signs; one behind
/// it is published already and signs once it is put in front.
struct ClientKeys: Sendable {
    static let most = 4
    let keys: [SigningKey]

    /// From a private JWK set (RFC 7517 5), as a folder has it, or from what `secret` made. Nil: no whole set of keys.
    init?(_ secret: Secret) {
        guard let text = secret.text(), let list = (try? JSON.parse(text))?["keys"]?.array,
            (1...Self.most).contains(list.count)
        else { return nil }
        var keys: [SigningKey] = []
        for json in list {
            guard let key = Self.key(json), key.kid != nil else { return nil }
            keys.append(key)
        }
        guard Set(keys.map(\.kid)).count == keys.count else { return nil }
        self.keys = keys
    }

    init(keys: [SigningKey]) { self.keys = keys }

    private static func key(_ json: JSON) -> SigningKey? {
        guard let text = json["pkcs8"]?.string else { return SigningKey(privateJWK: json) }
        guard let algorithm = json["alg"]?.string.flatMap(SignatureAlgorithm.init), let bytes = Base64URL.decode(text)
        else { return nil }
        return SigningKey(pkcs8: Secret(copying: bytes), algorithm: algorithm, kid: json["kid"]?.string)
    }

    /// To be sealed.
    func secret() throws(CryptoError) -> Secret {
        var parts = [Secret("{\"keys\":[")]
        for (index, key) in keys.enumerated() {
            let whole = try key.pkcs8().withBytes { Base64URL.encode(Array($0)) }
            let members: JSON = [
                "alg": .string(key.algorithm.rawValue), "kid": key.kid.map { .string($0) } ?? .null,
                "pkcs8": .string(whole),
            ]
            parts.append(Secret((index == 0 ? "" : ",") + members.text))
        }
        return Secret.concatenating(parts + [Secret("]}")])
    }

    /// The public set, to be registered at the provider (RFC 7591 2, `jwks`).
    var published: JSON { ["keys": .array(keys.map(\.publicJWK))] }
}
