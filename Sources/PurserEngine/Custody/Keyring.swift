import Crypto
import Synchronization
import Wire

// The key hierarchy (PROTOCOL.md E 1-5):
//
//     root secret (outside the database)
//       -> HKDF-SHA256, info "purser/v1/wrap", wraps the key-encryption-key epochs and the store's own keys
//            -> each epoch wraps data keys, one per link
//                 -> a data key seals that link's records
//            -> the store key "identity" keys the identity index
//                 -> HKDF-SHA256, info "purser/v1/mark", marks what is public and must be ours
//       -> HKDF-SHA256, info "commit", 16 bytes, stands in the database and tells this root from any other
//
// Beside each wrapped data key stands HKDF(data key, info "commit")[0..<16], compared in constant time: a ciphertext
// that opens under two keys is of no use to anyone.

/// Why the keys of a store cannot be had. Nothing has been changed when one of these is thrown.
public enum KeyringError: Error, Sendable, Hashable, CustomStringConvertible {
    case root(RootKeyError)
    case store(StoreError)
    /// The root secret is not the one this database was sealed with.
    case wrongRoot
    /// The root secret is right, and this does not open under it.
    case damaged(String)
    /// Epochs or the root are being replaced already.
    case busy
    case failed(String)

    public var description: String {
        switch self {
        case .root(let error): error.description
        case .store(let error): error.description
        case .wrongRoot: "the root key is not the one this database was sealed with"
        case .damaged(let what):
            "the root key is the right one, but \(what) does not open under it: the database was changed or damaged"
        case .busy: "keys are being replaced already"
        case .failed(let what): what
        }
    }
}

/// The open keys of one store: epochs in locked memory; data keys are unwrapped per use and dropped after.
///
/// A handle: whoever holds it goes on working while epochs and root are replaced. When the last one lets go of it the
/// keys are wiped.
public final class Keyring: Sendable {
    struct Keys {
        var epochs: [UInt32: Secret]
        var current: UInt32
        /// Destroyed by the latest rotation. A data key that was read a moment before it was wrapped anew still opens.
        var retired: [UInt32: Secret] = [:]
        /// Wraps epochs and the store's own keys.
        var wrap: Secret
        var isBeingReplaced = false
    }

    let storeID: String
    let keys: Mutex<Keys>
    private let identityKey: Secret
    /// Marks what is public and must be ours.
    let markKey: Secret
    private let randomness: any Randomness

    init(
        storeID: String, epochs: [UInt32: Secret], current: UInt32, wrap: Secret, identity: Secret,
        _ randomness: any Randomness
    ) {
        self.storeID = storeID
        keys = Mutex(Keys(epochs: epochs, current: current, wrap: wrap))
        identityKey = identity
        markKey = HKDF.sha256(secret: identity, salt: [], info: Array("purser/v1/mark".utf8), count: 32)
        self.randomness = randomness
    }

    /// A new data key for a link, open and wrapped under the newest epoch.
    func newDataKey(_ wallet: WalletID, _ link: LinkID, id: UInt32 = 1) throws(CryptoError) -> (DataKey, WrappedDataKey)
    {
        let (current, epoch) = keys.withLock { ($0.current, $0.epochs[$0.current]!) }
        let key = randomness.secret(32)
        let sealed = try Wrapping.wrapped(
            key, randomness.bytes(AEAD.nonceCount), key: epoch,
            place: Wrapping.keyPlace(storeID, wallet, link, id, current))
        let wrapped = WrappedDataKey(id: id, epoch: current, wrapped: sealed, commitment: Wrapping.commitment(key))
        return (DataKey(id: id, epoch: current, key: key, storeID: storeID, randomness: randomness), wrapped)
    }

    /// Opens a stored data key; nil when it is not what it claims to be.
    func open(_ stored: WrappedDataKey, _ wallet: WalletID, _ link: LinkID) -> DataKey? {
        let epoch = keys.withLock { $0.epochs[stored.epoch] ?? $0.retired[stored.epoch] }
        guard let epoch,
            let key = Wrapping.unwrapped(
                stored.wrapped, key: epoch,
                place: Wrapping.keyPlace(storeID, wallet, link, stored.id, stored.epoch)),
            Secret(copying: Wrapping.commitment(key)) == Secret(copying: stored.commitment)
        else { return nil }
        return DataKey(id: stored.id, epoch: stored.epoch, key: key, storeID: storeID, randomness: randomness)
    }

    /// The blind index of who was linked: equal for the same person at the same provider in the same wallet.
    func identityHash(_ wallet: WalletID, provider: String, issuer: String, subject: String) -> [UInt8] {
        HMAC.sha256(key: identityKey, SealedPlace.joined([wallet.rawValue, provider, issuer, subject]))
    }

    /// Whether all of it lies where the system never swaps it out.
    var isLocked: Bool {
        keys.withLock { keys in
            keys.wrap.isLocked && identityKey.isLocked && markKey.isLocked && keys.epochs.values.allSatisfy(\.isLocked)
        }
    }
}

/// How keys are wrapped under keys: nonce, ciphertext and tag, for one place.
enum Wrapping {
    static func epochPlace(_ storeID: String, _ id: UInt32) -> [UInt8] {
        SealedPlace.joined(["purser/v1", "epoch", storeID, String(id)])
    }

    static func storeKeyPlace(_ storeID: String, _ name: String) -> [UInt8] {
        SealedPlace.joined(["purser/v1", "store_key", storeID, name])
    }

    static func keyPlace(
        _ storeID: String, _ wallet: WalletID, _ link: LinkID, _ id: UInt32, _ epoch: UInt32
    ) -> [UInt8] {
        SealedPlace.joined([
            "purser/v1", "data_key", storeID, wallet.rawValue, link.rawValue, String(id), String(epoch),
        ])
    }

    /// What tells a key from any other, and nothing about it.
    static func commitment(_ key: Secret) -> [UInt8] {
        HKDF.sha256(secret: key, salt: [], info: Array("commit".utf8), count: 16).withBytes { Array($0) }
    }

    static func wrapped(
        _ secret: Secret, _ nonce: [UInt8], key: Secret, place: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        nonce + (try AEAD.seal(secret, key: key, nonce: nonce, aad: place))
    }

    static func unwrapped(_ bytes: [UInt8], key: Secret, place: [UInt8]) -> Secret? {
        guard bytes.count > AEAD.nonceCount + AEAD.tagCount else { return nil }
        let nonce = Array(bytes.prefix(AEAD.nonceCount))
        return try? AEAD.open(
            Array(bytes.dropFirst(AEAD.nonceCount)), key: key, nonce: nonce, aad: place, locked: true)
    }
}
