import Crypto
import Wire

/// What a start does before any other work: spends that were begun and never settled are settled, or said to be
/// unknown.
///
/// The store's lock proves that nobody else works on them. An intent with a raw answer is parsed again; one without
/// makes its link `outcomeUnknown` (a code: the link fails, since a code works once).
struct Recover {
    let wallet: Wallet

    /// - Returns: how many spends were settled, and how many stay unknown.
    func run() async throws(StoreError) -> (settled: Int, unknown: Int) {
        let open = try await wallet.world.store.read { reads throws(StoreError) in try reads.unfinishedSpends() }
        var settled = 0
        for spend in open {
            if let raw = spend.raw, await reparse(spend.intent, raw) {
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

    private func reparse(_ intent: Intent, _ raw: RawAnswer) async -> Bool {
        let claim = Claim(wallet: intent.wallet, link: intent.link, fence: intent.fence, until: intent.deadline)
        guard let seat = await wallet.seat(claim) else { return false }
        return await settle(intent, raw, seat)
    }

    /// Taking over a claim: an answer that was kept and never parsed (the provider's metadata was out of reach at the
    /// start) is parsed now. True when that settled the spend.
    func resume(_ seat: Seat) async -> Bool {
        let found = try? await wallet.world.store.read { reads throws(StoreError) in try reads.unfinishedSpends() }
        let spend = found?.first { $0.intent.wallet == seat.wallet && $0.intent.link == seat.link.id }
        guard let spend, let raw = spend.raw else { return false }
        return await settle(spend.intent, raw, seat)
    }

    /// True when the answer settled the spend, whichever way.
    private func settle(_ intent: Intent, _ raw: RawAnswer, _ seat: Seat) async -> Bool {
        guard let body = seat.dataKey.open(raw.sealedBody, at: seat.place("raw_answer", "body", raw.fence)),
            let metadata = try? await wallet.shelf.metadata(of: seat.provider)
        else { return false }
        var old: Secret?
        if intent.generation > 0, let grant = await wallet.grant(seat) {
            old = (try? seat.refreshToken(grant, metadata)) ?? nil
        }
        let response = HTTPResponse(status: raw.status, headers: [:], body: body.withBytes { Array($0) })
        let spend = Spend(world: wallet.world, seat: seat, metadata: metadata)
        switch await spend.settle(intent, response, old: old, receivedAt: raw.receivedAt) {
        case .unknown, .store, .notOurs: return false
        case .refused(let error) where intent.purpose == .refresh:
            await wallet.move(seat.claim, .needsConsent(.invalidGrant), note: error.words, due: nil)
            return true
        default: return true
        }
    }

    private func declareUnknown(_ intent: Intent) async throws(StoreError) {
        guard intent.purpose == .refresh else { return }
        let condition = LinkCondition(
            .outcomeUnknown, cause: "purser stopped between sending the refresh token and the provider's answer")
        try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.setCondition(intent.wallet, intent.link, condition)
        }
    }
}
