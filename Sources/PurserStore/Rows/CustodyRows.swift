import PurserEngine
import Wire

// From rows to the words of custody. Columns are taken in the order named above each.

enum CustodyRows {
    /// generation, sealed_access, sealed_refresh, sealed_id_token, scopes, access_ends_at, refresh_ahead_at,
    /// received_at, confirmed_at
    static func token(_ row: inout Row) throws(StoreError) -> TokenVersion {
        TokenVersion(
            generation: row.int(), sealedAccess: row.blob(), sealedRefresh: row.optionalBlob(),
            sealedIDToken: row.optionalBlob(), scopes: try ListText.words(from: row.text()),
            accessEndsAt: row.optionalInstant(), refreshAheadAt: row.optionalInstant(), receivedAt: row.instant(),
            confirmedAt: row.optionalInstant())
    }

    /// wallet, link, purpose, generation, fence, sent_at, deadline
    static func intent(_ row: inout Row) throws(StoreError) -> Intent {
        let (wallet, link): (WalletID, LinkID) = (row.id(), row.id())
        guard let purpose = Intent.Purpose(rawValue: row.text()) else {
            throw .damaged("an intent's purpose does not read")
        }
        return Intent(
            wallet: wallet, link: link, purpose: purpose, generation: row.int(), fence: row.int64(),
            sentAt: row.instant(), deadline: row.instant())
    }

    /// The columns of `intent`, then status, sealed_body, received_at of its answer, which may be NULL.
    static func unfinished(_ row: inout Row) throws(StoreError) -> UnfinishedSpend {
        let intent = try intent(&row)
        guard let status = row.optionalInt() else { return UnfinishedSpend(intent: intent, raw: nil) }
        let raw = RawAnswer(
            wallet: intent.wallet, link: intent.link, generation: intent.generation, fence: intent.fence,
            status: Int(status), sealedBody: row.blob(), receivedAt: row.instant())
        return UnfinishedSpend(intent: intent, raw: raw)
    }

    /// at, kind, generation, detail
    static func event(_ row: inout Row) throws(StoreError) -> CustodyEvent {
        CustodyEvent(at: row.instant(), kind: row.text(), generation: row.int(), detail: row.optionalText())
    }
}
