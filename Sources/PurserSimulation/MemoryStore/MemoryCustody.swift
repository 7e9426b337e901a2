public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func beginSpend(_ intent: Intent) throws(StoreError) -> SpendStart {
        guard var record = record(intent.wallet, intent.link), record.link.fence == intent.fence,
            record.link.state.holdsGrant
        else { return .claimLost }
        if let other = record.intent { return .inFlight(other) }
        guard record.link.generation == intent.generation else { return .generationMoved }
        record.intent = intent
        record.tell(
            CustodyEvent(
                at: intent.sentAt, kind: "intent", generation: intent.generation, detail: intent.purpose.rawValue))
        keep(record)
        return .begun
    }

    public func keepRaw(_ raw: RawAnswer) throws(StoreError) {
        guard var record = record(raw.wallet, raw.link) else { return }
        if let at = record.rawAnswers.firstIndex(where: { $0.answers(raw.generation, raw.fence) }) {
            record.rawAnswers[at] = raw
        } else {
            record.rawAnswers.append(raw)
            record.tell(
                CustodyEvent(
                    at: raw.receivedAt, kind: "answer", generation: raw.generation, detail: "HTTP \(raw.status)"))
        }
        keep(record)
    }

    public func commitGeneration(
        _ wallet: WalletID, _ link: LinkID, parent: Int, fence: Int64, _ token: TokenVersion
    ) throws(StoreError) -> Commit {
        guard token.generation == parent + 1 else { throw .failed("tokens of another generation than the next") }
        guard var record = record(wallet, link) else { return .orphaned }
        if record.tokens[token.generation]?.sealedAccess == token.sealedAccess { return .committed }
        guard record.link.generation == parent, record.link.fence == fence, record.link.state.holdsGrant else {
            guard !record.orphans.contains(where: { $0.token.sealedAccess == token.sealedAccess }) else {
                return .orphaned
            }
            record.orphans.append(MemoryState.Orphan(parent: parent, fence: fence, token: token))
            record.tell(
                CustodyEvent(at: token.receivedAt, kind: "orphaned", generation: token.generation))
            keep(record)
            return .orphaned
        }
        record.tokens[token.generation] = token
        record.link.commit(token)
        record.removeSpend(parent, fence)
        record.tell(CustodyEvent(at: token.receivedAt, kind: "committed", generation: token.generation))
        keep(record)
        return .committed
    }

    public func clearIntent(_ intent: Intent, _ event: CustodyEvent) throws(StoreError) {
        guard var record = record(intent.wallet, intent.link),
            record.removeSpend(intent.generation, intent.fence)
        else { return }
        record.tell(event)
        keep(record)
    }

    public func confirm(
        _ wallet: WalletID, _ link: LinkID, generation: Int, at: Instant
    ) throws(StoreError) {
        guard var record = record(wallet, link), let token = record.tokens[generation], token.confirmedAt == nil
        else { return }
        record.tokens[generation]?.confirmedAt = at
        record.tokens = record.tokens.filter { $0.key >= generation }
        record.tell(CustodyEvent(at: at, kind: "confirmed", generation: generation))
        keep(record)
    }

    public func note(_ wallet: WalletID, _ link: LinkID, _ event: CustodyEvent) throws(StoreError) {
        guard var record = record(wallet, link) else { return }
        record.tell(event)
        keep(record)
    }
}

extension RawAnswer {
    fileprivate func answers(_ generation: Int, _ fence: Int64) -> Bool {
        self.generation == generation && self.fence == fence
    }
}

extension MemoryState.LinkRecord {
    /// - Returns: whether there was an intent or a raw answer to remove.
    @discardableResult
    fileprivate mutating func removeSpend(_ generation: Int, _ fence: Int64) -> Bool {
        let before = rawAnswers.count
        rawAnswers.removeAll { $0.answers(generation, fence) }
        guard let held = intent, held.generation == generation, held.fence == fence else {
            return rawAnswers.count < before
        }
        intent = nil
        return true
    }
}
