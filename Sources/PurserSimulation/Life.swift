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

    let spawner: SimulatedSpawner
    private let bell = Bell()

    static let slots = 4
    private static let againMilliseconds: Int64 = 1000
    private static let longestSleepMilliseconds: Int64 = 30_000
    private static let afterErrorMilliseconds: Int64 = 5000

    init(_ surroundings: Surroundings, seed: UInt64) {
        let (scheduler, watch, chronicle) = (surroundings.scheduler, surroundings.watch, surroundings.chronicle)
        self.scheduler = scheduler
        catalogue = surroundings.catalogue
        store = SimulatedStore(surroundings.runner, scheduler, seed: seed)
        store.afterWrite = { watch.wrote() }
        store.onStall = { milliseconds in
            let until = scheduler.now.adding(milliseconds: milliseconds)
            chronicle.tell("daemon", "a worker stands still until \(until)")
            watch.losses.hindered(from: scheduler.now, until: until)
            watch.pace.disturbed(at: scheduler.now)
        }
        store.afterStall = { watch.pace.disturbed(at: scheduler.now) }
        // What may not be written down may not be sent.
        store.onRefusal = {
            chronicle.tell("store", "refuses a write")
            watch.losses.hindered(
                from: scheduler.now, until: scheduler.now.adding(milliseconds: Hindrances.refusalMilliseconds))
        }
        transport = SimulatedTransport(scheduler, surroundings.servers, watch, seed: seed)
        spawner = SimulatedSpawner(scheduler)
        world = World(
            clock: surroundings.clock, randomness: SimulatedRandomness(seed: seed),
            transport: transport, store: store,
            rootKey: SimulatedRootKey(bytes: Hash.sha256(Array("simulated".utf8))), spawner: spawner,
            log: surroundings.log, escrow: surroundings.escrow, witness: surroundings.witness)
    }

    /// The clockwork looks at once: something may be due that was not when it went to sleep.
    func poke() { scheduler.ring(bell) }

    /// It lets go of its keys: nobody is handed the wallet any more, and what works with it ends as it would have.
    func seal() {
        door = nil
        openings += 1
        isSealed = true
    }

    /// Its keys are given to it again.
    func unseal() {
        guard isSealed else { return }
        isSealed = false
        start()
    }

    private(set) var isSealed = false
    /// How often it was opened or sealed: whoever ticks for an earlier opening stops.
    private var openings = 0

    /// It is stopped for good: whatever of it still runs stands still.
    func end() { isOver = true }

    private var isOver = false

    /// Opens the keys, settles the past, ticks until the end of the world. A start that fails is tried again, as
    /// whoever looks after a daemon does it.
    /// - Parameter milliseconds: how long a start takes.
    func start(after milliseconds: Int64 = 0) {
        openings += 1
        let opening = openings
        scheduler.start { [self] in
            if milliseconds > 0 { await scheduler.sleep(milliseconds: milliseconds) }
            while opening == openings {
                do {
                    let door = try await open()
                    guard opening == openings else { return }
                    self.door = door
                    return await tick(door, opening)
                } catch { world.log.write(.error, "start failed", [("why", "\(error)")]) }
                await scheduler.sleep(milliseconds: Self.againMilliseconds)
            }
        }
    }

    private func open() async throws -> Wallet {
        let keyring = try await Keyring.open(world)
        let now = world.clock.now
        try await store.write { verbs throws(StoreError) in
            for wallet in WalletID.everybody { try verbs.ensureWallet(wallet, now: now) }
        }
        let door = Wallet(world, catalogue, keyring, callbackBase: "http://127.0.0.1:7878")
        try await door.recover()
        return door
    }

    /// As `Clockwork` does it with threads.
    private func tick(_ door: Wallet, _ opening: Int) async {
        spawner.whenOneEnds = { [self] in poke() }
        var steps = ClockSteps()
        while !isOver, opening == openings {
            let uptime = scheduler.now.milliseconds
            if let back = steps.stepBack(wall: world.clock.now, uptimeMilliseconds: uptime) {
                try? await door.clockWentBack(by: back)
            }
            await scheduler.sleep(milliseconds: await turn(door), orUntil: bell)
        }
    }

    /// One tick; how long to sleep after it, in milliseconds.
    private func turn(_ door: Wallet) async -> Int64 {
        let free = Self.slots - spawner.running
        guard free > 0 else { return Self.longestSleepMilliseconds }
        do {
            guard let next = try await door.tick(freeSlots: free).nextDue else { return Self.longestSleepMilliseconds }
            return max(1, min(next.milliseconds(since: world.clock.now), Self.longestSleepMilliseconds))
        } catch { return Self.afterErrorMilliseconds }
    }
}

/// What outlives a life: time, the disk, the providers, and those who watch.
struct Surroundings {
    let scheduler: Scheduler
    let clock: SimulatedClock
    let runner: any VerbRunner
    let servers: [SimulatedServer]
    let watch: TokenWatch
    let log: SimulatedLog
    let catalogue: Catalogue
    let chronicle: Chronicle
    let escrow: SimulatedEscrow
    let witness: SimulatedWitness
}
