import Crypto
import Wire

/// A device link that waits for its person: one question, taken up by the tick whenever it is due (RFC 8628 3.4), so
/// that a new start goes on asking. What it brings goes through the same custody as a code's exchange.
struct PollLink {
    let wallet: Wallet

    private var world: World { wallet.world }

    func run(_ claim: Claim, _ pending: PendingLink) async {
        let seat: Seat
        do {
            guard let held = try await wallet.seat(claim) else {
                return await wallet.fail(claim, .providerGone, note: "the provider's folder or the link's key is gone")
            }
            seat = held
        } catch { return await later(claim, pending, failures: 0, LocalTrouble.store.condition("\(error)")) }
        switch await Resolve(wallet: wallet, seat: seat).run() {
        case .over: return
        case .inDoubt(let condition, let until): return await later(seat, pending, condition, until)
        case .notYet: return await later(seat, pending, Self.unparsed)
        case .clear, .resent, .nothing, .sealed: break
        }
        await ask(seat, pending)
    }

    private static let unparsed = LinkCondition(.degraded, cause: "the provider's answer cannot be parsed yet")

    private func ask(_ seat: Seat, _ pending: PendingLink) async {
        let (claim, now) = (seat.claim, world.clock.now)
        let found: (link: Link?, intent: Intent?)
        do {
            found = try await world.store.read { reads throws(StoreError) in
                (try reads.link(claim.wallet, claim.link), try reads.intent(claim.wallet, claim.link))
            }
        } catch { return await later(seat, pending, LocalTrouble.store.condition("\(error)")) }
        // What an earlier question brought was kept, and is the first generation by now.
        if let link = found.link, link.generation > 0 {
            _ = await Identify(wallet: wallet).run(claim)
            return
        }
        guard pending.isOpen(at: now) else { return await wallet.fail(claim, .expired, note: DeviceStep.expired) }
        guard let kept = seat.opened(pending).flatMap(DeviceAuthorization.Kept.init) else {
            return await wallet.fail(claim, .providerGone, note: "the link's key is gone")
        }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return await later(seat, pending, LinkCondition(.degraded, cause: error.words))
        }
        if let change = kept.endpoints.changeOfToken(metadata) {
            return await wallet.fail(claim, .responseRefused, note: change)
        }
        guard let request = TokenRequest.device(code: kept.deviceCode, metadata, seat.client) else {
            return await wallet.fail(claim, .exchangeRefused, note: "the client registration cannot authenticate")
        }
        let attempt = (found.intent?.attempt ?? 0) + 1
        let spend = Spend(wallet: wallet, seat: seat, metadata: metadata, proofKey: nil)
        let ending = await spend.run(request, .device, generation: 0, old: nil, attempt: attempt)
        await follow(ending, seat, pending, isRepeat: attempt > 1)
    }

    private func follow(_ ending: SpendEnding, _ seat: Seat, _ pending: PendingLink, isRepeat: Bool) async {
        switch ending {
        case .committed: _ = await Identify(wallet: wallet).run(seat.claim)
        case .orphaned, .notOurs, .questioned, .suspected: return
        case .polled(let poll):
            let step = DeviceStep.decide(
                poll, pollSeconds: pending.pollSeconds ?? Limits.pollSeconds, failures: seat.link.failures,
                isRepeat: isRepeat, now: world.clock.now)
            switch step {
            case .fail(let reason, let why): await wallet.fail(seat.claim, reason, note: why)
            case .again(let at, let pollSeconds, let failures, let why):
                await postpone(seat.claim, pending, at, pollSeconds: pollSeconds, failures: failures, why ?? .ok)
            }
        case .notNow(let delay): await later(seat, pending, delay.condition, delay.until)
        case .throttled(let until): await later(seat, pending, LinkCondition(.rateLimited, until: until), until)
        case .failed(let why), .unknown(let why), .uncheckable(let why):
            await later(seat, pending, LinkCondition(.degraded, cause: why))
        case .refused(let error), .misconfigured(let error):
            await wallet.fail(seat.claim, .exchangeRefused, note: error.words)
        case .store(let error): await later(seat, pending, LocalTrouble.store.condition("\(error)"))
        }
    }

    private func later(
        _ seat: Seat, _ pending: PendingLink, _ condition: LinkCondition, _ until: Instant? = nil
    ) async { await later(seat.claim, pending, failures: seat.link.failures, condition, until) }

    /// Not now, for a reason that says nothing of the code.
    private func later(
        _ claim: Claim, _ pending: PendingLink, failures: Int, _ condition: LinkCondition, _ until: Instant? = nil
    ) async {
        let pause = DeviceStep.backOff(pending.pollSeconds ?? Limits.pollSeconds, failures: failures + 1)
        let at = world.clock.now.adding(seconds: pause)
        await postpone(claim, pending, max(at, until ?? at), pollSeconds: nil, failures: failures + 1, condition)
    }

    /// A link is told that nobody came when that is so, not at the next question.
    private func postpone(
        _ claim: Claim, _ pending: PendingLink, _ at: Instant, pollSeconds: Int64?, failures: Int,
        _ condition: LinkCondition
    ) async {
        let now = world.clock.now
        let due = now < pending.expiresAt ? min(at, pending.expiresAt) : at
        let postponement = Postponement(
            due: due, condition: condition, failures: failures, attemptedAt: now, pollSeconds: pollSeconds)
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.postpone(claim, postponement) }
    }
}
