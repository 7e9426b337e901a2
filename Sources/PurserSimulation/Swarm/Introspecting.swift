import MockProviders
import PurserEngine
import Wire

/// Which of a world's providers are asked about tokens (RFC 7662), and what they say: most of them the truth. Drawn from a
/// stream of its own, so that nothing else in a world depends on it.
enum Introspecting {
    /// What `Introspects` of the mocks may be.
    private static let ways = ["honest", "honest", "honest", "inactive", "inactive", "active", "text", "fails"]

    static func drawn(for provider: SimulatedProvider, _ random: inout SeededRandom) -> SimulatedProvider {
        let isAsked = random.chance(600)
        let way = ways[random.below(ways.count)]
        guard isAsked, !provider.mock.isForBusinesses else { return provider }
        // Whoever signs what it says goes on to.
        let shipped = provider.mock.manifest["authorization"]
        let form = shipped?["introspection"] ?? "json"
        guard let played = try? provider.mock.with(introspection: way) else {
            preconditionFailure("the mock does not know an introspection of the simulation")
        }
        var named = provider.changed(["authorization", "introspection"], form)
        if shipped?["discovery"] == "none" {
            named = named.changed(
                ["authorization", "endpoints", "introspection"], .string(provider.mock.introspectionEndpoint))
        }
        return SimulatedProvider(folder: named.folder, mock: played)
    }
}
