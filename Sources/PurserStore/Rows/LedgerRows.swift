import PurserEngine
import Wire

// From rows to the words of the ledger. Columns are taken in the order named above each.

enum LedgerRows {
    /// id, external_id, number, holder, since, tiers, missing, ended_at
    static func membership(_ row: inout Row) throws(StoreError) -> Membership {
        var membership = Membership(
            id: row.id(), externalID: row.text(), number: row.text(), holder: row.optionalText(),
            since: try row.optionalDate(), tiers: try ListText.tiers(from: row.text()))
        membership.missing = row.int()
        membership.endedAt = row.optionalInstant()
        return membership
    }

    /// id, membership, type, unit, balance, amount, as_of, lots, opening, entries_total, complete, observation,
    /// observed_at, stale_after, version, missing, ended_at
    static func account(_ row: inout Row) throws(StoreError) -> Account {
        let (id, membership): (AccountID, MembershipID) = (row.id(), row.id())
        let (type, unit) = (row.text(), row.text())
        guard let amount = BalanceAmount(state: row.text(), amount: try row.optionalDecimal()) else {
            throw .damaged("a balance does not read")
        }
        var account = Account(
            id: id, membership: membership, type: type, unit: unit, amount: amount, asOf: row.optionalInstant(),
            lots: try ListText.lots(from: row.text()), opening: try row.optionalDecimal(),
            entriesTotal: try row.decimal(), historyIsComplete: row.bool(), observation: row.int(),
            observedAt: row.instant(), staleAfter: row.instant(), version: row.int())
        account.missing = row.int()
        account.endedAt = row.optionalInstant()
        return account
    }

    /// membership, external_id, title, amount, unit, expires, sealed_code
    static func voucher(_ row: inout Row) throws(StoreError) -> Voucher {
        Voucher(
            membership: row.id(), externalID: row.text(), title: row.optionalText(),
            amount: try row.optionalDecimal(), unit: row.optionalText(), expires: try row.optionalDate(),
            sealedCode: row.optionalBlob())
    }

    /// request, membership, next
    static func cursor(_ row: inout Row) throws(StoreError) -> PullCursor {
        PullCursor(request: row.text(), membership: row.text(), next: row.optionalText())
    }

    /// number, at, digest, answers, scopes, generation
    static func observation(_ row: inout Row) throws(StoreError) -> Observation {
        Observation(
            number: row.int(), at: row.instant(), digest: row.blob(), answers: try ListText.words(from: row.text()),
            scopes: try ListText.words(from: row.text()), generation: row.int())
    }

    /// id, account, external_id, posted, kind, amount, text, balance_after, first_seen_at
    static func entry(_ row: inout Row) throws(StoreError) -> Entry {
        Entry(
            id: row.id(), account: row.id(), externalID: row.text(), posted: row.instant(), kind: row.text(),
            amount: try row.decimal(), text: row.optionalText(), balanceAfter: try row.optionalDecimal(),
            firstSeenAt: row.instant())
    }

    /// request, membership, uri, tag, link_header, received_at, sealed_body
    static func kept(_ row: inout Row) throws(StoreError) -> KeptAnswer {
        KeptAnswer(
            request: row.text(), membership: row.text(), uri: row.text(), tag: row.text(), link: row.optionalText(),
            receivedAt: row.instant(), sealedBody: row.blob())
    }

    /// account, link, place, head, number, masked_number, tail, version
    static func fragment(_ row: inout Row) throws(StoreError) -> AccountFragment {
        AccountFragment(
            account: row.id(), link: row.id(), order: row.text(), head: row.blob(), number: row.blob(),
            maskedNumber: row.blob(), tail: row.blob(), version: row.int())
    }

    /// link, bytes
    static func linkFragment(_ row: inout Row) throws(StoreError) -> (id: LinkID, bytes: [UInt8]) {
        (id: row.id(), bytes: row.blob())
    }

    static func text(_ row: inout Row) throws(StoreError) -> String { row.text() }
}
