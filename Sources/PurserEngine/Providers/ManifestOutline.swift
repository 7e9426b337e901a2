import Wire

/// What a mapping is held against: the names that its manifest gives out. Of a manifest that does not load as much as can
/// be read, so that all problems of a folder are told at once; nil where even that cannot.
struct ManifestOutline: Sendable {
    /// By name, whether it runs once per membership.
    let requests: [String: Bool]?
    let units: [String]?
    let tiers: [String]?
    let isValuation: Bool

    init(_ manifest: Manifest) {
        requests = manifest.api.requests.mapValues(\.isForMembership)
        units = manifest.programme.units.keys.sorted()
        tiers = manifest.programme.tiers.map(\.code)
        isValuation = manifest.programme.kind == .valuation
    }

    /// From a manifest as it stands. Names are taken only from where nothing is wrong: one mistake is told once.
    init(_ json: JSON?, problems: [ManifestProblem]) {
        func isRight(_ place: String) -> Bool { !problems.contains { $0.place.hasPrefix(place) } }
        let named = isRight("/api/requests") ? json?["api"]?["requests"]?.object?.members : nil
        requests = named.map { members in
            Dictionary(members.map { ($0.name, $0.value["for"]?.string == "membership") }) { first, _ in first }
        }
        let programme = json?["programme"]
        units = isRight("/programme/units") ? programme?["units"]?.object?.members.map(\.name).sorted() : nil
        tiers =
            isRight("/programme/tiers") ? programme?["tiers"]?.array.map { $0.compactMap { $0["code"]?.string } } : nil
        isValuation = json?["programme"]?["kind"]?.string == "valuation"
    }
}
