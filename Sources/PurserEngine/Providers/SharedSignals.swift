import Wire

/// Where a provider tells what happens to its people's accounts (OpenID Shared Signals Framework 1.0), as a manifest says
/// it. Signals are polled for: nobody can push to a daemon on loopback.
public struct SharedSignals: Sendable, Hashable {
    /// The transmitter's issuer; the provider's own where nothing else is said.
    public let transmitter: String
    /// What an access token is asked for with, that manages the stream; none: no scope is sent.
    public let scopes: [String]
    /// What is asked to be told.
    public let events: [SignalKind]

    /// - Parameters:
    ///   - issuer: the provider's.
    ///   - scopes: what people are asked for.
    static func read(
        _ node: Node, issuer: URI?, _ grant: GrantType?, _ authentication: ClientAuthentication?, scopes: [String]
    ) -> SharedSignals? {
        guard node["sharedSignals"] != nil,
            let inner = node.object("sharedSignals", ["transmitter", "scopes", "events"])
        else { return nil }
        if grant == .clientCredentials {
            node.refuse("sharedSignals", "has no meaning with client_credentials: nobody's account is behind it")
        } else if !scopes.contains("openid") {
            node.refuse(
                "sharedSignals", "signals name people as an ID token does, and none is asked for",
                "add openid to scopes")
        }
        if authentication == ClientAuthentication.none {
            node.refuse(
                "sharedSignals", "a stream belongs to a client that proves who it is (RFC 6749 4.4)",
                "client_secret_basic, client_secret_post, private_key_jwt or one of the tls ways")
        }
        let transmitter = inner.uri("transmitter")
        if transmitter?.query != nil {
            inner.refuse("transmitter", "an issuer has no query (Shared Signals Framework 1.0 7)")
        }
        guard let transmitter = transmitter ?? issuer else { return nil }
        return SharedSignals(
            transmitter: transmitter.text, scopes: inner.texts("scopes") ?? [], events: readEvents(inner))
    }

    private static func readEvents(_ node: Node) -> [SignalKind] {
        guard let named = node.texts("events") else { return SignalKind.allCases }
        if named.isEmpty { node.refuse("events", "at least one, or leave it out for all") }
        return named.compactMap { name in
            if let kind = SignalKind(rawValue: name) { return kind }
            node.refuse(
                "events", "unknown event type \(name)",
                "one of: \(SignalKind.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
    }
}
