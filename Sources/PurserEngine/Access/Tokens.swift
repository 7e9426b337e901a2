import Wire

/// The door for API tokens, beside `Wallet`. It opens no key, so that a token can be taken back while the daemon is
/// sealed.
public struct Tokens: Sendable {
    private let world: World
    private let catalogue: Catalogue

    public init(_ world: World, _ catalogue: Catalogue) {
        self.world = world
        self.catalogue = catalogue
    }

    /// Makes a token. Its text is in the answer and nowhere else.
    ///
    /// - Parameter maker: the token it is made with; nil: on the daemon's socket.
    public func make(
        _ asked: NewToken, in wallet: WalletID, with maker: APIToken?
    ) async throws(TokenProblem) -> (token: APIToken, text: String) {
        let now = world.clock.now
        if let name = asked.name {
            guard !name.isEmpty, name.count <= Limits.tokenNameCount, Harmless.text(name) == name else {
                throw .unfitName
            }
        }
        let (providers, expiresAt) =
            switch TokenGrant.decide(asked, maker: maker, now: now, known: named) {
            case .granted(let providers, let end): (providers, end)
            case .refused(let problem): throw problem
            }
        let text = APIToken.text(drawnFrom: world.randomness)
        let token = APIToken(
            wallet: wallet, id: TokenID.drawn(from: world.randomness), hash: APIToken.hash(of: text), name: asked.name,
            scopes: asked.scopes, providers: providers, createdAt: now, expiresAt: expiresAt, madeBy: maker?.id)
        let isSaved: Bool
        do {
            isSaved = try await world.store.write { verbs throws(StoreError) in
                try verbs.ensureWallet(wallet, now: now)
                return try verbs.saveToken(
                    token, limit: Limits.tokens,
                    forgettingBefore: now.adding(seconds: -Limits.expiredTokenSeconds))
            }
        } catch { throw .store(error) }
        guard isSaved else { throw .tooMany }
        world.log.write(
            .info, "token made",
            [
                ("token", token.id.rawValue),
                ("scopes", token.scopes.map(\.rawValue).sorted().joined(separator: " ")),
                ("with", maker?.id.rawValue ?? "socket"),
            ])
        return (token, text)
    }

    /// The token with this text, if it is good now. Crosses wallets: nothing but the text says whose it is.
    public func token(_ text: String) async throws(StoreError) -> APIToken? {
        guard APIToken.looksRight(text) else { return nil }
        let (hash, now) = (APIToken.hash(of: text), world.clock.now)
        let found = try await world.store.read { reads throws(StoreError) in try reads.tokenByHash(hash) }
        return found.flatMap { $0.isExpired(at: now) ? nil : $0 }
    }

    /// A wallet's tokens, oldest first, expired ones too.
    public func all(_ wallet: WalletID) async throws(StoreError) -> [APIToken] {
        try await world.store.read { reads throws(StoreError) in try reads.tokens(wallet) }
    }

    /// Takes a token back: from the moment this returns it is refused. False: no such token.
    public func revoke(_ wallet: WalletID, _ id: TokenID) async throws(StoreError) -> Bool {
        let wasThere = try await world.store.write { verbs throws(StoreError) in try verbs.revokeToken(wallet, id) }
        if wasThere { world.log.write(.info, "token revoked", [("token", id.rawValue)]) }
        return wasThere
    }

    /// Notes in the background that a token was used, at most once a minute, so that reads do not become writes.
    public func touch(_ token: APIToken) {
        let (now, store) = (world.clock.now, world.store)
        guard token.wantsTouch(at: now) else { return }
        world.spawner.spawn("touch token") {
            _ = try? await store.write { verbs throws(StoreError) in
                try verbs.touchToken(token.wallet, token.id, now: now)
            }
        }
    }

    /// The providers that a folder's name or a programme's key means.
    private func named(_ text: String) -> [String] {
        if catalogue[text] != nil || catalogue.problems[text] != nil { return [text] }
        return catalogue.providers.filter { $0.value.manifest.programme.key == text }.keys.sorted()
    }
}
