extension Schema {
    /// Each attempt of a spend keeps an answer of its own: one that came later, from the escrow perhaps, takes no place
    /// of another's.
    static let migration004 = """
        CREATE TABLE raw_answer_of_attempt(
            wallet TEXT NOT NULL, link TEXT NOT NULL, generation INTEGER NOT NULL, fence INTEGER NOT NULL,
            attempt INTEGER NOT NULL, status INTEGER NOT NULL, sealed_body BLOB NOT NULL, received_at INTEGER NOT NULL,
            PRIMARY KEY (wallet, link, generation, fence, attempt),
            FOREIGN KEY (wallet, link) REFERENCES link(wallet, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        INSERT INTO raw_answer_of_attempt
            SELECT wallet, link, generation, fence, 1, status, sealed_body, received_at FROM raw_answer;
        DROP TABLE raw_answer;
        ALTER TABLE raw_answer_of_attempt RENAME TO raw_answer;
        """
}
