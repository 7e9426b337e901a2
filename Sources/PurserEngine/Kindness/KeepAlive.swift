import Wire

/// Refresh tokens that die when they lie idle are used in time: by their folder's word
/// (`authorization.rotation.idleSeconds`), or by their provider's (`GrantEnds`).
enum KeepAlive {
    /// After how long unused a grant dies; nil: nobody says that it does. What its provider says counts while a refresh is
    /// known to move that end, or none has shown yet. One that stands still is not worth a refresh: they would follow ever
    /// faster as it comes near, and gain nothing.
    static func idleSeconds(_ named: Int64?, _ ends: GrantEnds, receivedAt: Instant) -> Int64? {
        guard let end = ends.refresh, end.moves != false else { return named }
        let told = end.at.milliseconds(since: receivedAt) / 1000
        guard told >= Limits.keptAliveSeconds else { return named }
        return min(told, named ?? told)
    }

    static func idleSeconds(_ named: Int64?, _ grant: TokenVersion) -> Int64? {
        idleSeconds(named, grant.ends, receivedAt: grant.receivedAt)
    }

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

    /// A link's regular next time, or sooner where its grant must be refreshed by then, or ends before: its person learns of
    /// that when it is so, once.
    static func due(_ regular: Instant, _ grant: TokenVersion, idleSeconds: Int64?, now: Instant) -> Instant {
        let told = grant.ends.moments.map { $0.adding(seconds: 60) }.filter {
            $0 > now && $0 >= grant.receivedAt.adding(seconds: Limits.keptAliveSeconds)
        }
        let regular = min(regular, told.min() ?? regular)
        guard let idleSeconds, grant.sealedRefresh != nil else { return regular }
        let keep = refreshAt(grant.receivedAt, idleSeconds: idleSeconds)
        // It is past already: this work did not refresh, and the next one soon will.
        return min(regular, max(keep, now.adding(seconds: Limits.backoffBaseSeconds)))
    }
}

extension Wallet {
    /// Whether a link's grant would die soon after `due`, by what is stored. Where neither folder nor provider says that it
    /// dies, nothing is read.
    func isAtRisk(_ claim: Claim, _ link: Link, due: Instant) async -> Bool {
        let named = catalogue[link.provider]?.manifest.authorization.idleSeconds
        guard named != nil || link.consentEndsAt != nil else { return false }
        let grant = try? await world.store.read { reads throws(StoreError) in
            try reads.grant(claim.wallet, claim.link)
        }
        return (grant ?? nil).map {
            KeepAlive.isAtRisk($0, idleSeconds: KeepAlive.idleSeconds(named, $0), due: due)
        } ?? false
    }
}
