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
        var secret = setting.secret
        if secret == nil, let old, Exactly.same(old.id, setting.clientID) { secret = old.secret }
        let needsSecret = provider.manifest.authorization.clientAuthentication.needsSecret
        guard !needsSecret || secret != nil else {
            throw .unfit(
                "\(name) wants a client secret (\(provider.manifest.authorization.clientAuthentication.rawValue)): "
                    + "give it with --client-secret-file")
        }
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
            let redirect = client?.redirectURI ?? own
            out.append(
                ClientFacts(
                    provider: name, clientID: stored?.clientID ?? client?.id, isPreset: stored == nil,
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
            guard let provider = wallet.catalogue[other] else { continue }
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
                try verbs.setClient(
                    name, row, question: isChange ? question : nil, now: now,
                    forget: now.adding(seconds: Limits.failedLinkSeconds))
            }
            wallet.world.log.write(
                .info, row == nil ? "client removed" : "client set",
                [("provider", name), ("suspended", "\(change.suspended)"), ("calledOff", "\(change.calledOff)")])
            return change
        } catch { throw .store(error) }
    }
}
