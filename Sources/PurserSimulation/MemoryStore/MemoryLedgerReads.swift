public import PurserEngine

extension MemoryVerbs {
    public func ledger(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> LinkLedger {
        guard let record = record(wallet, link) else { return LinkLedger() }
        return LinkLedger(
            memberships: record.memberships.values.sorted { $0.id < $1.id },
            accounts: record.accounts.values.sorted { $0.id < $1.id }, vouchers: record.vouchers,
            cursors: record.cursors.sorted { a, b in
                a.request == b.request
                    ? Self.precedes(a.membership, b.membership) : Self.precedes(a.request, b.request)
            }, observation: record.observations.map(\.number).max() ?? 0)
    }

    public func keptAnswers(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [KeptAnswer] {
        (record(wallet, link)?.kept ?? []).sorted { a, b in
            a.request == b.request
                ? Self.precedes(a.membership, b.membership) : Self.precedes(a.request, b.request)
        }
    }

    public func knownEntries(
        _ wallet: WalletID, _ account: AccountID, _ externalIDs: [String]
    ) throws(StoreError) -> Set<String> {
        lines(wallet, account).externalIDs.intersection(externalIDs)
    }

    public func entries(
        _ wallet: WalletID, _ account: AccountID, before: EntryPosition?, limit: Int
    ) throws(StoreError) -> [Entry] {
        let newestFirst = lines(wallet, account).all.sorted { ($0.posted, $0.id) > ($1.posted, $1.id) }
        let older = newestFirst.drop { entry in
            before.map { (entry.posted, entry.id) >= ($0.posted, $0.id) } ?? false
        }
        return Array(older.prefix(max(0, limit)))
    }

    public func observations(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [Observation] {
        (record(wallet, link)?.observations ?? []).sorted { $0.number < $1.number }
    }

    public func snapshot(_ wallet: WalletID) throws(StoreError) -> WalletSnapshot {
        let links = oldestFirst(wallet)
        let fragments = links.flatMap(\.fragments.values).sorted { a, b in
            a.order == b.order ? a.account < b.account : Self.precedes(a.order, b.order)
        }
        return WalletSnapshot(
            version: state.wallets[wallet] ?? 0, accounts: fragments,
            links: links.map { (id: $0.link.id, bytes: $0.fragment) })
    }

    private func lines(_ wallet: WalletID, _ account: AccountID) -> MemoryState.Lines {
        for (place, record) in state.links where place.wallet == wallet {
            if let found = record.entries[account] { return found }
        }
        return MemoryState.Lines()
    }

    // Byte by byte, as a database compares; Swift's own order of strings is another.
    static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
