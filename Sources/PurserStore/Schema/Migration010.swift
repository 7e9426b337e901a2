extension Schema {
    /// What a provider says of when a refresh token and an authorization end, and whether refreshing moves that: 1 it does,
    /// 0 it does not, NULL nobody knows yet. Of tokens that an earlier version took nothing is known.
    static let migration010 = """
        ALTER TABLE token_version ADD COLUMN refresh_ends_at INTEGER;
        ALTER TABLE token_version ADD COLUMN refresh_end_moves INTEGER;
        ALTER TABLE token_version ADD COLUMN authorization_ends_at INTEGER;
        ALTER TABLE token_version ADD COLUMN authorization_end_moves INTEGER;
        ALTER TABLE orphan_token ADD COLUMN refresh_ends_at INTEGER;
        ALTER TABLE orphan_token ADD COLUMN refresh_end_moves INTEGER;
        ALTER TABLE orphan_token ADD COLUMN authorization_ends_at INTEGER;
        ALTER TABLE orphan_token ADD COLUMN authorization_end_moves INTEGER;
        ALTER TABLE link ADD COLUMN consent_end_moves INTEGER;
        """
}
