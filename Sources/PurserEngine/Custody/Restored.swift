public import Wire

/// Notices that the database is an older one than this machine has seen (RELIABILITY.md A.6): a backup that was put back,
/// or a copy. A refresh token in it that works once may have been spent since, by a daemon that perhaps still runs.
///
/// A random epoch is kept in the database and beside it, and both change together now and then. If the database's is not
/// among those beside it, links of strict providers live from the access tokens they hold, until somebody says that
/// nothing else runs (`Wallet.confirmRestored`); the others go on.
struct Restored {
    let wallet: Wallet

    private var world: World { wallet.world }

    enum Finding: Sendable, Hashable { case fresh, same, restored }

    /// An epoch that never had a witness was drawn by the schema: it has no time in it.
    static func decide(database: String, beside known: [String]?) -> Finding {
        guard born(database) != nil else { return .fresh }
        return known?.contains(database) ?? false ? .same : .restored
    }

    /// When an epoch began, as it says itself.
    static func born(_ epoch: String) -> Instant? {
        let parts = epoch.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, let at = Int64(parts[0]) else { return nil }
        return Instant(milliseconds: at)
    }

    /// At a start.
    func check() async throws(StoreError) {
        let epoch = try await world.store.read { reads throws(StoreError) in try reads.storeEpoch() }
        let known: [String]?
        do { known = try world.witness.epochs() } catch {
            // Nobody can tell; whoever looks after the machine sees it in the log.
            world.log.write(.error, "the epoch beside the database cannot be read", [("why", "\(error)")])
            return
        }
        if Self.decide(database: epoch, beside: known) == .restored {
            let now = world.clock.now
            try await world.store.write { verbs throws(StoreError) in try verbs.setRestored(now) }
            world.log.write(.error, "the database is a restored one", [("until", "purser restored")])
        }
        try await turn(from: epoch)
    }

    /// A new epoch, if the present one has served long enough. Beside the database first, under both names: no crash
    /// in between makes the two strangers.
    func turnIfDue(_ epoch: String) async throws(StoreError) {
        let age = Self.born(epoch).map { world.clock.now.milliseconds(since: $0) } ?? Int64.max
        if age >= Limits.epochSeconds * 1000 || age < 0 { try await turn(from: epoch) }
    }

    private func turn(from epoch: String) async throws(StoreError) {
        guard !(world.witness is NoWitness) else { return }
        let next = "\(world.clock.now.milliseconds)-\(Hex.encode(world.randomness.bytes(16)))"
        do { try world.witness.keep([epoch, next]) } catch {
            world.log.write(.error, "the epoch beside the database cannot be written", [("why", "\(error)")])
            return
        }
        try await world.store.write { verbs throws(StoreError) in try verbs.setStoreEpoch(next) }
        try? world.witness.keep([next])
    }
}

extension Wallet {
    /// When it was noticed that the database is a restored one; nil: it is not, or that was settled.
    public func restoredAt() async throws(StoreError) -> Instant? {
        try await world.store.read { reads throws(StoreError) in try reads.restoredAt() }
    }

    /// Somebody says that nothing else runs with these tokens: strict links are refreshed again. What was spent
    /// meanwhile cannot be told from here; the provider will say. False: nothing was to be confirmed.
    public func confirmRestored() async throws(StoreError) -> Bool {
        let wasRestored = try await world.store.write { verbs throws(StoreError) -> Bool in
            guard try verbs.restoredAt() != nil else { return false }
            try verbs.setRestored(nil)
            return true
        }
        if wasRestored { world.log.write(.warning, "restored database confirmed", []) }
        return wasRestored
    }
}
