public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func client(_ provider: String) throws(StoreError) -> RegisteredClient? { state.clients[provider] }

    public func metadata(_ provider: String) throws(StoreError) -> KeptMetadata? { state.metadata[provider] }

    public func keepMetadata(_ kept: KeptMetadata) throws(StoreError) { state.metadata[kept.provider] = kept }

    public func waitingLinks(now: Instant) throws(StoreError) -> [WaitingLink] {
        allLinks.compactMap(\.pending).filter { $0.takenAt == nil && $0.pollSeconds == nil && $0.expiresAt > now }
            .sorted { ($0.expiresAt, $0.link) < ($1.expiresAt, $1.link) }
            .map { WaitingLink(link: $0.link, provider: $0.provider, expiresAt: $0.expiresAt) }
    }

    public func setClient(
        _ provider: String, _ client: RegisteredClient?, question: String?, now: Instant, forget: Instant
    ) throws(StoreError) -> ClientChange {
        try check(client?.dataKey)
        state.clients[provider] = client
        guard let question else { return .none }
        var (suspended, calledOff) = (0, 0)
        for found in allLinks where found.link.provider == provider {
            var record = found
            switch record.link.state {
            case .active, .paused:
                record.link.move(to: .suspended(.configurationChanged), note: question, now: now)
                record.rest(until: nil)
                keep(record)
                suspended += 1
            case .linking:
                _ = try setLinkState(
                    record.link.wallet, record.link.id, claim: nil, state: .failed(.clientChanged), note: question,
                    now: now, due: forget)
                calledOff += 1
            default: break
            }
        }
        return ClientChange(suspended: suspended, calledOff: calledOff)
    }

    public func claimRegistrations(
        now: Instant, until: Instant, limit: Int
    ) throws(StoreError) -> [ProviderClaim] {
        let due = state.clients.values.compactMap { client in client.dynamic?.turn.dueAt.map { ($0, client.provider) } }
            .filter { $0.0 <= now }.sorted { $0 < $1 }
        return due.prefix(limit).compactMap { state.clients[$0.1]?.dynamic?.turn.lease($0.1, until: until) }
    }

    public func keepRegistration(
        _ claim: ProviderClaim, _ client: RegisteredClient
    ) throws(StoreError) -> Bool {
        guard let turn = held(claim)?.turn else { return false }
        try check(client.dataKey)
        var client = client
        client.dynamic?.turn = turn
        state.clients[claim.provider] = client
        return true
    }

    public func endRegistration(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool {
        guard held(claim) != nil else { return false }
        state.clients[claim.provider]?.dynamic?.turn.end(pause)
        return true
    }

    private func held(_ claim: ProviderClaim) -> DynamicRegistration? {
        state.clients[claim.provider]?.dynamic.flatMap { $0.turn.fence == claim.fence ? $0 : nil }
    }
}
