public import Wire

// All concurrency of a simulated world, on one thread and in an order that follows from the seed.
//
// Tasks are made with this executor as their preference, so every job of theirs comes here; which of the waiting jobs
// runs next is drawn. Time stands still while there are jobs; when there are none, the clock jumps to the earliest
// sleeper. A crash drops every job and every sleeper: the tasks they belong to never run again and are leaked, which
// is why long runs fork.

/// The executor, the clock and the timers of one simulated world.
public final class Scheduler: TaskExecutor, @unchecked Sendable {
    // Ownership: everything here runs on the one thread that calls `run`.
    private var jobs: [UnownedJob] = []
    private var sleepers: [Sleeper] = []
    private var order = 0
    private var random: SeededRandom
    /// True time. What the daemon takes for the time may be beside it.
    public private(set) var now: Instant
    /// Steps until the next crash; nil: none.
    private var fuse: Int?
    public private(set) var hasCrashed = false
    private var tempo = Tempo()
    /// Somebody never rests, so that time hardly goes on: from then on nothing runs here any more.
    public var isRestless: Bool { tempo.isBroken }

    private struct Sleeper {
        var until: Instant
        let order: Int
        let wake: UnsafeContinuation<Void, Never>
    }

    public init(seed: UInt64, start: Instant) {
        random = SeededRandom(seed: seed ^ 0x5EED)
        now = start
    }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    /// Starts a task in this world.
    public func start(_ work: @escaping @Sendable () async -> Void) { Task(executorPreference: self) { await work() } }

    /// Suspends the caller until a moment of virtual time.
    public func sleep(until: Instant) async {
        await withUnsafeContinuation { (wake: UnsafeContinuation<Void, Never>) in
            order += 1
            sleepers.append(Sleeper(until: max(until, now), order: order, wake: wake))
        }
    }

    public func sleep(milliseconds: Int64) async { await sleep(until: now.adding(milliseconds: milliseconds)) }

    /// Suspends the caller until a moment of virtual time, or until the bell rings; one that rang before is heard at once.
    func sleep(milliseconds: Int64, orUntil bell: Bell) async {
        let until = bell.hasRung ? now : now.adding(milliseconds: milliseconds)
        bell.hasRung = false
        bell.sleeper = order + 1
        await sleep(until: until)
        bell.sleeper = nil
    }

    /// Wakes whoever sleeps by this bell, at this moment.
    func ring(_ bell: Bell) {
        guard let sleeper = sleepers.firstIndex(where: { $0.order == bell.sleeper }) else {
            bell.hasRung = true
            return
        }
        sleepers[sleeper].until = now
    }

    /// A place where the process may die: the caller then never comes back.
    public func mayCrash() async {
        if let left = fuse {
            fuse = left - 1
            if left <= 1 {
                fuse = nil
                hasCrashed = true
            }
        }
        // Also a place where anybody else may run first.
        await sleep(milliseconds: hasCrashed ? 1 << 50 : 0)
    }

    /// The process dies here: the caller never comes back.
    public func die() async {
        hasCrashed = true
        await sleep(milliseconds: 1 << 50)
    }

    /// What waits to run, and who waits for a time.
    var backlog: Int { jobs.count + sleepers.count }

    /// Crashes at the so-many-th `mayCrash` from now; 0: no more.
    public func light(fuse steps: Int) { fuse = steps > 0 ? steps : nil }

    /// The machine sleeps: time passes, and nobody does anything meanwhile.
    public func sleepThrough(seconds: Int64) { now = now.adding(seconds: seconds) }

    /// The process is gone; a new one begins at the same moment.
    public func restart() {
        jobs = []
        sleepers = []
        hasCrashed = false
    }

    /// Runs until a moment, until nothing is left to do, or until a crash.
    public func run(until end: Instant) {
        while !hasCrashed {
            tempo.step(at: now)
            if isRestless { restart() }
            if !jobs.isEmpty {
                let job = jobs.remove(at: random.below(jobs.count))
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let first = sleepers.indices.min(by: { isEarlier(sleepers[$0], sleepers[$1]) }),
                sleepers[first].until <= end
            {
                let sleeper = sleepers.remove(at: first)
                now = max(now, sleeper.until)
                sleeper.wake.resume()
            } else {
                now = max(now, end)
                return
            }
        }
    }

    private func isEarlier(_ a: Sleeper, _ b: Sleeper) -> Bool { (a.until, a.order) < (b.until, b.order) }
}

/// How much is done in how little time. Work that goes on and on at one moment would make a world without end.
private struct Tempo {
    private var from: Instant?
    private var steps = 0
    private(set) var isBroken = false

    private static let windowMilliseconds: Int64 = 3_600_000
    private static let most = 1_000_000

    mutating func step(at now: Instant) {
        if let from, now.milliseconds(since: from) <= Self.windowMilliseconds {
            steps += 1
            isBroken = isBroken || steps > Self.most
        } else {
            (from, steps) = (now, 0)
        }
    }
}

/// What ends one sleeper's sleep early.
final class Bell: @unchecked Sendable {
    // Ownership: the simulation's one thread.
    fileprivate var sleeper: Int?
    fileprivate var hasRung = false
}
