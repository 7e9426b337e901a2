import PurserEngine
import Wire

extension SQLiteLooks {
    func client(_ provider: String) throws(StoreError) -> RegisteredClient? {
        try connection.first(
            """
            SELECT provider, client_id, redirect_uri, scopes, sealed_secret, key_id, key_epoch, key_wrapped,
                key_commitment, created_at, changed_at
            FROM client_registration WHERE provider = ?1
            """, provider, as: LinkRows.client)
    }

    func metadata(_ provider: String) throws(StoreError) -> KeptMetadata? {
        try connection.first(
            "SELECT provider, issuer, document, fetched_at, mark FROM server_metadata WHERE provider = ?1", provider,
            as: LinkRows.metadata)
    }

    func waitingLinks(now: Instant) throws(StoreError) -> [WaitingLink] {
        try connection.all(
            """
            SELECT link, provider, expires_at FROM pending_link
            WHERE taken_at IS NULL AND poll_seconds IS NULL AND expires_at > ?1
            ORDER BY expires_at, link
            """, now, as: LinkRows.waiting)
    }
}

extension SQLiteVerbs {
    func keepMetadata(_ kept: KeptMetadata) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO server_metadata(provider, issuer, document, fetched_at, mark) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT(provider) DO UPDATE SET
                issuer = excluded.issuer, document = excluded.document, fetched_at = excluded.fetched_at,
                mark = excluded.mark
            """, kept.provider, kept.issuer, kept.document, kept.fetchedAt, kept.mark)
    }

    func setClient(
        _ provider: String, _ client: RegisteredClient?, question: String?, now: Instant, forget: Instant
    ) throws(StoreError) -> ClientChange {
        try check(client?.dataKey)
        try connection.run("DELETE FROM client_registration WHERE provider = ?1", provider)
        traces.hasErased = true
        if let client {
            try connection.run(
                """
                INSERT INTO client_registration(provider, client_id, redirect_uri, scopes, sealed_secret, key_id,
                    key_epoch, key_wrapped, key_commitment, created_at, changed_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """, provider, client.clientID, client.redirectURI, client.scopes.map(ListText.words),
                client.sealedSecret, client.dataKey?.id, client.dataKey?.epoch, client.dataKey?.wrapped,
                client.dataKey?.commitment, client.createdAt, client.changedAt)
        }
        guard let question else { return .none }
        var (suspended, calledOff) = (0, 0)
        for wallet in try connection.all("SELECT id FROM wallet ORDER BY id", as: LinkRows.wallet) {
            for var link in try links(wallet) where link.provider == provider {
                switch link.state {
                case .active, .paused:
                    link.move(to: .suspended(.configurationChanged), note: question, now: now)
                    try save(link)
                    try setDue(link, nil)
                    suspended += 1
                case .linking:
                    _ = try setLinkState(
                        wallet, link.id, claim: nil, state: .failed(.clientChanged), note: question, now: now,
                        due: forget)
                    calledOff += 1
                default: break
                }
            }
        }
        return ClientChange(suspended: suspended, calledOff: calledOff)
    }
}
