import Crypto
import Wire

/// What a refresh left to work with.
enum RefreshEnding: Sendable {
    /// The new access token, durable.
    case refreshed(TokenVersion, access: Secret)
    /// The link was moved to another state (consent needed, suspended): this work is over.
    case stateMoved
    /// Not now: a condition and when to try again.
    case later(LinkCondition, until: Instant?)
    /// Somebody else has the link by now.
    case claimLost
}

/// Replaces a link's tokens: read the grant, spend it, and say what a refusal means for the link.
struct Refresh {
    let world: World
    let shelf: MetadataShelf
    let seat: Seat

    func run(_ grant: TokenVersion) async -> RefreshEnding {
        let metadata: ServerMetadata
        do { metadata = try await shelf.metadata(of: seat.provider) } catch {
            return .later(LinkCondition(.degraded, cause: error.words), until: nil)
        }
        let token: Secret
        switch opened(grant, metadata) {
        case .success(let found): token = found
        case .failure(.fingerprint): return await suspend()
        case .failure(.broken):
            return .later(LinkCondition(.degraded, cause: "the stored token does not open"), until: nil)
        }
        guard let request = TokenRequest.refresh(token, metadata, seat.client, seat.policy) else {
            return .later(LinkCondition(.degraded, cause: "the client registration cannot authenticate"), until: nil)
        }
        let spend = Spend(world: world, seat: seat, metadata: metadata)
        switch await spend.run(request, .refresh, generation: grant.generation, old: token) {
        case .committed(let version, let access): return .refreshed(version, access: access)
        case .orphaned, .notOurs: return .claimLost
        case .refused: return .stateMoved
        case .misconfigured(let error):
            return .later(
                LinkCondition(.degraded, cause: "the client registration is refused: \(error.words)"), until: nil)
        case .throttled(let until):
            return .later(
                LinkCondition(.rateLimited, cause: "the token endpoint asked us to wait", until: until), until: until)
        case .failed(let why): return .later(LinkCondition(.degraded, cause: why), until: nil)
        case .unknown(let why): return .later(LinkCondition(.outcomeUnknown, cause: why), until: nil)
        case .store(let error): return .later(LinkCondition(.degraded, cause: "\(error)"), until: nil)
        }
    }

    private func opened(_ grant: TokenVersion, _ metadata: ServerMetadata) -> Result<Secret, UnsealProblem> {
        do {
            guard let token = try seat.refreshToken(grant, metadata) else { return .failure(.broken) }
            return .success(token)
        } catch { return .failure(error) }
    }

    private func suspend() async -> RefreshEnding {
        let (world, claim) = (world, seat.claim)
        let moved = try? await world.store.write { verbs throws(StoreError) in
            try verbs.setLinkState(
                claim.wallet, claim.link, claim: claim, state: .suspended(.configurationChanged),
                note: "the provider's folder differs from the one consented to; no token is sent",
                now: world.clock.now, due: nil)
        }
        return moved == true ? .stateMoved : .claimLost
    }
}

extension ShelfError {
    var words: String {
        switch self {
        case .unavailable(let what), .violation(let what): what
        }
    }
}
