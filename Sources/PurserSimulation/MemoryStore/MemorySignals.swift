public import PurserEngine
public import Wire

extension MemoryVerbs {
    public func signalStreams() throws(StoreError) -> [SignalStream] {
        state.signals.values.map(\.stream).sorted { $0.provider < $1.provider }
    }

    public func wakeSignals(_ provider: String, makes: Bool, now: Instant) throws(StoreError) {
        guard makes || state.signals[provider] != nil else { return }
        state.signals[provider, default: .init(stream: SignalStream(provider: provider, now: now))].stream.turn
            .wake(now: now)
    }

    public func dropSignals(except providers: [String]) throws(StoreError) {
        state.signals = state.signals.filter { providers.contains($0.key) }
    }

    public func claimSignals(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim] {
        let due = try signalStreams().compactMap { stream in stream.turn.dueAt.map { (at: $0, name: stream.provider) } }
            .filter { $0.at <= now }.sorted { ($0.at, $0.name) < ($1.at, $1.name) }
        return due.prefix(limit).compactMap { state.signals[$0.name]?.stream.turn.lease($0.name, until: until) }
    }

    public func keepStream(_ claim: ProviderClaim, _ made: SignalStream.Made?) throws(StoreError) -> Bool {
        guard isHeld(claim) else { return false }
        state.signals[claim.provider]?.stream.made = made
        if made == nil { state.signals[claim.provider]?.taken = [] }
        return true
    }

    public func endSignals(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool {
        guard isHeld(claim) else { return false }
        state.signals[claim.provider]?.stream.turn.end(pause)
        return true
    }

    public func loseStream(_ provider: String, now: Instant) throws(StoreError) {
        state.signals[provider]?.stream.lose(now: now)
        state.signals[provider]?.taken = []
    }

    public func takeSignal(_ claim: ProviderClaim, _ id: String, now: Instant) throws(StoreError) -> Bool? {
        guard isHeld(claim) else { return nil }
        let taken = state.signals[claim.provider]?.taken ?? []
        guard !taken.contains(id) else { return false }
        state.signals[claim.provider]?.taken = (taken + [id]).suffix(Limits.signalsKept)
        return true
    }

    private func isHeld(_ claim: ProviderClaim) -> Bool {
        state.signals[claim.provider]?.stream.turn.fence == claim.fence
    }
}
