import Crypto
import Wire

// The key hierarchy (PROTOCOL.md E 1-5):
//
//     root secret (outside the database)
//       -> HKDF-SHA256, info "purser/v1/wrap", wraps the key-encryption-key epochs
//            -> each epoch wraps data keys, one per link
//                 -> a data key seals that link's records
//       -> HKDF-SHA256, info "purser/v1/identity", keys the identity index
//
// Beside each wrapped data key stands HKDF(data key, info "commit")[0..<16], compared in constant time: a ciphertext
// that opens under two keys is of no use to anyone.

/// Why the keys of a store cannot be had. Nothing has been changed when one of these is thrown.
public enum KeyringError: Error, Sendable, Hashable, CustomStringConvertible {
    case root(RootKeyError)
    case store(StoreError)
    /// The root secret is not the one this database was sealed with.
    case wrongRoot
    case failed(String)

    public var description: String {
        switch self {
        case .root(let error): error.description
        case .store(let error): error.description
        case .wrongRoot: "the root key is not the one this database was sealed with"
        case .failed(let what): what
        }
    }
}

/// The open keys of one store: epochs in locked memory; data keys are unwrapped per use and dropped after.
public struct Keyring: Sendable {
    let storeID: String
    private let epochs: [UInt32: Secret]
    private let current: UInt32
    private let identityKey: Secret
    private let randomness: any Randomness

    /// Opens the keyring of the world's store; makes the first epoch when the store has none yet.
    ///
    /// - Throws: `.wrongRoot` when the root secret does not open the store's epochs.
    public static func open(_ world: World) async throws(KeyringError) -> Keyring {
        let root: Secret
        do { root = try world.rootKey.secret() } catch { throw .root(error) }
        let wrap = HKDF.sha256(secret: root, salt: [], info: Array("purser/v1/wrap".utf8), count: 32)
        let identity = HKDF.sha256(secret: root, salt: [], info: Array("purser/v1/identity".utf8), count: 32)
        do {
            let storeID = try await world.store.read { reads throws(StoreError) in try reads.storeID() }
            var stored = try await world.store.read { reads throws(StoreError) in try reads.epochs() }
            if stored.isEmpty {
                let nonce = world.randomness.bytes(AEAD.nonceCount)
                let fresh = world.randomness.secret(32)
                let sealed = try Self.wrapped(fresh, nonce, key: wrap, place: epochPlace(storeID, 1))
                let epoch = WrappedEpoch(id: 1, wrapped: sealed, createdAt: world.clock.now)
                try await world.store.write { verbs throws(StoreError) in try verbs.addEpoch(epoch) }
                stored = [epoch]
            }
            var epochs: [UInt32: Secret] = [:]
            for epoch in stored {
                guard let key = unwrapped(epoch.wrapped, key: wrap, place: epochPlace(storeID, epoch.id)) else {
                    throw KeyringError.wrongRoot
                }
                epochs[epoch.id] = key
            }
            return Keyring(
                storeID: storeID, epochs: epochs, current: stored.map(\.id).max() ?? 1, identityKey: identity,
                randomness: world.randomness)
        } catch let error as StoreError {
            throw .store(error)
        } catch let error as KeyringError {
            throw error
        } catch {
            throw .failed("the cryptography failed")
        }
    }

    /// A new data key for a link, open and wrapped.
    func newDataKey(_ wallet: WalletID, _ link: LinkID, id: UInt32 = 1) throws(CryptoError) -> (DataKey, WrappedDataKey)
    {
        let key = randomness.secret(32)
        let sealed = try Self.wrapped(
            key, randomness.bytes(AEAD.nonceCount), key: epochs[current]!,
            place: Self.keyPlace(storeID, wallet, link, id, current))
        let wrapped = WrappedDataKey(id: id, epoch: current, wrapped: sealed, commitment: Self.commitment(key))
        return (DataKey(id: id, epoch: current, key: key, storeID: storeID, randomness: randomness), wrapped)
    }

    /// Opens a stored data key; nil when it is not what it claims to be.
    func open(_ stored: WrappedDataKey, _ wallet: WalletID, _ link: LinkID) -> DataKey? {
        guard let epoch = epochs[stored.epoch],
            let key = Self.unwrapped(
                stored.wrapped, key: epoch, place: Self.keyPlace(storeID, wallet, link, stored.id, stored.epoch)),
            Secret(copying: Self.commitment(key)) == Secret(copying: stored.commitment)
        else { return nil }
        return DataKey(id: stored.id, epoch: stored.epoch, key: key, storeID: storeID, randomness: randomness)
    }

    /// The blind index of who was linked: equal for the same person at the same provider in the same wallet.
    func identityHash(_ wallet: WalletID, provider: String, issuer: String, subject: String) -> [UInt8] {
        HMAC.sha256(key: identityKey, SealedPlace.joined([wallet.rawValue, provider, issuer, subject]))
    }

    private static func epochPlace(_ storeID: String, _ id: UInt32) -> [UInt8] {
        SealedPlace.joined(["purser/v1", "epoch", storeID, String(id)])
    }

    private static func keyPlace(
        _ storeID: String, _ wallet: WalletID, _ link: LinkID, _ id: UInt32, _ epoch: UInt32
    ) -> [UInt8] {
        SealedPlace.joined([
            "purser/v1", "data_key", storeID, wallet.rawValue, link.rawValue, String(id), String(epoch),
        ])
    }

    private static func commitment(_ key: Secret) -> [UInt8] {
        HKDF.sha256(secret: key, salt: [], info: Array("commit".utf8), count: 16).withBytes { Array($0) }
    }

    private static func wrapped(
        _ secret: Secret, _ nonce: [UInt8], key: Secret, place: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        nonce + (try AEAD.seal(secret, key: key, nonce: nonce, aad: place))
    }

    private static func unwrapped(_ bytes: [UInt8], key: Secret, place: [UInt8]) -> Secret? {
        guard bytes.count > AEAD.nonceCount + AEAD.tagCount else { return nil }
        let nonce = Array(bytes.prefix(AEAD.nonceCount))
        return try? AEAD.open(Array(bytes.dropFirst(AEAD.nonceCount)), key: key, nonce: nonce, aad: place)
    }
}

/// A link's data key, open for one use.
struct DataKey: Sendable {
    let id: UInt32
    let epoch: UInt32
    let key: Secret
    let storeID: String
    let randomness: any Randomness

    /// Seals a secret for the place it will stand in, under a fresh nonce.
    func seal(_ secret: Secret, at place: SealedPlace) throws(CryptoError) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceCount)
        let body = try AEAD.seal(
            secret, key: key, nonce: nonce, aad: place.associatedData(storeID: storeID, dataKey: id))
        return SealedRecord(epoch: epoch, dataKey: id, nonce: nonce, body: body).bytes
    }

    /// Opens what was sealed for this place; nil for anything else: another place, another key, a changed bit.
    func open(_ bytes: [UInt8], at place: SealedPlace) -> Secret? {
        guard let record = SealedRecord(bytes), record.dataKey == id, record.epoch == epoch else { return nil }
        return try? AEAD.open(
            record.body, key: key, nonce: record.nonce,
            aad: place.associatedData(storeID: storeID, dataKey: id))
    }
}
