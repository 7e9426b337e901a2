import Wire

/// What must hold after every kill, judged by what the providers saw and by what was left behind.
final class Judge {
    private let town: Town
    /// How much of each provider's ledger was looked at, and what it says now.
    private var seen: [String: Int] = [:]
    private var ledgers: [String: Ledger] = [:]
    /// Families in which a refresh token was replaced since the round began.
    private var rotated: [String: Set<Int>] = [:]

    init(_ town: Town) { self.town = town }

    /// Reads on in every provider's ledger: one life of the daemon is over, or has come back.
    ///
    /// - Parameter doubted: links whose refresh was in doubt at a kill.
    func ledgers(_ doubted: Set<String>) -> [String] {
        var out: [String] = []
        for variant in Variant.all {
            guard let ledger = Ledger(at: town.origins[variant.name]!) else {
                out.append("\(variant.name) does not show its ledger")
                continue
            }
            town.search.keep(variant.name, ledger)
            ledgers[variant.name] = ledger
            let fresh = ledger.events.dropFirst(seen[variant.name, default: 0])
            seen[variant.name] = ledger.events.count
            rotated[variant.name] = Set(
                fresh.filter { $0.what == "spent" && $0.kind == "refresh" }.compactMap(\.family)
            ).union(rotated[variant.name] ?? [])
            out += look(variant, ledger, fresh, doubted)
        }
        return out
    }

    private func look(
        _ variant: Variant, _ ledger: Ledger, _ fresh: ArraySlice<Ledger.Event>, _ doubted: Set<String>
    ) -> [String] {
        var out: [String] = []
        let posts = fresh.filter {
            $0.kind == "refresh"
                && (["spent", "spent again"].contains($0.what) || $0.what == "refused" && $0.reason == "used before")
        }
        // One life spends one refresh token once.
        for (_, same) in Dictionary(grouping: posts, by: \.token) where same.count > 1 {
            out.append("\(variant.name): one life sent one refresh token \(same.count) times: \(same.map(\.what))")
        }
        let refused = posts.filter { $0.what == "refused" }
        let allowed = Set(
            town.links.filter { $0.variant == variant && doubted.contains($0.id) }.map(\.member))
        for event in refused {
            let member = event.family.map { ledger.families[$0].member } ?? ""
            if !variant.losesOnReplay || !allowed.contains(member) {
                out.append("\(variant.name): a refresh token was used twice though nothing was in doubt")
            }
        }
        for event in fresh where event.kind == "refresh" && event.what == "refused" && event.reason == "unknown" {
            out.append("\(variant.name): a refresh token was sent that nobody gave out")
        }
        if !variant.losesOnReplay,
            let family = ledger.families.first(where: { $0.revoked?.contains("twice") ?? false })
        {
            out.append("\(variant.name): a family was revoked: \(family.revoked ?? "")")
        }
        return out
    }

    /// Whether the provider replaced this link's refresh token around the kill.
    func hasRotated(_ linked: Town.Linked) -> Bool {
        guard let ledger = ledgers[linked.variant.name] else { return false }
        return (rotated[linked.variant.name] ?? []).contains { ledger.families[$0].member == linked.member }
    }

    /// Where secrets stand that must not.
    func secrets(whole: Bool) -> [String] {
        town.search.keepFixed(town.key)
        rotated = [:]
        return town.search.search(town.data, log: town.log, whole: whole).map { "a secret is in clear: \($0)" }
    }
}
