public import Wire

/// What can be looked up of API tokens.
public protocol TokenReads {
    /// A wallet's tokens, oldest first, expired ones too.
    func tokens(_ wallet: WalletID) throws(StoreError) -> [APIToken]
    /// The token with this hash, expired or not. Crosses wallets: a caller knows nothing but its token.
    func tokenByHash(_ hash: [UInt8]) throws(StoreError) -> APIToken?
}

/// What can be done to API tokens. Like every verb, each is one transaction; none changes what a wallet shows.
public protocol TokenVerbs: TokenReads {
    /// Adds a token, after forgetting those of its wallet that expired before `forgettingBefore`. False: the wallet has
    /// `limit` tokens, nothing written. The wallet must be there.
    func saveToken(_ token: APIToken, limit: Int, forgettingBefore: Instant) throws(StoreError) -> Bool
    /// Deletes a token. False: the wallet has none of this id.
    func revokeToken(_ wallet: WalletID, _ token: TokenID) throws(StoreError) -> Bool
    /// Writes when it was last used, unless that was done within the minute before. A token that is gone stays gone.
    func touchToken(_ wallet: WalletID, _ token: TokenID, now: Instant) throws(StoreError)
}
