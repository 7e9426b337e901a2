import Crypto
import Wire

/// Sets, removes and shows client registrations. A registration belongs to whoever runs the daemon; its secret is
/// sealed under a key of its own. A change that makes us another client suspends the links that live by the old one.
struct RegisterClient {
    let wallet: Wallet

    func set(_ name: String, _ setting: ClientSetting) async throws(ClientProblem) -> ClientChange {
        let provider = try known(name)
        if let problem = ClientCheck.problem(setting, provider) { throw .unfit(problem) }
        let (old, stored) = try await current(provider)
        if let uri = setting.redirectURI, let other = try await otherOwner(of: uri, than: name) {
            throw .unfit(
                "the redirect URI is registered for \(other) already; each provider needs one of its own (RFC 9700 2.1)"
            )
        }
        let authorization = provider.manifest.authorization
        var secret = setting.secret ?? setting.key
        if secret == nil, let old, Exactly.same(old.id, setting.clientID) { secret = old.secret }
        // A key is made first and registered then: it is the same one under whatever id the portal gives out.
        if secret == nil, authorization.clientAuthentication.needsKeys || authorization.usesCertificate {
            secret = stored?.secret(wallet.keyring, issuer: authorization.issuer)
        }
        if secret == nil, let lack = ClientCheck.lack(of: authorization, name) { throw .unfit(lack) }
        let now = wallet.world.clock.now
        let row = try sealed(name, setting, secret, provider, createdAt: stored?.createdAt ?? now, now: now)
        guard let new = ClientRegistration(row, provider, wallet.keyring) else {
            throw .failed("the cryptography failed")
        }
        let isChange = old.map { new.differs(from: $0) } ?? true
        do { return try await write(name, row, isChange: isChange, now) } catch .store(.epochGone) {
            let again = try sealed(name, setting, secret, provider, createdAt: row.createdAt, now: now)
            return try await write(name, again, isChange: isChange, now)
        }
    }

    /// Makes a key that the client proves itself with, and shows the public set to register. A key that is in use stays
    /// in front until `activate` puts the newest there: the provider must know it first.
    func keygen(
        _ name: String, _ algorithm: SignatureAlgorithm, activate: Bool
    ) async throws(ClientProblem) -> ClientKeysFacts {
        let provider = try known(name)
        let authorization = provider.manifest.authorization
        guard authorization.clientAuthentication == .privateKeyJWT else {
            throw .unfit(
                "\(name) takes no signed proof of who we are (\(authorization.clientAuthentication.rawValue))")
        }
        guard authorization.profile == nil || Profile.algorithms.contains(algorithm) else {
            throw .unfit("\(name) keeps to fapi2, which takes PS256, ES256 and EdDSA (FAPI 2.0 5.4)")
        }
        let (old, stored) = try await current(provider)
        let held = stored?.secret(wallet.keyring, issuer: authorization.issuer) ?? old?.secret
        let kept = held.flatMap { ClientKeys($0) }?.keys ?? []
        let keys = try Self.next(kept, algorithm, activate: activate)
        let setting = ClientSetting(
            clientID: stored?.clientID ?? old?.id ?? "", secret: nil,
            redirectURI: stored?.redirectURI ?? old?.redirectURI, scopes: stored?.scopes)
        let now = wallet.world.clock.now
        let secret: Secret
        do { secret = try keys.secret() } catch { throw .failed(error.what) }
        do { try await keep(name, setting, secret, provider, stored, now) } catch .store(.epochGone) {
            try await keep(name, setting, secret, provider, stored, now)
        }
        return ClientKeysFacts(
            provider: name, clientID: stored?.registeredID ?? old?.id, published: keys.published,
            inUse: keys.keys[0].kid ?? "", next: keys.keys.count > 1 ? keys.keys[1].kid : nil)
    }

    private func keep(
        _ name: String, _ setting: ClientSetting, _ secret: Secret, _ provider: Provider, _ stored: RegisteredClient?,
        _ now: Instant
    ) async throws(ClientProblem) {
        let row = try sealed(name, setting, secret, provider, createdAt: stored?.createdAt ?? now, now: now)
        // The same client with another key is no other client.
        _ = try await write(name, row, isChange: false, now)
    }

    /// The first key is made and used; a second one waits behind it; activated, the newest stays alone.
    private static func next(
        _ kept: [SigningKey], _ algorithm: SignatureAlgorithm, activate: Bool
    ) throws(ClientProblem) -> ClientKeys {
        if activate {
            guard let newest = kept.last, kept.count > 1 else {
                throw .unfit("there is no newer key to put in front; make one first, without --activate")
            }
            return ClientKeys(keys: [newest])
        }
        let made: SigningKey
        do { made = try SigningKey.generate(algorithm) } catch { throw .failed(error.what) }
        return ClientKeys(keys: kept.prefix(1) + [made])
    }

    func remove(_ name: String) async throws(ClientProblem) -> ClientChange? {
        let now = wallet.world.clock.now
        guard let provider = wallet.catalogue[name] else {
            // The folder is gone: what was registered for it can go too, and no link could be pulled anyway.
            let stored = try await stored(name)
            return stored == nil ? nil : try await write(name, nil, isChange: true, now)
        }
        let (old, stored) = try await current(provider)
        guard stored != nil else { return nil }
        let preset = ClientRegistration(provider)
        let isChange = old.map { old in preset.map { $0.differs(from: old) } ?? true } ?? true
        return try await write(name, nil, isChange: isChange, now)
    }

    /// Every provider's client, by name.
    func shown() async throws(StoreError) -> [ClientFacts] {
        var out: [ClientFacts] = []
        for (name, provider) in wallet.catalogue.providers.sorted(by: { $0.key < $1.key }) {
            let stored = try await wallet.world.store.read { reads throws(StoreError) in try reads.client(name) }
            let client = wallet.client(of: provider, stored)
            let own = wallet.ownCallback(of: name)
            let redirect = provider.manifest.isFeed ? nil : client?.redirectURI ?? own
            out.append(
                ClientFacts(
                    provider: name, clientID: stored?.registeredID ?? client?.id,
                    isPreset: stored?.registeredID == nil,
                    authentication: provider.manifest.authorization.clientAuthentication,
                    hasSecret: client?.secret != nil, redirectURI: redirect, isOwnRedirect: redirect == own,
                    scopes: client?.scopes ?? provider.manifest.authorization.scopes, changedAt: stored?.changedAt))
        }
        return out
    }

    private func known(_ name: String) throws(ClientProblem) -> Provider {
        if let provider = wallet.catalogue[name] { return provider }
        if let problems = wallet.catalogue.problems[name] {
            throw .unfit(
                "the provider's folder does not load: \(problems.map(\.description).joined(separator: "; "))")
        }
        throw .unknownProvider(wallet.catalogue.providers.keys.sorted())
    }

    private func stored(_ name: String) async throws(ClientProblem) -> RegisteredClient? {
        do {
            return try await wallet.world.store.read { reads throws(StoreError) in try reads.client(name) }
        } catch { throw .store(error) }
    }

    private func current(
        _ provider: Provider
    ) async throws(ClientProblem) -> (ClientRegistration?, RegisteredClient?) {
        let stored = try await stored(provider.manifest.name)
        return (wallet.client(of: provider, stored), stored)
    }

    /// Two providers behind one redirect URI could be mixed up.
    private func otherOwner(of uri: String, than name: String) async throws(ClientProblem) -> String? {
        for other in wallet.catalogue.providers.keys.sorted() where other != name {
            guard let provider = wallet.catalogue[other], !provider.manifest.isFeed else { continue }
            let client = try await current(provider).0
            if (client?.redirectURI ?? wallet.ownCallback(of: other)) == uri { return other }
        }
        return nil
    }

    private func sealed(
        _ name: String, _ setting: ClientSetting, _ secret: Secret?, _ provider: Provider, createdAt: Instant,
        now: Instant
    ) throws(ClientProblem) -> RegisteredClient {
        func row(_ sealed: [UInt8]?, _ key: WrappedDataKey?) -> RegisteredClient {
            RegisteredClient(
                provider: name, clientID: setting.clientID, redirectURI: setting.redirectURI, scopes: setting.scopes,
                sealedSecret: sealed, dataKey: key, createdAt: createdAt, changedAt: now)
        }
        guard let secret else { return row(nil, nil) }
        do {
            let bare = row(nil, nil)
            let (key, wrapped) = try wallet.keyring.newDataKey(.nobody, bare.keyOwner)
            let place = bare.place(issuer: provider.manifest.authorization.issuer)
            return row(try key.seal(secret, at: place), wrapped)
        } catch { throw .failed("the cryptography failed; nothing was saved") }
    }

    private func write(
        _ name: String, _ row: RegisteredClient?, isChange: Bool, _ now: Instant
    ) async throws(ClientProblem) -> ClientChange {
        let question =
            "another client is registered at \(name) now, and this link's grant was given to the one before; "
            + "no token is sent"
        do {
            let change = try await wallet.world.store.write { verbs throws(StoreError) in
                let change = try verbs.setClient(
                    name, row, question: isChange ? question : nil, now: now,
                    forget: now.adding(seconds: Limits.failedLinkSeconds))
                try Feeds(wallet: wallet).clientChanged(name, verbs, now: now)
                return change
            }
            wallet.world.log.write(
                .info, row == nil ? "client removed" : "client set",
                [("provider", name), ("suspended", "\(change.suspended)"), ("calledOff", "\(change.calledOff)")])
            return change
        } catch { throw .store(error) }
    }
}
