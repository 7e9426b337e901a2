extension Schema {
    /// What is pulled in our own name (RFC 6749 4.4): what points are worth and where they transfer. It belongs to whoever
    /// runs the daemon, so no wallet is in its key. No token is in here: those live in memory alone.
    static let migration006 = """
        CREATE TABLE feed(
            provider TEXT PRIMARY KEY, created_at INTEGER NOT NULL, fence INTEGER NOT NULL, due_at INTEGER,
            leased INTEGER NOT NULL, condition TEXT NOT NULL, cause TEXT, condition_until INTEGER,
            failures INTEGER NOT NULL, attempted_at INTEGER, pulled_at INTEGER, values_at INTEGER,
            values_stale_after INTEGER, partners_at INTEGER, partners_stale_after INTEGER,
            warnings TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE point_value(
            provider TEXT NOT NULL REFERENCES feed(provider) ON DELETE CASCADE, position INTEGER NOT NULL,
            programme TEXT NOT NULL, unit TEXT, amount TEXT NOT NULL, low TEXT, high TEXT, currency TEXT NOT NULL,
            source TEXT, as_of TEXT,
            PRIMARY KEY (provider, position)) STRICT, WITHOUT ROWID;
        CREATE TABLE transfer_partner(
            provider TEXT NOT NULL REFERENCES feed(provider) ON DELETE CASCADE, position INTEGER NOT NULL,
            origin TEXT NOT NULL, target TEXT NOT NULL, give TEXT NOT NULL, get TEXT NOT NULL, minimum TEXT,
            since TEXT, until TEXT, title TEXT,
            PRIMARY KEY (provider, position)) STRICT, WITHOUT ROWID;
        """
}
