extension Schema {
    /// The last good discovery document of each provider, for a start at which it cannot be had.
    static let migration007 = """
        CREATE TABLE server_metadata(
            provider TEXT PRIMARY KEY, issuer TEXT NOT NULL, document BLOB NOT NULL, fetched_at INTEGER NOT NULL,
            mark BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """
}
