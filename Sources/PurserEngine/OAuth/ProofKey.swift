import Crypto
import Wire

/// The key that a grant's tokens are bound to (RFC 9449): one a grant, drawn when consent is asked for. It lies wherever
/// the tokens lie, inside the same seal: without it they are worth nothing, and it is worth nothing without them.
struct ProofKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// What it takes inside a seal: a byte for the algorithm, and the number.
    static let count = 33
    /// Why there is none for a server.
    static let noneFits = "the provider takes no proof that we can sign (DPoP with EdDSA or ES256)"
    /// By that byte. Both are made from 32 bytes alone.
    private static let algorithms: [UInt8: SignatureAlgorithm] = [1: .edDSA, 2: .es256]

    let key: SigningKey
    let record: Secret

    /// A new one, for a server that takes these algorithms (`dpop_signing_alg_values_supported`; nil: it does not say).
    /// Ed25519 where it is offered, whose signatures need nothing drawn; else ES256, which whoever says nothing is
    /// likeliest to know. Nil: none that we sign with.
    init?(for offered: [String]?, _ randomness: any Randomness) {
        guard let kind = Self.kind(offered) else { return nil }
        // One number in 2^32 is none for P-256.
        for _ in 0..<4 {
            if let made = Self(Secret(copying: [kind] + randomness.bytes(32), locked: true)) {
                self = made
                return
            }
        }
        return nil
    }

    static func kind(_ offered: [String]?) -> UInt8? {
        guard let offered else { return 2 }
        return offered.contains("EdDSA") ? 1 : offered.contains("ES256") ? 2 : nil
    }

    /// One that was kept.
    init?(_ record: Secret) {
        guard record.count == Self.count, let algorithm = record.withBytes({ Self.algorithms[$0[0]] }) else {
            return nil
        }
        let number = record.withBytes { Secret(copying: $0.dropFirst(), locked: true) }
        guard let key = SigningKey(number: number, algorithm) else { return nil }
        self.key = key
        self.record = record
    }

    var description: String { "proof key" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// For `dpop_jkt` (RFC 9449 10).
    var thumbprint: String { key.thumbprint }

    /// A proof for one request (RFC 9449 4.2). With an access token it is for a resource server, and names its hash.
    func proof(
        _ request: ProviderRequest, access: Secret?, nonce: String?, now: Instant, _ randomness: any Randomness
    ) throws(CryptoError) -> String {
        var claims = JSONObject([
            ("jti", .string(Base64URL.encode(randomness.bytes(16)))), ("htm", .string(request.method)),
            ("htu", .string(request.uri.origin + request.uri.path)), ("iat", .int(now.seconds)),
        ])
        if let access {
            claims["ath"] = .string(Base64URL.encode(access.withBytes { Hash.sha256(Array($0)) }))
        }
        if let nonce { claims["nonce"] = .string(nonce) }
        return try JWS.sign(JSON.object(claims).bytes, with: key, type: "dpop+jwt", showsKey: true)
    }
}

/// A token as it is held, with the key it is bound to where it is bound to one.
struct HeldToken: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: Secret
    var proofKey: ProofKey?

    var description: String { "token" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Puts an access token on a request of its client's: as Bearer (RFC 6750 2.1), or with a proof (RFC 9449 7.1).
    func authorize(_ request: inout ProviderRequest, of client: ClientRegistration) {
        request.tls = client.tls
        guard let proofKey else {
            request.authorization = Secret.concatenating([Secret("Bearer "), secret])
            return
        }
        request.authorization = Secret.concatenating([Secret("DPoP "), secret])
        request.prove(proofKey, access: secret)
    }

    // Inside a seal: the key's record behind a zero byte, which no token begins with, then the token.

    var kept: Secret {
        guard let proofKey else { return secret }
        return Secret.concatenating([Secret(copying: [0]), proofKey.record, secret])
    }

    init(_ secret: Secret, _ proofKey: ProofKey?) {
        self.secret = secret
        self.proofKey = proofKey
    }

    /// Nil: it is not whole.
    init?(kept: Secret) {
        guard kept.withBytes({ $0.first }) == 0 else {
            self.init(kept, nil)
            return
        }
        let span = 1 + ProofKey.count
        guard kept.count > span,
            let key = ProofKey(kept.withBytes { Secret(copying: $0[1..<span], locked: true) })
        else { return nil }
        self.init(kept.withBytes { Secret(copying: $0.dropFirst(span)) }, key)
    }
}
