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
                refresh_ahead_at, received_at, confirmed_at, boot, ends_up, refresh_ends_at, refresh_end_moves,
                authorization_ends_at, authorization_end_moves
            FROM link JOIN token_version AS token
                ON token.wallet = link.wallet AND token.link = link.id AND token.generation = link.generation
            WHERE link.wallet = ?1 AND link.id = ?2
            """, wallet, link, as: CustodyRows.token)
    }

    func intent(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Intent? {
        try connection.first(
            """
            SELECT wallet, link, purpose, generation, fence, sent_at, deadline, attempt, boot, sent_up
            FROM refresh_intent
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
            SELECT intent.wallet, intent.link, purpose, intent.generation, intent.fence, sent_at, deadline, intent.attempt,
                boot, sent_up, raw.attempt, status, sealed_body, received_at
            FROM refresh_intent AS intent LEFT JOIN raw_answer AS raw
                ON raw.wallet = intent.wallet AND raw.link = intent.link AND raw.generation = intent.generation
                AND raw.fence = intent.fence AND raw.attempt = (
                    SELECT max(attempt) FROM raw_answer AS other
                    WHERE other.wallet = intent.wallet AND other.link = intent.link
                        AND other.generation = intent.generation AND other.fence = intent.fence)
            ORDER BY intent.wallet, intent.link
            """, as: CustodyRows.unfinished)
    }

    func past(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> CustodyPast {
        guard let row = try self.link(wallet, link) else { return CustodyPast() }
        return CustodyPast(
            intent: try intent(wallet, link),
            answers: try connection.all(
                """
                SELECT wallet, link, generation, fence, attempt, status, sealed_body, received_at FROM raw_answer
                WHERE wallet = ?1 AND link = ?2 AND generation = ?3
                ORDER BY received_at DESC, fence DESC, attempt DESC
                """, wallet, link, row.generation, as: CustodyRows.answer),
            orphans: try orphans(wallet, link, parent: row.generation), suspicion: try suspicion(wallet, link))
    }

    func orphans(_ wallet: WalletID, _ link: LinkID, parent: Int) throws(StoreError) -> [Orphan] {
        try connection.all(
            """
            SELECT number, parent, fence, parent + 1, sealed_access, sealed_refresh, sealed_id_token, scopes,
                access_ends_at, refresh_ahead_at, received_at, NULL, NULL, NULL, refresh_ends_at, refresh_end_moves,
                authorization_ends_at, authorization_end_moves
            FROM orphan_token WHERE wallet = ?1 AND link = ?2 AND parent = ?3 ORDER BY number DESC
            """, wallet, link, parent, as: CustodyRows.orphan)
    }

    func suspicion(_ wallet: WalletID, _ link: LinkID) throws(StoreError) -> Suspicion? {
        try connection.first(
            """
            SELECT generation, first_at, last_at, refusals, lost_at FROM suspicion WHERE wallet = ?1 AND link = ?2
            """, wallet, link, as: CustodyRows.suspicion)
    }

    func refusals(_ provider: String, since: Instant) throws(StoreError) -> Int {
        Int(
            try connection.number(
                "SELECT count(*) FROM suspicion WHERE provider = ?1 AND last_at > ?2 AND lost_at IS NULL", provider,
                since))
    }

    func frozen(_ provider: String, since: Instant) throws(StoreError) -> Int {
        Int(
            try connection.number(
                """
                SELECT count(*) FROM suspicion
                WHERE provider = ?1 AND last_at > ?2 AND refusals = 0 AND first_at > ?2
                """, provider, since))
    }

    func grants(_ provider: String) throws(StoreError) -> Int {
        Int(
            try connection.number(
                """
                SELECT count(*) FROM link WHERE provider = ?1 AND generation > 0
                    AND state NOT IN ('failed', 'revoked', 'merged')
                """, provider))
    }

    func grantHolders(_ provider: String) throws(StoreError) -> [(WalletID, LinkID)] {
        try connection.all(
            """
            SELECT wallet, id FROM link WHERE provider = ?1 AND generation > 0
                AND state NOT IN ('failed', 'revoked', 'merged')
            ORDER BY wallet, id
            """, provider, as: CustodyRows.place)
    }

    func lastRenewal(_ provider: String) throws(StoreError) -> Instant? {
        try connection.first(
            """
            SELECT max(received_at) FROM token_version JOIN link ON link.wallet = token_version.wallet
                AND link.id = token_version.link
            WHERE link.provider = ?1 AND token_version.generation > 1
            """, provider, as: CustodyRows.instant) ?? nil
    }

    func deadGrants(now: Instant, limit: Int) throws(StoreError) -> [(WalletID, LinkID)] {
        try connection.all(
            """
            SELECT wallet, id FROM link
            WHERE state = 'needsConsent' AND since <= ?1 AND reason IN (SELECT value FROM json_each(?2)) AND (
                EXISTS (SELECT 1 FROM token_version AS held WHERE held.wallet = link.wallet AND held.link = link.id)
                OR EXISTS (SELECT 1 FROM raw_answer AS held WHERE held.wallet = link.wallet AND held.link = link.id)
                OR EXISTS (SELECT 1 FROM orphan_token AS held WHERE held.wallet = link.wallet AND held.link = link.id)
                OR EXISTS (SELECT 1 FROM refresh_intent AS held WHERE held.wallet = link.wallet AND held.link = link.id))
            ORDER BY wallet, id LIMIT ?3
            """, DeadGrant.latest(now), JSON.array(DeadGrant.reasons.map { .string($0.rawValue) }).text, max(0, limit),
            as: CustodyRows.place)
    }

    func storeEpoch() throws(StoreError) -> String {
        guard let epoch = try connection.first("SELECT epoch FROM meta", as: LedgerRows.text) else {
            throw .damaged("the store has no epoch")
        }
        return epoch
    }

    func restoredAt() throws(StoreError) -> Instant? {
        try connection.first("SELECT restored_at FROM meta", as: CustodyRows.instant) ?? nil
    }
}
