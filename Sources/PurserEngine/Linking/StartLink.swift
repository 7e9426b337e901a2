import Crypto
public import Wire

/// A link that waits for its person.
public struct StartedLink: Sendable {
    public let link: LinkID
    /// The provider's own page: with the whole authorization request in its query, or the one that takes the code.
    public let authorizationURI: URI
    public let expiresAt: Instant
    /// What to show for a link whose person answers on another device; nil: the browser comes back here.
    public let device: DevicePrompt?
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
    /// It is a valuation provider: asked in our own name, and no person's to link.
    case noLink(String)
    /// The provider has no device authorization endpoint.
    case noDeviceFlow(String)
    /// The authorization server refuses to give a code out; its words.
    case deviceRefused(String)
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
        case .noLink(let name):
            "\(name) is no programme to link: it says what points are worth. purser asks it by itself, in the name of "
                + "whoever runs the daemon, and shows what it says to everyone here: purser values"
        case .noDeviceFlow(let name):
            "\(name) gives out no code to enter on another device; link it without --device, or with --paste"
        case .deviceRefused(let why): "the provider gives out no code: \(why)"
        case .providerUnavailable(let why): why
        case .store(let error): error.description
        case .failed(let why): why
        }
    }
}

/// The first half of the link trip: from a provider's name to what its person needs to consent, with everything the
/// answer will need saved before the person is sent away.
struct StartLink {
    let wallet: Wallet

    /// What is saved of a link that waits.
    private struct Waiting {
        let stateHash: [UInt8]
        let kept: Secret
        let life: Int64
        /// Of a device link only.
        var pollSeconds: Int64?
    }

    /// - Parameter other: the link that the consent is to renew; nil: a new one is meant.
    func run(
        _ name: String, in id: WalletID, by starter: Starter, renewing other: LinkID? = nil,
        stepUp: StepUp? = nil, device: Bool
    ) async throws(StartLinkProblem) -> StartedLink {
        let world = wallet.world
        let (provider, client) = try await registered(name)
        let authorization = provider.manifest.authorization
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider, recalls: false) } catch {
            throw .providerUnavailable(error.words)
        }
        if let lack = Profile.lack(of: authorization, in: metadata) ?? client.reach.lack(in: metadata)
            ?? authorization.introspection?.lack(in: metadata)
        {
            throw .providerUnavailable(lack)
        }
        let isDevice = device || authorization.grant == .deviceCode
        if isDevice, let lack = Profile.lackOfCodes(authorization) { throw .failed(lack) }
        if !isDevice, let lack = authorization.messages.lack(in: metadata, of: client) {
            throw .providerUnavailable(lack)
        }
        if isDevice, stepUp != nil { throw .failed(Self.noStepUpByCode) }
        if !isDevice, metadata.saysNothingOfChallenges(authorization.discovery) {
            world.log.write(
                .warning,
                "the provider's metadata do not say that it checks code challenges (PKCE, S256); they are sent all the same",
                [("provider", name)])
        }
        let id = (wallet: id, link: LinkID.drawn(from: world.randomness))
        let request = AuthorizationRequest(
            redirectURI: wallet.redirectURI(of: name, client),
            proofKey: try proofKey(authorization, metadata, isDevice: isDevice), stepUp: stepUp,
            responseMode: authorization.messages.responseMode, randomness: world.randomness)
        let waiting: Waiting
        let prompt: DevicePrompt?
        let address: URI
        if isDevice {
            let given = try await asked(provider, client, metadata, id.wallet, id.link)
            prompt = given.prompt
            address = given.prompt.verificationURIComplete ?? given.prompt.verificationURI
            waiting = Waiting(
                stateHash: request.stateHash, kept: given.kept(for: metadata), life: given.life,
                pollSeconds: given.pollSeconds)
        } else {
            let (uri, seconds) = try await self.address(request, id.wallet, id.link, provider, client, metadata)
            (prompt, address) = (nil, uri)
            waiting = Waiting(stateHash: request.stateHash, kept: request.kept(for: metadata), life: seconds)
        }
        let now = world.clock.now
        let link = Link(
            wallet: id.wallet, id: id.link, provider: name, issuer: authorization.issuer, clientID: client.id,
            createdAt: now, state: .linking, since: now, scopesAsked: client.scopes + GrantReach.asked(client.reach))
        let expiresAt = try await saved(link, waiting, by: starter, renewing: other)
        world.log.write(.info, "link started", [("link", link.id.rawValue), ("provider", name)])
        return StartedLink(link: link.id, authorizationURI: address, expiresAt: expiresAt, device: prompt)
    }

    /// What the tokens are to be bound to; nil: they are Bearer tokens, or bound to a certificate.
    private func proofKey(
        _ authorization: Manifest.Authorization, _ metadata: ServerMetadata, isDevice: Bool
    ) throws(StartLinkProblem) -> ProofKey? {
        guard authorization.senderConstrained == .dpop else { return nil }
        guard !isDevice else {
            throw .failed(
                "this provider binds tokens to a key (DPoP), which a link by a code cannot; link in a browser")
        }
        guard let key = ProofKey(for: metadata.proofAlgorithms, wallet.world.randomness) else {
            throw .providerUnavailable(ProofKey.noneFits)
        }
        return key
    }

    /// Asks for a device code. Nothing is kept of an answer that is not good: the next try brings another code.
    private func asked(
        _ provider: Provider, _ client: ClientRegistration, _ metadata: ServerMetadata, _ id: WalletID, _ link: LinkID
    ) async throws(StartLinkProblem) -> DeviceAuthorization {
        let manifest = provider.manifest
        guard let endpoint = metadata.deviceAuthorizationEndpoint else { throw .noDeviceFlow(manifest.name) }
        guard let request = TokenRequest.deviceAuthorization(endpoint, metadata, client, manifest.authorization) else {
            throw .failed("the client registration cannot authenticate; nothing was saved")
        }
        let response: HTTPResponse
        switch await wallet.traffic.ask(request, .asked(.token, manifest, id, link)) {
        case .answered(let answer): response = answer
        case .failed(let error): throw .providerUnavailable("no code was given out: \(error.words)")
        case .notNow(let delay): throw .providerUnavailable("\(delay.words); link again after \(delay.until.rfc3339)")
        }
        switch DeviceAuthorization.decide(status: response.status, body: response.body, by: metadata.issuer) {
        case .given(let authorization): return authorization
        case .refused(let error): throw .deviceRefused(error.words)
        case .unavailable(let why), .violation(let why): throw .providerUnavailable(why)
        }
    }

    /// Saves the link under a new data key; until when it waits.
    private func saved(
        _ link: Link, _ waiting: Waiting, by starter: Starter, renewing other: LinkID?
    ) async throws(StartLinkProblem) -> Instant {
        do {
            do { return try await save(link, waiting, by: starter, renewing: other) } catch StoreError.epochGone {
                return try await save(link, waiting, by: starter, renewing: other)
            }
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
        _ request: AuthorizationRequest, _ wallet: WalletID, _ link: LinkID, _ provider: Provider,
        _ client: ClientRegistration, _ metadata: ServerMetadata
    ) async throws(StartLinkProblem) -> (URI, Int64) {
        let authorization = provider.manifest.authorization
        let tooLong = StartLinkProblem.failed(
            "the authorization request is longer than an address may be; nothing was saved")
        let parameters = request.parameters(client, authorization)
        let object =
            authorization.messages.signsRequests
            ? RequestObject(parameters, of: client, for: metadata.issuer) : nil
        guard let endpoint = metadata.pushedRequestEndpoint else {
            guard let uri = try signed(object, metadata) ?? request.uri(metadata, client, authorization) else {
                throw tooLong
            }
            return (uri, Limits.pendingLinkSeconds)
        }
        guard
            let push = PushedRequest.request(
                parameters, to: endpoint, metadata, client, request.proofKey, signed: object)
        else { throw .failed("the client registration cannot authenticate (purser client show)") }
        let passage = Passage.asked(.token, provider.manifest, wallet, link)
        let response: HTTPResponse
        switch await self.wallet.traffic.ask(push, passage) {
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

    /// The address of a signed request; nil: it is not signed.
    private func signed(_ object: RequestObject?, _ metadata: ServerMetadata) throws(StartLinkProblem) -> URI? {
        guard let object else { return nil }
        let world = self.wallet.world
        do {
            let parameters = try object.address(now: world.clock.now, world.randomness)
            guard let uri = metadata.authorizationEndpoint?.appending(parameters) else {
                throw StartLinkProblem.failed(
                    "the signed authorization request is longer than an address may be; nothing was saved")
            }
            return uri
        } catch let problem as StartLinkProblem { throw problem } catch {
            throw .failed("the authorization request could not be signed; nothing was saved")
        }
    }

    /// Saves the link under a new data key.
    private func save(
        _ link: Link, _ waiting: Waiting, by starter: Starter, renewing other: LinkID?
    ) async throws -> Instant {
        let (id, now) = (link.wallet, link.createdAt)
        let (key, wrapped) = try wallet.keyring.newDataKey(id, link.id)
        let place = SealedPlace(
            wallet: id, link: link.id, table: "pending_link", column: "sealed", issuer: link.issuer,
            clientID: link.clientID, version: 0)
        let pending = PendingLink(
            wallet: id, link: link.id, provider: link.provider, stateHash: waiting.stateHash, starter: starter,
            sealed: try key.seal(waiting.kept, at: place), createdAt: now,
            expiresAt: now.adding(seconds: waiting.life), renews: other, pollSeconds: waiting.pollSeconds)
        try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.ensureWallet(id, now: now)
            try verbs.savePending(link, wrapped, pending)
            if pending.pollSeconds != nil {
                try verbs.note(id, link.id, CustodyEvent(at: now, kind: "device", generation: 0))
            }
        }
        return pending.expiresAt
    }

    /// Renews a link: the same as a new one, but it knows which link its member is to be.
    func renew(
        _ link: LinkID, in id: WalletID, by starter: Starter, device: Bool
    ) async throws(StartLinkProblem) -> StartedLink {
        let found: Link?
        do {
            found = try await wallet.world.store.read { reads throws(StoreError) in try reads.link(id, link) }
        } catch { throw .store(error) }
        guard let found, found.state.isLiving, found.state != .linking else { throw .noSuchLink }
        let wants = found.state == .needsConsent(.insufficientAuthentication)
        let stepUp = wants ? found.note.flatMap { StepUp(note: $0) } : nil
        return try await run(found.provider, in: id, by: starter, renewing: link, stepUp: stepUp, device: device)
    }

    private static let noStepUpByCode =
        "the provider wants another sign-in, which a code cannot ask for (RFC 9470 4); renew it in a browser"

    private func registered(_ name: String) async throws(StartLinkProblem) -> (Provider, ClientRegistration) {
        guard let provider = wallet.catalogue[name] else {
            if let problems = wallet.catalogue.problems[name] { throw .providerBroken(problems.map(\.description)) }
            throw .unknownProvider(wallet.catalogue.providers.keys.sorted())
        }
        if provider.manifest.isFeed { throw .noLink(name) }
        let client: ClientRegistration?
        do { client = try await wallet.client(of: provider) } catch { throw .store(error) }
        guard let client else { throw .noClient(name) }
        return (provider, client)
    }
}
