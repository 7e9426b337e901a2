extension Schema {
    /// Clients that registered themselves (RFC 7591): how they are managed and until when their secrets live. What is
    /// sealed here is sealed under the data key of the registration's own row, and goes with it.
    static let migration008 = """
        CREATE TABLE dynamic_registration(
            provider TEXT PRIMARY KEY REFERENCES client_registration(provider) ON DELETE CASCADE,
            authentication TEXT NOT NULL, registered_at INTEGER NOT NULL, sealed_access BLOB,
            secret_since INTEGER NOT NULL, secret_ends_at INTEGER, due_at INTEGER, leased INTEGER NOT NULL,
            fence INTEGER NOT NULL, failures INTEGER NOT NULL, trouble TEXT) STRICT, WITHOUT ROWID;
        """
}
