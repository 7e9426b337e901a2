extension Schema {
    /// Client registrations and API tokens; a consent that renews an older link.
    ///
    /// A registration belongs to whoever runs the daemon and serves all wallets, so no wallet is in its key. Of an API
    /// token only the SHA-256 is here.
    static let migration002 = """
        CREATE TABLE client_registration(
            provider TEXT PRIMARY KEY, client_id TEXT NOT NULL, redirect_uri TEXT, scopes TEXT,
            sealed_secret BLOB, key_id INTEGER, key_epoch INTEGER, key_wrapped BLOB, key_commitment BLOB,
            created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE api_token(
            hash BLOB PRIMARY KEY, wallet TEXT NOT NULL REFERENCES wallet(id), id TEXT NOT NULL, name TEXT,
            scopes TEXT NOT NULL, programmes TEXT, created_at INTEGER NOT NULL, expires_at INTEGER,
            made_by TEXT, last_used_at INTEGER) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX api_token_id ON api_token(wallet, id);
        ALTER TABLE pending_link ADD COLUMN renews TEXT;
        ALTER TABLE pending_link ADD COLUMN starter_token TEXT;
        """
}
