public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func beginUnlink(
        _ wallet: WalletID, _ link: LinkID, now: Instant, until: Instant
    ) throws(StoreError) -> Claim? {
        guard var record = record(wallet, link) else { return nil }
        record.link.move(to: .revoked(.user), note: nil, now: now)
        let claim = record.lease(until: until)
        record.isAtRisk = false
        keep(record)
        return claim
    }

    public func unlink(
        _ claim: Claim, _ receipt: Receipt?, _ outbox: OutboxRevocation?
    ) throws(StoreError) -> Bool {
        guard held(claim) != nil else { return false }
        try check(outbox?.dataKey)
        let place = receipt.map { MemoryState.ReceiptPlace(wallet: claim.wallet, receipt: $0.id) }
        if let place, state.receipts[place] != nil { throw .failed("this receipt exists") }
        if let outbox, outbox.receipt != receipt?.id || outbox.wallet != claim.wallet {
            throw .failed("a revocation without its receipt")
        }
        state.links[MemoryState.LinkPlace(wallet: claim.wallet, link: claim.link)] = nil
        if let place {
            state.receipts[place] = receipt
            state.outbox[place] = outbox
        }
        raiseVersion(claim.wallet)
        return true
    }

    public func claimRevocations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [OutboxRevocation] {
        let due = state.outbox.filter { $0.value.nextAt <= now }.sorted { a, b in
            (a.value.nextAt, a.key.wallet, a.key.receipt) < (b.value.nextAt, b.key.wallet, b.key.receipt)
        }
        return due.prefix(max(0, limit)).map { place, found in
            var row = found
            row.nextAt = until
            state.outbox[place] = row
            return row
        }
    }

    public func settleRevocation(
        _ wallet: WalletID, _ receipt: ReceiptID, answer: Receipt.Answer, detail: String?, again: Instant?
    ) throws(StoreError) {
        let place = MemoryState.ReceiptPlace(wallet: wallet, receipt: receipt)
        guard state.outbox[place] != nil else { return }
        state.receipts[place]?.answer = answer
        state.receipts[place]?.detail = detail
        if let again {
            state.outbox[place]?.attempts += 1
            state.outbox[place]?.nextAt = again
        } else {
            state.outbox[place] = nil
        }
    }
}
