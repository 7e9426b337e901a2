import PurserEngine

/// Everything of a store that custody hangs on, for comparing two: what was acknowledged must be what is found.
struct CustodyPicture: Equatable {
    private struct Row: Equatable {
        let link: Link
        let key: WrappedDataKey?
        let grant: TokenVersion?
        let pending: PendingLink?
        let spend: UnfinishedSpend?
        let orphans: Int
        let events: [CustodyEvent]
        let ledger: LinkLedger
    }

    private let epochs: [WrappedEpoch]
    private let rows: [Row]
    private let receipts: [Receipt]
    private let feeds: [Feed]

    init(_ reads: any StoreReads) throws(StoreError) {
        epochs = try reads.epochs()
        receipts = try reads.everyReceipt()
        feeds = try reads.feeds()
        let spends = try reads.unfinishedSpends()
        var rows: [Row] = []
        for link in try reads.everyLink() {
            let (wallet, id) = (link.wallet, link.id)
            rows.append(
                Row(
                    link: link, key: try reads.dataKey(wallet, id), grant: try reads.grant(wallet, id),
                    pending: try reads.pendingLink(wallet, id), spend: spends.first { $0.intent.link == id },
                    orphans: try reads.orphanCount(wallet, id), events: try reads.custodyEvents(wallet, id),
                    ledger: try reads.ledger(wallet, id)))
        }
        self.rows = rows
    }

    /// Where this one differs from what it should be, in a few words.
    func differences(from other: Self) -> String {
        var out: [String] = []
        if epochs != other.epochs { out.append("epochs") }
        if receipts != other.receipts { out.append("receipts") }
        if feeds != other.feeds { out.append("feeds") }
        let (mine, theirs) = (rows.map(\.link.id.rawValue), other.rows.map(\.link.id.rawValue))
        if mine != theirs { out.append("links \(mine) instead of \(theirs)") }
        for (row, wanted) in zip(rows, other.rows) where row != wanted {
            let parts = [
                ("row", row.link == wanted.link), ("key", row.key == wanted.key), ("grant", row.grant == wanted.grant),
                ("pending", row.pending == wanted.pending), ("spend", row.spend == wanted.spend),
                ("orphans", row.orphans == wanted.orphans), ("story", row.events == wanted.events),
                ("ledger", row.ledger == wanted.ledger),
            ]
            out.append("\(row.link.id): " + parts.filter { !$0.1 }.map(\.0).joined(separator: " "))
        }
        return out.joined(separator: ", ")
    }
}
