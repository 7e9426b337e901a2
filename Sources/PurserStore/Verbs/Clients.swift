import PurserEngine
import Wire

extension SQLiteLooks {
    func client(_ provider: String) throws(StoreError) -> RegisteredClient? {
        try connection.first(
            """
            SELECT provider, client_id, redirect_uri, scopes, sealed_secret, key_id, key_epoch, key_wrapped,
                key_commitment, created_at, changed_at, authentication, registered_at, sealed_access, secret_since,
                secret_ends_at, due_at, leased, fence, failures, trouble
            FROM client_registration LEFT JOIN dynamic_registration USING (provider) WHERE provider = ?1
            """, provider, as: ClientRows.client)
    }

    fileprivate func held(_ claim: ProviderClaim) throws(StoreError) -> DynamicRegistration? {
        let found = try client(claim.provider)?.dynamic
        return found?.turn.fence == claim.fence ? found : nil
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
        try save(provider, client)
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

    func claimRegistrations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        let due = try connection.all(
            "SELECT provider FROM dynamic_registration WHERE due_at <= ?1 ORDER BY due_at, provider LIMIT ?2", now,
            limit, as: LedgerRows.text)
        var claims: [ProviderClaim] = []
        for provider in due {
            guard var turn = try client(provider)?.dynamic?.turn else { continue }
            claims.append(turn.lease(provider, until: until))
            try save(provider, turn)
        }
        return claims
    }

    func keepRegistration(_ claim: ProviderClaim, _ client: RegisteredClient) throws(StoreError) -> Bool {
        guard let turn = try held(claim)?.turn else { return false }
        var client = client
        client.dynamic?.turn = turn
        try save(claim.provider, client)
        return true
    }

    func endRegistration(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool {
        guard var turn = try held(claim)?.turn else { return false }
        turn.end(pause)
        try save(claim.provider, turn)
        return true
    }

    /// In the place of whatever stood there.
    private func save(_ provider: String, _ client: RegisteredClient?) throws(StoreError) {
        try check(client?.dataKey)
        try connection.run("DELETE FROM client_registration WHERE provider = ?1", provider)
        traces.hasErased = true
        guard let client else { return }
        try connection.run(
            """
            INSERT INTO client_registration(provider, client_id, redirect_uri, scopes, sealed_secret, key_id,
                key_epoch, key_wrapped, key_commitment, created_at, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, provider, client.clientID, client.redirectURI, client.scopes.map(ListText.words),
            client.sealedSecret, client.dataKey?.id, client.dataKey?.epoch, client.dataKey?.wrapped,
            client.dataKey?.commitment, client.createdAt, client.changedAt)
        guard let dynamic = client.dynamic else { return }
        try connection.run(
            """
            INSERT INTO dynamic_registration(provider, authentication, registered_at, sealed_access, secret_since,
                secret_ends_at, leased, fence, failures)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0)
            """, provider, dynamic.authentication.rawValue, dynamic.registeredAt, dynamic.sealedAccess,
            dynamic.secretSince, dynamic.secretEndsAt)
        try save(provider, dynamic.turn)
    }

    private func save(_ provider: String, _ turn: DynamicRegistration.Turn) throws(StoreError) {
        try connection.run(
            """
            UPDATE dynamic_registration SET due_at = ?2, leased = ?3, fence = ?4, failures = ?5, trouble = ?6
            WHERE provider = ?1
            """, provider, turn.dueAt, turn.isLeased, turn.fence, turn.failures, turn.trouble)
    }
}
