public import Wire

/// A link that waits for its person.
public struct StartedLink: Sendable {
    public let link: LinkID
    /// The provider's own page, with the whole authorization request in its query.
    public let authorizationURI: URI
    public let expiresAt: Instant
}

/// Why a link could not be begun. Nothing was saved.
public enum StartLinkProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such provider; the names there are.
    case unknownProvider([String])
    /// Its folder does not load; the problems, one a line.
    case providerBroken([String])
    /// No client is registered at this provider.
    case noClient
    /// The provider uses a grant that has no consent page, or one this build does not speak.
    case grantNotSupported(String)
    case providerUnavailable(String)
    case store(StoreError)
    case failed(String)

    public var description: String {
        switch self {
        case .unknownProvider(let names):
            "no provider has that name; there are: \(names.joined(separator: ", "))"
        case .providerBroken(let problems): "the provider's folder does not load: \(problems.joined(separator: "; "))"
        case .noClient: "no client is registered at this provider"
        case .grantNotSupported(let grant): "links by \(grant) are not supported"
        case .providerUnavailable(let why): why
        case .store(let error): error.description
        case .failed(let why): why
        }
    }
}

/// The first half of the link trip: from a provider's name to its authorization request, with everything the response
/// will need saved before the person is sent away.
struct StartLink {
    let wallet: Wallet

    func run(
        _ name: String, in id: WalletID, by starter: Starter
    ) async throws(StartLinkProblem) -> StartedLink {
        let world = wallet.world
        let (provider, client) = try registered(name)
        let authorization = provider.manifest.authorization
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            throw .providerUnavailable(error.words)
        }
        let now = world.clock.now
        let link = Link(
            wallet: id, id: LinkID.drawn(from: world.randomness), provider: name, issuer: authorization.issuer,
            clientID: client.id, createdAt: now, state: .linking, since: now, scopesAsked: authorization.scopes)
        let request = AuthorizationRequest(
            redirectURI: client.redirectURI ?? wallet.callbackBase + "/callback/" + name,
            randomness: world.randomness)
        guard let address = request.uri(metadata, client, authorization) else {
            throw .failed("the authorization request is longer than an address may be; nothing was saved")
        }
        do {
            let (key, wrapped) = try wallet.keyring.newDataKey(id, link.id)
            let place = SealedPlace(
                wallet: id, link: link.id, table: "pending_link", column: "sealed", issuer: link.issuer,
                clientID: link.clientID, version: 0)
            let pending = PendingLink(
                wallet: id, link: link.id, provider: name, stateHash: request.stateHash, starter: starter,
                sealed: try key.seal(request.kept, at: place), createdAt: now,
                expiresAt: now.adding(seconds: Limits.pendingLinkSeconds))
            try await world.store.write { verbs throws(StoreError) in
                try verbs.ensureWallet(id, now: now)
                try verbs.savePending(link, wrapped, pending)
            }
            world.log.write(.info, "link started", [("link", link.id.rawValue), ("provider", name)])
            return StartedLink(
                link: link.id, authorizationURI: address,
                expiresAt: pending.expiresAt)
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .failed("the cryptography failed; nothing was saved")
        }
    }

    private func registered(_ name: String) throws(StartLinkProblem) -> (Provider, ClientRegistration) {
        guard let provider = wallet.catalogue[name] else {
            if let problems = wallet.catalogue.problems[name] { throw .providerBroken(problems.map(\.description)) }
            throw .unknownProvider(wallet.catalogue.providers.keys.sorted())
        }
        let authorization = provider.manifest.authorization
        guard authorization.grant == .authorizationCode else { throw .grantNotSupported(authorization.grant.rawValue) }
        guard let client = ClientRegistration(provider) else { throw .noClient }
        return (provider, client)
    }
}
