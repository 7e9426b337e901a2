import Crypto
import Wire

/// A token as it was shown to our API, with what came beside it.
public struct ShownToken: Sendable {
    /// What the Authorization header called it.
    public enum Scheme: Sendable, Hashable { case bearer, dpop }

    public let text: String
    public let scheme: Scheme
    /// The `DPoP` header fields.
    public let proofs: [String]
    public let method: String
    /// The address that was asked for: ours, and the path.
    public let address: String

    public init(_ text: String, _ scheme: Scheme, proofs: [String], method: String, address: String) {
        self.text = text
        self.scheme = scheme
        self.proofs = proofs
        self.method = method
        self.address = address
    }
}

/// A proof that whoever shows a token holds the key it is bound to (RFC 9449 4.3, 7.1), once it has been checked.
struct ShownProof: Sendable, Hashable {
    /// It is taken once only: whoever acts on it remembers it for as long as it would be taken.
    let id: String
    let thumbprint: String

    /// What it may be signed with.
    static let algorithms: [SignatureAlgorithm] = [.es256, .edDSA, .ed25519]

    enum Problem: Error, Sendable, Hashable, CaseIterable {
        /// Not one proof: none, or several.
        case count
        /// It does not hold by the key that it shows, or is no proof.
        case signature
        case method
        case address
        case accessToken
        case age
        case identifier
        /// It proves another key than the one the token is bound to.
        case key

        var words: String {
            switch self {
            case .count: "one proof goes with a bound token (DPoP)"
            case .signature: "the proof does not hold"
            case .method: "the proof is for another method (htm)"
            case .address: "the proof is for another address (htu)"
            case .accessToken: "the proof is for another token (ath)"
            case .age: "the proof is too old or lies ahead (iat)"
            case .identifier: "the proof has no identifier (jti)"
            case .key: "the proof is of another key than the token is bound to"
            }
        }
    }

    static func checked(_ shown: ShownToken, boundTo thumbprint: String, now: Instant) throws(Problem) -> ShownProof {
        guard shown.proofs.count == 1, let compact = shown.proofs.first else { throw .count }
        let proven: (payload: [UInt8], thumbprint: String)
        do { proven = try JWS.proof(compact, type: "dpop+jwt", allowed: Set(algorithms)) } catch { throw .signature }
        guard let claims = try? JSON.parse(proven.payload) else { throw .signature }
        guard Exactly.same(claims["htm"]?.string, shown.method) else { throw .method }
        guard let said = claims["htu"]?.string.flatMap({ URI($0) }), let asked = URI(shown.address),
            said.origin == asked.origin, Exactly.same(said.path, asked.path)
        else { throw .address }
        let hash = Base64URL.encode(Hash.sha256(Array(shown.text.utf8)))
        guard Exactly.same(claims["ath"]?.string, hash) else { throw .accessToken }
        guard let issued = Claims.seconds(claims["iat"]), abs(issued - now.seconds) <= Limits.clockSkewSeconds else {
            throw .age
        }
        guard let id = claims["jti"]?.string, (1...255).contains(id.utf8.count) else { throw .identifier }
        guard Exactly.same(proven.thumbprint, thumbprint) else { throw .key }
        return ShownProof(id: id, thumbprint: proven.thumbprint)
    }
}
