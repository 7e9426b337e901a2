import Crypto
import Wire

/// Every key of a store, opened from its database with the root key in hand.
///
/// It reads the formats by itself (`Keyring` and ARCHITECTURE.md say them) and asks neither daemon nor engine: what it
/// finds has been authenticated by AES-GCM on the way, so no key in it is a wrong one.
public struct StoredKeys {
    public typealias Named = (name: String, bytes: [UInt8])

    /// Epochs, and what the root is the parent of: the wrapping key and the store's own keys. A daemon that is not
    /// sealed holds all of them all the time.
    public private(set) var standing: [Named] = []
    /// One for each link and each revocation that is still to be made. Open only while something is done with it.
    public private(set) var data: [Named] = []

    /// Nil: the database cannot be read just now, or holds a key that does not open.
    ///
    /// - Parameter rows: every row that a query finds, its columns as text; nil: it fails.
    public init?(root bytes: [UInt8], _ rows: (String) -> [[String]]?) {
        let root = Secret(copying: bytes, locked: true)
        guard let store = rows("SELECT store FROM meta")?.first?.first,
            let epochs = rows("SELECT id, hex(wrapped) FROM key_epoch"), !epochs.isEmpty,
            let own = rows("SELECT name, hex(wrapped) FROM store_key"),
            let keys = rows(
                """
                SELECT wallet, link, id, epoch, hex(wrapped) FROM data_key
                UNION ALL SELECT wallet, link, key_id, key_epoch, hex(key_wrapped) FROM revocation_outbox
                """)
        else { return nil }
        let wrap = HKDF.sha256(secret: root, salt: [], info: Array("purser/v1/wrap".utf8), count: 32)
        standing.append(Self.named(wrap, "the key that wraps epochs"))
        var opened: [String: Secret] = [:]
        for row in epochs {
            guard let key = Self.open(row[1], wrap, ["purser/v1", "epoch", store, row[0]]) else { return nil }
            opened[row[0]] = key
            standing.append(Self.named(key, "a key epoch"))
        }
        for row in own {
            guard let key = Self.open(row[1], wrap, ["purser/v1", "store_key", store, row[0]]) else { return nil }
            standing.append(Self.named(key, "the store's key \(row[0])"))
        }
        for row in keys {
            let place = ["purser/v1", "data_key", store] + row[0..<4]
            guard let epoch = opened[row[3]], let key = Self.open(row[4], epoch, place) else { return nil }
            data.append(Self.named(key, "a data key"))
        }
    }

    private static func named(_ key: Secret, _ name: String) -> Named { (name, key.withBytes { Array($0) }) }

    /// Nonce, ciphertext and tag; bound to its place by parts with their lengths before them.
    private static func open(_ hex: String, _ key: Secret, _ place: [String]) -> Secret? {
        guard let wrapped = Hex.decode(hex), wrapped.count > AEAD.nonceCount + AEAD.tagCount else { return nil }
        var bound: [UInt8] = []
        for part in place {
            let count = UInt32(part.utf8.count)
            bound += [UInt8(count >> 24), UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
            bound += Array(part.utf8)
        }
        return try? AEAD.open(
            Array(wrapped.dropFirst(AEAD.nonceCount)), key: key, nonce: Array(wrapped.prefix(AEAD.nonceCount)),
            aad: bound)
    }
}
