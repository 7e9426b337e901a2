import PurserEngine
import Wire

extension SQLiteLooks {
    func rootSource() throws(StoreError) -> RootSource? {
        try connection.first("SELECT salt, cost, commitment FROM root_source", as: KeyRows.source)
    }

    func storeKeys() throws(StoreError) -> [StoreKey] {
        try connection.all("SELECT name, wrapped FROM store_key ORDER BY name", as: KeyRows.storeKey)
    }

    func keys(outside epoch: UInt32, after: KeyPlace?, limit: Int) throws(StoreError) -> [PlacedKey] {
        let after = after ?? KeyPlace(.link, WalletID(rawValue: ""), "", id: 0)
        // Places before this one have been passed; of later tables, all rows come after it.
        func from(_ table: KeyPlace.Table) -> (String, String, Int64) {
            after.table == table ? (after.wallet.rawValue, after.row, Int64(after.id)) : ("", "", -1)
        }
        var out: [PlacedKey] = []
        if after.table == .link {
            let (wallet, row, id) = from(.link)
            out += try connection.all(
                """
                SELECT wallet, link, id, epoch, wrapped, commitment FROM data_key
                WHERE epoch <> ?1 AND (wallet, link, id) > (?2, ?3, ?4) ORDER BY wallet, link, id LIMIT ?5
                """, epoch, wallet, row, id, limit, as: KeyRows.ofLink)
        }
        if after.table.rawValue <= KeyPlace.Table.client.rawValue, out.count < limit {
            let (_, row, _) = from(.client)
            out += try connection.all(
                """
                SELECT provider, key_id, key_epoch, key_wrapped, key_commitment FROM client_registration
                WHERE key_epoch <> ?1 AND provider > ?2 ORDER BY provider LIMIT ?3
                """, epoch, row, limit - out.count, as: KeyRows.ofClient)
        }
        if out.count < limit {
            let (wallet, row, _) = from(.outbox)
            out += try connection.all(
                """
                SELECT wallet, receipt, link, key_id, key_epoch, key_wrapped, key_commitment FROM revocation_outbox
                WHERE key_epoch <> ?1 AND (wallet, receipt) > (?2, ?3) ORDER BY wallet, receipt LIMIT ?4
                """, epoch, wallet, row, limit - out.count, as: KeyRows.ofOutbox)
        }
        return out
    }

    func keyUses() throws(StoreError) -> [UInt32: Int] {
        let rows = try connection.all(
            """
            SELECT epoch, sum(uses) FROM (
                SELECT epoch, count(*) AS uses FROM data_key GROUP BY epoch
                UNION ALL SELECT key_epoch, count(*) FROM client_registration WHERE key_epoch IS NOT NULL
                    GROUP BY key_epoch
                UNION ALL SELECT key_epoch, count(*) FROM revocation_outbox GROUP BY key_epoch)
            GROUP BY epoch
            """, as: KeyRows.uses)
        return Dictionary(uniqueKeysWithValues: rows)
    }

    func sealedCounts() throws(StoreError) -> SealedCounts {
        try connection.first(
            """
            SELECT (SELECT count(*) FROM token_version), (SELECT count(*) FROM orphan_token),
                (SELECT count(*) FROM pending_link), (SELECT count(*) FROM raw_answer),
                (SELECT count(*) FROM voucher WHERE sealed_code IS NOT NULL),
                (SELECT count(*) FROM client_registration WHERE sealed_secret IS NOT NULL),
                (SELECT count(*) FROM dynamic_registration WHERE sealed_access IS NOT NULL),
                (SELECT count(*) FROM revocation_outbox)
            """, as: KeyRows.counts) ?? SealedCounts()
    }
}
