import PurserEngine
import Wire

extension SQLiteLooks {
    func tokens(_ wallet: WalletID) throws(StoreError) -> [APIToken] {
        try connection.all(
            """
            SELECT wallet, id, hash, name, scopes, programmes, created_at, expires_at, made_by, last_used_at
            FROM api_token WHERE wallet = ?1 ORDER BY created_at, id
            """, wallet, as: TokenRows.token)
    }

    func tokenByHash(_ hash: [UInt8]) throws(StoreError) -> APIToken? {
        try connection.first(
            """
            SELECT wallet, id, hash, name, scopes, programmes, created_at, expires_at, made_by, last_used_at
            FROM api_token WHERE hash = ?1
            """, hash, as: TokenRows.token)
    }

    fileprivate func token(_ wallet: WalletID, _ id: TokenID) throws(StoreError) -> APIToken? {
        try connection.first(
            """
            SELECT wallet, id, hash, name, scopes, programmes, created_at, expires_at, made_by, last_used_at
            FROM api_token WHERE wallet = ?1 AND id = ?2
            """, wallet, id, as: TokenRows.token)
    }
}

extension SQLiteVerbs {
    func saveToken(_ token: APIToken, limit: Int, forgettingBefore: Instant) throws(StoreError) -> Bool {
        let living = try connection.number(
            "SELECT count(*) FROM api_token WHERE wallet = ?1 AND (expires_at IS NULL OR expires_at >= ?2)",
            token.wallet, forgettingBefore)
        guard living < limit else { return false }
        try connection.run(
            "DELETE FROM api_token WHERE wallet = ?1 AND expires_at < ?2", token.wallet, forgettingBefore)
        try connection.run(
            """
            INSERT INTO api_token(hash, wallet, id, name, scopes, programmes, created_at, expires_at, made_by,
                last_used_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, token.hash, token.wallet, token.id, token.name,
            ListText.words(token.scopes.map(\.rawValue).sorted()), token.providers.map(ListText.words),
            token.createdAt, token.expiresAt, token.madeBy, token.lastUsedAt)
        return true
    }

    func revokeToken(_ wallet: WalletID, _ token: TokenID) throws(StoreError) -> Bool {
        try connection.run("DELETE FROM api_token WHERE wallet = ?1 AND id = ?2", wallet, token) > 0
    }

    func touchToken(_ wallet: WalletID, _ token: TokenID, now: Instant) throws(StoreError) {
        guard let found = try self.token(wallet, token), found.wantsTouch(at: now) else { return }
        try connection.run(
            "UPDATE api_token SET last_used_at = ?3 WHERE wallet = ?1 AND id = ?2", wallet, token, now)
    }
}

enum TokenRows {
    /// wallet, id, hash, name, scopes, programmes, created_at, expires_at, made_by, last_used_at
    static func token(_ row: inout Row) throws(StoreError) -> APIToken {
        let (wallet, id): (WalletID, TokenID) = (row.id(), row.id())
        let (hash, name) = (row.blob(), row.optionalText())
        var scopes: Set<Scope> = []
        for word in try ListText.words(from: row.text()) {
            guard let scope = Scope(rawValue: word) else { throw .damaged("a token's scope does not read") }
            scopes.insert(scope)
        }
        var providers: [String]?
        if let text = row.optionalText() { providers = try ListText.words(from: text) }
        return APIToken(
            wallet: wallet, id: id, hash: hash, name: name, scopes: scopes, providers: providers,
            createdAt: row.instant(), expiresAt: row.optionalInstant(), madeBy: row.optionalID(),
            lastUsedAt: row.optionalInstant())
    }
}
