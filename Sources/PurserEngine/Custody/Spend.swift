import Crypto
import Wire

// One spend of a code or a refresh token: custody's straight path (DESIGN.md 5, RELIABILITY.md A.3).
//
//     intent durable -> sent once -> raw answer sealed and durable -> parsed -> committed as generation g + 1
//     by compare-and-set on (generation, fence) -> only then used
//
// Whatever ends in between leaves rows from which `Recover` finishes it: an intent alone means "unknown whether it was
// spent", an intent with a raw answer means "parse again".

/// How a spend ended.
enum SpendEnding: Sendable {
    /// The tokens are durable as the link's current generation.
    case committed(TokenVersion, access: Secret)
    /// They are durable as orphans: the claim was lost meanwhile.
    case orphaned
    /// A refresh that was refused has moved its link already: to `needsConsent`, or to `failed` where nobody was
    /// identified yet.
    case refused(OAuthError)
    case misconfigured(OAuthError)
    case throttled(until: Instant?)
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
    let world: World
    let seat: Seat
    let metadata: ServerMetadata

    /// Spends `generation` (0: the code) with `request`. `old` is the refresh token being spent, kept on if the answer
    /// brings no new one.
    func run(
        _ request: ProviderRequest, _ purpose: Intent.Purpose, generation: Int, old: Secret?
    ) async -> SpendEnding {
        let sentAt = world.clock.now
        let intent = Intent(
            wallet: seat.wallet, link: seat.link.id, purpose: purpose, generation: generation,
            fence: seat.claim.fence, sentAt: sentAt, deadline: sentAt.adding(seconds: request.deadlineSeconds))
        do {
            let start = try await world.store.write { verbs throws(StoreError) in try verbs.beginSpend(intent) }
            guard start == .begun else { return .notOurs }
        } catch { return .store(error) }

        let response: HTTPResponse
        do {
            response = try await world.transport.send(request)
        } catch {
            if case .notSent(let why) = error {
                return await clear(intent, "notSent", .failed("\(LinkCondition.unreachable) (\(why))"))
            }
            return await unknown(error.words, unanswered: intent)
        }
        let answer: RawAnswer
        do {
            answer = try sealedAnswer(response, intent)
            try await world.store.write { verbs throws(StoreError) in try verbs.keepRaw(answer) }
        } catch let error as StoreError {
            // The answer is in memory only: the commit below is its last chance, and still comes before any use.
            world.log.write(.error, "raw answer not kept", [("link", seat.link.id.rawValue), ("why", "\(error)")])
        } catch {
            return await unknown("the answer could not be sealed")
        }
        return await settle(intent, response, old: old, receivedAt: world.clock.now)
    }

    /// Steps e7 to e8: from an answer that is durable to a settled spend. Also the whole of recovery.
    func settle(_ intent: Intent, _ response: HTTPResponse, old: Secret?, receivedAt: Instant) async -> SpendEnding {
        let outcome = TokenOutcome.decide(
            status: response.status, headers: response.headers, body: response.body, now: receivedAt,
            losesOnReplay: seat.policy.losesOnReplay)
        switch outcome {
        case .tokens(let tokens): return await commit(tokens, intent, old: old, receivedAt)
        case .refused(let error):
            // A dead refresh token and the question it leads to are one step: no life between them sends it again.
            return await clear(
                intent, "refused", .refused(error), detail: error.code,
                moving: intent.purpose == .refresh ? afterRefusal(error) : nil)
        case .misconfigured(let error):
            return await clear(intent, "misconfigured", .misconfigured(error), detail: error.code)
        case .throttled(let until): return await clear(intent, "throttled", .throttled(until: until))
        case .failed(let why): return await clear(intent, "failed", .failed(why), detail: why)
        case .unclear(let why): return await unknown(why)
        }
    }

    private func commit(
        _ tokens: TokenResponse, _ intent: Intent, old: Secret?, _ receivedAt: Instant
    ) async -> SpendEnding {
        do {
            let version = try seat.sealed(
                tokens, generation: intent.generation + 1, keeping: old, identifying: await identifying(intent),
                metadata, sentAt: intent.sentAt, receivedAt: receivedAt, world.randomness)
            // The claim may have been taken over since the intent: then the new one's fence counts.
            let fence = seat.claim.fence
            let (commit, isUnlinked) = try await world.store.write { verbs throws(StoreError) in
                let commit = try verbs.commitGeneration(
                    intent.wallet, intent.link, parent: intent.generation, fence: fence, version)
                if commit == .committed, fence != intent.fence {
                    let event = CustodyEvent(at: receivedAt, kind: "takenOver", generation: intent.generation)
                    try verbs.clearIntent(intent, event)
                }
                let holdsGrant = try verbs.link(intent.wallet, intent.link)?.state.holdsGrant ?? false
                return (commit, commit == .orphaned && !holdsGrant)
            }
            if isUnlinked { await revoke(tokens) }
            return commit == .committed ? .committed(version, access: tokens.accessToken) : .orphaned
        } catch let error as StoreError {
            return .store(error)
        } catch {
            return await unknown("the tokens could not be sealed")
        }
    }

    /// The ID token a link waits to be identified by, when its tokens are refreshed before that.
    private func identifying(_ intent: Intent) async -> Secret? {
        guard intent.purpose == .refresh, seat.link.state == .linking else { return nil }
        let (wallet, link) = (seat.wallet, seat.link.id)
        let grant = try? await world.store.read { reads throws(StoreError) in try reads.grant(wallet, link) }
        return (grant ?? nil).flatMap { try? seat.idToken($0) }
    }

    /// The link was unlinked while this answer was on its way: nobody will ever use these tokens, so they are revoked
    /// (RFC 7009) while they are still at hand. Once; at servers that end a whole grant they are dead already.
    private func revoke(_ tokens: TokenResponse) async {
        world.log.write(.info, "late tokens revoked", [("link", seat.link.id.rawValue)])
        guard let endpoint = metadata.revocationEndpoint else { return }
        for (token, hint) in [(tokens.refreshToken, "refresh_token"), (tokens.accessToken, "access_token")] {
            if let token { _ = await Revoke.ask(token, hint, endpoint, seat.client, world.transport) }
        }
    }

    private struct Move: Sendable {
        let state: LinkState
        let note: String
        var due: Instant?
    }

    /// A link that was never identified has nothing to be asked about: it never came to be.
    private func afterRefusal(_ error: OAuthError) -> Move {
        guard seat.link.state == .linking else { return Move(state: .needsConsent(.invalidGrant), note: error.words) }
        return Move(
            state: .failed(.identityUnreadable), note: "before it was known who was linked, \(error.words)",
            due: world.clock.now.adding(seconds: Limits.failedLinkSeconds))
    }

    /// A settled spend that brought nothing: the intent goes.
    private func clear(
        _ intent: Intent, _ kind: String, _ ending: SpendEnding, detail: String? = nil,
        moving: Move? = nil
    ) async -> SpendEnding {
        let now = world.clock.now
        let event = CustodyEvent(at: now, kind: kind, generation: intent.generation, detail: detail)
        let claim = seat.claim
        do {
            let isHeld = try await world.store.write { verbs throws(StoreError) -> Bool in
                if let moving {
                    // The claim is lost: the kept answer stays for whoever has it now.
                    let isMoved = try verbs.setLinkState(
                        claim.wallet, claim.link, claim: claim, state: moving.state, note: moving.note, now: now,
                        due: moving.due)
                    guard isMoved else { return false }
                }
                try verbs.clearIntent(intent, event)
                return true
            }
            return isHeld ? ending : .notOurs
        } catch { return .store(error) }
    }

    /// An unsettled spend: said plainly on the link, and the intent keeps everybody else from spending.
    private func unknown(_ why: String, unanswered intent: Intent? = nil) async -> SpendEnding {
        let condition = LinkCondition(.outcomeUnknown, cause: why)
        let (wallet, link) = (seat.wallet, seat.link.id)
        let now = world.clock.now
        try? await world.store.write { verbs throws(StoreError) in
            if let intent {
                let event = CustodyEvent(at: now, kind: "unanswered", generation: intent.generation, detail: why)
                try verbs.note(wallet, link, event)
            }
            try verbs.setCondition(wallet, link, condition, now: now)
        }
        return .unknown(why)
    }

    // Status and body together: what `Recover` needs to settle it again.
    private func sealedAnswer(_ response: HTTPResponse, _ intent: Intent) throws(CryptoError) -> RawAnswer {
        RawAnswer(
            wallet: intent.wallet, link: intent.link, generation: intent.generation, fence: intent.fence,
            status: response.status,
            sealedBody: try seat.dataKey.seal(
                Secret(copying: response.body), at: seat.place("raw_answer", "body", intent.fence)),
            receivedAt: world.clock.now)
    }
}
