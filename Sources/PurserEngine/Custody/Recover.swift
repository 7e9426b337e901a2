import Crypto
import Wire

/// What a start does before any other work: spends that were begun and never settled are settled, or said to be
/// unknown.
///
/// The store's lock proves that nobody else works on them. An intent with a raw answer is parsed again; one without
/// makes its link `outcomeUnknown` (a code: the link fails, since a code works once).
struct Recover {
    /// What an earlier worker's spend came to.
    enum Resumption: Sendable, Hashable {
        /// No answer was kept, or none that says anything.
        case nothing
        /// An answer was kept and cannot be parsed at the moment.
        case notYet
        /// The spend is settled: with new tokens, or with none and nothing lost.
        case settled
        /// The link was moved to another state: nothing more is to be done for it now.
        case over
        /// Somebody else has the link by now.
        case claimLost
    }

    let wallet: Wallet

    /// - Returns: how many spends were settled, and how many stay unknown.
    func run() async throws(StoreError) -> (settled: Int, unknown: Int) {
        try await settleClock()
        let open = try await wallet.world.store.read { reads throws(StoreError) in try reads.unfinishedSpends() }
        var settled = 0
        for spend in open {
            if let raw = spend.raw, try await reparse(spend.intent, raw) {
                settled += 1
            } else {
                try await declareUnknown(spend.intent)
            }
        }
        if !open.isEmpty {
            wallet.world.log.write(
                .warning, "unfinished spends",
                [("settled", "\(settled)"), ("unknown", "\(open.count - settled)")])
        }
        return (settled, open.count - settled)
    }

    /// Nothing can have been worked on later than now: if it says so, the clock was set back while purser was away.
    private func settleClock() async throws(StoreError) {
        let last = try await wallet.world.store.read { reads throws(StoreError) in try reads.lastAttempt() }
        let ahead = last.map { $0.milliseconds(since: wallet.world.clock.now) } ?? 0
        if ahead > Limits.clockSkewSeconds * 1000 { try await wallet.clockWentBack(by: ahead) }
    }

    private func reparse(_ intent: Intent, _ raw: RawAnswer) async throws(StoreError) -> Bool {
        let claim = Claim(wallet: intent.wallet, link: intent.link, fence: intent.fence, until: intent.deadline)
        guard let seat = try await wallet.seat(claim) else { return false }
        switch await settle(intent, raw, seat) {
        case .settled, .over: return true
        // A later claim than the intent's holds the link: whoever takes that one over parses the answer.
        case .claimLost, .notYet, .nothing: return false
        }
    }

    /// Taking over a claim: an answer that was kept and never parsed (the provider's metadata was out of reach at the
    /// start) is parsed now.
    func resume(_ seat: Seat) async -> Resumption {
        let (id, link) = (seat.wallet, seat.link.id)
        let spend: UnfinishedSpend?
        do {
            spend = try await wallet.world.store.read { reads throws(StoreError) in
                try reads.unfinishedSpend(id, link)
            }
        } catch { return .notYet }
        guard let spend, let raw = spend.raw else { return .nothing }
        return await settle(spend.intent, raw, seat)
    }

    private func settle(_ intent: Intent, _ raw: RawAnswer, _ seat: Seat) async -> Resumption {
        guard let body = seat.dataKey.open(raw.sealedBody, at: seat.place("raw_answer", "body", raw.fence)),
            let metadata = try? await wallet.shelf.metadata(of: seat.provider)
        else { return .notYet }
        // The token that was spent goes on if the answer brings no other: without it nothing may be committed.
        var old: Secret?
        if intent.generation > 0 {
            guard let grant = (try? await wallet.grant(seat)) ?? nil else { return .notYet }
            do { old = try seat.refreshToken(grant, metadata) } catch { return .notYet }
        }
        let response = HTTPResponse(status: raw.status, headers: [:], body: body.withBytes { Array($0) })
        let spend = Spend(world: wallet.world, seat: seat, metadata: metadata)
        switch await spend.settle(intent, response, old: old, receivedAt: raw.receivedAt) {
        case .committed: return .settled
        case .orphaned, .notOurs: return .claimLost
        case .unknown: return .nothing
        case .store: return .notYet
        case .refused where intent.purpose == .refresh: return .over
        case .refused(let error), .misconfigured(let error):
            return await ended(intent, seat, error.words)
        case .throttled: return await ended(intent, seat, "the token endpoint asked us to wait")
        case .failed(let why): return await ended(intent, seat, why)
        }
    }

    /// An answer without tokens: a refresh may be tried again, a code works once.
    private func ended(_ intent: Intent, _ seat: Seat, _ why: String) async -> Resumption {
        guard intent.purpose == .exchange else { return .settled }
        await wallet.fail(seat.claim, .exchangeRefused, note: why)
        return .over
    }

    private func declareUnknown(_ intent: Intent) async throws(StoreError) {
        guard intent.purpose == .refresh else { return }
        let condition = LinkCondition(
            .outcomeUnknown, cause: "purser stopped between sending the refresh token and the provider's answer")
        let now = wallet.world.clock.now
        try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.setCondition(intent.wallet, intent.link, condition, now: now)
        }
    }
}
