public import Wire

/// What can be looked up of streams of signals.
public protocol SignalReads {
    /// All of them, by provider.
    func signalStreams() throws(StoreError) -> [SignalStream]
}

extension SignalReads {
    /// A provider's row; nil: there is none.
    public func signalStream(of provider: String) throws(StoreError) -> SignalStream? {
        try signalStreams().first { $0.provider == provider }
    }
}

/// What can be done to streams of signals. Like every verb, each is one transaction; none touches a wallet.
public protocol SignalVerbs: SignalReads {
    /// There is a row for this provider's signals, and something to do about it at once (`ProviderTurn.wake`).
    ///
    /// - Parameter makes: whether a row is made where there is none.
    func wakeSignals(_ provider: String, makes: Bool, now: Instant) throws(StoreError)
    /// Deletes every other row, with what it remembers.
    func dropSignals(except providers: [String]) throws(StoreError)
    /// Claims up to `limit` rows due by `now`, the longest overdue first: fence + 1, due at `until`.
    func claimSignals(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim]
    /// Writes what a claimed row's stream is now; nil: there is none any more, and nothing of it is remembered. The claim
    /// goes on. Claim lost: false, nothing written.
    func keepStream(_ claim: ProviderClaim, _ made: SignalStream.Made?) throws(StoreError) -> Bool
    /// Ends a claim. Claim lost: false, nothing written.
    func endSignals(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool
    /// The stream is gone, whoever is at work on it; due at `now`.
    func loseStream(_ provider: String, now: Instant) throws(StoreError)
    /// Remembers that an event token came, by its `jti`. Of each provider the newest `Limits.signalsKept` are remembered.
    /// Nil: the claim is lost, nothing written; false: it came before.
    func takeSignal(_ claim: ProviderClaim, _ id: String, now: Instant) throws(StoreError) -> Bool?
}
