import CLinux
public import PurserEngine
import Threads
import Wire

/// What makes the daemon tick: sleeps until the next link is due or somebody pokes it, then has the wallet tick.
public final class Clockwork: Sendable {
    private struct State {
        var isPoked = false
        var isStopped = false
    }

    /// However far the next due time is: a wall clock that was set is noticed within this.
    static let longestSleepMilliseconds: Int64 = 30_000
    private static let afterErrorMilliseconds: Int64 = 5_000

    private let wallet: Wallet
    private let world: World
    private let spawner: SystemSpawner
    private let state = Lock(State())
    private let bell = Gate()
    private let ended = Gate()

    public init(_ wallet: Wallet, _ world: World, _ spawner: SystemSpawner) {
        self.wallet = wallet
        self.world = world
        self.spawner = spawner
    }

    /// Begins to tick, on a thread of its own.
    public func start() {
        spawner.whenOneEnds { [self] in poke() }
        OwnThread.start("purser-tick") { [self] in
            var steps = ClockSteps()
            while !state.withLock({ $0.isStopped }) {
                let back = steps.stepBack(
                    wall: world.clock.now, uptimeMilliseconds: clinux_uptime_milliseconds())
                let pause = turn(clockWentBackBy: back)
                bell.wait(milliseconds: pause)
                state.withLock { $0.isPoked = false }
            }
            ended.open()
        }
    }

    /// Something may be due that was not when it went to sleep.
    public func poke() {
        let mustRing = state.withLock { state in
            defer { state.isPoked = true }
            return !state.isPoked
        }
        if mustRing { bell.open() }
    }

    /// Claims nothing more. Work under way goes on; `SystemSpawner.running` says how much.
    public func stop() {
        state.withLock { $0.isStopped = true }
        poke()
        ended.wait()
    }

    /// One tick; how long to sleep after it.
    private func turn(clockWentBackBy back: Int64?) -> Int64 {
        let free = Limits.slots - spawner.running
        guard free > 0 || back != nil else { return Self.longestSleepMilliseconds }
        let outcome = Lock<Result<Tick.Outcome, StoreError>?>(nil)
        let done = Gate()
        Task { [wallet] in
            do throws(StoreError) {
                if let back { try await wallet.clockWentBack(by: back) }
                let ticked = try await wallet.tick(freeSlots: free)
                outcome.withLock { $0 = .success(ticked) }
            } catch { outcome.withLock { $0 = .failure(error) } }
            done.open()
        }
        done.wait()
        switch outcome.withLock({ $0 }) {
        case .success(let ticked):
            return Self.pause(until: ticked.nextDue, hasStarted: ticked.started > 0, now: world.clock.now)
        case .failure(let error):
            world.log.write(.error, "tick failed", [("why", "\(error)")])
            return Self.afterErrorMilliseconds
        case nil: return Self.afterErrorMilliseconds
        }
    }

    /// How long to sleep, by a clock that nobody sets, until something is due by one that may be set meanwhile.
    static func pause(until next: Instant?, hasStarted: Bool, now: Instant) -> Int64 {
        guard let next else { return longestSleepMilliseconds }
        return min(longestSleepMilliseconds, max(hasStarted ? 0 : 1, next.milliseconds(since: now)))
    }
}
