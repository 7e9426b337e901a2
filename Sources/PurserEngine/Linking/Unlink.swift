import Crypto
import Wire

/// Ends a link: revoked at the provider, deleted and crypto-erased here, with a receipt.
///
/// The state is durable first, so that a crash anywhere is taken up by the tick. A provider that does not confirm does
/// not keep the data here: what revocation still needs moves to the outbox, under a key of its own.
struct Unlink {
    let wallet: Wallet

    func run(_ id: WalletID, _ link: LinkID) async throws(StoreError) -> Receipt? {
        let now = wallet.world.clock.now
        let claim = try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.beginUnlink(id, link, now: now, until: now.adding(seconds: Limits.claimSeconds))
        }
        guard let claim else { return nil }
        Point.reach(.unlinkBegun)
        return try await finish(claim)
    }

    /// From the state `revoked(by: user)` to the receipt.
    func finish(_ claim: Claim) async throws(StoreError) -> Receipt? {
        let world = wallet.world
        let found = try await world.store.read { reads throws(StoreError) in try reads.link(claim.wallet, claim.link) }
        guard let link = found else { return nil }
        var receipt = Receipt(
            id: ReceiptID.drawn(from: world.randomness), link: link.id, provider: link.provider, at: world.clock.now,
            answer: .nothingHeld)
        var outbox: OutboxRevocation?
        if Plant.isIn("unlink-tells-nobody") { receipt.answer = .revoked }
        var source: (Seat, TokenVersion)?
        if !Plant.isIn("unlink-tells-nobody") {
            let held = try await world.store.read { reads throws(StoreError) in
                try reads.grant(claim.wallet, claim.link) != nil
            }
            let seat = try await wallet.seat(claim)
            let versions =
                if let seat { try await DeliveredTokens(wallet: wallet, seat: seat).versions() } else {
                    [TokenVersion]()
                }
            if let seat, let newest = versions.first, let oldest = versions.last {
                if held { await Signals(wallet: wallet).unname(seat, oldest) }
                let answer = await Revoke(wallet: wallet).run(seat, versions)
                Point.reach(.revocationAnswered)
                (receipt.answer, receipt.detail) = (answer.answer, answer.detail)
                if answer.answer == .pending { outbox = kept(seat, newest, receipt) }
                source = (seat, newest)
                if answer.answer == .pending, outbox == nil { receipt.answer = .gaveUp }
            } else if held {
                receipt.answer = .gaveUp
                receipt.detail = "the provider's folder or the link's key is gone, so nobody could be asked"
            }
        }
        let final = receipt
        let isDone: Bool
        do { isDone = try await erase(claim, final, outbox) } catch .epochGone {
            isDone = try await erase(claim, final, source.flatMap { kept($0.0, $0.1, final) })
        }
        Point.reach(.unlinked)
        guard isDone else { return nil }
        world.log.write(
            .info, "unlinked",
            [("link", link.id.rawValue), ("provider", link.provider), ("answer", final.answer.rawValue)])
        return final
    }

    private func erase(
        _ claim: Claim, _ receipt: Receipt, _ outbox: OutboxRevocation?
    ) async throws(StoreError) -> Bool {
        let now = wallet.world.clock.now
        return try await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.wakeSignals(receipt.provider, makes: false, now: now)
            return try verbs.unlink(claim, receipt, outbox)
        }
    }

    /// The tokens again, each with its fingerprint, under a fresh data key that outlives the link. Asks nobody: the
    /// provider is out of reach.
    private func kept(_ seat: Seat, _ grant: TokenVersion, _ receipt: Receipt) -> OutboxRevocation? {
        guard let (key, wrapped) = try? wallet.keyring.newDataKey(seat.wallet, seat.link.id, id: seat.dataKey.id + 1)
        else { return nil }
        let (refresh, access) = seat.resealed(grant, under: key)
        guard refresh != nil || access != nil else { return nil }
        return OutboxRevocation(
            wallet: seat.wallet, receipt: receipt.id, link: seat.link.id, provider: seat.link.provider,
            issuer: seat.link.issuer, clientID: seat.link.clientID, dataKey: wrapped,
            sealedRefresh: refresh, sealedAccess: access, attempts: 1,
            nextAt: Backoff.next(after: 1, now: wallet.world.clock.now, wallet.world.randomness))
    }
}
