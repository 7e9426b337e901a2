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
        try checkIsNotDynamic(stored)
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
        if authorization.usesCertificate,
            let unfit = ClientCheck.unfit(TLSTerms(authorities: nil, identity: secret), now: wallet.world.clock.now)
        {
            throw .unfit("\(unfit): ask \(name) for another one, and give it with its key with --key-file")
        }
        return try await put(provider, setting, secret, nil, nil)
    }

    /// Writes who we are, sealed, in the place of whatever client counted before, and says what that did to links.
    func put(
        _ provider: Provider, _ setting: ClientSetting, _ secret: Secret?, _ dynamic: DynamicRegistration?,
        _ access: ConfigurationAccess?
    ) async throws(ClientProblem) -> ClientChange {
        let name = provider.manifest.name
        let (old, stored) = try await current(provider)
        let now = wallet.world.clock.now
        let bare = RegisteredClient(
            provider: name, clientID: setting.clientID, redirectURI: setting.redirectURI, scopes: setting.scopes,
            sealedSecret: nil, dataKey: nil, createdAt: stored?.createdAt ?? now, changedAt: now, dynamic: dynamic)
        func sealed() throws(ClientProblem) -> RegisteredClient {
            try self.sealed(bare, secret, access, provider)
        }
        let row = try sealed()
        guard let new = ClientRegistration(row, provider, wallet.keyring) else {
            throw .failed("the cryptography failed")
        }
        let isChange = old.map { new.differs(from: $0) } ?? true
        let remark = await leaveStream(provider, old, to: new)
        var change: ClientChange
        do { change = try await write(name, row, isChange: isChange, now) } catch .store(.epochGone) {
            change = try await write(name, try sealed(), isChange: isChange, now)
        }
        if let remark { change.remarks.append(remark) }
        return change
    }

    /// The stream of a provider's signals ends with the client that made it; nil: it did, or goes on.
    private func leaveStream(
        _ provider: Provider, _ old: ClientRegistration?, to new: ClientRegistration?
    ) async -> String? {
        guard let old, new.map({ !Exactly.same($0.id, old.id) }) ?? true else { return nil }
        return await Signals(wallet: wallet).leave(provider, old)
    }

    /// A registration that the provider knows by our own word is not overwritten: it would stay there, and nobody here
    /// could take it back.
    private func checkIsNotDynamic(_ stored: RegisteredClient?) throws(ClientProblem) {
        guard let stored, stored.dynamic != nil else { return }
        throw .unfit(
            "\(stored.provider): client \(stored.clientID) registered itself; take that back first: "
                + "purser client remove \(stored.provider)")
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
        try checkIsNotDynamic(stored)
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
        let bare = RegisteredClient(
            provider: name, clientID: setting.clientID, redirectURI: setting.redirectURI, scopes: setting.scopes,
            sealedSecret: nil, dataKey: nil, createdAt: stored?.createdAt ?? now, changedAt: now)
        // The same client with another key is no other client.
        _ = try await write(name, try sealed(bare, secret, nil, provider), isChange: false, now)
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

    /// Goes back to the folder's preset. A client that registered itself is taken back at its provider first; whatever
    /// comes of that, it is erased here, and what stays there is said.
    func remove(_ name: String) async throws(ClientProblem) -> ClientChange? {
        let now = wallet.world.clock.now
        guard let provider = wallet.catalogue[name] else {
            // The folder is gone: what was registered for it can go too, and no link could be pulled anyway.
            guard let stored = try await stored(name) else { return nil }
            var change = try await write(name, nil, isChange: true, now)
            if stored.dynamic != nil { change.remarks = [Self.left(stored, "the provider's folder is gone")] }
            return change
        }
        let (old, stored) = try await current(provider)
        guard let stored else { return nil }
        let preset = ClientRegistration(provider)
        let stays = await leaveStream(provider, old, to: preset)
        let remarks = await takeBack(stored, provider) + (stays.map { [$0] } ?? [])
        let isChange = old.map { old in preset.map { $0.differs(from: old) } ?? true } ?? true
        var change = try await write(name, nil, isChange: isChange, now)
        change.remarks = remarks
        return change
    }

    private func takeBack(_ stored: RegisteredClient, _ provider: Provider) async -> [String] {
        guard stored.dynamic != nil else { return [] }
        guard let access = stored.access(wallet.keyring, issuer: provider.manifest.authorization.issuer) else {
            return [Self.left(stored, "nothing here can manage it")]
        }
        guard let why = await wallet.delete(access, provider) else {
            return ["client \(stored.clientID) was taken back at \(stored.provider)"]
        }
        return [Self.left(stored, why)]
    }

    private static func left(_ stored: RegisteredClient, _ why: String) -> String {
        "client \(stored.clientID) was erased here and not taken back at \(stored.provider): \(why); "
            + "if the provider has a portal, it can be removed there"
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
                    authentication: client?.authentication ?? provider.manifest.authorization.clientAuthentication,
                    hasSecret: client?.secret != nil,
                    certificateEndsAt: client?.tls?.identityEndsAt, redirectURI: redirect,
                    isOwnRedirect: redirect == own,
                    scopes: client?.scopes ?? provider.manifest.authorization.scopes, changedAt: stored?.changedAt,
                    registration: stored?.dynamic.map { RegistrationFacts($0) }))
        }
        return out
    }

    func known(_ name: String) throws(ClientProblem) -> Provider {
        if let provider = wallet.catalogue[name] { return provider }
        if let problems = wallet.catalogue.problems[name] {
            throw .unfit(
                "the provider's folder does not load: \(problems.map(\.description).joined(separator: "; "))")
        }
        throw .unknownProvider(wallet.catalogue.providers.keys.sorted())
    }

    func stored(_ name: String) async throws(ClientProblem) -> RegisteredClient? {
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
        _ bare: RegisteredClient, _ secret: Secret?, _ access: ConfigurationAccess?, _ provider: Provider
    ) throws(ClientProblem) -> RegisteredClient {
        do {
            return try bare.sealing(secret, access, wallet.keyring, issuer: provider.manifest.authorization.issuer)
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
                try Signals(wallet: wallet).clientChanged(name, verbs, now: now)
                return change
            }
            wallet.world.log.write(
                .info, row == nil ? "client removed" : "client set",
                [("provider", name), ("suspended", "\(change.suspended)"), ("calledOff", "\(change.calledOff)")])
            return change
        } catch { throw .store(error) }
    }
}
