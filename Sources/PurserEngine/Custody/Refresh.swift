import Crypto
import Wire

/// What a refresh left to work with.
enum RefreshEnding: Sendable {
    /// The new access token, durable.
    case refreshed(TokenVersion, access: HeldToken)
    /// The link was moved to another state: this work is over.
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
    let wallet: Wallet
    let seat: Seat

    /// - Parameters:
    ///   - attempt: how often this generation has been sent, the next time included.
    ///   - earlier: how long ago the first time was, in milliseconds.
    func run(_ grant: TokenVersion, attempt first: Int = 1, earlier: Int64 = 0) async -> RefreshEnding {
        Point.reach(.refreshDecided)
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return .later(LinkCondition(.degraded, cause: error.words), until: nil)
        }
        let token: HeldToken
        do {
            guard let found = try seat.refreshToken(grant, metadata) else { return .sealed(.broken) }
            token = found
        } catch { return .sealed(error) }
        guard let request = TokenRequest.refresh(token, metadata, seat.client, seat.policy) else {
            return .later(LocalTrouble.clientUnusable.condition(), until: nil)
        }
        let spend = Spend(wallet: wallet, seat: seat, metadata: metadata, proofKey: token.proofKey)
        var begun = wallet.world.clock.moment
        var attempt = first
        var ending = await spend.run(
            request, .refresh, generation: grant.generation, old: token.secret, attempt: attempt)
        // Its turn may have come late: a grace begins when the token leaves.
        if ending.leavesOpen(attempt: attempt), let sent = await sent() { begun = sent }
        while ending.leavesOpen(attempt: attempt), let pause = replayPause(after: attempt - first, begun, earlier) {
            await wallet.world.clock.pause(milliseconds: pause)
            attempt += 1
            ending = await spend.run(
                request, .refresh, generation: grant.generation, old: token.secret, attempt: attempt)
        }
        return meaning(ending)
    }

    /// When the spend that is open was sent.
    private func sent() async -> Moment? {
        let (id, link) = (seat.wallet, seat.link.id)
        let found = try? await wallet.world.store.read { reads throws(StoreError) in try reads.intent(id, link) }
        guard let intent = found ?? nil, let up = intent.sentUp else { return nil }
        return Moment(wall: intent.sentAt, up: up)
    }

    /// Where a replay is harmless, it is made within this piece of work: a grace does not wait. Further and further
    /// apart, since what broke the way may take seconds to mend; within a grace once more, just before its end or after
    /// half a minute where it lasts, since nothing can be asked for afterwards; and once more a second later.
    ///
    /// - Returns: milliseconds until the next; nil: there is none.
    private func replayPause(after replays: Int, _ begun: Moment, _ earlier: Int64) -> Int64? {
        let world = wallet.world
        let elapsed = world.clock.moment.milliseconds(since: begun.wall, begun.up)
        guard !world.isStopping() else { return nil }
        // The one before may have been the first that the provider took: a last one, while the margin lasts.
        if case .grace = seat.policy, !seat.policy.losesOnReplay, replays == Limits.replays + 1 {
            return ResolveStep.isHarmless(seat.policy, elapsed - Limits.graceMarginSeconds * 500) ? 1000 : nil
        }
        guard ResolveStep.isHarmless(seat.policy, elapsed) else { return nil }
        let usual = Int64(500) << (2 * Int64(replays))
        guard case .grace(let seconds) = seat.policy else { return replays < Limits.replays ? usual : nil }
        guard replays <= Limits.replays else { return nil }
        return min(usual, max(500, ResolveStep.leftMilliseconds(seconds, elapsed, earlier: earlier) - 1000))
    }

    private func meaning(_ ending: SpendEnding) -> RefreshEnding {
        switch ending {
        case .committed(let version, let access): return .refreshed(version, access: access)
        case .orphaned, .notOurs: return .claimLost
        case .suspected(_, .lost), .refused, .questioned, .polled: return .stateMoved
        case .suspected(let error, .confirm(let at)): return .later(.suspected(error.words, at), until: at)
        case .suspected(_, .frozen(let until)): return .later(.frozen(until), until: until)
        case .misconfigured(let error):
            return .later(LocalTrouble.clientRefused.condition(error.words), until: nil)
        case .notNow(let delay): return .later(delay.condition, until: delay.until)
        case .throttled(let until):
            return .later(
                LinkCondition(.rateLimited, cause: "the token endpoint asked us to wait", until: until), until: until)
        case .failed(let why): return .later(LinkCondition(.degraded, cause: why), until: nil)
        case .uncheckable(let why): return .later(.uncheckable(why), until: nil)
        case .unknown(let why): return .later(LinkCondition(.outcomeUnknown, cause: why), until: nil)
        case .store(let error): return .later(LocalTrouble.store.condition("\(error)"), until: nil)
        }
    }
}

extension SpendEnding {
    /// Whether an answer may still be had by asking again: nothing is known, or the provider spoke of this attempt only,
    /// and what an earlier one came to is still open.
    fileprivate func leavesOpen(attempt: Int) -> Bool {
        switch self {
        case .unknown: true
        case .misconfigured: attempt > 1
        default: false
        }
    }
}

extension LinkCondition {
    /// A grant that was refused and is asked for again before anybody believes it.
    static func suspected(_ why: String?, _ at: Instant) -> LinkCondition {
        let words = why.map { " (\($0))" } ?? ""
        return LinkCondition(
            .degraded, cause: "the provider refuses the grant\(words); it is asked once more before you are", until: at)
    }

    static func frozen(_ until: Instant) -> LinkCondition {
        LinkCondition(
            .degraded, cause: "the provider refuses many grants at once, which is more likely its fault than yours",
            until: until)
    }
}

extension ShelfError {
    var words: String {
        switch self {
        case .unavailable(let what), .violation(let what): what
        }
    }
}
