extension Schema {
    /// Custody whole: refused grants under suspicion, spends that are tried again, token life by a clock that only counts
    /// on, a restored database noticed, what providers let us do, keys that can be replaced.
    ///
    /// `boot` names one run of the machine and `up` counts its milliseconds, sleep included; both NULL: nobody knows, and
    /// the wall clock must do.
    static let migration003 = """
        ALTER TABLE meta ADD COLUMN restored_at INTEGER;

        ALTER TABLE link ADD COLUMN condition_since INTEGER NOT NULL DEFAULT 0;
        UPDATE link SET condition_since = CASE condition WHEN 'ok' THEN since ELSE coalesce(attempted_at, since) END;

        ALTER TABLE token_version ADD COLUMN boot TEXT;
        ALTER TABLE token_version ADD COLUMN ends_up INTEGER;
        ALTER TABLE refresh_intent ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE refresh_intent ADD COLUMN boot TEXT;
        ALTER TABLE refresh_intent ADD COLUMN sent_up INTEGER;

        -- A grant that the provider refused, until that is confirmed or taken back.
        CREATE TABLE suspicion(
            wallet TEXT NOT NULL, link TEXT NOT NULL, provider TEXT NOT NULL, generation INTEGER NOT NULL,
            first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, refusals INTEGER NOT NULL, lost_at INTEGER,
            PRIMARY KEY (wallet, link),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE INDEX suspicion_recent ON suspicion(provider, last_at);

        -- What outlives a start of what a provider lets us do: its day's calls reserved until `reserved_at` (GCRA), and
        -- for each class of endpoint when it may be asked again.
        CREATE TABLE provider_flow(
            provider TEXT PRIMARY KEY, reserved_at INTEGER NOT NULL, token_blocked_until INTEGER,
            data_blocked_until INTEGER) STRICT, WITHOUT ROWID;

        -- How the root secret is come by where it is derived, and what must open under it.
        CREATE TABLE root_source(
            one INTEGER PRIMARY KEY CHECK (one = 1), salt BLOB, cost INTEGER, commitment BLOB) STRICT;
        -- Keys of the store's own beside the epochs, wrapped under the root.
        CREATE TABLE store_key(name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX data_key_epoch ON data_key(epoch);
        """
}
