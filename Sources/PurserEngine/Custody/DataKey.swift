import Crypto

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
            secret, key: key, nonce: nonce,
            aad: place.associatedData(storeID: storeID, dataKey: id, epoch: epoch))
        return SealedRecord(epoch: epoch, dataKey: id, nonce: nonce, body: body).bytes
    }

    /// Opens what was sealed for this place, whatever epoch wrapped this key then; nil for anything else: another place,
    /// another key, a changed bit.
    func open(_ bytes: [UInt8], at place: SealedPlace) -> Secret? {
        guard let record = SealedRecord(bytes), record.dataKey == id else { return nil }
        return try? AEAD.open(
            record.body, key: key, nonce: record.nonce,
            aad: place.associatedData(storeID: storeID, dataKey: id, epoch: record.epoch))
    }
}
