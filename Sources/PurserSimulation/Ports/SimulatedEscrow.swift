import PurserEngine

/// The escrow of a simulated world. It outlives every crash, as a file does.
final class SimulatedEscrow: Escrow, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var kept: [[UInt8]] = []
    /// Its disk refuses, too.
    var isBroken = false
    /// Why nothing may be sent; nil: there is room.
    var trouble: String?

    func problem() -> String? { trouble }

    func keep(_ record: [UInt8]) async throws(EscrowError) {
        guard !isBroken else { throw EscrowError("purser's disk fails: simulated") }
        kept.append(record)
    }

    func records() async -> [[UInt8]] { kept }
    var isEmpty: Bool { kept.isEmpty }

    func clear() async throws(EscrowError) {
        guard !isBroken else { throw EscrowError("purser's disk fails: simulated") }
        kept = []
    }
}

/// What lies beside the database of a simulated world; it is not put back with it.
final class SimulatedWitness: EpochWitness, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private var known: [String]?

    func epochs() throws(EscrowError) -> [String]? { known }
    func keep(_ epochs: [String]) throws(EscrowError) { known = epochs }
}
