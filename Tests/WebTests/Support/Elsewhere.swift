import PurserEngine
import Wire

/// Documents that are found outside the simulated world.
struct Elsewhere: Transport {
    let documents: [String: JSON]

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        guard let document = documents[request.uri.text] else { throw .notSent("no such host") }
        return .json(document)
    }

    static func world(_ world: World, _ documents: [String: JSON]) -> World {
        World(
            clock: world.clock, randomness: world.randomness, transport: Elsewhere(documents: documents),
            store: world.store, rootKey: world.rootKey, spawner: world.spawner, log: world.log)
    }
}
