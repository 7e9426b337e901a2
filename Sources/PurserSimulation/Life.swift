import Crypto
import PurserEngine
import Wire

/// One life of the daemon, from a start to a crash: its ports, its door and its clockwork.
final class Life: @unchecked Sendable {
    // Ownership: the simulation's one thread.
    let store: SimulatedStore
    let transport: SimulatedTransport
    /// Nil until the keys are open and the past is settled.
    private(set) var door: Wallet?
    private let scheduler: Scheduler
    let world: World
    private let catalogue: Catalogue

    private static let slots = 4
    private static let longestSleepSeconds: Int64 = 30

    init(
        scheduler: Scheduler, runner: any VerbRunner, server: SimulatedServer, watch: TokenWatch, log: SimulatedLog,
        catalogue: Catalogue, seed: UInt64
    ) {
        self.scheduler = scheduler
        self.catalogue = catalogue
        store = SimulatedStore(runner, scheduler, seed: seed)
        store.afterWrite = { watch.wrote() }
        transport = SimulatedTransport(scheduler, server, watch, seed: seed)
        world = World(
            clock: SimulatedClock(scheduler: scheduler), randomness: SimulatedRandomness(seed: seed),
            transport: transport, store: store,
            rootKey: SimulatedRootKey(bytes: Hash.sha256(Array("simulated".utf8))),
            spawner: SimulatedSpawner(scheduler: scheduler), log: log)
    }

    /// Opens the keys, settles the past, ticks until the end of the world.
    func start() {
        scheduler.start { [self] in
            do {
                let keyring = try await Keyring.open(world)
                let now = world.clock.now
                try await store.write { verbs throws(StoreError) in try verbs.ensureWallet(.first, now: now) }
                let door = Wallet(world, catalogue, keyring, callbackBase: "http://127.0.0.1:7878")
                try await door.recover()
                self.door = door
                await tick(door)
            } catch { world.log.write(.error, "start failed", [("why", "\(error)")]) }
        }
    }

    private func tick(_ door: Wallet) async {
        while true {
            let next = try? await door.tick(freeSlots: Self.slots).nextDue
            let latest = world.clock.now.adding(seconds: Self.longestSleepSeconds)
            await scheduler.sleep(until: max(min(next ?? latest, latest), world.clock.now.adding(milliseconds: 50)))
        }
    }
}
