import PurserEngine
import Wire

extension SQLiteLooks {
    func storeID() throws(StoreError) -> String {
        guard let name = try connection.first("SELECT store FROM meta", as: LedgerRows.text) else {
            throw .damaged("the store has no name")
        }
        return name
    }

    func epochs() throws(StoreError) -> [WrappedEpoch] {
        try connection.all("SELECT id, wrapped, created_at FROM key_epoch ORDER BY id", as: LinkRows.epoch)
    }

    func dataKey(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> WrappedDataKey? {
        try connection.first(
            """
            SELECT id, epoch, wrapped, commitment FROM data_key WHERE wallet = ?1 AND link = ?2
            ORDER BY id DESC LIMIT 1
            """, wallet, link, as: LinkRows.dataKey)
    }

    func grant(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> TokenVersion? {
        try connection.first(
            """
            SELECT token.generation, sealed_access, sealed_refresh, sealed_id_token, scopes, access_ends_at,
                refresh_ahead_at, received_at, confirmed_at
            FROM link JOIN token_version AS token
                ON token.wallet = link.wallet AND token.link = link.id AND token.generation = link.generation
            WHERE link.wallet = ?1 AND link.id = ?2
            """, wallet, link, as: CustodyRows.token)
    }

    func intent(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Intent? {
        try connection.first(
            """
            SELECT wallet, link, purpose, generation, fence, sent_at, deadline FROM refresh_intent
            WHERE wallet = ?1 AND link = ?2
            """, wallet, link, as: CustodyRows.intent)
    }

    func custodyEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> [CustodyEvent] {
        try connection.all(
            """
            SELECT at, kind, generation, detail FROM custody_event WHERE wallet = ?1 AND link = ?2 ORDER BY number
            """, wallet, link, as: CustodyRows.event)
    }

    func forgottenEvents(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int {
        Int(
            try connection.number(
                "SELECT coalesce(max(number), 0) - count(*) FROM custody_event WHERE wallet = ?1 AND link = ?2", wallet,
                link))
    }

    func orphanCount(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Int {
        Int(try connection.number("SELECT count(*) FROM orphan_token WHERE wallet = ?1 AND link = ?2", wallet, link))
    }

    func unfinishedSpends() throws(StoreError) -> [UnfinishedSpend] {
        try connection.all(
            """
            SELECT intent.wallet, intent.link, purpose, intent.generation, intent.fence, sent_at, deadline,
                status, sealed_body, received_at
            FROM refresh_intent AS intent LEFT JOIN raw_answer AS raw
                ON raw.wallet = intent.wallet AND raw.link = intent.link AND raw.generation = intent.generation
                AND raw.fence = intent.fence
            ORDER BY intent.wallet, intent.link
            """, as: CustodyRows.unfinished)
    }
}
