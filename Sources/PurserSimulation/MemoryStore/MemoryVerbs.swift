public import PurserEngine
import Wire

/// The store's verbs over plain values in memory: what SQLite is checked against, and what simulations run on.
///
/// A verb decides before it writes, so that one that throws has changed nothing. For a transaction of several verbs,
/// and for a crash, the owner puts a copy of `state` back. Not for two threads at a time.
public final class MemoryVerbs: StoreVerbs {
    /// All there is. Setting it to an earlier copy is what a crash or a rollback does.
    public var state: MemoryState

    /// Claims that were unfair.
    private(set) var unfair: [String] = []

    public init(_ state: MemoryState = MemoryState(storeID: "memory")) { self.state = state }

    func judge(_ choice: FairCheck.Choice) {
        for words in FairCheck.violations(choice) where !unfair.contains(words) { unfair.append(words) }
    }

    typealias LinkRecord = MemoryState.LinkRecord

    func record(_ wallet: WalletID, _ link: LinkID) -> LinkRecord? {
        state.links[MemoryState.LinkPlace(wallet: wallet, link: link)]
    }

    /// The link's record, if the claim on it still holds.
    func held(_ claim: Claim) -> LinkRecord? {
        guard let found = record(claim.wallet, claim.link), found.link.fence == claim.fence || Plant.isIn("no-fence")
        else { return nil }
        return found
    }

    /// Writes a link back: fragment rendered, and the wallet's version raised when it differs or `isSeen`.
    func keep(_ record: LinkRecord, isSeen: Bool = false) {
        var record = record
        let place = MemoryState.LinkPlace(wallet: record.link.wallet, link: record.link.id)
        let rendered = LinkFragment.rendered(record.link)
        let changed = record.fragment != rendered
        record.fragment = rendered
        state.links[place] = record
        if changed || isSeen { raiseVersion(record.link.wallet) }
    }

    func raiseVersion(_ wallet: WalletID) { state.wallets[wallet, default: 0] += 1 }

    /// All links, in an order that does not depend on hashing.
    var allLinks: [LinkRecord] {
        state.links.keys.sorted { ($0.wallet, $0.link) < ($1.wallet, $1.link) }.compactMap { state.links[$0] }
    }
}

extension MemoryState.LinkRecord {
    /// A line of the custody story, which keeps its beginning and its end.
    mutating func tell(_ event: CustodyEvent) {
        events.append(event)
        guard events.count > Limits.storyFirst + Limits.storyNewest else { return }
        events.remove(at: Limits.storyFirst)
        forgotten += 1
    }

    /// A new claim, whoever had one before.
    mutating func lease(until: Instant) -> Claim {
        link.fence += 1
        if !Plant.isIn("not-pushed") { link.dueAt = until }
        isLeased = true
        return Claim(wallet: link.wallet, link: link.id, fence: link.fence, until: until)
    }

    /// A claim ends. A link that was put to rest meanwhile stays at rest, unless a spend of its token is in doubt.
    mutating func endClaim(due: Instant, isAtRisk: Bool) {
        guard link.dueAt != nil || (link.state == .paused && intent != nil) else { return }
        rest(until: due)
        self.isAtRisk = isAtRisk
    }

    /// Nobody works on it until then.
    mutating func rest(until due: Instant?) {
        link.dueAt = due
        isLeased = false
        isAtRisk = false
    }

    /// What remains of a failed link: its row and its custody story.
    var emptied: Self {
        var out = Self(link: link)
        out.events = events
        out.forgotten = forgotten
        out.fragment = fragment
        return out
    }
}
