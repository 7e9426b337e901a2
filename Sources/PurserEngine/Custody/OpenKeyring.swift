public import Crypto
import Wire

extension Keyring {
    /// Opens the keyring of the world's store with the world's root key; makes the first epoch when the store has none.
    ///
    /// - Throws: `.wrongRoot` when the root secret is not that of the store.
    public static func open(_ world: World) async throws(KeyringError) -> Keyring {
        let root: Secret
        do { root = try world.rootKey.secret() } catch { throw .root(error) }
        return try await open(world, root: root)
    }

    /// Opens the keyring of the world's store with this root secret; makes the first epoch when the store has none.
    ///
    /// - Parameter derivation: how it came from a passphrase, for a store that is new.
    /// - Throws: `.wrongRoot` when the root secret is not that of the store; `.damaged` when it is, and something does
    ///   not open under it.
    public static func open(
        _ world: World, root: Secret, derivation: RootDerivation? = nil
    ) async throws(KeyringError) -> Keyring {
        do {
            let stored = try await world.store.read { reads throws(StoreError) in
                Stored(
                    id: try reads.storeID(), epochs: try reads.epochs(), source: try reads.rootSource(),
                    keys: try reads.storeKeys())
            }
            let opening = Opening(world: world, root: root, derivation: derivation, stored: stored)
            return try await stored.epochs.isEmpty ? opening.makeFirst() : opening.openStored()
        } catch let error as StoreError {
            throw .store(error)
        } catch let error as KeyringError {
            throw error
        } catch {
            throw .failed("the cryptography failed")
        }
    }

    private struct Stored {
        let id: String
        let epochs: [WrappedEpoch]
        let source: RootSource?
        let keys: [StoreKey]
    }

    private struct Opening {
        let world: World
        let root: Secret
        let derivation: RootDerivation?
        let stored: Stored

        private var wrap: Secret { Keyring.wrap(root) }
        private var source: RootSource {
            RootSource(derivation: derivation, commitment: Wrapping.commitment(root))
        }

        /// A new store: its first epoch, its own keys and what its root is known by, all in one transaction.
        func makeFirst() async throws -> Keyring {
            let wrap = wrap
            let first = world.randomness.secret(32)
            let epoch = WrappedEpoch(
                id: 1,
                wrapped: try Wrapping.wrapped(
                    first, world.randomness.bytes(AEAD.nonceCount), key: wrap,
                    place: Wrapping.epochPlace(stored.id, 1)), createdAt: world.clock.now)
            let (identity, key) = try identity(wrap)
            let source = source
            try await world.store.write { verbs throws(StoreError) in
                try verbs.addEpoch(epoch)
                try verbs.saveRoot(source, [key])
            }
            return Keyring(
                storeID: stored.id, epochs: [1: first], current: 1, wrap: wrap, identity: identity, world.randomness)
        }

        func openStored() async throws -> Keyring {
            if let source = stored.source {
                guard Secret(copying: source.commitment) == Secret(copying: Wrapping.commitment(root)) else {
                    throw KeyringError.wrongRoot
                }
            }
            let wrap = wrap
            var epochs: [UInt32: Secret] = [:]
            for epoch in stored.epochs {
                let place = Wrapping.epochPlace(stored.id, epoch.id)
                guard let key = Wrapping.unwrapped(epoch.wrapped, key: wrap, place: place) else {
                    throw stored.source == nil ? KeyringError.wrongRoot : .damaged("key epoch \(epoch.id)")
                }
                epochs[epoch.id] = key
            }
            let identity = try await stored.source == nil ? takeOver(wrap) : storedIdentity(wrap)
            return Keyring(
                storeID: stored.id, epochs: epochs, current: epochs.keys.max() ?? 1, wrap: wrap, identity: identity,
                world.randomness)
        }

        private func storedIdentity(_ wrap: Secret) throws(KeyringError) -> Secret {
            let name = StoreKey.identity
            guard let key = stored.keys.first(where: { $0.name == name }),
                let open = Wrapping.unwrapped(
                    key.wrapped, key: wrap, place: Wrapping.storeKeyPlace(stored.id, name))
            else { throw .damaged("the key of the identity index") }
            return open
        }

        /// A database of a Purser that wrote neither down: what it had is kept from now on.
        private func takeOver(_ wrap: Secret) async throws -> Secret {
            let (identity, key) = try identity(wrap)
            let source = source
            try await world.store.write { verbs throws(StoreError) in try verbs.saveRoot(source, [key]) }
            return identity
        }

        /// The key of the identity index begins as a child of the root, and outlives it.
        private func identity(_ wrap: Secret) throws(CryptoError) -> (Secret, StoreKey) {
            let key = HKDF.sha256(secret: root, salt: [], info: Array("purser/v1/identity".utf8), count: 32)
            let wrapped = try Wrapping.wrapped(
                key, world.randomness.bytes(AEAD.nonceCount), key: wrap,
                place: Wrapping.storeKeyPlace(stored.id, StoreKey.identity))
            return (key, StoreKey(name: StoreKey.identity, wrapped: wrapped))
        }
    }

    static func wrap(_ root: Secret) -> Secret {
        HKDF.sha256(secret: root, salt: [], info: Array("purser/v1/wrap".utf8), count: 32)
    }
}
