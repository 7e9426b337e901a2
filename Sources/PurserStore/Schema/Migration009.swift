extension Schema {
    /// Streams of signals (OpenID Shared Signals Framework 1.0), of no wallet, and which of their event tokens came. What
    /// begins with `stream_id` is NULL while there is no stream.
    static let migration009 = """
        CREATE TABLE signal_stream(
            provider TEXT PRIMARY KEY, created_at INTEGER NOT NULL, due_at INTEGER, leased INTEGER NOT NULL,
            fence INTEGER NOT NULL, failures INTEGER NOT NULL, trouble TEXT,
            stream_id TEXT, poll_endpoint TEXT, audience TEXT, client_id TEXT, transmitter TEXT, made_at INTEGER,
            requested TEXT, delivered TEXT, status TEXT, status_reason TEXT, status_at INTEGER, state TEXT,
            asked_at INTEGER, verified_at INTEGER, polled_at INTEGER, named TEXT) STRICT, WITHOUT ROWID;
        CREATE TABLE signal_taken(
            number INTEGER PRIMARY KEY, provider TEXT NOT NULL REFERENCES signal_stream(provider) ON DELETE CASCADE,
            jti TEXT NOT NULL, taken_at INTEGER NOT NULL) STRICT;
        CREATE UNIQUE INDEX signal_taken_jti ON signal_taken(provider, jti);
        """
}
