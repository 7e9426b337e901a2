internal import Wire

/// Why a signed text is not believed.
public enum JWSError: Error, Sendable, Hashable {
    case malformed
    case tooLarge
    /// `none`, a symmetric algorithm, or any other that was not asked for.
    case algorithmNotAllowed
    /// It asks for something to be understood that is not (`crit`, RFC 7515 4.1.11).
    case critical
    /// No key of the set fits.
    case noKey
    case badSignature
}

/// A signed text in compact form (RFC 7515 7.1) whose signature held.
public struct JWS: Sendable {
    public static let maximumCount = 64 << 10
    public let algorithm: SignatureAlgorithm
    public let kid: String?
    public let payload: [UInt8]

    /// Verifies a compact JWS. Keys come from the set only: `jwk`, `jku`, `x5c` and `x5u` in the header are ignored.
    public static func verify(
        _ compact: String, keys: JWKSet, allowed: Set<SignatureAlgorithm>
    ) throws(JWSError) -> JWS {
        guard compact.utf8.count <= maximumCount else { throw .tooLarge }
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), let header = try? JSON.parse(head), header.object != nil
        else { throw .malformed }
        guard let name = header["alg"]?.string else { throw .malformed }
        guard let algorithm = SignatureAlgorithm(rawValue: name), allowed.contains(algorithm) else {
            throw .algorithmNotAllowed
        }
        // We understand no extension, so any list of them ends it; `b64` (RFC 7797) is one.
        guard header["crit"] == nil, header["b64"] == nil else { throw .critical }
        if let kid = header["kid"], kid.string == nil { throw .malformed }
        let kid = header["kid"]?.string
        let fitting = keys.keys.filter { key in
            (key.algorithm ?? algorithm) == algorithm && (kid == nil || key.kid == nil || key.kid == kid)
        }
        guard !fitting.isEmpty else { throw .noKey }
        let signed = Array((parts[0] + "." + parts[1]).utf8)
        guard fitting.contains(where: { $0.key.holds(signature, signed, algorithm) }) else { throw .badSignature }
        return JWS(algorithm: algorithm, kid: kid, payload: payload)
    }

    /// Signs a payload: `{"alg":…,"kid":…,"typ":…}` and the rest, in compact form.
    public static func sign(
        _ payload: [UInt8], with key: SigningKey, type: String? = "JWT"
    ) throws(CryptoError) -> String {
        var header = JSONObject([("alg", .string(key.algorithm.rawValue))])
        if let kid = key.kid { header["kid"] = .string(kid) }
        if let type { header["typ"] = .string(type) }
        let signed = Base64URL.encode(JSON.object(header).bytes) + "." + Base64URL.encode(payload)
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }
}
