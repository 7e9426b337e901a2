import PurserEngine
import Wire

/// The second place for answers, which outlives every crash; it may refuse one, and says beforehand when it is likely to.
final class SimulatedEscrow: Escrow, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var held: [[UInt8]] = []
    private var random: SeededRandom
    var watch: TokenWatch?
    /// How many of a thousand answers it does not take; and how many clearings fail.
    var refusals = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0xE5C2) }

    /// Its disk refuses everything.
    var isBroken = false
    /// Why nothing may be sent; nil: there is room.
    var trouble: String?

    func problem() -> String? { trouble ?? (random.chance(refusals) ? "the disk is nearly full" : nil) }

    private var fails: Bool { isBroken || random.chance(refusals) }

    func keep(_ record: [UInt8]) async throws(EscrowError) {
        if fails { throw EscrowError("no room") }
        held.append(record)
        guard let json = try? JSON.parse(record, limits: .file), let link = json["link"]?.string,
            let generation = json["generation"]?.int
        else { return }
        watch?.escrowed(TokenWatch.Origin(link: LinkID(rawValue: link), generation: generation))
    }

    func records() async -> [[UInt8]] { held }

    var isEmpty: Bool { held.isEmpty }

    func clear(_ taken: [[UInt8]]) async throws(EscrowError) {
        if fails { throw EscrowError("it cannot be cut") }
        guard held.allSatisfy(taken.contains) else { return }
        held = []
        watch?.emptiedEscrow()
    }
}

/// What lies beside the database and is not put back with it.
final class SimulatedWitness: EpochWitness, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var known: [String]?

    func copy() -> SimulatedWitness {
        let copy = SimulatedWitness()
        copy.known = known
        return copy
    }

    func epochs() throws(EscrowError) -> [String]? { known }
    func keep(_ epochs: [String]) throws(EscrowError) { known = epochs }
}
