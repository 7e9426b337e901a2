public import Wire

/// What can be done to client registrations. Like every verb, each is one transaction. They belong to no wallet.
public protocol ClientVerbs {
    /// Writes a client registration, or removes it (nil). With `question` given, another client answers from now on:
    /// every `active` or `paused` link of the provider, in any wallet, is suspended with that note, due never (its
    /// fence stays: tokens on their way are still this link's); every consent that is under way fails (`clientChanged`),
    /// due at `forget`.
    func setClient(
        _ provider: String, _ client: RegisteredClient?, question: String?, now: Instant, forget: Instant
    ) throws(StoreError) -> ClientChange
    /// Claims up to `limit` registrations that registered themselves and are due by `now`, the longest overdue first:
    /// fence + 1, due at `until`.
    func claimRegistrations(now: Instant, until: Instant, limit: Int) throws(StoreError) -> [ProviderClaim]
    /// Writes what a claimed registration has become: all of `client` but its turn. The claim goes on. Claim lost, or
    /// the registration gone: false, nothing written.
    func keepRegistration(_ claim: ProviderClaim, _ client: RegisteredClient) throws(StoreError) -> Bool
    /// Ends a claim. Claim lost: false, nothing written.
    func endRegistration(_ claim: ProviderClaim, _ pause: TurnPause) throws(StoreError) -> Bool
}
