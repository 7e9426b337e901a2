public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func claimDue(
        now: Instant, until: Instant, limit: Int, underWay: [Claim]
    ) throws(StoreError) -> [Claim] {
        let pairs = underWay.compactMap { claim in
            record(claim.wallet, claim.link).map {
                FairPick.Pair(wallet: claim.wallet, provider: $0.link.provider)
            }
        }
        var pick = FairPick(underWay: pairs, limit: limit)
        for rank in DueRank.allCases where !pick.isFull {
            try pick.choose(among: state.wallets.count) { past throws(StoreError) in page(rank, now, past) }
        }
        let all = DueRank.allCases.flatMap { due($0, now) }
        judge(FairCheck.Choice(due: all, underWay: pairs, chosen: pick.chosen, limit: limit))
        return pick.chosen.compactMap { due in
            guard var record = record(due.wallet, due.link) else { return nil }
            let claim = record.lease(until: until)
            keep(record)
            return claim
        }
    }

    private func page(_ rank: DueRank, _ now: Instant, _ past: FairPick.Past) -> [DueLink] {
        let front = due(rank, now)
        let left: [DueLink] =
            switch past {
            case .nothing: front
            case .wallets(let seen): front.prefix(FairPick.depth).filter { !seen.contains($0.wallet) }
            case .pairs(let enough): front.prefix(FairPick.depth).filter { !enough.contains($0.pair) }
            }
        return Array(left.prefix(FairPick.page))
    }

    private func due(_ rank: DueRank, _ now: Instant) -> [DueLink] {
        state.links.values.compactMap { record -> DueLink? in
            guard let due = record.link.dueAt, due <= now, record.rank == rank else { return nil }
            return DueLink(
                wallet: record.link.wallet, link: record.link.id, provider: record.link.provider, rank: rank, due: due)
        }.sorted { ($0.due, $0.wallet, $0.link) < ($1.due, $1.wallet, $1.link) }
    }

    public func reschedule(_ moves: [Reschedule], now: Instant) throws(StoreError) {
        for move in moves {
            guard var record = record(move.wallet, move.link), let due = record.link.dueAt, due <= now else { continue }
            record.link.dueAt = move.due
            record.isLeased = false
            record.isAtRisk = move.rank == .atRisk
            keep(record)
        }
    }

    public func overdue(now: Instant) throws(StoreError) -> [OverdueLink] {
        allLinks.filter { $0.link.state == .active && $0.link.dueAt.map { $0 <= now } ?? false }.map { record in
            let token = record.tokens[record.link.generation]
            return OverdueLink(
                wallet: record.link.wallet, link: record.link.id, provider: record.link.provider, rank: record.rank,
                receivedAt: token?.receivedAt, ends: token?.ends ?? .untold, isInDoubt: record.intent != nil)
        }
    }

    public func reserveCalls(_ provider: String, until: Instant) throws(StoreError) {
        var flow = state.flows[provider] ?? ProviderFlow(provider: provider, reservedAt: until)
        flow.reservedAt = max(flow.reservedAt, until)
        state.flows[provider] = flow
    }

    public func blockCalls(_ provider: String, _ kind: EndpointClass, until: Instant) throws(StoreError) {
        state.flows[provider, default: ProviderFlow(provider: provider)].block(kind, until: until)
    }

    public func flows() throws(StoreError) -> [ProviderFlow] {
        state.flows.values.sorted { $0.provider < $1.provider }
    }
}

extension MemoryState.LinkRecord {
    var rank: DueRank { isAtRisk ? .atRisk : link.dueRank }
}
