import Crypto
import Wire

/// What must be known of logouts for minutes: which logout tokens were taken, and which returns from a provider's logout
/// page are waited for. An actor, because whatever comes in shares it.
///
/// In memory: a token that is sent once more after a restart does nothing, since the link it ended has a newer sign-in by
/// then or still waits for one (`LogoutDecision.earlierSession`); and a return that is no longer known costs a page's words.
actor Logouts {
    private struct Return: Sendable {
        let provider: String
        let hash: Secret
        let until: Instant
    }

    /// Of each provider so many, so that none keeps another from being heard.
    private var seen: [String: TakenOnce<String>] = [:]
    private var returns: [Return] = []

    /// Remembers a logout token's `jti` until the token is worth nothing (Back-Channel Logout 1.0 2.6, step 8).
    func take(_ id: String, of provider: String, until: Instant, now: Instant) -> Taking {
        seen[provider, default: TakenOnce(most: Limits.logoutTokensKept)].take(id, until: until, now: now)
    }

    /// Nothing came of it: the provider may send it again.
    func giveBack(_ id: String, of provider: String) { seen[provider]?.giveBack(id) }

    /// A person is sent to a provider's logout page, and may come back with this `state`.
    func expect(stateHash: [UInt8], from provider: String, until: Instant, now: Instant) {
        returns.removeAll { $0.until <= now }
        if returns.count >= Limits.logoutReturnsKept { returns.removeFirst() }
        returns.append(Return(provider: provider, hash: Secret(copying: stateHash), until: until))
    }

    /// Whether this `state` is waited for from there; once. Every one that is kept is compared, in constant time.
    func isExpected(stateHash: [UInt8], from provider: String, now: Instant) -> Bool {
        let given = Secret(copying: stateHash)
        var found: Int?
        for (place, one) in returns.enumerated() where one.hash == given { found = place }
        guard let found, returns[found].provider == provider else { return false }
        return returns.remove(at: found).until > now
    }
}
