import Wire

/// Refresh tokens that die when they lie idle are used in time (manifest: `authorization.rotation.idleSeconds`).
enum KeepAlive {
    /// When a grant is refreshed to keep it: a third of its idle life after it was received. Twice as long is left for
    /// tries that fail.
    static func refreshAt(_ receivedAt: Instant, idleSeconds: Int64) -> Instant {
        receivedAt.adding(seconds: idleSeconds / 3)
    }

    /// Whether a grant would die soon after it is next worked on.
    static func isAtRisk(_ grant: TokenVersion, idleSeconds: Int64?, due: Instant) -> Bool {
        guard let idleSeconds, grant.sealedRefresh != nil else { return false }
        return due.adding(seconds: Limits.riskSeconds) >= grant.receivedAt.adding(seconds: idleSeconds)
    }

    /// A link's regular next time, or sooner where its grant must be refreshed by then.
    static func due(_ regular: Instant, _ grant: TokenVersion, idleSeconds: Int64?, now: Instant) -> Instant {
        guard let idleSeconds, grant.sealedRefresh != nil else { return regular }
        let keep = refreshAt(grant.receivedAt, idleSeconds: idleSeconds)
        // It is past already: this work did not refresh, and the next one soon will.
        return min(regular, max(keep, now.adding(seconds: Limits.backoffBaseSeconds)))
    }
}

extension Wallet {
    /// Whether a link's grant would die soon after `due`, by what is stored. Where the provider names no idle life,
    /// nothing is read.
    func isAtRisk(_ claim: Claim, _ link: Link, due: Instant) async -> Bool {
        guard let idle = catalogue[link.provider]?.manifest.authorization.idleSeconds else { return false }
        let grant = try? await world.store.read { reads throws(StoreError) in
            try reads.grant(claim.wallet, claim.link)
        }
        return (grant ?? nil).map { KeepAlive.isAtRisk($0, idleSeconds: idle, due: due) } ?? false
    }
}
