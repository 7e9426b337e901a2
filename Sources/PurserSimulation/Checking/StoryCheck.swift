import PurserEngine
import Wire

/// Every link's custody story must be one that custody allows (DESIGN.md 5): nothing is committed or refused whose
/// answer was not durable first, and nothing is answered that was not begun.
enum StoryCheck {
    /// - Parameter escrowed: the generations whose answer was durable in the escrow, by link.
    static func violations(
        _ reads: any StoreReads, escrowed: [LinkID: Set<Int>] = [:]
    ) throws(StoreError) -> [String] {
        var out: [String] = []
        for link in try reads.everyLink() {
            let wallet = link.wallet
            let story = try reads.custodyEvents(wallet, link.id)
            let isWhole = try reads.forgottenEvents(wallet, link.id) == 0
            let spare = escrowed[link.id] ?? []
            let found = isWhole ? violations(story, escrowed: spare) : violations(ofLong: story, escrowed: spare)
            out += found.map { "\(link.id): \($0)" }
        }
        return out
    }

    /// What is kept of a long story: its beginning, and its end from where something begins anew.
    static func violations(ofLong story: [CustodyEvent], escrowed: Set<Int>) -> [String] {
        let end = story.dropFirst(Limits.storyFirst).drop { $0.kind != "intent" }
        return violations(Array(story.prefix(Limits.storyFirst)), escrowed: escrowed)
            + violations(Array(end), committed: end.first?.generation ?? 0, escrowed: escrowed)
    }

    static func violations(
        _ story: [CustodyEvent], committed: Int = 0, escrowed: Set<Int> = []
    ) -> [String] {
        var out: [String] = []
        var begun: Set<Int> = escrowed
        var answered: Set<Int> = escrowed
        var committed = committed
        for event in story {
            switch event.kind {
            case "device", "intent", "resent": begun.insert(event.generation)
            case "answer":
                if !begun.contains(event.generation) { out.append("an answer without an intent") }
                answered.insert(event.generation)
            case "committed":
                if event.generation != committed + 1 { out.append("generation \(event.generation) out of order") }
                if !answered.contains(event.generation - 1) { out.append("committed before its answer was durable") }
                committed = event.generation
            case "orphaned":
                if !answered.contains(event.generation - 1) { out.append("orphaned before its answer was durable") }
            case "refused", "misconfigured", "throttled", "failed":
                if !answered.contains(event.generation) { out.append("\(event.kind) before its answer was durable") }
            // Answers of earlier attempts are settled after one another: begun and answered they stay.
            // A device code is asked about again and again, and that is not told.
            case "notSent" where event.generation == 0 && story.contains { $0.kind == "device" }: break
            case "notSent": begun.remove(event.generation)
            case "renewed":
                if event.generation != committed + 1 { out.append("generation \(event.generation) out of order") }
                committed = event.generation
            // Its answer may still come to a worker that stood still, and be one too late.
            case "superseded": break
            case "confirmed":
                if event.generation > committed { out.append("confirmed before it was committed") }
            default: break
            }
        }
        return out
    }
}

/// What is over must be gone: a link that failed, was identified or was unlinked keeps nothing of what led there.
enum ErasureCheck {
    static func violations(_ reads: any StoreReads, _ wallet: WalletID) throws(StoreError) -> [String] {
        let links = try reads.links(wallet)
        var out: [String] = []
        for link in links { out += try violations(link, reads) }
        let living = Set(links.map(\.id))
        for receipt in try reads.receipts(wallet) where living.contains(receipt.link) {
            out.append("\(receipt.link) has a receipt and is still there")
        }
        return out
    }

    static func violations(_ link: Link, _ reads: any StoreReads) throws(StoreError) -> [String] {
        var out: [String] = []
        let (wallet, id) = (link.wallet, link.id)
        let pending = try reads.pendingLink(wallet, id)
        let grant = try reads.grant(wallet, id)
        switch link.state {
        case .failed, .merged:
            let key = try reads.dataKey(wallet, id)
            let intent = try reads.intent(wallet, id)
            if pending != nil || grant != nil || key != nil || intent != nil {
                out.append("\(id) is over and still holds something")
            }
        case .active, .needsConsent, .suspended, .paused:
            if pending != nil { out.append("\(id) is linked and its pending row is still there") }
            // What is kept of it, of the sign-in, is shorter than any of them.
            if grant?.sealedIDToken?.count ?? 0 > 512 { out.append("\(id) is linked and its ID token is still there") }
            if grant == nil, try !isErased(link, reads) { out.append("\(id) is linked and holds no grant") }
        case .linking, .revoked: break
        }
        return out
    }

    /// Whether a grant that was lost has been erased since, which its story says.
    private static func isErased(_ link: Link, _ reads: any StoreReads) throws(StoreError) -> Bool {
        guard case .needsConsent = link.state else { return false }
        return try reads.custodyEvents(link.wallet, link.id).contains {
            $0.kind == "erased" && $0.generation == link.generation
        }
    }
}
