import PurserEngine
import Wire

extension SQLiteLooks {
    func signalStreams() throws(StoreError) -> [SignalStream] {
        try connection.all(
            """
            SELECT provider, created_at, due_at, leased, fence, failures, trouble, stream_id, poll_endpoint, audience,
                client_id, transmitter, made_at, requested, delivered, status, status_reason, status_at, state,
                asked_at, verified_at, polled_at, named
            FROM signal_stream ORDER BY provider
            """, as: SignalRows.stream)
    }

    fileprivate func held(_ claim: ProviderClaim) throws(StoreError) -> SignalStream? {
        guard let stream = try signalStream(of: claim.provider), stream.turn.fence == claim.fence else { return nil }
        return stream
    }
}

extension SQLiteVerbs {
    func wakeSignals(_ provider: String, makes: Bool, now: Instant) throws(StoreError) {
        guard var stream = try signalStream(of: provider) ?? (makes ? SignalStream(provider: provider, now: now) : nil)
        else { return }
        stream.turn.wake(now: now)
        try save(stream)
    }

    func dropSignals(except providers: [String]) throws(StoreError) {
        for stream in try signalStreams() where !providers.contains(stream.provider) {
            try connection.run("DELETE FROM signal_stream WHERE provider = ?1", stream.provider)
        }
    }

    func claimSignals(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        let due = try signalStreams().filter { $0.turn.dueAt.map { $0 <= now } ?? false }
            .sorted { ($0.turn.dueAt!, $0.provider) < ($1.turn.dueAt!, $1.provider) }
        var claims: [ProviderClaim] = []
        for var stream in due.prefix(limit) {
            claims.append(stream.turn.lease(stream.provider, until: until))
            try save(stream)
        }
        return claims
    }

    func keepStream(_ claim: ProviderClaim, _ made: SignalStream.Made?) throws(StoreError) -> Bool {
        guard var stream = try held(claim) else { return false }
        stream.made = made
        if made == nil { try forget(claim.provider) }
        try save(stream)
        return true
    }

    func endSignals(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool {
        guard var stream = try held(claim) else { return false }
        stream.turn.end(pause)
        try save(stream)
        return true
    }

    func loseStream(_ provider: String, now: Instant) throws(StoreError) {
        guard var stream = try signalStream(of: provider) else { return }
        stream.lose(now: now)
        try forget(provider)
        try save(stream)
    }

    func takeSignal(_ claim: ProviderClaim, _ id: String, now: Instant) throws(StoreError) -> Bool? {
        guard try held(claim) != nil else { return nil }
        let added = try connection.run(
            "INSERT INTO signal_taken(provider, jti, taken_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            claim.provider, id, now)
        guard added > 0 else { return false }
        try connection.run(
            """
            DELETE FROM signal_taken WHERE provider = ?1 AND number <= (
                SELECT number FROM signal_taken WHERE provider = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
            """, claim.provider, Limits.signalsKept)
        return true
    }

    private func forget(_ provider: String) throws(StoreError) {
        try connection.run("DELETE FROM signal_taken WHERE provider = ?1", provider)
    }

    private func save(_ stream: SignalStream) throws(StoreError) {
        let (turn, made) = (stream.turn, stream.made)
        try connection.run(
            """
            INSERT INTO signal_stream(provider, created_at, due_at, leased, fence, failures, trouble, stream_id,
                poll_endpoint, audience, client_id, transmitter, made_at, requested, delivered, status, status_reason,
                status_at, state, asked_at, verified_at, polled_at, named)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                ?22, ?23)
            ON CONFLICT(provider) DO UPDATE SET due_at = ?3, leased = ?4, fence = ?5, failures = ?6, trouble = ?7,
                stream_id = ?8, poll_endpoint = ?9, audience = ?10, client_id = ?11, transmitter = ?12, made_at = ?13,
                requested = ?14, delivered = ?15, status = ?16, status_reason = ?17, status_at = ?18, state = ?19,
                asked_at = ?20, verified_at = ?21, polled_at = ?22, named = ?23
            """, stream.provider, stream.createdAt, turn.dueAt, turn.isLeased, turn.fence, turn.failures, turn.trouble,
            made?.id, made?.pollEndpoint, made.map { ListText.words($0.audience) }, made?.clientID, made?.transmitter,
            made?.madeAt, made.map { ListText.words($0.requested) }, made.map { ListText.words($0.delivered) },
            made?.status.rawValue, made?.statusReason, made?.statusAt, made?.state, made?.askedAt, made?.verifiedAt,
            made?.polledAt, made.map { ListText.words($0.named) })
    }
}

enum SignalRows {
    /// provider, created_at, due_at, leased, fence, failures, trouble, then those of `made`
    static func stream(_ row: inout Row) throws(StoreError) -> SignalStream {
        let (provider, createdAt, due, isLeased) = (row.text(), row.instant(), row.optionalInstant(), row.bool())
        var turn = ProviderTurn(dueAt: due, fence: row.int64())
        turn.isLeased = isLeased
        turn.failures = row.int()
        turn.trouble = row.optionalText()
        return SignalStream(provider: provider, createdAt: createdAt, turn: turn, made: try made(&row))
    }

    /// stream_id, poll_endpoint, audience, client_id, transmitter, made_at, requested, delivered, status, status_reason,
    /// status_at, state, asked_at, verified_at, polled_at, named; all of them NULL where there is no stream.
    private static func made(_ row: inout Row) throws(StoreError) -> SignalStream.Made? {
        guard let id = row.optionalText() else { return nil }
        let (endpoint, audience) = (row.text(), try ListText.words(from: row.text()))
        let (client, transmitter, madeAt) = (row.text(), row.text(), row.instant())
        let requested = try ListText.words(from: row.text())
        var made = SignalStream.Made(
            id: id, pollEndpoint: endpoint, audience: audience, clientID: client, transmitter: transmitter,
            madeAt: madeAt, requested: requested, delivered: try ListText.words(from: row.text()))
        guard let status = SignalStream.Status(rawValue: row.text()) else {
            throw .damaged("a stream's status does not read")
        }
        made.status = status
        (made.statusReason, made.statusAt) = (row.optionalText(), row.optionalInstant())
        (made.state, made.askedAt) = (row.optionalText(), row.optionalInstant())
        (made.verifiedAt, made.polledAt) = (row.optionalInstant(), row.optionalInstant())
        made.named = try ListText.words(from: row.text())
        return made
    }
}
