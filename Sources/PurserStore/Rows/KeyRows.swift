import PurserEngine
import Wire

// From rows to the words of keys. Columns are taken in the order named above each.

enum KeyRows {
    /// salt, cost, commitment
    static func source(_ row: inout Row) throws(StoreError) -> RootSource {
        let (salt, cost) = (row.optionalBlob(), row.optionalInt())
        guard let commitment = row.optionalBlob() else { throw .damaged("what the root key is known by is not there") }
        guard salt != nil || cost != nil else { return RootSource(derivation: nil, commitment: commitment) }
        guard let salt, let cost, let derivation = RootDerivation(salt: salt, cost: Int(cost)) else {
            throw .damaged("how the root key comes from its passphrase does not read, or is not what purser does")
        }
        return RootSource(derivation: derivation, commitment: commitment)
    }

    /// name, wrapped
    static func storeKey(_ row: inout Row) throws(StoreError) -> StoreKey {
        StoreKey(name: row.text(), wrapped: row.blob())
    }

    /// wallet, link, id, epoch, wrapped, commitment
    static func ofLink(_ row: inout Row) throws(StoreError) -> PlacedKey {
        let (wallet, link): (WalletID, LinkID) = (row.id(), row.id())
        let key = try LinkRows.dataKey(&row)
        return PlacedKey(KeyPlace(.link, wallet, link.rawValue, id: key.id), owner: link, key)
    }

    /// provider, key_id, key_epoch, key_wrapped, key_commitment
    static func ofClient(_ row: inout Row) throws(StoreError) -> PlacedKey {
        let provider = row.text()
        let key = try LinkRows.dataKey(&row)
        return PlacedKey(
            KeyPlace(.client, .nobody, provider, id: key.id), owner: RegisteredClient.keyOwner(of: provider), key)
    }

    /// wallet, receipt, link, key_id, key_epoch, key_wrapped, key_commitment
    static func ofOutbox(_ row: inout Row) throws(StoreError) -> PlacedKey {
        let (wallet, receipt): (WalletID, ReceiptID) = (row.id(), row.id())
        let link: LinkID = row.id()
        let key = try LinkRows.dataKey(&row)
        return PlacedKey(KeyPlace(.outbox, wallet, receipt.rawValue, id: key.id), owner: link, key)
    }

    /// epoch, count
    static func uses(_ row: inout Row) throws(StoreError) -> (UInt32, Int) { (try row.number(), row.int()) }

    /// In the order of `SealedCounts`.
    static func counts(_ row: inout Row) throws(StoreError) -> SealedCounts {
        var counts = SealedCounts()
        counts.grants = row.int()
        counts.orphans = row.int()
        counts.pending = row.int()
        counts.answers = row.int()
        counts.vouchers = row.int()
        counts.clientSecrets = row.int()
        counts.registrations = row.int()
        counts.revocations = row.int()
        return counts
    }
}
