import PurserEngine
import Wire

// From rows to the words of linking. Columns are taken in the order of the statement beside each.

enum LinkRows {
    /// The columns of `link` in the order of the schema, then the due time.
    static func link(_ row: inout Row) throws(StoreError) -> Link {
        let (wallet, id): (WalletID, LinkID) = (row.id(), row.id())
        let (provider, issuer, client, createdAt) = (row.text(), row.text(), row.text(), row.instant())
        guard let state = LinkState(code: row.text(), reason: row.optionalText()) else {
            throw .damaged("a link's state does not read")
        }
        let (note, since) = (row.optionalText(), row.instant())
        guard let kind = LinkCondition.Kind(rawValue: row.text()) else {
            throw .damaged("a link's condition does not read")
        }
        let condition = LinkCondition(kind, cause: row.optionalText(), until: row.optionalInstant())
        let conditionSince = row.instant()
        var link = Link(
            wallet: wallet, id: id, provider: provider, issuer: issuer, clientID: client, createdAt: createdAt,
            state: state, since: since, scopesAsked: try ListText.words(from: row.text()), condition: condition,
            conditionSince: conditionSince)
        link.note = note
        link.scopesGranted = try ListText.words(from: row.text())
        link.identity = row.optionalBlob()
        link.mergedInto = row.optionalID()
        link.consentEndsAt = row.optionalInstant()
        link.consentEndMoves = row.optionalBool()
        link.generation = row.int()
        link.fence = row.int64()
        link.askedAt = row.optionalInstant()
        link.pulledAt = row.optionalInstant()
        link.attemptedAt = row.optionalInstant()
        link.failures = row.int()
        link.warnings = try ListText.words(from: row.text())
        link.dueAt = row.optionalInstant()
        return link
    }

    /// wallet, link, provider, state_hash, starter_uid, starter_session, starter_token, sealed, created_at, expires_at,
    /// taken_at, renews, poll_seconds
    static func pending(_ row: inout Row) throws(StoreError) -> PendingLink {
        let (wallet, link): (WalletID, LinkID) = (row.id(), row.id())
        let (provider, hash) = (row.text(), row.blob())
        let (uid, session) = (row.optionalInt(), row.optionalBlob())
        let token: TokenID? = row.optionalID()
        let starter: Starter
        switch (uid.flatMap { UInt32(exactly: $0) }, session, token) {
        case (let uid?, nil, nil): starter = .socket(uid: uid)
        case (nil, let hash?, nil): starter = .session(hash: hash)
        case (nil, nil, let token?): starter = .token(token)
        default: throw .damaged("a pending link's starter does not read")
        }
        let (sealed, createdAt, expiresAt) = (row.blob(), row.instant(), row.instant())
        let takenAt = row.optionalInstant()
        var pending = PendingLink(
            wallet: wallet, link: link, provider: provider, stateHash: hash, starter: starter, sealed: sealed,
            createdAt: createdAt, expiresAt: expiresAt, renews: row.optionalID(),
            pollSeconds: row.optionalInt().map { Int64($0) })
        pending.takenAt = takenAt
        return pending
    }

    /// wallet, link, fence, until
    static func claim(_ row: inout Row) throws(StoreError) -> Claim {
        Claim(wallet: row.id(), link: row.id(), fence: row.int64(), until: row.instant())
    }

    /// id, epoch, wrapped, commitment
    static func dataKey(_ row: inout Row) throws(StoreError) -> WrappedDataKey {
        WrappedDataKey(
            id: try row.number(), epoch: try row.number(), wrapped: row.blob(), commitment: row.blob())
    }

    /// provider, issuer, document, fetched_at, mark
    static func metadata(_ row: inout Row) throws(StoreError) -> KeptMetadata {
        KeptMetadata(
            provider: row.text(), issuer: row.text(), document: row.blob(), fetchedAt: row.instant(), mark: row.blob())
    }

    /// link, provider, expires_at
    static func waiting(_ row: inout Row) throws(StoreError) -> WaitingLink {
        WaitingLink(link: row.id(), provider: row.text(), expiresAt: row.instant())
    }

    static func wallet(_ row: inout Row) throws(StoreError) -> WalletID { row.id() }

    /// id, wrapped, created_at
    static func epoch(_ row: inout Row) throws(StoreError) -> WrappedEpoch {
        WrappedEpoch(id: try row.number(), wrapped: row.blob(), createdAt: row.instant())
    }

    /// id, link, provider, at, answer, detail
    static func receipt(_ row: inout Row) throws(StoreError) -> Receipt {
        let (id, link): (ReceiptID, LinkID) = (row.id(), row.id())
        let (provider, at) = (row.text(), row.instant())
        guard let answer = Receipt.Answer(rawValue: row.text()) else {
            throw .damaged("a receipt's answer does not read")
        }
        return Receipt(id: id, link: link, provider: provider, at: at, answer: answer, detail: row.optionalText())
    }

    /// wallet, receipt, link, provider, issuer, client_id, key_id, key_epoch, key_wrapped, key_commitment,
    /// sealed_refresh, sealed_access, attempts, next_at
    static func revocation(_ row: inout Row) throws(StoreError) -> OutboxRevocation {
        OutboxRevocation(
            wallet: row.id(), receipt: row.id(), link: row.id(), provider: row.text(), issuer: row.text(),
            clientID: row.text(), dataKey: try dataKey(&row), sealedRefresh: row.optionalBlob(),
            sealedAccess: row.optionalBlob(), attempts: row.int(), nextAt: row.instant())
    }
}
