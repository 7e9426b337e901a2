internal import Crypto
internal import Wire

/// A compact JWS (RFC 7515 7.1) as it is being written. By hand and not by `JWS.sign`: a pretended provider must be able to
/// write what no good signer would.
struct SignedText: Sendable {
    var header: JSONObject
    var claims: JSONObject

    init(_ claims: JSONObject, algorithm: SignatureAlgorithm, kid: String?, type: String = "JWT") {
        self.claims = claims
        header = JSONObject([("alg", .string(algorithm.rawValue))])
        if let kid { header["kid"] = .string(kid) }
        header["typ"] = .string(type)
    }

    /// What the signature is over.
    private var text: String {
        Base64URL.encode(JSON.object(header).bytes) + "." + Base64URL.encode(JSON.object(claims).bytes)
    }

    func signed(by key: SigningKey, isBroken: Bool = false) -> String {
        let text = text
        do {
            var signature = try key.sign(Array(text.utf8))
            if isBroken { signature[signature.count / 2] ^= 1 }
            return text + "." + Base64URL.encode(signature)
        } catch {
            preconditionFailure("a key that was read does not sign: \(error.what)")
        }
    }

    /// With an empty signature: what `alg` none means.
    func unsigned() -> String { text + "." }

    /// With an HMAC whose key everybody knows.
    func authenticated(by key: [UInt8]) -> String {
        let text = text
        return text + "." + Base64URL.encode(HMAC.sha256(key: Secret(copying: key), Array(text.utf8)))
    }
}
