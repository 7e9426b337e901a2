import Wire

/// Whose documents lie on a shelf: the authorization server of a provider, or one whose tokens our own API takes.
struct Publisher: Sendable {
    /// What it is called on the shelf; no two are called the same.
    let name: String
    let issuer: String
    /// Where its discovery document is; nil: nowhere.
    let location: URI?
    /// Certificates to trust beside the system's, PEM.
    let authorities: [UInt8]?

    init(_ provider: Provider) {
        let authorization = provider.manifest.authorization
        self.init(
            name: provider.manifest.name, issuer: authorization.issuer, authorization.discovery,
            quirks: authorization.quirks, authorities: provider.authorities)
    }

    init(name: String, issuer: String, _ discovery: Discovery, quirks: Set<Quirk> = [], authorities: [UInt8]?) {
        self.name = name
        self.issuer = issuer
        location = ServerMetadata.location(issuer: issuer, discovery, quirks: quirks)
        self.authorities = authorities
    }
}
