public import PurserEngine

extension MemoryVerbs {
    public func record(_ claim: Claim, _ change: LedgerChange) throws(StoreError) -> Bool {
        guard var record = held(claim) else { return false }
        guard !record.observations.contains(where: { $0.number == change.observation.number }) else {
            throw .failed("this observation exists")
        }
        for membership in change.memberships { record.memberships[membership.id] = membership }
        for account in change.accounts { record.accounts[account.id] = account }
        if let vouchers = change.vouchers { record.vouchers = vouchers }
        for entry in change.entries {
            record.entries[entry.account, default: MemoryState.Lines()].append(entry)
        }
        for cursor in change.cursors {
            record.cursors.removeAll { $0.request == cursor.request && $0.membership == cursor.membership }
            record.cursors.append(cursor)
        }
        for answer in change.kept {
            record.kept.removeAll { $0.request == answer.request && $0.membership == answer.membership }
            record.kept.append(answer)
        }
        record.observations.append(change.observation)
        let before = record.fragments
        for fragment in change.fragments { record.fragments[fragment.account] = fragment }
        for account in change.ended { record.fragments[account] = nil }
        record.link.record(change)
        record.endClaim(due: change.due, isAtRisk: change.isAtRisk)
        keep(record, isSeen: record.fragments != before)
        return true
    }
}
