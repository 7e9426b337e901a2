import PurserEngine
import Wire

// From rows to the words of custody. Columns are taken in the order named above each.

enum CustodyRows {
    /// generation, sealed_access, sealed_refresh, sealed_id_token, scopes, access_ends_at, refresh_ahead_at,
    /// received_at, confirmed_at, boot, ends_up, then the columns of `ends`
    static func token(_ row: inout Row) throws(StoreError) -> TokenVersion {
        TokenVersion(
            generation: row.int(), sealedAccess: row.blob(), sealedRefresh: row.optionalBlob(),
            sealedIDToken: row.optionalBlob(), scopes: try ListText.words(from: row.text()),
            accessEndsAt: row.optionalInstant(), refreshAheadAt: row.optionalInstant(), receivedAt: row.instant(),
            confirmedAt: row.optionalInstant(), endsUp: uptime(&row), ends: ends(&row))
    }

    /// refresh_ends_at, refresh_end_moves, authorization_ends_at, authorization_end_moves
    static func ends(_ row: inout Row) -> GrantEnds { GrantEnds(refresh: told(&row), authorization: told(&row)) }

    private static func told(_ row: inout Row) -> ToldEnd? {
        let (at, moves) = (row.optionalInstant(), row.optionalBool())
        return at.map { ToldEnd(at: $0, moves: moves) }
    }

    /// boot, milliseconds
    private static func uptime(_ row: inout Row) -> Uptime? {
        let (boot, milliseconds) = (row.optionalText(), row.optionalInt())
        guard let boot, let milliseconds else { return nil }
        return Uptime(boot: boot, milliseconds: milliseconds)
    }

    /// number, parent, fence, then the columns of `token`
    static func orphan(_ row: inout Row) throws(StoreError) -> Orphan {
        Orphan(number: row.int(), parent: row.int(), fence: row.int64(), token: try token(&row))
    }

    /// wallet, link, generation, fence, attempt, status, sealed_body, received_at
    static func answer(_ row: inout Row) throws(StoreError) -> RawAnswer {
        let (wallet, link): (WalletID, LinkID) = (row.id(), row.id())
        let (generation, fence, attempt, status) = (row.int(), row.int64(), row.int(), row.int())
        return RawAnswer(
            wallet: wallet, link: link, generation: generation, fence: fence, attempt: attempt, status: abs(status),
            sealedBody: row.blob(), receivedAt: row.instant(), isPart: status < 0)
    }

    /// The status column: below zero where only part of an answer came.
    static func status(_ raw: RawAnswer) -> Int { raw.isPart ? -raw.status : raw.status }

    /// generation, first_at, last_at, refusals, lost_at
    static func suspicion(_ row: inout Row) throws(StoreError) -> Suspicion {
        Suspicion(
            generation: row.int(), firstAt: row.instant(), lastAt: row.instant(), refusals: row.int(),
            lostAt: row.optionalInstant())
    }

    /// wallet, link
    static func place(_ row: inout Row) throws(StoreError) -> (WalletID, LinkID) { (row.id(), row.id()) }

    static func instant(_ row: inout Row) throws(StoreError) -> Instant? { row.optionalInstant() }

    /// wallet, link, purpose, generation, fence, sent_at, deadline, attempt, boot, sent_up
    static func intent(_ row: inout Row) throws(StoreError) -> Intent {
        let (wallet, link): (WalletID, LinkID) = (row.id(), row.id())
        guard let purpose = Intent.Purpose(rawValue: row.text()) else {
            throw .damaged("an intent's purpose does not read")
        }
        return Intent(
            wallet: wallet, link: link, purpose: purpose, generation: row.int(), fence: row.int64(),
            sentAt: row.instant(), deadline: row.instant(), attempt: row.int(), sentUp: uptime(&row))
    }

    /// The columns of `intent`, then attempt, status, sealed_body, received_at of its newest answer, which may be NULL.
    static func unfinished(_ row: inout Row) throws(StoreError) -> UnfinishedSpend {
        let intent = try intent(&row)
        guard let attempt = row.optionalInt() else { return UnfinishedSpend(intent: intent, raw: nil) }
        let status = row.int()
        let raw = RawAnswer(
            wallet: intent.wallet, link: intent.link, generation: intent.generation, fence: intent.fence,
            attempt: Int(attempt), status: abs(status), sealedBody: row.blob(), receivedAt: row.instant(),
            isPart: status < 0)
        return UnfinishedSpend(intent: intent, raw: raw)
    }

    /// at, kind, generation, detail
    static func event(_ row: inout Row) throws(StoreError) -> CustodyEvent {
        CustodyEvent(at: row.instant(), kind: row.text(), generation: row.int(), detail: row.optionalText())
    }
}
