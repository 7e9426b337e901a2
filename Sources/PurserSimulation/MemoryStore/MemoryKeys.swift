public import PurserEngine
import Wire

extension MemoryVerbs {
    public func rootSource() throws(StoreError) -> RootSource? { state.root }

    public func storeKeys() throws(StoreError) -> [StoreKey] {
        state.storeKeys.sorted { Self.precedes($0.name, $1.name) }
    }

    public func keys(outside epoch: UInt32, after: KeyPlace?, limit: Int) throws(StoreError) -> [PlacedKey] {
        let found = placedKeys.filter { placed in
            placed.key.epoch != epoch && after.map { $0 < placed.place } ?? true
        }
        return Array(found.prefix(max(0, limit)))
    }

    public func keyUses() throws(StoreError) -> [UInt32: Int] {
        placedKeys.reduce(into: [:]) { $0[$1.key.epoch, default: 0] += 1 }
    }

    public func sealedCounts() throws(StoreError) -> SealedCounts {
        var counts = SealedCounts()
        for record in state.links.values {
            counts.grants += record.tokens.count
            counts.orphans += record.orphans.count
            counts.pending += record.pending == nil ? 0 : 1
            counts.answers += record.rawAnswers.count
            counts.vouchers += record.vouchers.count { $0.sealedCode != nil }
        }
        counts.clientSecrets = state.clients.values.count { $0.sealedSecret != nil }
        counts.registrations = state.clients.values.count { $0.dynamic?.sealedAccess != nil }
        counts.revocations = state.outbox.count
        return counts
    }

    public func addEpoch(_ epoch: WrappedEpoch) throws(StoreError) {
        guard !state.epochs.isEmpty || state.links.isEmpty && state.outbox.isEmpty else {
            throw .failed("a first key is made for an empty database only")
        }
        guard !state.epochs.contains(where: { $0.id == epoch.id }) else { throw .failed("this epoch exists") }
        state.epochs = (state.epochs + [epoch]).sorted { $0.id < $1.id }
    }

    public func saveRoot(_ source: RootSource, _ keys: [StoreKey]) throws(StoreError) {
        state.root = state.root ?? source
        for key in keys where !state.storeKeys.contains(where: { $0.name == key.name }) { state.storeKeys.append(key) }
    }

    public func rewrap(_ keys: [Rewrapped]) throws(StoreError) -> Int {
        var count = 0
        for key in keys where replace(key) { count += 1 }
        return count
    }

    private func replace(_ key: Rewrapped) -> Bool {
        let (place, old) = (key.place, key.old)
        func isOld(_ stored: WrappedDataKey) -> Bool { stored.id == place.id && stored.wrapped == old.wrapped }
        switch place.table {
        case .link:
            let link = MemoryState.LinkPlace(wallet: place.wallet, link: LinkID(rawValue: place.row))
            guard let at = state.links[link]?.dataKeys.firstIndex(where: isOld) else { return false }
            state.links[link]?.dataKeys[at] = key.new
        case .client:
            guard let client = state.clients[place.row], let stored = client.dataKey, isOld(stored) else {
                return false
            }
            state.clients[place.row] = client.under(key.new)
        case .outbox:
            let receipt = MemoryState.ReceiptPlace(wallet: place.wallet, receipt: ReceiptID(rawValue: place.row))
            guard let row = state.outbox[receipt], isOld(row.dataKey) else { return false }
            state.outbox[receipt] = row.under(key.new)
        }
        return true
    }

    public func destroyEpoch(_ id: UInt32) throws(StoreError) -> Bool {
        guard state.epochs.contains(where: { $0.id == id }), state.epochs.contains(where: { $0.id > id }),
            !placedKeys.contains(where: { $0.key.epoch == id })
        else { return false }
        state.epochs.removeAll { $0.id == id }
        return true
    }

    public func replaceRoot(
        _ source: RootSource, _ epochs: [WrappedEpoch], _ keys: [StoreKey]
    ) throws(StoreError) {
        guard Set(state.epochs.map(\.id)) == Set(epochs.map(\.id)),
            Set(state.storeKeys.map(\.name)) == Set(keys.map(\.name))
        else { throw .failed("keys came or went while the root was replaced; nothing was changed") }
        state.epochs = state.epochs.map { old in
            WrappedEpoch(
                id: old.id, wrapped: epochs.first { $0.id == old.id }!.wrapped, createdAt: old.createdAt)
        }
        state.storeKeys = keys
        state.root = source
    }

    /// Refuses a data key that could never be opened.
    func check(_ key: WrappedDataKey?) throws(StoreError) {
        guard let key, !state.epochs.isEmpty, !state.epochs.contains(where: { $0.id == key.epoch }) else { return }
        throw .epochGone
    }

    /// All data keys, in order of their places.
    private var placedKeys: [PlacedKey] {
        var out: [PlacedKey] = []
        for (place, record) in state.links {
            out += record.dataKeys.map {
                PlacedKey(KeyPlace(.link, place.wallet, place.link.rawValue, id: $0.id), owner: place.link, $0)
            }
        }
        for (provider, client) in state.clients {
            guard let key = client.dataKey else { continue }
            let owner = RegisteredClient.keyOwner(of: provider)
            out.append(PlacedKey(KeyPlace(.client, .nobody, provider, id: key.id), owner: owner, key))
        }
        for (place, row) in state.outbox {
            let key = KeyPlace(.outbox, place.wallet, place.receipt.rawValue, id: row.dataKey.id)
            out.append(PlacedKey(key, owner: row.link, row.dataKey))
        }
        return out.sorted { $0.place < $1.place }
    }
}
