public import Wire

/// The public keys that a client proves itself with (`POST /v1/clients/{provider}/keys`).
public struct ClientKeysShown: Sendable, Hashable {
    /// What a key is made for. RSA keys take long to make: whoever needs one brings it (`clientKey`).
    public static let algorithms = ["ES256", "EdDSA"]

    public let provider: String
    /// Nil: no client is registered with them yet.
    public let clientID: String?
    /// The public JWK set (RFC 7517 5).
    public let jwks: JSON
    /// The `kid` of the key that signs.
    public let inUse: String
    /// The `kid` of the one behind it, which signs once it is activated.
    public let next: String?

    public init(provider: String, clientID: String?, jwks: JSON, inUse: String, next: String?) {
        self.provider = provider
        self.clientID = clientID
        self.jwks = jwks
        self.inUse = inUse
        self.next = next
    }

    public var json: JSON {
        var object = JSONObject([("provider", .string(provider))])
        if let clientID { object["clientId"] = .string(clientID) }
        object["inUse"] = .string(inUse)
        if let next { object["next"] = .string(next) }
        object["jwks"] = jwks
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let inUse = json["inUse"]?.string, let jwks = json["jwks"] else {
            return nil
        }
        self.init(
            provider: provider, clientID: json["clientId"]?.string, jwks: jwks, inUse: inUse,
            next: json["next"]?.string)
    }

    public static let schema = Schema.object(
        .must("provider", .text), .may("clientId", .text), .must("inUse", .text), .may("next", .text),
        .must("jwks", .object(.must("keys", .list(of: .map(of: .text))))))

    /// What the request takes.
    public static let requestSchema = Schema.object(
        .may("algorithm", .word(algorithms).saying("Left out: ES256.")),
        .may("activate", .flag.saying("True: the newest key signs from now on, and the one before it goes.")))
}
