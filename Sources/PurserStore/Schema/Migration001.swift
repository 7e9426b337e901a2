extension Schema {
    /// The first schema.
    ///
    /// The wallet is the first key of every table that holds a person's data. Everything of a link hangs on its row by
    /// a cascading foreign key, so that no sealed byte outlives its link; entries and fragments, which are keyed
    /// another way, go by hand. Instants are milliseconds since 1970; exact decimals, lists and dates are text.
    static let migration001 = """
        PRAGMA application_id = 1347768915;

        CREATE TABLE meta(
            one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, schema INTEGER NOT NULL,
            epoch TEXT NOT NULL) STRICT;
        CREATE TABLE key_epoch(
            id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT;
        CREATE TABLE wallet(
            id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE link(
            wallet TEXT NOT NULL REFERENCES wallet(id), id TEXT NOT NULL, provider TEXT NOT NULL,
            issuer TEXT NOT NULL, client_id TEXT NOT NULL, created_at INTEGER NOT NULL,
            state TEXT NOT NULL, reason TEXT, note TEXT, since INTEGER NOT NULL,
            condition TEXT NOT NULL, cause TEXT, condition_until INTEGER,
            scopes_asked TEXT NOT NULL, scopes_granted TEXT NOT NULL,
            identity BLOB, merged_into TEXT, consent_ends_at INTEGER,
            generation INTEGER NOT NULL, fence INTEGER NOT NULL, asked_at INTEGER,
            pulled_at INTEGER, attempted_at INTEGER, failures INTEGER NOT NULL, warnings TEXT NOT NULL,
            PRIMARY KEY (wallet, id)) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX link_identity ON link(wallet, provider, identity)
            WHERE identity IS NOT NULL AND state NOT IN ('failed', 'revoked');

        -- One narrow row per link that comes due; rank 0: somebody asked. `leased`: due_at is the end of a claim.
        CREATE TABLE due(
            wallet TEXT NOT NULL, link TEXT NOT NULL, rank INTEGER NOT NULL, due_at INTEGER NOT NULL,
            leased INTEGER NOT NULL,
            PRIMARY KEY (wallet, link),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE INDEX due_order ON due(rank, due_at);

        CREATE TABLE data_key(
            wallet TEXT NOT NULL, link TEXT NOT NULL, id INTEGER NOT NULL, epoch INTEGER NOT NULL,
            wrapped BLOB NOT NULL, commitment BLOB NOT NULL,
            PRIMARY KEY (wallet, link, id),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE pending_link(
            wallet TEXT NOT NULL, link TEXT NOT NULL, provider TEXT NOT NULL, state_hash BLOB NOT NULL UNIQUE,
            starter_uid INTEGER, starter_session BLOB, sealed BLOB NOT NULL,
            created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, taken_at INTEGER,
            PRIMARY KEY (wallet, link),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;

        CREATE TABLE token_version(
            wallet TEXT NOT NULL, link TEXT NOT NULL, generation INTEGER NOT NULL,
            sealed_access BLOB NOT NULL, sealed_refresh BLOB, sealed_id_token BLOB, scopes TEXT NOT NULL,
            access_ends_at INTEGER, refresh_ahead_at INTEGER, received_at INTEGER NOT NULL, confirmed_at INTEGER,
            PRIMARY KEY (wallet, link, generation),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        -- The primary key is the single flight.
        CREATE TABLE refresh_intent(
            wallet TEXT NOT NULL, link TEXT NOT NULL, purpose TEXT NOT NULL, generation INTEGER NOT NULL,
            fence INTEGER NOT NULL, sent_at INTEGER NOT NULL, deadline INTEGER NOT NULL,
            PRIMARY KEY (wallet, link),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE raw_answer(
            wallet TEXT NOT NULL, link TEXT NOT NULL, generation INTEGER NOT NULL, fence INTEGER NOT NULL,
            status INTEGER NOT NULL, sealed_body BLOB NOT NULL, received_at INTEGER NOT NULL,
            PRIMARY KEY (wallet, link, generation, fence),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE orphan_token(
            wallet TEXT NOT NULL, link TEXT NOT NULL, number INTEGER NOT NULL, parent INTEGER NOT NULL,
            fence INTEGER NOT NULL, sealed_access BLOB NOT NULL, sealed_refresh BLOB, sealed_id_token BLOB,
            scopes TEXT NOT NULL, access_ends_at INTEGER, refresh_ahead_at INTEGER, received_at INTEGER NOT NULL,
            PRIMARY KEY (wallet, link, number),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE custody_event(
            wallet TEXT NOT NULL, link TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
            kind TEXT NOT NULL, generation INTEGER NOT NULL, detail TEXT,
            PRIMARY KEY (wallet, link, number),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;

        CREATE TABLE membership(
            wallet TEXT NOT NULL, link TEXT NOT NULL, id TEXT NOT NULL, external_id TEXT NOT NULL,
            number TEXT NOT NULL, holder TEXT, since TEXT, tiers TEXT NOT NULL, missing INTEGER NOT NULL,
            ended_at INTEGER,
            PRIMARY KEY (wallet, link, id),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE account(
            wallet TEXT NOT NULL, link TEXT NOT NULL, id TEXT NOT NULL, membership TEXT NOT NULL,
            type TEXT NOT NULL, unit TEXT NOT NULL, balance TEXT NOT NULL, amount TEXT, as_of INTEGER,
            lots TEXT NOT NULL, opening TEXT, entries_total TEXT NOT NULL, complete INTEGER NOT NULL,
            observation INTEGER NOT NULL, observed_at INTEGER NOT NULL, stale_after INTEGER NOT NULL,
            version INTEGER NOT NULL, missing INTEGER NOT NULL, ended_at INTEGER,
            PRIMARY KEY (wallet, link, id),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE voucher(
            wallet TEXT NOT NULL, link TEXT NOT NULL, position INTEGER NOT NULL, membership TEXT NOT NULL,
            external_id TEXT NOT NULL, title TEXT, amount TEXT, unit TEXT, expires TEXT, sealed_code BLOB,
            PRIMARY KEY (wallet, link, position),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE pull_cursor(
            wallet TEXT NOT NULL, link TEXT NOT NULL, request TEXT NOT NULL, membership TEXT NOT NULL, next TEXT,
            PRIMARY KEY (wallet, link, request, membership),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE observation(
            wallet TEXT NOT NULL, link TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
            digest BLOB NOT NULL, answers TEXT NOT NULL, scopes TEXT NOT NULL, generation INTEGER NOT NULL,
            PRIMARY KEY (wallet, link, number),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE entry(
            wallet TEXT NOT NULL, account TEXT NOT NULL, posted INTEGER NOT NULL, id TEXT NOT NULL,
            external_id TEXT NOT NULL, kind TEXT NOT NULL, amount TEXT NOT NULL, text TEXT, balance_after TEXT,
            first_seen_at INTEGER NOT NULL,
            PRIMARY KEY (wallet, account, posted, id)) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX entry_external ON entry(wallet, account, external_id);

        -- The merged view, ready encoded: one wallet's rows lie together, in the order they are shown.
        CREATE TABLE account_fragment(
            wallet TEXT NOT NULL, place TEXT NOT NULL, account TEXT NOT NULL, link TEXT NOT NULL,
            head BLOB NOT NULL, number BLOB NOT NULL, masked_number BLOB NOT NULL, tail BLOB NOT NULL,
            version INTEGER NOT NULL,
            PRIMARY KEY (wallet, place, account)) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX account_fragment_account ON account_fragment(wallet, link, account);
        -- No foreign key: its check would walk the whole wallet, since the key begins with the time.
        CREATE TABLE link_fragment(
            wallet TEXT NOT NULL, created_at INTEGER NOT NULL, link TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY (wallet, created_at, link)) STRICT, WITHOUT ROWID;

        CREATE TABLE receipt(
            wallet TEXT NOT NULL REFERENCES wallet(id), id TEXT NOT NULL, link TEXT NOT NULL, provider TEXT NOT NULL,
            at INTEGER NOT NULL, answer TEXT NOT NULL, detail TEXT,
            PRIMARY KEY (wallet, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE revocation_outbox(
            wallet TEXT NOT NULL, receipt TEXT NOT NULL, link TEXT NOT NULL, provider TEXT NOT NULL,
            issuer TEXT NOT NULL, client_id TEXT NOT NULL, key_id INTEGER NOT NULL, key_epoch INTEGER NOT NULL,
            key_wrapped BLOB NOT NULL, key_commitment BLOB NOT NULL, sealed_refresh BLOB, sealed_access BLOB,
            attempts INTEGER NOT NULL, next_at INTEGER NOT NULL,
            PRIMARY KEY (wallet, receipt),
            FOREIGN KEY (wallet, receipt) REFERENCES receipt(wallet, id)) STRICT, WITHOUT ROWID;
        CREATE INDEX outbox_order ON revocation_outbox(next_at);
        """
}
