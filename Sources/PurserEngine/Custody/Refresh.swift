import Crypto
import Wire

/// What a refresh left to work with.
enum RefreshEnding: Sendable {
    /// The new access token, durable.
    case refreshed(TokenVersion, access: Secret)
    /// The grant is refused and the link was moved to another state: this work is over.
    case stateMoved
    /// The stored token may not be sent, or does not open.
    case sealed(UnsealProblem)
    /// Not now: a condition and when to try again.
    case later(LinkCondition, until: Instant?)
    /// Somebody else has the link by now.
    case claimLost
}

/// Replaces a link's tokens: read the grant, spend it, and say what a refusal means for the link.
struct Refresh {
    let world: World
    let shelf: MetadataShelf
    let traffic: Traffic
    let seat: Seat

    func run(_ grant: TokenVersion) async -> RefreshEnding {
        let metadata: ServerMetadata
        do { metadata = try await shelf.metadata(of: seat.provider) } catch {
            return .later(LinkCondition(.degraded, cause: error.words), until: nil)
        }
        let token: Secret
        do {
            guard let found = try seat.refreshToken(grant, metadata) else { return .sealed(.broken) }
            token = found
        } catch { return .sealed(error) }
        guard let request = TokenRequest.refresh(token, metadata, seat.client, seat.policy) else {
            return .later(LinkCondition(.degraded, cause: "the client registration cannot authenticate"), until: nil)
        }
        // Before the intent: what may not be sent now is not begun.
        let road: Road
        switch await traffic.enter(seat.passage(.token, isRefresh: true, now: world.clock.now)) {
        case .go(let permit): road = traffic.road(permit)
        case .notNow(let delay): return .later(delay.condition, until: delay.until)
        }
        let spend = Spend(world: world.through(road), seat: seat, metadata: metadata)
        let ending = await spend.run(request, .refresh, generation: grant.generation, old: token)
        await road.close()
        switch ending {
        case .committed(let version, let access): return .refreshed(version, access: access)
        case .orphaned, .notOurs: return .claimLost
        case .refused: return .stateMoved
        case .misconfigured(let error):
            await traffic.misconfigured(seat.manifest.name, seat.link.id)
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
}

extension ShelfError {
    var words: String {
        switch self {
        case .unavailable(let what), .violation(let what): what
        }
    }
}
