import PurserEngine

/// A bug that a trial build can put in, to see that the simulation finds it.
public struct PlantedBug: Sendable {
    public let name: String
    /// What it breaks.
    public let words: String
    /// Whether only SQLite on a failing disk shows it.
    public let needsDisk: Bool

    init(_ name: String, _ words: String, needsDisk: Bool = false) {
        self.name = name
        self.words = words
        self.needsDisk = needsDisk
    }
}

/// The bugs that can be planted. Each is one line where it would be made: `Plant.isIn("name")`.
public enum Planted {
    /// False: there is no bug of that name, or this is no trial build.
    public static func putIn(_ name: String) -> Bool {
        #if PURSER_TRIED
            guard bugs.contains(where: { $0.name == name }) else { return false }
            Plant.active = name
            return true
        #else
            return false
        #endif
    }

    public static let bugs: [PlantedBug] = [
        // What is sent, and when
        PlantedBug("replay-at-once", "a strict refresh is sent again while its answer may still come"),
        PlantedBug("replay-never", "a lost answer is not asked for again within the grace"),
        PlantedBug("silence-is-clean", "no answer is taken for \"nothing was sent\""),
        PlantedBug("sent-twice", "the client sends a request again by itself"),
        PlantedBug("no-intent", "a refresh token is sent without an intent"),
        PlantedBug("two-flights", "an intent takes the place of another one"),
        PlantedBug("ahead-under-strict", "a strict provider's tokens are refreshed ahead of time"),
        PlantedBug("lost-calls-again", "a link that asks for consent is worked on all the same"),
        // What an answer means
        PlantedBug("verdict-at-once", "the first invalid_grant is believed"),
        PlantedBug("html-is-refused", "a gateway's page with a status of 4xx is taken for a refusal"),
        PlantedBug("client-error-is-refused", "invalid_client ends the link"),
        PlantedBug("inactive-is-a-verdict", "a refresh token that its provider calls inactive ends the link"),
        PlantedBug("empty-overwrites", "an answer without a refresh token takes away the one that is held"),
        // What is kept
        PlantedBug("used-before-durable", "the access token is used before its generation is committed"),
        PlantedBug("orphan-is-used", "tokens that came after the claim was lost are used"),
        PlantedBug("orphan-dropped", "tokens that came after the claim was lost are thrown away"),
        PlantedBug("raw-not-kept", "the answer is parsed before it is durable"),
        PlantedBug("raw-forgotten", "an answer that was kept is never parsed"),
        PlantedBug("escrow-forgotten", "what went to the escrow never comes to the store"),
        PlantedBug("confirm-erases-all", "confirming a generation erases it with the older ones"),
        PlantedBug("merge-keeps-old", "a renewed link keeps its old tokens"),
        PlantedBug(
            "merged-is-unlinked", "a link whose worker stands still is merged, and the tokens it holds late are revoked"
        ),
        PlantedBug("unlink-tells-nobody", "unlinking does not revoke, and the receipt says it did"),
        // The store
        PlantedBug("no-fence", "a verb does not compare the fence"),
        PlantedBug("no-compare-and-set", "a generation is committed whichever is there"),
        PlantedBug("not-synced", "SQLite's commits are not synced", needsDisk: true),
        PlantedBug("half-commit", "a commit is two transactions", needsDisk: true),
        // Scheduling
        PlantedBug("not-pushed", "a claimed link stays due"),
        PlantedBug("pull-while-claimed", "asking for a pull makes a claimed link due"),
        PlantedBug("quota-off-by-one", "a day's quota is taken for one call more"),
        PlantedBug("retry-after-ignored", "a Retry-After holds nobody up"),
        PlantedBug("backoff-zero", "a link that fails is tried again at once"),
        PlantedBug("first-come", "whoever came due first is claimed first, however many links are that wallet's"),
        PlantedBug("never-due", "a link that failed is not due again"),
        PlantedBug(
            "due-told-once", "where the store refuses to note when a link is due, its claim's end is waited for"),
    ]
}
