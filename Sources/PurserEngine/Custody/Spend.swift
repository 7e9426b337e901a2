import Crypto
import Wire

// One spend of a code, a device code or a refresh token: custody's straight path (DESIGN.md 5, RELIABILITY.md A.3).
//
//     intent durable -> sent once -> raw answer sealed and durable -> parsed -> committed as generation g + 1
//     by compare-and-set on (generation, fence) -> only then used
//
// Whatever ends in between leaves rows from which `Recover` finishes it: an intent alone means "unknown whether it was
// spent", an intent with a raw answer means "parse again".

/// How a spend ended.
enum SpendEnding: Sendable {
    /// The tokens are durable as the link's current generation.
    case committed(TokenVersion, access: HeldToken)
    /// They are durable as orphans: the claim was lost meanwhile.
    case orphaned
    /// A code that was refused.
    case refused(OAuthError)
    /// A refresh that was refused, and what that means. A link that is lost was moved already.
    case suspected(OAuthError, Refusal)
    /// They are durable, and the link was suspended with the question why they are other than expected.
    case questioned
    /// They came and are kept as they came: whose they are cannot be checked at the moment. The intent stays.
    case uncheckable(String)
    case misconfigured(OAuthError)
    /// A device code that brought no tokens: not yet, or never.
    case polled(DevicePoll)
    case throttled(until: Instant?)
    /// Nothing was sent: its turn at the provider has not come. What was in doubt still is.
    case notNow(Delay)
    /// Nothing was spent; worth another try.
    case failed(String)
    /// It is not known whether the token was spent. The intent stays.
    case unknown(String)
    /// Somebody spends already, or the claim or generation is not ours.
    case notOurs
    case store(StoreError)
}

/// One spend, from its intent to its settlement.
struct Spend {
    let wallet: Wallet
    let seat: Seat
    let metadata: ServerMetadata
    /// What the tokens that come are bound to; nil: to nothing, they are Bearer tokens.
    let proofKey: ProofKey?

    private var world: World { wallet.world }

    /// Spends `generation` (0: the code) with `request`. `old` is the refresh token being spent, kept on if the answer
    /// brings no new one; `attempt` counts how often this generation has been sent, this time included.
    func run(
        _ request: ProviderRequest, _ purpose: Intent.Purpose, generation: Int, old: Secret?, attempt: Int = 1
    ) async -> SpendEnding {
        if let problem = Preflight.problem(world, seat, purpose, seconds: request.deadlineSeconds) {
            return .failed(problem)
        }
        // Before the intent: what may not be sent now is not begun.
        let road: Road
        let passage = seat.passage(
            .token, isRefresh: purpose == .refresh, isReplay: attempt > 1,
            isHurried: ResolveStep.isHurried(seat.policy, attempt: attempt), now: world.clock.now)
        switch await wallet.traffic.enter(passage) {
        case .go(let permit): road = wallet.traffic.road(permit)
        case .notNow(let delay): return .notNow(delay)
        }
        await world.flights.begin(seat.link.id)
        let ending = await flight(request, purpose, generation: generation, old: old, attempt: attempt, road)
        await world.flights.end(seat.link.id)
        await road.close()
        switch ending.wordOnUs {
        case .accepted: await wallet.traffic.accepted(seat.manifest.name)
        case .refused: await wallet.traffic.misconfigured(seat.manifest.name, seat.link.id)
        case .none: break
        }
        return ending
    }

    private func flight(
        _ request: ProviderRequest, _ purpose: Intent.Purpose, generation: Int, old: Secret?, attempt: Int,
        _ road: Road
    ) async -> SpendEnding {
        let begun = world.clock.moment
        let intent = Intent(
            wallet: seat.wallet, link: seat.link.id, purpose: purpose, generation: generation,
            fence: seat.claim.fence, sentAt: begun.wall,
            deadline: begun.wall.adding(seconds: request.deadlineSeconds), attempt: attempt, sentUp: begun.up)
        do {
            let start = try await world.store.write { verbs throws(StoreError) in
                Plant.isIn("no-intent") ? .begun : try verbs.beginSpend(intent)
            }
            guard start == .begun || Plant.isIn("no-intent") else { return .notOurs }
        } catch { return .store(error) }
        Point.reach(.intentDurable)
        // The machine slept, or this worker stood still: others may have given it up by now.
        let stood = world.clock.uptime.milliseconds(since: begun.up) ?? Int64.max
        guard stood <= Limits.standstillMilliseconds else {
            let why = "purser stood still before it could send; nothing was sent"
            // What an earlier attempt left in doubt stays in doubt.
            return attempt == 1 ? await clear(intent, "notSent", .failed(why), detail: why) : .unknown(why)
        }
        Point.reach(.beforeSend)
        if Plant.isIn("sent-twice") { _ = try? await world.transport.send(request) }
        let (answer, block) = await road.carry(request)
        Point.reach(.answered)
        if purpose == .device, DevicePoll.isNotYet(answer) {
            if let block { await wallet.traffic.save(block) }
            return await settle(intent, answer, old: nil, receivedAt: world.clock.now)
        }
        let raw: RawAnswer?
        do { raw = try sealedAnswer(answer, intent) } catch {
            if let block { await wallet.traffic.save(block) }
            return await unknown("the answer could not be sealed")
        }
        if let raw, !Plant.isIn("raw-not-kept") {
            await keep(raw, block)
            Point.reach(.rawDurable)
        } else if let block {
            await wallet.traffic.save(block)
        }
        return await settle(intent, answer, old: old, receivedAt: world.clock.now)
    }

    /// Sees that an answer is durable somewhere before anything is made of it: in the store; else in the escrow; else it
    /// is tried again for as long as the process lives, and nobody else sends for this link meanwhile (`Flights`).
    private func keep(_ answer: RawAnswer, _ block: CallBlock?) async {
        var pause: Int64 = 250
        while true {
            do {
                try await world.store.write { verbs throws(StoreError) in
                    try verbs.keepRaw(answer)
                    if let block { try verbs.blockCalls(block) }
                }
                return
            } catch {
                world.log.write(
                    .error, "raw answer not kept", [("link", seat.link.id.rawValue), ("why", "\(error)")])
                if (try? await world.escrow.keep(EscrowedAnswer(answer: answer, block: block).record)) != nil {
                    world.log.write(.warning, "answer in the escrow", [("link", seat.link.id.rawValue)])
                    return
                }
                if error == .closed { return }
            }
            await world.clock.pause(milliseconds: pause)
            pause = min(pause * 2, 10_000)
        }
    }

    /// Steps e7 to e8: from an answer that is durable to a settled spend. Also the whole of recovery.
    func settle(
        _ intent: Intent, _ answer: Result<HTTPResponse, TransportError>, old: Secret?, receivedAt: Instant
    ) async -> SpendEnding {
        if intent.purpose == .device { return await settlePoll(intent, answer, receivedAt: receivedAt) }
        let outcome = TokenOutcome.decide(
            answer, now: receivedAt, endsOnceSpent: seat.policy.endsOnceSpent,
            type: proofKey == nil ? .bearer : .dpop,
            quirks: intent.purpose == .refresh ? seat.manifest.authorization.quirks : [])
        switch outcome {
        case .tokens(let tokens): return await commit(tokens, intent, old: old, receivedAt)
        case .refused(let error):
            guard intent.purpose == .refresh else {
                return await clear(intent, "refused", .refused(error), detail: error.code)
            }
            return await refused(error, intent)
        case .notSent(let why) where intent.attempt > 1: return await unknown(why)
        case .notSent(let why): return await clear(intent, "notSent", .failed(why))
        // Of a spend that was in doubt before, a word about this time settles nothing.
        case .misconfigured(let error) where intent.attempt == 1:
            return await clear(intent, "misconfigured", .misconfigured(error), detail: error.code)
        case .throttled(let until) where intent.attempt == 1:
            return await clear(intent, "throttled", .throttled(until: until))
        case .failed(let why) where intent.attempt == 1:
            return await clear(intent, "failed", .failed(why), detail: why)
        case .misconfigured(let error): return await undecided(intent, error.words, .misconfigured(error))
        case .throttled(let until): return await undecided(intent, "it asked us to wait", .throttled(until: until))
        case .failed(let why): return await unknown(why)
        case .unclear(let why):
            switch answer {
            // The story has its own line for that, written with what came.
            case .failure(.cut), .success: return await unknown(why)
            case .failure: return await unknown(why, unanswered: intent)
            }
        }
    }

    func commit(
        _ tokens: TokenResponse, _ intent: Intent, old: Secret?, _ receivedAt: Instant
    ) async -> SpendEnding {
        let (question, carried, before): (Question?, Carried?, TokenVersion?)
        switch await look(tokens, intent) {
        case .success(let found): (question, carried, before) = found
        case .failure(.store(let error)): return .store(error)
        // The answer is durable: it is parsed again when the keys are within reach.
        case .failure(.uncheckable(let why)): return await uncheckable(why)
        }
        do {
            let version = try seat.sealed(
                tokens, generation: intent.generation + 1, keeping: Plant.isIn("empty-overwrites") ? nil : old,
                after: before, boundTo: proofKey, carrying: carried, metadata, of: intent, receivedAt: receivedAt,
                isAtRisk: isAtRisk(tokens, intent, old),
                world.randomness)
            // The claim may have been taken over since the intent: then the new one's fence counts.
            let (fence, claim) = (seat.claim.fence, seat.claim)
            let access = HeldToken(tokens.accessToken, proofKey)
            if Plant.isIn("used-before-durable") { return .committed(version, access: access) }
            let (commit, isUnlinked) = try await world.store.write { verbs throws(StoreError) in
                let commit = try verbs.commitGeneration(
                    intent.wallet, intent.link, parent: intent.generation, fence: fence, version)
                if commit == .committed, fence != intent.fence {
                    let event = CustodyEvent(at: receivedAt, kind: "takenOver", generation: intent.generation)
                    try verbs.clearIntent(intent, event)
                }
                if commit == .committed, let question {
                    _ = try verbs.setLinkState(
                        claim.wallet, claim.link, claim: claim, state: .suspended(question.reason), note: question.note,
                        now: receivedAt, due: nil)
                }
                guard commit == .orphaned else { return (commit, false) }
                // A merged link's tokens are the older link's by now: another worker had the same answer.
                let isOver =
                    switch try verbs.link(intent.wallet, intent.link)?.state {
                    case nil: try verbs.receipts(intent.wallet).contains { $0.link == intent.link }
                    case .merged: Plant.isIn("merged-is-unlinked")
                    case let state?: !state.holdsGrant
                    }
                return (commit, isOver)
            }
            Point.reach(.generationDurable)
            if isUnlinked { await revoke(tokens) }
            if Plant.isIn("orphan-is-used") { return .committed(version, access: access) }
            guard commit == .committed else { return .orphaned }
            return question == nil ? .committed(version, access: access) : .questioned
        } catch let error as StoreError {
            return .store(error)
        } catch {
            return await unknown("the tokens could not be sealed")
        }
    }

    /// A server that rotates and answers a replay with the very token that was spent may have given us a dead one: it is
    /// refreshed once more at once.
    private func isAtRisk(_ tokens: TokenResponse, _ intent: Intent, _ old: Secret?) -> Bool {
        guard intent.attempt > 1, let old, let new = tokens.refreshToken, seat.policy != .none else { return false }
        return new == old
    }

    /// Why the tokens of a refresh are other than what was consented to: of another person, or of more scope.
    private typealias Question = (reason: SuspensionReason, note: String)

    /// Why tokens could not be looked at.
    private enum LookProblem: Error {
        case store(StoreError)
        case uncheckable(String)
    }

    /// Looks at a refresh's tokens before they are anybody's: what is to be asked about them, and what of the generation
    /// before goes on with them; and that generation, if it is still the newest.
    private func look(
        _ tokens: TokenResponse, _ intent: Intent
    ) async -> Result<(Question?, Carried?, TokenVersion?), LookProblem> {
        guard intent.purpose == .refresh else { return .success((nil, nil, nil)) }
        let (wallet, link) = (seat.wallet, seat.link.id)
        let grant: TokenVersion?
        do {
            grant = try await world.store.read { reads throws(StoreError) in try reads.grant(wallet, link) }
        } catch { return .failure(.store(error)) }
        let before = grant.flatMap { $0.generation == intent.generation ? $0 : nil }
        if seat.link.state == .linking {
            let token = grant.flatMap { try? seat.idToken($0) } ?? nil
            return .success((nil, token.map { .idToken($0) }, before))
        }
        let known = grant.flatMap { seat.signIn($0) }
        guard seat.link.state == .active else { return .success((nil, known.map { .signIn($0) }, before)) }
        let identity = RefreshedIdentity(wallet: self.wallet, seat: seat, metadata: metadata)
        switch await identity.look(tokens, known) {
        case .same(let signIn):
            return .success((widening(tokens).map { (.scopeWidened, $0) }, signIn.map { .signIn($0) }, before))
        case .other(let note, let signIn):
            return .success(((.identityChanged, note), signIn.map { .signIn($0) }, before))
        case .later(let why): return .failure(.uncheckable(why))
        }
    }

    /// A refresh may narrow what was granted (RFC 6749 6), never widen it: nobody asked for that.
    private func widening(_ tokens: TokenResponse) -> String? {
        let asked = seat.link.scopesAsked + GrantReach.asked(seat.manifest.authorization.reach)
        let more = GrantReach.beyond(tokens, asked: asked, before: seat.link.scopesGranted)
        guard !more.isEmpty else { return nil }
        return
            "a refresh brought more than you consented to (\(Harmless.text(more.joined(separator: " "), limit: 100)))"
    }

    /// The link was unlinked while this answer was on its way: nobody will ever use these tokens, so they are revoked
    /// (RFC 7009) while they are still at hand. Once; at servers that end a whole grant they are dead already.
    private func revoke(_ tokens: TokenResponse) async {
        world.log.write(.info, "late tokens revoked", [("link", seat.link.id.rawValue)])
        guard let endpoint = metadata.revocationEndpoint else { return }
        for (token, hint) in [(tokens.refreshToken, "refresh_token"), (tokens.accessToken, "access_token")] {
            if let token { _ = await Revoke.ask(token, hint, endpoint, metadata, seat.client, world.transport) }
        }
    }

    // Status and body together: what `Recover` needs to settle it again. Nil: nothing came.
    private func sealedAnswer(
        _ answer: Result<HTTPResponse, TransportError>, _ intent: Intent
    ) throws(CryptoError) -> RawAnswer? {
        let (status, body, isPart): (Int, [UInt8], Bool)
        switch answer {
        case .success(let response): (status, body, isPart) = (response.status, response.body, false)
        case .failure(.cut(let part)): (status, body, isPart) = (part.status, part.body, true)
        case .failure: return nil
        }
        return RawAnswer(
            wallet: intent.wallet, link: intent.link, generation: intent.generation, fence: intent.fence,
            attempt: intent.attempt, status: status,
            sealedBody: try seat.dataKey.seal(
                Secret(copying: body), at: seat.answerPlace(intent.fence, attempt: intent.attempt, isPart: isPart)),
            receivedAt: world.clock.now, isPart: isPart)
    }
}
