internal import Wire

/// Why a signed text is not believed.
public enum JWSError: Error, Sendable, Hashable {
    case malformed
    case tooLarge
    /// `none`, a symmetric algorithm, or any other that was not asked for.
    case algorithmNotAllowed
    /// It asks for something to be understood that is not (`crit`, RFC 7515 4.1.11; `b64`, RFC 7797).
    case critical
    /// It brings a key of its own, or the address of one (`jwk`, `jku`, `x5u`).
    case embeddedKey
    /// It is of another kind than the one asked for (`typ`, RFC 8725 3.11).
    case wrongType
    /// No key of the set fits.
    case noKey
    /// It names no key, and more than one could have signed it.
    case ambiguousKey
    case badSignature
}

/// A signed text in compact form (RFC 7515 7.1) whose signature held.
public struct JWS: Sendable {
    public static let maximumCount = 64 << 10
    public let algorithm: SignatureAlgorithm
    public let kid: String?
    /// As it stands in the header.
    public let type: String?
    public let payload: [UInt8]

    /// Verifies a JWS that brings its own key, as a DPoP proof does (RFC 9449 4.3): it proves that whoever made it holds
    /// that key, and nothing else. Whom the key belongs to is the caller's to know.
    ///
    /// - Returns: the payload, and the key's thumbprint (RFC 7638).
    public static func proof(
        _ compact: String, type: String, allowed: Set<SignatureAlgorithm>
    ) throws(JWSError) -> (payload: [UInt8], thumbprint: String) {
        let parts = try Parts(compact, allowed)
        guard let jwk = parts.header["jwk"], jwk.object != nil else { throw .malformed }
        guard parts.header["typ"]?.string.map(plain) == type else { throw .wrongType }
        guard !JWK.isPrivate(jwk) else { throw .embeddedKey }
        guard let key = JWK(jwk), key.fits(parts.algorithm, of: allowed), let thumbprint = JWK.thumbprint(jwk) else {
            throw .noKey
        }
        guard key.key.holds(parts.signature, parts.signed, parts.algorithm) else { throw .badSignature }
        return (parts.payload, Base64URL.encode(thumbprint))
    }

    /// Verifies a compact JWS. What it is signed with is ours to say and not the header's: the algorithm must be one of
    /// `allowed`, the key one of the set, and of the kind that the algorithm needs. `x5c` is ignored.
    ///
    /// - Parameter types: what `typ` may be, in lower case without `application/`; nil in it: it may be absent. Nil:
    ///   anything.
    public static func verify(
        _ compact: String, keys: JWKSet, allowed: Set<SignatureAlgorithm>, types: Set<String?>? = nil
    ) throws(JWSError) -> JWS {
        let parts = try Parts(compact, allowed)
        let (header, algorithm) = (parts.header, parts.algorithm)
        guard ["jwk", "jku", "x5u"].allSatisfy({ header[$0] == nil }) else { throw .embeddedKey }
        for member in ["kid", "typ"] where header[member] != nil && header[member]?.string == nil { throw .malformed }
        let (kid, type) = (header["kid"]?.string, header["typ"]?.string)
        if let types, !types.contains(type.map(plain)) { throw .wrongType }
        let fitting = keys.fitting(algorithm, of: allowed, kid: kid)
        guard !fitting.isEmpty else { throw .noKey }
        guard fitting.count == 1 || kid != nil && fitting[0].kid == kid else { throw .ambiguousKey }
        guard fitting.contains(where: { $0.key.holds(parts.signature, parts.signed, algorithm) }) else {
            throw .badSignature
        }
        return JWS(algorithm: algorithm, kid: kid, type: type, payload: parts.payload)
    }

    /// A compact text taken apart, before anything of it is believed: whole, in bounds, of an algorithm that was asked
    /// for, and with nothing to be understood that is not.
    private struct Parts {
        let header: JSON
        let algorithm: SignatureAlgorithm
        let payload: [UInt8]
        let signature: [UInt8]
        let signed: [UInt8]

        init(_ compact: String, _ allowed: Set<SignatureAlgorithm>) throws(JWSError) {
            guard compact.utf8.count <= maximumCount else { throw .tooLarge }
            let parts = compact.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let head = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
                let signature = Base64URL.decode(parts[2]), let header = try? JSON.parse(head),
                let name = header["alg"]?.string
            else { throw .malformed }
            guard let algorithm = SignatureAlgorithm(rawValue: name), allowed.contains(algorithm) else {
                throw .algorithmNotAllowed
            }
            // We understand no extension, so any list of them ends it; `b64` (RFC 7797) is one.
            guard header["crit"] == nil, header["b64"] == nil else { throw .critical }
            (self.header, self.algorithm, self.payload, self.signature) = (header, algorithm, payload, signature)
            signed = Array((parts[0] + "." + parts[1]).utf8)
        }
    }

    private static func plain(_ type: String) -> String {
        let lower = type.lowercased()
        return lower.hasPrefix("application/") ? String(lower.dropFirst(12)) : lower
    }

    /// Signs a payload: `{"alg":…,"kid":…,"typ":…}` and the rest, in compact form.
    ///
    /// - Parameter showsKey: the public key itself stands in the header (`jwk`) in place of its name, as a DPoP proof
    ///   wants it (RFC 9449 4.2).
    public static func sign(
        _ payload: [UInt8], with key: SigningKey, type: String? = "JWT", showsKey: Bool = false
    ) throws(CryptoError) -> String {
        var header = JSONObject([("alg", .string(key.algorithm.rawValue))])
        if showsKey { header["jwk"] = key.bareJWK } else if let kid = key.kid { header["kid"] = .string(kid) }
        if let type { header["typ"] = .string(type) }
        let signed = Base64URL.encode(JSON.object(header).bytes) + "." + Base64URL.encode(payload)
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }
}
