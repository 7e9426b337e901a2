import PurserEngine
import Wire

// From rows to the words of client registrations. Columns are taken in the order named above each.

enum ClientRows {
    /// provider, client_id, redirect_uri, scopes, sealed_secret, key_id, key_epoch, key_wrapped, key_commitment,
    /// created_at, changed_at, then those of `dynamic`
    static func client(_ row: inout Row) throws(StoreError) -> RegisteredClient {
        let (provider, clientID, redirect) = (row.text(), row.text(), row.optionalText())
        let (scopes, secret, keyID) = (row.optionalText(), row.optionalBlob(), row.optionalInt())
        var key: WrappedDataKey?
        let (epoch, wrapped, commitment) = (row.optionalInt(), row.optionalBlob(), row.optionalBlob())
        if let keyID = keyID.flatMap({ UInt32(exactly: $0) }), let epoch = epoch.flatMap({ UInt32(exactly: $0) }),
            let wrapped, let commitment
        {
            key = WrappedDataKey(id: keyID, epoch: epoch, wrapped: wrapped, commitment: commitment)
        }
        var words: [String]?
        if let scopes { words = try ListText.words(from: scopes) }
        return RegisteredClient(
            provider: provider, clientID: clientID, redirectURI: redirect, scopes: words, sealedSecret: secret,
            dataKey: key, createdAt: row.instant(), changedAt: row.instant(), dynamic: try dynamic(&row))
    }

    /// authentication, registered_at, sealed_access, secret_since, secret_ends_at, due_at, leased, fence, failures,
    /// trouble; all of them NULL for a client that was set by hand.
    private static func dynamic(_ row: inout Row) throws(StoreError) -> DynamicRegistration? {
        guard let method = row.optionalText() else { return nil }
        guard let authentication = ClientAuthentication(rawValue: method) else {
            throw .damaged("how a client proves who it is does not read")
        }
        let (registeredAt, access) = (row.instant(), row.optionalBlob())
        let (since, ends) = (row.instant(), row.optionalInstant())
        let (due, isLeased) = (row.optionalInstant(), row.bool())
        var turn = DynamicRegistration.Turn(dueAt: due, fence: row.int64())
        turn.isLeased = isLeased
        turn.failures = row.int()
        turn.trouble = row.optionalText()
        return DynamicRegistration(
            authentication: authentication, registeredAt: registeredAt, sealedAccess: access, secretSince: since,
            secretEndsAt: ends, turn: turn)
    }
}
