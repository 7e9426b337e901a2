public import Crypto
public import Wire

// Keys, as whoever runs the daemon cares for them.

/// What keys a store has; none of them.
public struct KeyFacts: Sendable, Hashable {
    public struct Epoch: Sendable, Hashable {
        public let id: UInt32
        public let createdAt: Instant
        /// Data keys that it wraps.
        public let keys: Int
    }

    /// Oldest first. More than one: a rotation was cut short, or is under way.
    public let epochs: [Epoch]
    public let records: SealedCounts
    /// How the root secret comes from a passphrase; nil: it comes as it is.
    public let derivation: RootDerivation?

    /// Needs no key.
    public static func read(_ store: any Store) async throws(StoreError) -> KeyFacts {
        try await store.read { reads throws(StoreError) in
            let uses = try reads.keyUses()
            return KeyFacts(
                epochs: try reads.epochs().sorted { $0.id < $1.id }.map {
                    Epoch(id: $0.id, createdAt: $0.createdAt, keys: uses[$0.id] ?? 0)
                }, records: try reads.sealedCounts(), derivation: try reads.rootSource()?.derivation)
        }
    }
}

extension Wallet {
    /// Replaces the key epoch (`Keyring.rotate`).
    public func rotateKeys(tell: @Sendable (Rotation) -> Void) async throws(KeyringError) -> Rotation {
        let rotation = try await keyring.rotate(world, tell: tell)
        log(rotation)
        return rotation
    }

    /// Goes on with a rotation that was cut short, if there is one; what stops it is in the log.
    public func finishRotation() async {
        do {
            if let rotation = try await keyring.finishRotation(world) { log(rotation) }
        } catch {
            world.log.write(.warning, "rotation of keys not finished", [("why", "\(error)")])
        }
    }

    /// Puts the keys under another root secret (`Keyring.reroot`).
    public func reroot(to root: Secret, derivation: RootDerivation?) async throws(KeyringError) {
        try await keyring.reroot(world, to: root, derivation: derivation)
        world.log.write(.info, "root key replaced", [])
    }

    private func log(_ rotation: Rotation) {
        world.log.write(
            rotation.unreadable == 0 ? .info : .warning, "keys rotated",
            [
                ("epoch", "\(rotation.epoch)"), ("keys", "\(rotation.done)"),
                ("unreadable", rotation.unreadable == 0 ? "" : "\(rotation.unreadable)"),
                ("destroyed", rotation.destroyed.map(String.init).joined(separator: ",")),
            ])
    }
}
