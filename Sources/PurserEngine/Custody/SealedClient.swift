import Crypto

// What of a client registration is sealed: its secret, and how it is managed, under one key of its row's own.

extension RegisteredClient {
    /// Nil while only its keys were made.
    var registeredID: String? { clientID.isEmpty ? nil : clientID }

    /// Stands where a link's id stands for its tokens.
    var keyOwner: LinkID { Self.keyOwner(of: provider) }

    public static func keyOwner(of provider: String) -> LinkID { LinkID(rawValue: "client:" + provider) }

    /// The same row with its key wrapped anew.
    public func under(_ key: WrappedDataKey) -> RegisteredClient { with(sealedSecret, dynamic?.sealedAccess, key) }

    /// The same row with these two in it, sealed under a new key.
    func sealing(
        _ secret: Secret?, _ access: ConfigurationAccess?, _ keyring: Keyring, issuer: String
    ) throws(CryptoError) -> RegisteredClient {
        guard secret != nil || access != nil else { return with(nil, nil, nil) }
        let (key, wrapped) = try keyring.newDataKey(.nobody, keyOwner)
        var sealed: (secret: [UInt8]?, access: [UInt8]?)
        if let secret { sealed.secret = try key.seal(secret, at: place(issuer: issuer)) }
        if let access { sealed.access = try key.seal(access.kept, at: accessPlace(issuer: issuer)) }
        return with(sealed.secret, sealed.access, wrapped)
    }

    private func with(_ secret: [UInt8]?, _ access: [UInt8]?, _ key: WrappedDataKey?) -> RegisteredClient {
        RegisteredClient(
            provider: provider, clientID: clientID, redirectURI: redirectURI, scopes: scopes, sealedSecret: secret,
            dataKey: key, createdAt: createdAt, changedAt: changedAt,
            dynamic: dynamic.map {
                DynamicRegistration(
                    authentication: $0.authentication, registeredAt: $0.registeredAt, sealedAccess: access,
                    secretSince: $0.secretSince, secretEndsAt: $0.secretEndsAt, turn: $0.turn)
            })
    }

    /// What it proves itself with. Nil: nothing is kept, or it does not open.
    func secret(_ keyring: Keyring, issuer: String) -> Secret? {
        opened(sealedSecret, keyring, place(issuer: issuer))
    }

    /// How it is managed. Nil: it is not, or that does not open.
    func access(_ keyring: Keyring, issuer: String) -> ConfigurationAccess? {
        opened(dynamic?.sealedAccess, keyring, accessPlace(issuer: issuer)).flatMap { ConfigurationAccess($0) }
    }

    private func opened(_ sealed: [UInt8]?, _ keyring: Keyring, _ place: SealedPlace) -> Secret? {
        guard let sealed, let dataKey, let key = keyring.open(dataKey, .nobody, keyOwner) else { return nil }
        return key.open(sealed, at: place)
    }

    /// Where the secret is sealed for: another provider's row, issuer or client id does not open it.
    func place(issuer: String) -> SealedPlace { place("client_registration", "secret", issuer) }

    private func accessPlace(issuer: String) -> SealedPlace { place("dynamic_registration", "access", issuer) }

    private func place(_ table: String, _ column: String, _ issuer: String) -> SealedPlace {
        SealedPlace(
            wallet: .nobody, link: keyOwner, table: table, column: column, issuer: issuer, clientID: clientID,
            version: 0)
    }
}
