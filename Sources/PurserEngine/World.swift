/// Everything the engine can reach outside itself, in one value.
///
/// Real in `PurserSystem`, deterministic in `PurserSimulation`. Nothing in the engine looks at a clock, draws a number
/// or starts a task except through this.
public struct World: Sendable {
    public let clock: any Clock
    public let randomness: any Randomness
    public internal(set) var transport: any Transport
    public let store: any Store
    public let rootKey: any RootKey
    public let spawner: any Spawner
    public let log: any Log
    public let escrow: any Escrow
    public let witness: any EpochWitness
    /// Whether the process was told to end: what is under way ends, and no refresh token is sent any more.
    public let isStopping: @Sendable () -> Bool
    let flights = Flights()

    public init(
        clock: any Clock, randomness: any Randomness, transport: any Transport, store: any Store,
        rootKey: any RootKey, spawner: any Spawner, log: any Log, escrow: any Escrow = NoEscrow(),
        witness: any EpochWitness = NoWitness(), isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        self.escrow = escrow
        self.witness = witness
        self.isStopping = isStopping
        self.clock = clock
        self.randomness = randomness
        self.transport = transport
        self.store = store
        self.rootKey = rootKey
        self.spawner = spawner
        self.log = log
    }

    /// Codes and refresh tokens that are on their way: a stop waits for them.
    public func flying() async -> Int { await flights.count }
}
