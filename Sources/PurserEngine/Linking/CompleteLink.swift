import Crypto
import Wire

/// Where an authorization response led.
public enum LinkEnding: Sendable, Hashable {
    case linked(LinkID)
    /// The member was linked already: `into` has the new grant.
    case renewed(LinkID, into: LinkID)
    /// A link was to be renewed and another member consented: the new link waits for an answer.
    case anotherMember(LinkID, than: LinkID)
    /// The grant is durable; who was linked could not be read yet and is tried again by the tick.
    case identifying(LinkID, String)
    case failed(LinkID, FailureReason, String)
    /// Nothing that whoever came with it could link by.
    case notOurs(String)

    /// Alike for a response that is unknown, late, repeated or somebody else's: whoever sends states at random, or another
    /// person's, learns nothing of what waits here.
    public static let nobodys = LinkEnding.notOurs(
        "nothing here waits for this response: it was dealt with already, came too late, or belongs to somebody else")

    /// The link whose response was dealt with.
    public var link: LinkID? {
        switch self {
        case .linked(let link), .renewed(let link, _), .anotherMember(let link, _), .identifying(let link, _),
            .failed(let link, _, _):
            link
        case .notOurs: nil
        }
    }
}

/// The second half of the link trip: response taken once, checked, code exchanged under custody, person identified,
/// link active and due.
struct CompleteLink {
    let wallet: Wallet

    func run(_ provider: String, _ arrived: ArrivedResponse, by finisher: Starter?) async -> LinkEnding {
        let claim: Claim
        let pending: PendingLink
        switch await take(provider, arrived.parameters) {
        case .taken(let row, let held):
            (pending, claim) = (row, held)
            Point.reach(.pendingTaken)
        case .alreadyTaken(let link):
            wallet.world.log.write(.warning, "callback repeated", [("link", link.rawValue)])
            return .nobodys
        case .expired, .unknown, .otherProvider: return .nobodys
        }
        if case .session = pending.starter, finisher != pending.starter {
            _ = await failed(claim, .responseRefused, "the link was begun by somebody else")
            return .nobodys
        }
        guard let seat = (try? await wallet.seat(claim)) ?? nil,
            let kept = seat.opened(pending).flatMap(AuthorizationRequest.Kept.init)
        else { return await failed(claim, .providerGone, "the provider's folder or the link's key is gone") }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return await failed(claim, .authorizationError, error.words)
        }
        switch await response(arrived, kept, seat, metadata) {
        case .refused(let why): return await failed(claim, .responseRefused, why)
        case .unjudged(let why):
            return await failed(claim, .authorizationError, "the signed response could not be checked: \(why)")
        case .error("access_denied", _): return await failed(claim, .denied, "the answer at the provider was no")
        case .error("invalid_request_uri", _):
            return await failed(
                claim, .authorizationError,
                "the provider no longer knows the request that was pushed to it (invalid_request_uri): it was used already, "
                    + "or is too old; link again")
        case .error(let code, let text):
            return await failed(claim, .authorizationError, text.map { "\(code): \($0)" } ?? code)
        case .code(let code): return await exchange(code, kept, seat, metadata)
        }
    }

    private func take(_ provider: String, _ query: Form) async -> PendingTake {
        guard let state = AuthorizationResponse.anyState(query) else { return .unknown }
        let now = wallet.world.clock.now
        let hash = AuthorizationRequest.hash(ofState: state)
        let taken = try? await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.takePending(
                stateHash: hash, provider: provider, now: now, until: now.adding(seconds: Limits.claimSeconds))
        }
        return taken ?? .unknown
    }

    /// What came back, by the way that was asked for and no other.
    private func response(
        _ arrived: ArrivedResponse, _ kept: AuthorizationRequest.Kept, _ seat: Seat, _ metadata: ServerMetadata
    ) async -> AuthorizationResponse {
        guard arrived.isPosted == kept.isPosted else {
            return .refused(
                kept.isPosted
                    ? "the response came in an address, and was asked for in a form (response_mode)"
                    : "the response came in a form, which was not asked for (response_mode)")
        }
        let query = arrived.parameters
        guard kept.isSigned else {
            return AuthorizationResponse.decide(query, issuer: metadata.issuer, sendsIssuer: metadata.sendsIssuer)
        }
        let signed: SignedResponse
        switch SignedResponse.read(
            query, issuer: metadata.issuer, clientID: seat.client.id, now: wallet.world.clock.now)
        {
        case .refused(let why): return .refused(why)
        case .toBeVerified(let found): signed = found
        }
        let algorithm = seat.manifest.authorization.messages.responseAlgorithm
        let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
            try signed.verified(keys, algorithm)
        }
        switch judged {
        case .holds(let response): return response
        case .not(let problem): return .refused(SignedResponse.words(problem))
        case .later(let why): return .unjudged(why)
        }
    }

    private func exchange(
        _ code: String, _ kept: AuthorizationRequest.Kept, _ seat: Seat, _ metadata: ServerMetadata
    ) async -> LinkEnding {
        if let change = kept.endpoints?.changeOfToken(metadata) {
            return await failed(seat.claim, .responseRefused, change)
        }
        guard let request = TokenRequest.exchange(code: code, kept, metadata, seat.client) else {
            return await failed(seat.claim, .exchangeRefused, "the client registration cannot authenticate")
        }
        do {
            guard try await remember(code, kept, seat) else { return .notOurs("this link has been dealt with already") }
        } catch {
            // Nothing was sent: the tick says that it ended.
            return .identifying(seat.link.id, "the answer could not be saved yet: \(error)")
        }
        let spend = Spend(wallet: wallet, seat: seat, metadata: metadata, proofKey: kept.proofKey)
        switch await spend.run(request, .exchange, generation: 0, old: nil) {
        case .committed: return await identified(seat)
        case .refused(let error), .misconfigured(let error):
            return await failed(seat.claim, .exchangeRefused, error.words)
        case .notNow(let delay):
            return await failed(
                seat.claim, .exchangeRefused, "\(delay.words); link again after \(delay.until.rfc3339)")
        case .throttled: return await failed(seat.claim, .exchangeRefused, "the token endpoint asked us to wait")
        case .failed(let why): return await failed(seat.claim, .exchangeRefused, why)
        case .unknown(let why): return await failed(seat.claim, .tokenResponseInvalid, why)
        case .orphaned, .notOurs, .suspected, .questioned, .polled:
            return .notOurs("this link has been dealt with already")
        case .uncheckable(let why): return .identifying(seat.link.id, why)
        case .store(let error):
            // The answer lies in the escrow, or nothing was sent: the tick takes it up, or says that it ended.
            return .identifying(seat.link.id, "the answer could not be saved yet: \(error)")
        }
    }

    /// Keeps what the ID token may say of the code, before that is sent. False: somebody else has the link by now.
    private func remember(_ code: String, _ kept: AuthorizationRequest.Kept, _ seat: Seat) async throws -> Bool {
        guard seat.link.scopesAsked.contains("openid") else { return true }
        var kept = kept
        kept.codeHash = CodeHash(code, seat.manifest.authorization.idTokenAlgorithm)
        let sealed = try seat.dataKey.seal(kept.kept, at: seat.pendingPlace)
        let claim = seat.claim
        return try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.amendPending(claim, sealed: sealed)
        }
    }

    private func identified(_ seat: Seat) async -> LinkEnding {
        switch await Identify(wallet: wallet).run(seat.claim) {
        case .activated: return .linked(seat.link.id)
        case .merged(let other): return .renewed(seat.link.id, into: other)
        case .anotherMember(let other): return .anotherMember(seat.link.id, than: other)
        case .later(let why): return .identifying(seat.link.id, why)
        case .failed(let reason, let why): return .failed(seat.link.id, reason, why)
        }
    }

    private func failed(_ claim: Claim, _ reason: FailureReason, _ why: String) async -> LinkEnding {
        await wallet.fail(claim, reason, note: why)
        return .failed(claim.link, reason, why)
    }
}
