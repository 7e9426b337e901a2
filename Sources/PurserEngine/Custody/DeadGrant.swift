public import Wire

/// Tokens that the provider no longer honours. They are kept for thirty days, sealed, since a verdict can turn out to be
/// wrong (RELIABILITY.md A.4); then they are erased, without asking anybody, and the link waits for a consent as before.
public enum DeadGrant {
    /// Whether a link's tokens have been dead for so long that nobody will ever want them.
    ///
    /// Those of a link that needs consent for another reason are left: where a scope does not reach they still work, and
    /// unlinking has them revoked.
    public static func isErased(_ link: Link, at now: Instant) -> Bool {
        guard case .needsConsent(let why) = link.state, reasons.contains(why) else { return false }
        return link.since <= latest(now)
    }

    /// Why a grant is dead.
    public static let reasons: [ConsentReason] = [.invalidGrant, .answerLost]

    /// Whoever has needed consent since then, or for longer, is erased at `now`.
    public static func latest(_ now: Instant) -> Instant { now.adding(seconds: -Limits.deadTokenSeconds) }
}

/// When dead tokens are looked for: at a start, and then every so often. An actor, because ticks share it.
actor DeadGrants {
    private var last: Uptime?

    /// Whether it is time; if so it counts as done.
    func isDue(_ now: Uptime) -> Bool {
        if let last, let elapsed = now.milliseconds(since: last),
            elapsed < Limits.deadTokenSweepSeconds * 1000
        {
            return false
        }
        last = now
        return true
    }
}

extension Wallet {
    /// Erases tokens that have been dead for long enough; a few at a time, so that no transaction is long. What fails is
    /// done at the next turn: nothing waits for it.
    func eraseDead() async {
        guard await deadGrants.isDue(world.clock.uptime) else { return }
        let now = world.clock.now
        do {
            for _ in 0..<Limits.deadTokenTurns {
                let found = try await world.store.read { reads throws(StoreError) in
                    try reads.deadGrants(now: now, limit: Limits.deadTokensAtOnce)
                }
                guard !found.isEmpty else { return }
                try await world.store.write { verbs throws(StoreError) in
                    for (wallet, link) in found { _ = try verbs.eraseDead(wallet, link, now: now) }
                }
                world.log.write(.info, "dead tokens erased", [("links", "\(found.count)")])
            }
        } catch { world.log.write(.error, "dead tokens not erased", [("why", "\(error)")]) }
    }
}
