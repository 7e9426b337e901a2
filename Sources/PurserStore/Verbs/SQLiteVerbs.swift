import PurserEngine
import Wire

/// The verbs over the writing connection. Each runs within a job's savepoint (`StoreWriter.run`), which is what makes
/// it all or nothing.
struct SQLiteVerbs: SQLiteLooks, StoreVerbs {
    /// What verbs leave behind for the writer to know.
    final class Traces {
        /// Keys or tokens were erased: they are in the write-ahead log until the next checkpoint.
        var hasErased = false
    }

    let connection: Connection
    let traces = Traces()

    /// The link, if the claim on it still holds.
    func held(_ claim: Claim) throws(StoreError) -> Link? {
        guard let found = try link(claim.wallet, claim.link), found.fence == claim.fence else { return nil }
        return found
    }

    /// Writes what of a link row can change, renders its fragment, and raises the wallet's version when that differs
    /// from the last, or anyway when `isSeen`. When it is due is another row (`setDue`).
    func save(_ link: Link, isSeen: Bool = false) throws(StoreError) {
        try connection.run(
            """
            UPDATE link SET state = ?3, reason = ?4, note = ?5, since = ?6, condition = ?7, cause = ?8,
                condition_until = ?9, scopes_granted = ?10, identity = ?11, merged_into = ?12, consent_ends_at = ?13,
                generation = ?14, fence = ?15, asked_at = ?16, pulled_at = ?17, attempted_at = ?18, failures = ?19,
                warnings = ?20, issuer = ?21, client_id = ?22, scopes_asked = ?23,
                condition_since = ?24, consent_end_moves = ?25
            WHERE wallet = ?1 AND id = ?2
            """, link.wallet, link.id, link.state.code, link.state.reason, link.note, link.since,
            link.condition.kind.rawValue, link.condition.cause, link.condition.until,
            ListText.words(link.scopesGranted), link.identity, link.mergedInto, link.consentEndsAt, link.generation,
            link.fence, link.askedAt, link.pulledAt, link.attemptedAt, link.failures, ListText.words(link.warnings),
            link.issuer, link.clientID, ListText.words(link.scopesAsked), link.conditionSince,
            link.consentEndMoves)
        let changed = try connection.run(
            """
            UPDATE link_fragment SET bytes = ?4 WHERE wallet = ?1 AND created_at = ?2 AND link = ?3 AND bytes <> ?4
            """, link.wallet, link.createdAt, link.id, LinkFragment.rendered(link))
        if changed > 0 || isSeen { try raiseVersion(link.wallet) }
    }

    /// Renders the fragment of every link anew. Crosses wallets: for an upgrade.
    func redrawLinks() throws(StoreError) {
        let wallets = try connection.all("SELECT id FROM wallet", as: LinkRows.wallet)
        for wallet in wallets {
            for link in try links(wallet) { try save(link) }
        }
    }

    func raiseVersion(_ wallet: WalletID) throws(StoreError) {
        try connection.run("UPDATE wallet SET version = version + 1 WHERE id = ?1", wallet)
    }

    /// When a link is next worked on; nil: never by itself. `leased`: that is when the claim on it ends.
    func setDue(
        _ link: Link, _ due: Instant?, leased: Bool = false, isAtRisk: Bool = false
    ) throws(StoreError) {
        guard let due else {
            try connection.run("DELETE FROM due WHERE wallet = ?1 AND link = ?2", link.wallet, link.id)
            return
        }
        try connection.run(
            """
            INSERT INTO due(wallet, link, rank, due_at, leased) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT(wallet, link) DO UPDATE SET
                rank = excluded.rank, due_at = excluded.due_at, leased = excluded.leased
            """, link.wallet, link.id, (isAtRisk ? DueRank.atRisk : link.dueRank).rawValue, due, leased)
    }

    /// A claim ends: the next time is written, unless somebody has meanwhile said that the link rests, and no spend of its
    /// token is in doubt.
    func endClaim(_ link: Link, _ due: Instant, isAtRisk: Bool = false) throws(StoreError) {
        let open = link.state == .paused ? try intent(link.wallet, link.id) : nil
        if link.dueAt != nil || open != nil { try setDue(link, due, isAtRisk: isAtRisk) }
    }
}
