public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func tokens(_ wallet: WalletID) throws(StoreError) -> [APIToken] {
        state.tokens.values.filter { $0.wallet == wallet }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    public func tokenByHash(_ hash: [UInt8]) throws(StoreError) -> APIToken? { state.tokens[hash] }

    public func saveToken(_ token: APIToken, limit: Int, forgettingBefore: Instant) throws(StoreError) -> Bool {
        guard state.wallets[token.wallet] != nil else { throw .failed("no such wallet") }
        let mine = try tokens(token.wallet)
        let past = mine.filter { $0.expiresAt.map { $0 < forgettingBefore } ?? false }
        guard mine.count - past.count < limit else { return false }
        guard state.tokens[token.hash] == nil || past.contains(where: { $0.hash == token.hash }),
            !mine.contains(where: { $0.id == token.id && !past.contains($0) })
        else { throw .failed("this token exists") }
        for gone in past { state.tokens[gone.hash] = nil }
        state.tokens[token.hash] = token
        return true
    }

    public func revokeToken(_ wallet: WalletID, _ token: TokenID) throws(StoreError) -> Bool {
        guard let found = try tokens(wallet).first(where: { $0.id == token }) else { return false }
        state.tokens[found.hash] = nil
        return true
    }

    public func touchToken(_ wallet: WalletID, _ token: TokenID, now: Instant) throws(StoreError) {
        guard var found = try tokens(wallet).first(where: { $0.id == token }), found.wantsTouch(at: now) else { return }
        found.lastUsedAt = now
        state.tokens[found.hash] = found
    }
}
