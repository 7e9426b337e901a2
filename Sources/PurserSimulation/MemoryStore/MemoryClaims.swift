public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func postpone(_ claim: Claim, _ postponement: Postponement) throws(StoreError) -> Bool {
        guard var record = held(claim) else { return false }
        record.link.postpone(postponement)
        if let seconds = postponement.pollSeconds, record.pending?.pollSeconds != nil {
            record.pending?.pollSeconds = seconds
        }
        let due = Plant.isIn("never-due") ? .init(seconds: 9_999_999_999) : postponement.due
        record.endClaim(due: due, isAtRisk: postponement.isAtRisk)
        keep(record)
        return true
    }

    public func setLinkState(
        _ wallet: WalletID, _ link: LinkID, claim: Claim?, state: LinkState, note: String?, now: Instant, due: Instant?
    ) throws(StoreError) -> Bool {
        guard var record = record(wallet, link) else { return false }
        if let claim, claim.wallet != wallet || claim.link != link || claim.fence != record.link.fence { return false }
        record.link.move(to: state, note: note, now: now)
        // One living link a member: SQLite holds it by an index.
        if let identity = record.link.identity, state.isLiving {
            let twin = self.state.links.values.contains { other in
                other.link.wallet == wallet && other.link.id != link && other.link.state.isLiving
                    && other.link.provider == record.link.provider && other.link.identity == identity
            }
            if twin { throw .failed("another link of this member lives") }
        }
        record.rest(until: due)
        if case .failed = state {
            keep(record.emptied, isSeen: !record.fragments.isEmpty)
        } else {
            keep(record)
        }
        return true
    }

    public func setCondition(
        _ wallet: WalletID, _ link: LinkID, _ condition: LinkCondition, now: Instant
    ) throws(StoreError) {
        guard var record = record(wallet, link) else { return }
        record.link.show(condition, now: now)
        keep(record)
    }

    public func moveDue(earlierBy milliseconds: Int64, now: Instant) throws(StoreError) {
        for (_, var record) in state.links {
            let before = record.link
            record.link.settle(now: now)
            if record.link != before { keep(record) }
        }
        for name in state.feeds.keys { state.feeds[name]?.feed.settle(now: now) }
        for (place, record) in state.links {
            state.links[place]?.link.dueAt = record.link.dueAt?.adding(milliseconds: -milliseconds)
            state.links[place]?.intent = record.intent?.settled(earlierBy: milliseconds, now: now)
            state.links[place]?.suspicion = record.suspicion?.moved(earlierBy: milliseconds)
        }
        for (name, record) in state.feeds {
            state.feeds[name]?.feed.dueAt = record.feed.dueAt?.adding(milliseconds: -milliseconds)
        }
        for name in state.clients.keys { state.clients[name]?.dynamic?.turn.move(earlierBy: milliseconds) }
        for name in state.signals.keys { state.signals[name]?.stream.turn.move(earlierBy: milliseconds) }
        for name in state.flows.keys { state.flows[name]?.move(earlierBy: milliseconds) }
        for (place, row) in state.outbox {
            state.outbox[place]?.nextAt = row.nextAt.adding(milliseconds: -milliseconds)
        }
    }

    public func requestPull(_ wallet: WalletID, _ link: LinkID, now: Instant) throws(StoreError) -> PullRequest {
        guard var record = record(wallet, link) else { return .noSuchLink }
        let isClaimed =
            !Plant.isIn("pull-while-claimed") && record.isLeased && record.link.dueAt.map { $0 > now } ?? false
        let answer = record.link.answerToPullRequest(isClaimed: isClaimed, now: now)
        guard answer == .due else { return answer }
        if record.link.askedAt == nil { record.link.askedAt = now }
        record.link.dueAt = min(record.link.dueAt ?? now, now)
        record.isLeased = false
        keep(record)
        return answer
    }
}
