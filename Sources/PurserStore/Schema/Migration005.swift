extension Schema {
    /// Links whose person answers on another device (RFC 8628): how many seconds lie between two questions whether they
    /// have. NULL: the answer comes through a browser.
    static let migration005 = """
        ALTER TABLE pending_link ADD COLUMN poll_seconds INTEGER;
        """
}
