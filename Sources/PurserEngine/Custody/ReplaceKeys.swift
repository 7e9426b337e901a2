public import Crypto
import Synchronization
import Wire

/// How far a rotation has come.
public struct Rotation: Sendable, Hashable {
    /// The epoch that data keys are wrapped under from now on.
    public let epoch: UInt32
    /// It was begun earlier, and was cut short.
    public let isResumed: Bool
    /// Data keys that were to be wrapped anew, and how many of them are.
    public var total = 0
    public var done = 0
    /// Data keys that do not open under their own epoch: they stay, and so does that epoch.
    public var unreadable = 0
    public var destroyed: [UInt32] = []
}

// Rotation, online: epoch n + 1 is added; data keys are wrapped anew in small transactions, each row naming its epoch;
// the old epoch is destroyed when nothing refers to it. Whatever ends in between leaves rows that all open, and an older
// epoch beside the newest one: by that the rest is found and done, at the next start or by the next rotation.
extension Keyring {
    /// So many data keys are wrapped anew in one transaction: others wait for no longer than that.
    static let batch = 64

    /// Replaces the key epoch by a new one; goes on with a rotation that was cut short instead, if there is one.
    ///
    /// - Parameter tell: is called with how far it has come.
    /// - Throws: `.busy` when keys are being replaced already. What was done until then stays done.
    public func rotate(_ world: World, tell: @Sendable (Rotation) -> Void) async throws(KeyringError) -> Rotation {
        try begin()
        defer { end() }
        do {
            let stored = try await world.store.read { reads throws(StoreError) in try reads.epochs() }
            let isResumed = stored.count > 1
            if !isResumed { try await addEpoch(world, after: stored.map(\.id).max() ?? 0) }
            return try await wrapAnew(world, Rotation(epoch: keys.withLock { $0.current }, isResumed: isResumed), tell)
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .failed("the cryptography failed; keys that were wrapped anew are, the others are as before")
        }
    }

    /// Goes on with a rotation that was cut short. Nil: there is none.
    public func finishRotation(_ world: World) async throws(KeyringError) -> Rotation? {
        let stored: [WrappedEpoch]
        do { stored = try await world.store.read { reads throws(StoreError) in try reads.epochs() } } catch {
            throw .store(error)
        }
        return stored.count > 1 ? try await rotate(world, tell: { _ in }) : nil
    }

    /// Puts every epoch and every key of the store's own under another root secret, in one transaction.
    ///
    /// The secret is durable where it will be looked for before this is called. - Throws: nothing has changed then.
    public func reroot(
        _ world: World, to root: Secret, derivation: RootDerivation?
    ) async throws(KeyringError) {
        try begin()
        defer { end() }
        Point.reach(.rootPrepared)
        let new = Self.wrap(root)
        let source = RootSource(derivation: derivation, commitment: Wrapping.commitment(root))
        do {
            let (stored, own) = try await world.store.read { reads throws(StoreError) in
                (try reads.epochs(), try reads.storeKeys())
            }
            var epochs: [WrappedEpoch] = []
            for epoch in stored {
                guard let key = keys.withLock({ $0.epochs[epoch.id] }) else {
                    throw KeyringError.damaged("key epoch \(epoch.id)")
                }
                let wrapped = try Wrapping.wrapped(
                    key, world.randomness.bytes(AEAD.nonceCount), key: new,
                    place: Wrapping.epochPlace(storeID, epoch.id))
                epochs.append(WrappedEpoch(id: epoch.id, wrapped: wrapped, createdAt: epoch.createdAt))
            }
            let old = keys.withLock { $0.wrap }
            let moved = try own.map { try rewrapped($0, from: old, to: new, world) }
            let final = epochs
            try await world.store.write { verbs throws(StoreError) in try verbs.replaceRoot(source, final, moved) }
            keys.withLock { $0.wrap = new }
            Point.reach(.rootReplaced)
        } catch let error as StoreError {
            throw .store(error)
        } catch let error as KeyringError {
            throw error
        } catch {
            throw .failed("the cryptography failed; nothing was changed")
        }
    }

    private func rewrapped(
        _ key: StoreKey, from old: Secret, to new: Secret, _ world: World
    ) throws -> StoreKey {
        let place = Wrapping.storeKeyPlace(storeID, key.name)
        guard let open = Wrapping.unwrapped(key.wrapped, key: old, place: place) else {
            throw KeyringError.damaged("the store's key \(key.name)")
        }
        return StoreKey(
            name: key.name,
            wrapped: try Wrapping.wrapped(open, world.randomness.bytes(AEAD.nonceCount), key: new, place: place))
    }

    private func addEpoch(_ world: World, after last: UInt32) async throws {
        let id = last + 1
        let key = world.randomness.secret(32)
        let wrap = keys.withLock { $0.wrap }
        let epoch = WrappedEpoch(
            id: id,
            wrapped: try Wrapping.wrapped(
                key, world.randomness.bytes(AEAD.nonceCount), key: wrap, place: Wrapping.epochPlace(storeID, id)),
            createdAt: world.clock.now)
        try await world.store.write { verbs throws(StoreError) in try verbs.addEpoch(epoch) }
        keys.withLock { keys in
            keys.epochs[id] = key
            keys.current = id
        }
        Point.reach(.epochAdded)
    }

    private func wrapAnew(
        _ world: World, _ rotation: Rotation, _ tell: @Sendable (Rotation) -> Void
    ) async throws -> Rotation {
        var rotation = rotation
        let newest = rotation.epoch
        rotation.total = try await world.store.read { reads throws(StoreError) in
            try reads.keyUses().reduce(0) { $1.key == newest ? $0 : $0 + $1.value }
        }
        tell(rotation)
        // Work that was under way may save a key under the old epoch behind the walk's back: then it walks once more.
        for _ in 0..<3 {
            try await walk(world, &rotation, tell)
            try await destroy(world, &rotation)
            if keys.withLock({ $0.epochs.count == 1 }) || rotation.unreadable > 0 { break }
        }
        keys.withLock { keys in keys.retired = keys.retired.filter { rotation.destroyed.contains($0.key) } }
        tell(rotation)
        return rotation
    }

    private func walk(
        _ world: World, _ rotation: inout Rotation, _ tell: @Sendable (Rotation) -> Void
    ) async throws {
        let newest = rotation.epoch
        var last: KeyPlace?
        rotation.unreadable = 0
        while true {
            let after = last
            let found = try await world.store.read { reads throws(StoreError) in
                try reads.keys(outside: newest, after: after, limit: Self.batch)
            }
            guard let end = found.last else { return }
            last = end.place
            let new = try found.compactMap { try rewrapped($0, under: newest, world) }
            rotation.unreadable += found.count - new.count
            rotation.done += try await world.store.write { verbs throws(StoreError) in try verbs.rewrap(new) }
            rotation.total = max(rotation.total, rotation.done + rotation.unreadable)
            Point.reach(.keysRewrapped)
            tell(rotation)
        }
    }

    /// Nil: it does not open, or is no key of ours.
    private func rewrapped(_ found: PlacedKey, under epoch: UInt32, _ world: World) throws(CryptoError) -> Rewrapped? {
        guard let key = open(found.key, found.place.wallet, found.owner),
            let wrapping = keys.withLock({ $0.epochs[epoch] })
        else { return nil }
        let wrapped = try Wrapping.wrapped(
            key.key, world.randomness.bytes(AEAD.nonceCount), key: wrapping,
            place: Wrapping.keyPlace(storeID, found.place.wallet, found.owner, found.key.id, epoch))
        return Rewrapped(
            found.place, old: found.key,
            new: WrappedDataKey(
                id: found.key.id, epoch: epoch, wrapped: wrapped, commitment: found.key.commitment))
    }

    private func destroy(_ world: World, _ rotation: inout Rotation) async throws {
        let newest = rotation.epoch
        let stored = try await world.store.read { reads throws(StoreError) in try reads.epochs() }
        for old in stored.map(\.id).sorted() where old != newest {
            let isGone = try await world.store.write { verbs throws(StoreError) in try verbs.destroyEpoch(old) }
            guard isGone else { continue }
            keys.withLock { $0.retired[old] = $0.epochs.removeValue(forKey: old) }
            rotation.destroyed.append(old)
            Point.reach(.epochDestroyed)
        }
    }

    private func begin() throws(KeyringError) {
        let isFirst = keys.withLock { keys in
            defer { keys.isBeingReplaced = true }
            return !keys.isBeingReplaced
        }
        guard isFirst else { throw .busy }
    }

    private func end() { keys.withLock { $0.isBeingReplaced = false } }
}
