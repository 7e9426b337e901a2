public import Wire

/// A link that waits for its person.
public struct StartedLink: Sendable {
    public let link: LinkID
    /// The provider's own page, with the whole authorization request in its query.
    public let authorizationURI: URI
    public let expiresAt: Instant
    /// Where the response will come back to.
    public let redirectURI: String
}

/// Why a link could not be begun. Nothing was saved.
public enum StartLinkProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such provider; the names there are.
    case unknownProvider([String])
    /// Its folder does not load; the problems, one a line.
    case providerBroken([String])
    /// No client is registered at this provider.
    case noClient(String)
    /// There is no such link to renew, or it has ended.
    case noSuchLink
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
        case .noClient(let name):
            "no client is registered at this provider; register one there, then: purser client set \(name) --client-id ID"
        case .noSuchLink: "there is no such link, or it has ended"
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

    /// - Parameter other: the link that the consent is to renew; nil: a new one is meant.
    func run(
        _ name: String, in id: WalletID, by starter: Starter, renewing other: LinkID? = nil
    ) async throws(StartLinkProblem) -> StartedLink {
        let world = wallet.world
        let (provider, client) = try await registered(name)
        let authorization = provider.manifest.authorization
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            throw .providerUnavailable(error.words)
        }
        if let lack = Profile.lack(of: authorization, in: metadata) { throw .providerUnavailable(lack) }
        var proofKey: ProofKey?
        if authorization.senderConstrained == .dpop {
            proofKey = ProofKey(for: metadata.proofAlgorithms, world.randomness)
            guard proofKey != nil else {
                throw .providerUnavailable("the provider takes no proof that we can sign (DPoP with EdDSA or ES256)")
            }
        }
        let link = Link(
            wallet: id, id: LinkID.drawn(from: world.randomness), provider: name, issuer: authorization.issuer,
            clientID: client.id, createdAt: world.clock.now, state: .linking, since: world.clock.now,
            scopesAsked: client.scopes)
        let request = AuthorizationRequest(
            redirectURI: wallet.redirectURI(of: name, client), proofKey: proofKey, randomness: world.randomness)
        let (address, seconds) = try await address(request, link, provider, client, metadata)
        do {
            let pending: PendingLink
            do {
                pending = try await save(link, request, seconds, by: starter, renewing: other)
            } catch StoreError.epochGone {
                pending = try await save(link, request, seconds, by: starter, renewing: other)
            }
            world.log.write(.info, "link started", [("link", link.id.rawValue), ("provider", name)])
            return StartedLink(
                link: link.id, authorizationURI: address, expiresAt: pending.expiresAt,
                redirectURI: request.redirectURI)
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .failed("the cryptography failed; nothing was saved")
        }
    }

    /// Where the person goes, and for how many seconds: with the whole request in the address, or with a reference to
    /// what was pushed before (RFC 9126). A push that fails is not made up for by an address with all in it: whoever
    /// made it fail could read and change that.
    private func address(
        _ request: AuthorizationRequest, _ link: Link, _ provider: Provider, _ client: ClientRegistration,
        _ metadata: ServerMetadata
    ) async throws(StartLinkProblem) -> (URI, Int64) {
        let authorization = provider.manifest.authorization
        let tooLong = StartLinkProblem.failed(
            "the authorization request is longer than an address may be; nothing was saved")
        guard let endpoint = metadata.pushedRequestEndpoint else {
            guard let uri = request.uri(metadata, client, authorization) else { throw tooLong }
            return (uri, Limits.pendingLinkSeconds)
        }
        guard
            let push = PushedRequest.request(
                request.parameters(client, authorization), to: endpoint, metadata, client, request.proofKey)
        else { throw .failed("the client registration cannot authenticate (purser client show)") }
        let passage = Passage.asked(.token, provider.manifest, link.wallet, link.id)
        let response: HTTPResponse
        switch await wallet.traffic.ask(push, passage) {
        case .answered(let answer): response = answer
        case .failed(let error): throw .providerUnavailable(error.words)
        case .notNow(let delay): throw .providerUnavailable(delay.words)
        }
        switch PushedRequest.decide(response) {
        case .taken(let reference, let seconds):
            guard let uri = AuthorizationRequest.uri(metadata, client, pushed: reference) else { throw tooLong }
            return (uri, min(seconds, Limits.pendingLinkSeconds))
        case .refused(let error): throw .providerUnavailable("the provider refuses the request: \(error.words)")
        case .broken(let why): throw .providerUnavailable(why)
        }
    }

    /// Saves the link under a new data key.
    private func save(
        _ link: Link, _ request: AuthorizationRequest, _ seconds: Int64, by starter: Starter, renewing other: LinkID?
    ) async throws -> PendingLink {
        let (id, now) = (link.wallet, link.createdAt)
        let (key, wrapped) = try wallet.keyring.newDataKey(id, link.id)
        let place = SealedPlace(
            wallet: id, link: link.id, table: "pending_link", column: "sealed", issuer: link.issuer,
            clientID: link.clientID, version: 0)
        let pending = PendingLink(
            wallet: id, link: link.id, provider: link.provider, stateHash: request.stateHash, starter: starter,
            sealed: try key.seal(request.kept, at: place), createdAt: now,
            expiresAt: now.adding(seconds: seconds), renews: other)
        try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.ensureWallet(id, now: now)
            try verbs.savePending(link, wrapped, pending)
        }
        return pending
    }

    /// Renews a link: the same as a new one, but it knows which link its member is to be.
    func renew(_ link: LinkID, in id: WalletID, by starter: Starter) async throws(StartLinkProblem) -> StartedLink {
        let found: Link?
        do {
            found = try await wallet.world.store.read { reads throws(StoreError) in try reads.link(id, link) }
        } catch { throw .store(error) }
        guard let found, found.state.isLiving, found.state != .linking else { throw .noSuchLink }
        return try await run(found.provider, in: id, by: starter, renewing: link)
    }

    private func registered(_ name: String) async throws(StartLinkProblem) -> (Provider, ClientRegistration) {
        guard let provider = wallet.catalogue[name] else {
            if let problems = wallet.catalogue.problems[name] { throw .providerBroken(problems.map(\.description)) }
            throw .unknownProvider(wallet.catalogue.providers.keys.sorted())
        }
        let authorization = provider.manifest.authorization
        guard authorization.grant == .authorizationCode else { throw .grantNotSupported(authorization.grant.rawValue) }
        let client: ClientRegistration?
        do { client = try await wallet.client(of: provider) } catch { throw .store(error) }
        guard let client else { throw .noClient(name) }
        return (provider, client)
    }
}
