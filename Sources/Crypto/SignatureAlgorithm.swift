/// A signature algorithm (RFC 7518 3.1, RFC 8037 3.1, RFC 9864) this build signs and verifies with.
///
/// `HS256` and its like are not among them: whoever can check such a signature can make it, and no provider needs it.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// Ed25519 or Ed448, as the key says (RFC 8037).
    case edDSA = "EdDSA"
    /// The same by the names of RFC 9864, which leave nothing to the key.
    case ed25519 = "Ed25519"
    case ed448 = "Ed448"

    /// SHA-2 in bits; nil where the curve brings its own.
    var digestBits: Int? {
        switch self {
        case .rs256, .ps256, .es256: 256
        case .rs384, .ps384, .es384: 384
        case .rs512, .ps512, .es512: 512
        case .edDSA, .ed25519, .ed448: nil
        }
    }

    var digest: String? { digestBits.map { "SHA\($0)" } }

    /// The left half of the hash it signs with (OpenID Connect Core 3.1.3.6); SHA-512 where the curve brings its own.
    public func halfHash(_ bytes: [UInt8]) -> [UInt8] {
        let whole =
            switch digestBits {
            case 256: Hash.sha256(bytes)
            case 384: Hash.sha384(bytes)
            default: Hash.sha512(bytes)
            }
        return Array(whole.prefix(whole.count / 2))
    }

    /// Whether the signature is the same each time it is made: nothing is drawn for it.
    public var isDeterministic: Bool {
        switch self {
        case .rs256, .rs384, .rs512, .edDSA, .ed25519, .ed448: true
        case .ps256, .ps384, .ps512, .es256, .es384, .es512: false
        }
    }

    /// The names a header may have for what was registered as this one: `EdDSA` and `Ed25519` are one algorithm with
    /// an Ed25519 key.
    public var names: Set<SignatureAlgorithm> {
        switch self {
        case .edDSA: [.edDSA, .ed25519, .ed448]
        case .ed25519: [.edDSA, .ed25519]
        case .ed448: [.edDSA, .ed448]
        default: [self]
        }
    }
}

/// What kind of key it is (RFC 7518 6, RFC 8037 2).
enum KeyKind: Hashable, Sendable {
    case rsa
    case p256
    case p384
    case p521
    case ed25519
    case ed448

    init?(type: String?, curve: String?) {
        switch (type, curve) {
        case ("RSA", _): self = .rsa
        case ("EC", "P-256"): self = .p256
        case ("EC", "P-384"): self = .p384
        case ("EC", "P-521"): self = .p521
        case ("OKP", "Ed25519"): self = .ed25519
        case ("OKP", "Ed448"): self = .ed448
        default: return nil
        }
    }

    var type: String {
        switch self {
        case .rsa: "RSA"
        case .p256, .p384, .p521: "EC"
        case .ed25519, .ed448: "OKP"
        }
    }

    var curve: String? {
        switch self {
        case .rsa: nil
        case .p256: "P-256"
        case .p384: "P-384"
        case .p521: "P-521"
        case .ed25519: "Ed25519"
        case .ed448: "Ed448"
        }
    }

    /// What OpenSSL calls its kind and its group.
    var names: (kind: String, group: String?) {
        switch self {
        case .rsa: ("RSA", nil)
        case .p256: ("EC", "prime256v1")
        case .p384: ("EC", "secp384r1")
        case .p521: ("EC", "secp521r1")
        case .ed25519: ("ED25519", nil)
        case .ed448: ("ED448", nil)
        }
    }

    /// Bytes of a coordinate or of the raw key; 0 for RSA, whose numbers are as long as they are.
    var width: Int {
        switch self {
        case .rsa: 0
        case .p256, .ed25519: 32
        case .p384: 48
        case .p521: 66
        case .ed448: 57
        }
    }

    /// The algorithms such a key may be used with; the first is what it signs with if nothing else is said.
    var algorithms: [SignatureAlgorithm] {
        switch self {
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        case .ed25519: [.edDSA, .ed25519]
        case .ed448: [.edDSA, .ed448]
        }
    }
}
