extension Schema {
    /// Links whose person answers on another device (RFC 8628): how many seconds lie between two questions whether they
    /// have. NULL: the answer comes through a browser. And answers that a provider may confirm instead of sending them
    /// again.
    static let migration005 = """
        ALTER TABLE pending_link ADD COLUMN poll_seconds INTEGER;
        CREATE TABLE kept_answer(
            wallet TEXT NOT NULL, link TEXT NOT NULL, request TEXT NOT NULL, membership TEXT NOT NULL,
            uri TEXT NOT NULL, tag TEXT NOT NULL, link_header TEXT, received_at INTEGER NOT NULL, sealed_body BLOB NOT NULL,
            PRIMARY KEY (wallet, link, request, membership),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        """
}
