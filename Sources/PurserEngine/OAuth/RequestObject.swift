import Crypto
import Wire

/// An authorization request as one text that the client signs (RFC 9101 4): nobody between it and the server can change or
/// make one. Signed when it is sent, and anew each time, never with `none`.
struct RequestObject: Sendable {
    private let key: SigningKey
    private let client: String
    /// The issuer, and nothing beside it.
    private let audience: String
    private let parameters: [(String, String)]

    /// The claims that say who signs for whom and until when; no parameter of a request goes by their names. `sub` is left
    /// out: with it the text would pass for a client assertion (RFC 9101 10.8).
    static let reserved = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "request", "request_uri"]

    /// Nil: the client has no key.
    init?(_ parameters: [(String, String)], of client: ClientRegistration, for issuer: String) {
        guard let key = client.signingKey else { return nil }
        self.key = key
        self.client = client.id
        audience = issuer
        self.parameters = parameters
    }

    func signed(now: Instant, _ randomness: any Randomness) throws(CryptoError) -> String {
        var claims = JSONObject()
        for name in Set(parameters.map(\.0)).subtracting(Self.reserved).sorted() {
            let values = parameters.filter { $0.0 == name }.map { Self.value(name, $0.1) }
            claims[name] = values.count == 1 ? values[0] : .array(values)
        }
        claims["iss"] = .string(client)
        claims["aud"] = .string(audience)
        claims["jti"] = .string(Base64URL.encode(randomness.bytes(16)))
        claims["iat"] = .int(now.seconds)
        // A server whose clock is a little behind takes it all the same.
        claims["nbf"] = .int(now.seconds - Limits.clockSkewSeconds)
        claims["exp"] = .int(now.seconds + Limits.pendingLinkSeconds)
        return try JWS.sign(JSON.object(claims).bytes, with: key, type: "oauth-authz-req+jwt")
    }

    /// Numbers are numbers, and what is JSON stands there as such (RFC 9101 4, RFC 9396 4).
    private static func value(_ name: String, _ text: String) -> JSON {
        switch name {
        case "max_age": Int64(text).map { .int($0) } ?? .string(text)
        case "claims", "authorization_details": (try? JSON.parse(text)) ?? .string(text)
        default: .string(text)
        }
    }

    /// What an address carries: the client and the signed text, and what OpenID Connect wants to see outside as well
    /// (OpenID Connect Core 6.1).
    func address(now: Instant, _ randomness: any Randomness) throws(CryptoError) -> [(String, String)] {
        let scope = parameters.first { $0.0 == "scope" }?.1 ?? ""
        let isOpenID = scope.split(separator: " ").contains("openid")
        return [("client_id", client), ("request", try signed(now: now, randomness))]
            + (isOpenID ? parameters.filter { ["response_type", "scope"].contains($0.0) } : [])
    }
}
