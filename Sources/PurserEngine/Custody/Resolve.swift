import Crypto
import Wire

/// What earlier work on a link's grant left unsettled is settled before any other work on it: at a start, and whenever a
/// claim is taken (RELIABILITY.md A.3, `resolve`).
struct Resolve {
    enum Resolution: Sendable {
        /// Nothing is left; the grant is to be read anew.
        case clear
        /// The same, and the refresh token was sent again for it.
        case resent
        /// A spend stays open, until then at least; the access token may serve.
        case inDoubt(LinkCondition, Instant?)
        /// An answer was kept and cannot be parsed at the moment.
        case notYet
        /// A code's answer says nothing.
        case nothing
        /// The link was moved, or somebody else has it by now.
        case over
        case sealed(UnsealProblem)
    }

    let wallet: Wallet
    let seat: Seat

    private var world: World { wallet.world }

    func run() async -> Resolution {
        let (id, link) = (seat.wallet, seat.link.id)
        let past: CustodyPast
        do {
            try await wallet.takeEscrow()
            past = try await world.store.read { reads throws(StoreError) in try reads.past(id, link) }
        } catch { return .inDoubt(LinkCondition(.degraded, cause: "\(error)"), nil) }
        // Work on this link that stood still has yet to say what it got: what is kept of it now may not be all.
        if past.intent != nil, !Plant.isIn("merged-is-unlinked"), await wallet.world.flights.isFlying(link) {
            let until = world.clock.now.adding(seconds: Limits.backoffBaseSeconds)
            return .inDoubt(RefreshHold.inDoubt(until: until).condition, until)
        }
        var isSilent = false
        for answer in past.answers where !Plant.isIn("raw-forgotten") {
            switch await settle(answer, past.intent) {
            case .nothing: isSilent = true
            case .clear where past.intent.map({ $0.fence != answer.fence }) ?? false: continue
            case let other: return other
            }
        }
        if let orphan = past.orphans.first { return await adopt(orphan) }
        guard let intent = past.intent, !Plant.isIn("two-flights") else {
            await wallet.introspections.forget(link)
            return .clear
        }
        guard intent.purpose == .refresh else { return isSilent ? .nothing : .clear }
        return await resume(intent)
    }

    /// An answer that was kept, parsed now.
    func settle(_ answer: RawAnswer, _ intent: Intent?) async -> Resolution {
        // What came in part says nothing: the spend is in doubt, as if nothing had come.
        guard !answer.isPart else { return .nothing }
        guard
            let body = seat.dataKey.open(
                answer.sealedBody, at: seat.answerPlace(answer.fence, attempt: answer.attempt, isPart: false)),
            let metadata = try? await wallet.shelf.metadata(of: seat.provider)
        else { return .notYet }
        // The token that was spent goes on if the answer brings no other: without it nothing may be committed.
        var old: Secret?
        let proofKey: ProofKey?
        if answer.generation > 0 {
            guard let grant = (try? await wallet.grant(seat)) ?? nil else { return .notYet }
            do {
                let token = try seat.refreshToken(grant, metadata)
                (old, proofKey) = (token?.secret, token?.proofKey)
            } catch { return .notYet }
        } else {
            do { proofKey = try await seat.pendingProofKey(world.store) } catch { return .notYet }
        }
        let response = HTTPResponse(status: answer.status, headers: [:], body: body.withBytes { Array($0) })
        let spent = self.intent(of: answer, intent)
        let spend = Spend(wallet: wallet, seat: seat, metadata: metadata, proofKey: proofKey)
        switch await spend.settle(spent, .success(response), old: old, receivedAt: answer.receivedAt) {
        case .committed: return .clear
        case .orphaned, .notOurs, .questioned, .suspected(_, .lost): return .over
        case .suspected: return .clear
        // It is asked once more; what was a "no" is one again.
        case .unknown, .polled: return .nothing
        case .store: return .notYet
        case .uncheckable(let why): return .inDoubt(.uncheckable(why), nil)
        case .refused(let error), .misconfigured(let error): return await ended(spent, error.words)
        case .throttled: return await ended(spent, "the token endpoint asked us to wait")
        case .notNow(let delay): return await ended(spent, delay.words)
        case .failed(let why): return await ended(spent, why)
        }
    }

    /// The intent that an answer belongs to; an earlier worker's is gone from the store.
    private func intent(of answer: RawAnswer, _ intent: Intent?) -> Intent {
        let first = seat.isDevice ? Intent.Purpose.device : .exchange
        if let intent, intent.generation == answer.generation, intent.fence == answer.fence { return intent }
        return Intent(
            wallet: answer.wallet, link: answer.link, purpose: answer.generation == 0 ? first : .refresh,
            generation: answer.generation, fence: answer.fence, sentAt: intent?.sentAt ?? answer.receivedAt,
            deadline: answer.receivedAt, attempt: intent?.generation == answer.generation ? intent?.attempt ?? 1 : 1,
            sentUp: intent?.sentUp)
    }

    /// An answer without tokens: a refresh may be tried again, a code works once.
    private func ended(_ intent: Intent, _ why: String) async -> Resolution {
        // A word about a later time says nothing of the first: that spend is still in doubt, and is sent again.
        guard intent.purpose == .exchange else { return intent.attempt > 1 ? .nothing : .clear }
        await wallet.fail(seat.claim, .exchangeRefused, note: why)
        return .over
    }

    private func adopt(_ orphan: Orphan) async -> Resolution {
        let (claim, now) = (seat.claim, world.clock.now)
        let isAdopted = try? await world.store.write { verbs throws(StoreError) in
            try verbs.adopt(claim, orphan: orphan.number, at: now)
        }
        guard let isAdopted else { return .notYet }
        world.log.write(.warning, isAdopted ? "orphan adopted" : "claim lost", [("link", claim.link.rawValue)])
        return isAdopted ? .clear : .over
    }

    /// A refresh token was sent and its answer is nowhere.
    private func resume(_ intent: Intent) async -> Resolution {
        guard let grant = (try? await wallet.grant(seat)) ?? nil, grant.generation == intent.generation else {
            return .notYet
        }
        let moment = world.clock.moment
        // Once is enough, whatever came of it.
        let hasTried = seat.link.attemptedAt.map { $0.milliseconds(since: intent.sentAt) >= intent.answerMilliseconds }
        // After the wall clock was set back nobody can tell what was tried since.
        let wasBefore = intent.sentAt <= moment.wall.adding(seconds: Limits.clockSkewSeconds)
        let isActive = seat.link.state == .active
        // A link that rests stays in doubt, unless its grace would be over before it goes on.
        if seat.link.state == .paused, ResolveStep.hurryMilliseconds(intent, seat.policy, at: moment) == nil {
            return .inDoubt(RefreshHold.inDoubt(until: nil).condition, nil)
        }
        let serves =
            isActive
            && ResolveStep.accessServes(
                intent, grant, idleSeconds: seat.idleSeconds(grant), at: moment)
        let isFlying = await wallet.world.flights.isFlying(seat.link.id)
        func step(_ said: ResolveStep.Said) -> ResolveStep {
            ResolveStep.decide(
                intent, seat.policy, at: moment, isFlying: isFlying,
                mayPullFirst: grant.life(at: moment) != .ended && hasTried != true && wasBefore && isActive,
                said: said)
        }
        let introspect = Introspect(wallet: wallet, seat: seat)
        var said = await introspect.known(intent, serves: serves)
        if step(said) == .ask { said = await introspect.ask(about: intent, grant, serves: serves) }
        if Plant.isIn("inactive-is-a-verdict"), case .inactive = said {
            await wallet.move(seat.claim, .needsConsent(.answerLost), note: nil, due: nil)
            return .over
        }
        switch step(said) {
        case .wait(let milliseconds):
            let until = moment.wall.adding(milliseconds: milliseconds)
            return .inDoubt(RefreshHold.inDoubt(until: until).condition, until)
        case .pullFirst, .ask: return .inDoubt(RefreshHold.inDoubt(until: nil).condition, nil)
        case .resend: return await resend(grant, intent)
        }
    }

    private func resend(_ grant: TokenVersion, _ intent: Intent) async -> Resolution {
        let (id, link) = (seat.wallet, seat.link.id)
        let restoredAt: Instant?
        var story: [CustodyEvent] = []
        do {
            restoredAt = try await wallet.restoredAt()
            // When it was sent first matters to a grace alone, and after a crash many are sent again.
            if case .grace = seat.policy {
                story = try await world.store.read { reads throws(StoreError) in try reads.custodyEvents(id, link) }
            }
        } catch {
            // A store that does not answer: nothing may be sent.
            return .inDoubt(RefreshHold.inDoubt(until: nil).condition, nil)
        }
        if RefreshHold.isForRestored(grant, seat.policy, restoredAt) {
            return .inDoubt(RefreshHold.restored.condition, nil)
        }
        let earlier = intent.elapsed(at: world.clock.moment) + intent.sinceFirst(story)
        let ending = await Refresh(wallet: wallet, seat: seat).run(
            grant, attempt: intent.attempt + 1, earlier: earlier)
        Point.reach(.resolved)
        switch ending {
        case .refreshed: return .resent
        case .stateMoved, .claimLost: return .over
        case .sealed(let problem): return .sealed(problem)
        case .later(let condition, let until): return .inDoubt(condition, until)
        }
    }
}
