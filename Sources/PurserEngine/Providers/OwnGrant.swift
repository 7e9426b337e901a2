import Wire

// A client's own grant (RFC 6749 4.4): nobody consents, nobody is linked, and nothing is refreshed.

extension Manifest.Authorization {
    /// What a manifest must not say of such a grant, since it would say it of a person or of a refresh token.
    static func refusePersonal(_ node: Node) {
        for (name, why) in [
            ("rotation", "there is no refresh token (RFC 6749 4.4.3)"), ("identity", "nobody is linked"),
            ("idTokenAlgorithm", "nobody signs in"), ("userinfoAlgorithm", "nobody signs in"),
        ] where node[name] != nil {
            node.refuse(name, "has no meaning with client_credentials: \(why)")
        }
        if node["clientAuthentication"]?.string == ClientAuthentication.none.rawValue {
            node.refuse(
                "clientAuthentication", "a client's own grant is for one that proves who it is (RFC 6749 4.4)",
                "client_secret_basic, client_secret_post, private_key_jwt or one of the tls ways")
        }
        if node["client"]?["redirectUri"] != nil {
            node.reader.refuse(
                node.at("client") + "/redirectUri", "has no meaning with client_credentials: nobody is sent back here")
        }
    }
}

extension Manifest {
    /// Whether what it is asked for is no person's: a feed, which belongs to whoever runs the daemon.
    public var isFeed: Bool { authorization.grant == .clientCredentials }

    /// What holds between a client's own grant and the rest of a manifest.
    func checkFeed(_ reader: Reader) {
        guard isFeed == (programme.kind == .valuation) else {
            return reader.refuse(
                "/programme/kind",
                isFeed
                    ? "a client's own grant (client_credentials) shows no person's account"
                    : "what points are worth is asked for in our own name",
                isFeed ? "valuation" : "with the grant client_credentials")
        }
        guard isFeed else { return }
        for (name, request) in api.requests.sorted(by: { $0.key < $1.key }) {
            let place = Reader.child("/api/requests", name)
            if request.isForMembership { reader.refuse(place + "/for", "there are no memberships") }
            if request.sinceSeconds != nil { reader.refuse(place + "/since", "a feed is asked for whole each time") }
            if request.isConditional { reader.refuse(place + "/conditional", "a feed is asked for whole each time") }
        }
    }
}
