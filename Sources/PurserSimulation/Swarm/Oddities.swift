import PurserEngine
import Wire

// What is rarer than the rest, with a stream of its own: a world without it is the same world.

extension Simulation {
    /// What token endpoints say that have no other status than 200.
    private static let errors: [JSON] = [
        "{\"error\":\"invalid_grant\"}", "{\"error\":\"temporarily_unavailable\"}", "{\"error\":\"invalid_client\"}",
        "{\"error\":\"bad_refresh_token\"}",
    ]

    func moveOddities() {
        if odd.chance(weather.errors) {
            let name = stage.names[odd.below(stage.names.count)]
            let answer: JSON = .object(
                JSONObject([
                    ("status", 200), ("body", Self.errors[odd.below(Self.errors.count)]),
                    ("unprocessed", true),
                ]))
            stage.fault(
                .object(
                    JSONObject([
                        ("match", ["endpoint": "token"]), ("times", .int(1 + odd.below(2))), ("replace", answer),
                    ])), at: name)
        }
        if odd.chance(weather.seals) { stage.seal(seconds: Int64(odd.chance(500) ? odd.below(30) : odd.below(20_000))) }
    }
}
