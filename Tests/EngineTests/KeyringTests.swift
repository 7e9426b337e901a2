import Crypto
import Synchronization
import Testing
import Wire

@testable import PurserEngine

@Suite struct KeyringTests {
    private let wallet = Fixture.wallet
    private let link = Fixture.linkID

    @Test("An empty store gets its first epoch; opening again finds the same keys")
    func opening() async throws {
        let store = KeyStore()
        let first = try await Keyring.open(.test(store))
        #expect(store.state.withLock { $0.epochs.map(\.id) } == [1])
        let (key, wrapped) = try first.newDataKey(wallet, link)
        let again = try await Keyring.open(.test(store, randomness: CountingRandomness(seed: 99)))
        #expect(store.state.withLock { $0.epochs.count } == 1)
        #expect(try #require(again.open(wrapped, wallet, link)).key == key.key)
        #expect(
            again.identityHash(wallet, provider: "p", issuer: "i", subject: "s")
                == first.identityHash(wallet, provider: "p", issuer: "i", subject: "s"))
    }

    @Test("C88: another root secret opens nothing and changes nothing")
    func wrongRoot() async throws {
        let store = KeyStore()
        _ = try await Keyring.open(.test(store))
        let before = store.state.withLock { $0.epochs }
        for root in [[UInt8](repeating: 8, count: 32), [UInt8](repeating: 7, count: 31)] {
            await #expect(throws: KeyringError.wrongRoot) {
                try await Keyring.open(.test(store, root: FixedRootKey(bytes: root)))
            }
        }
        #expect(store.state.withLock { $0.epochs } == before)
    }

    @Test("C86, C87: an epoch that was changed, cut, renamed or brought from another store is told from a wrong root")
    func changedEpochs() async throws {
        let store = KeyStore()
        _ = try await Keyring.open(.test(store))
        let good = try #require(store.state.withLock { $0.epochs.first })
        var flipped = good.wrapped
        flipped[20] ^= 1
        let bad = [
            WrappedEpoch(id: 1, wrapped: flipped, createdAt: good.createdAt),
            WrappedEpoch(id: 2, wrapped: good.wrapped, createdAt: good.createdAt),
            WrappedEpoch(id: 1, wrapped: Array(good.wrapped.prefix(20)), createdAt: good.createdAt),
            WrappedEpoch(id: 1, wrapped: [], createdAt: good.createdAt),
        ]
        for epoch in bad {
            store.state.withLock { $0.epochs = [epoch] }
            await #expect(throws: KeyringError.damaged("key epoch \(epoch.id)")) {
                try await Keyring.open(.test(store))
            }
        }
        store.state.withLock { state in
            state.epochs = [good]
            state.storeID = "another store"
        }
        await #expect(throws: KeyringError.damaged("key epoch 1")) { try await Keyring.open(.test(store)) }
    }

    @Test("C88: a root is known by its commitment; a database of before has none, and gets it with what it had")
    func commitment() async throws {
        let store = KeyStore()
        let first = try await Keyring.open(.test(store))
        let root = HKDF.sha256(
            secret: try FixedRootKey().secret(), salt: [], info: Array("commit".utf8), count: 16)
        #expect(
            store.state.withLock { $0.root } == RootSource(derivation: nil, commitment: root.withBytes { Array($0) }))
        let hash = first.identityHash(wallet, provider: "p", issuer: "i", subject: "s")
        // As a Purser without them left it.
        store.state.withLock { ($0.root, $0.keys) = (nil, []) }
        await #expect(throws: KeyringError.wrongRoot) {
            try await Keyring.open(.test(store, root: FixedRootKey(bytes: [UInt8](repeating: 1, count: 32))))
        }
        #expect(store.state.withLock { $0.root == nil && $0.keys.isEmpty }, "another root leaves nothing behind")
        let again = try await Keyring.open(.test(store))
        #expect(again.identityHash(wallet, provider: "p", issuer: "i", subject: "s") == hash)
        #expect(store.state.withLock { $0.root?.commitment } == root.withBytes { Array($0) })
        store.state.withLock { $0.keys = [] }
        await #expect(throws: KeyringError.damaged("the key of the identity index")) {
            try await Keyring.open(.test(store))
        }
    }

    @Test("Every key that is unwrapped lies in locked memory")
    func locked() async throws {
        let store = KeyStore()
        _ = try await Keyring.open(.test(store))
        let refusals = Secret.lockRefusals
        let keyring = try await Keyring.open(.test(store))
        let (_, wrapped) = try keyring.newDataKey(wallet, link)
        let key = try #require(keyring.open(wrapped, wallet, link))
        // Where the system refuses, it is said and not hidden.
        #expect(Secret.lockRefusals > refusals || keyring.isLocked && key.key.isLocked)
    }

    @Test("A root that is missing or unfit, and a store that fails, are said as they are; no key is made")
    func noRoot() async throws {
        let store = KeyStore()
        for error in [RootKeyError.missing("no key file"), .unfit("mode 0644")] {
            await #expect(throws: KeyringError.root(error)) {
                try await Keyring.open(.test(store, root: FixedRootKey(error: error)))
            }
        }
        #expect(store.state.withLock { $0.epochs.isEmpty })
        store.state.withLock { $0.error = .full }
        await #expect(throws: KeyringError.store(.full)) { try await Keyring.open(.test(store)) }
    }

    @Test("A data key opens for its own wallet, link, number and epoch only, and only with its commitment")
    func dataKeys() async throws {
        let keyring = try await Keyring.open(.test(KeyStore()))
        let (_, good) = try keyring.newDataKey(wallet, link)
        #expect(good.id == 1 && good.epoch == 1 && good.commitment.count == 16)
        #expect(keyring.open(good, wallet, link) != nil)
        #expect(keyring.open(good, WalletID(rawValue: "wal_other"), link) == nil)
        #expect(keyring.open(good, wallet, LinkID(rawValue: "lnk_b")) == nil)
        var flipped = good.wrapped
        flipped[flipped.count - 1] ^= 0x80
        var commitment = good.commitment
        commitment[0] ^= 1
        let (_, other) = try keyring.newDataKey(wallet, link)
        func key(
            id: UInt32 = 1, epoch: UInt32 = 1, _ wrapped: [UInt8]? = nil, _ commitment: [UInt8]? = nil
        ) -> WrappedDataKey {
            WrappedDataKey(
                id: id, epoch: epoch, wrapped: wrapped ?? good.wrapped, commitment: commitment ?? good.commitment)
        }
        let bad = [
            key(id: 2), key(epoch: 2), key(flipped), key(Array(good.wrapped.dropLast())), key([]),
            key(nil, commitment), key(nil, []), key(nil, other.commitment), key(other.wrapped),
        ]
        for wrapped in bad { #expect(keyring.open(wrapped, wallet, link) == nil) }
        #expect(other.wrapped != good.wrapped && other.commitment != good.commitment)
    }

    @Test("The newest epoch wraps new keys, and the old ones still open")
    func epochs() async throws {
        let store = KeyStore()
        let old = try await Keyring.open(.test(store))
        let (_, wrapped) = try old.newDataKey(wallet, link)
        let root = HKDF.sha256(
            secret: try FixedRootKey().secret(), salt: [], info: Array("purser/v1/wrap".utf8), count: 32)
        let nonce = [UInt8](repeating: 3, count: 12)
        let body = try AEAD.seal(
            Secret(copying: [UInt8](repeating: 5, count: 32)), key: root, nonce: nonce,
            aad: SealedPlace.joined(["purser/v1", "epoch", "store", "2"]))
        let second = WrappedEpoch(id: 2, wrapped: nonce + body, createdAt: Fixture.now)
        store.state.withLock { $0.epochs.append(second) }
        let keyring = try await Keyring.open(.test(store))
        #expect(keyring.open(wrapped, wallet, link) != nil)
        let (_, new) = try keyring.newDataKey(wallet, link, id: 7)
        #expect(new.epoch == 2 && new.id == 7)
        #expect(keyring.open(new, wallet, link) != nil && old.open(new, wallet, link) == nil)
    }

    @Test("The identity index tells wallets, providers, issuers and people apart, and stores of another root")
    func identity() async throws {
        let keyring = try await Keyring.open(.test(KeyStore()))
        let other = try await Keyring.open(
            .test(KeyStore(), root: FixedRootKey(bytes: [UInt8](repeating: 9, count: 32))))
        func hash(_ keyring: Keyring, _ wallet: String, _ parts: [String]) -> [UInt8] {
            keyring.identityHash(
                WalletID(rawValue: wallet), provider: parts[0], issuer: parts[1], subject: parts[2])
        }
        let all = [
            hash(keyring, "w", ["p", "i", "s"]), hash(keyring, "w2", ["p", "i", "s"]),
            hash(keyring, "w", ["p2", "i", "s"]), hash(keyring, "w", ["p", "i2", "s"]),
            hash(keyring, "w", ["p", "i", "s2"]), hash(keyring, "w", ["pi", "", "s"]),
            hash(keyring, "w", ["p", "is", ""]), hash(other, "w", ["p", "i", "s"]),
        ]
        #expect(Set(all).count == all.count && all.allSatisfy { $0.count == 32 })
        #expect(hash(keyring, "w", ["p", "i", "s"]) == all[0])
    }
}
