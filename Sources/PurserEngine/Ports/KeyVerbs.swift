/// What can be looked up of keys. All wallets: keys are cared for as a whole.
public protocol KeyReads {
    /// What the root secret must be; nil: no keyring was ever opened by a Purser that writes it down.
    func rootSource() throws(StoreError) -> RootSource?
    /// The store's own keys, by name.
    func storeKeys() throws(StoreError) -> [StoreKey]
    /// Data keys that are wrapped under another epoch than this one, in order of their places, after `after`.
    func keys(outside epoch: UInt32, after: KeyPlace?, limit: Int) throws(StoreError) -> [PlacedKey]
    /// How many data keys each epoch wraps; an epoch that wraps none is not in it.
    func keyUses() throws(StoreError) -> [UInt32: Int]
    func sealedCounts() throws(StoreError) -> SealedCounts
}

/// What can be done to keys. Like every verb, each is one transaction; none changes what a wallet shows.
///
/// Every verb that saves a data key (`savePending`, `setClient`, `keepRegistration`, `unlink`) throws `.epochGone` when the store has epochs
/// and not the one it is wrapped under: that was destroyed meanwhile, and the key could never be opened.
public protocol KeyVerbs: KeyReads {
    /// Adds a key epoch. The first one is made with an empty database only.
    func addEpoch(_ epoch: WrappedEpoch) throws(StoreError)
    /// Writes what the root secret is known by, and the store's own keys under it; each only where none stands yet.
    func saveRoot(_ source: RootSource, _ keys: [StoreKey]) throws(StoreError)
    /// Puts each key in the place of the one it was made from. A key that is another one by now, or gone, stays so.
    /// - Returns: how many were replaced.
    func rewrap(_ keys: [Rewrapped]) throws(StoreError) -> Int
    /// Erases an epoch, unless it wraps a data key still or is the newest. False: nothing was done.
    func destroyEpoch(_ id: UInt32) throws(StoreError) -> Bool
    /// Replaces every epoch and every key of the store's own by itself under another root. Throws `.failed`, with nothing
    /// done, when these are not exactly those there are.
    func replaceRoot(_ source: RootSource, _ epochs: [WrappedEpoch], _ keys: [StoreKey]) throws(StoreError)
}

/// A data key under another epoch than before; the key is the same.
public struct Rewrapped: Sendable, Hashable {
    public let place: KeyPlace
    public let old: WrappedDataKey
    public let new: WrappedDataKey

    public init(_ place: KeyPlace, old: WrappedDataKey, new: WrappedDataKey) {
        self.place = place
        self.old = old
        self.new = new
    }
}
