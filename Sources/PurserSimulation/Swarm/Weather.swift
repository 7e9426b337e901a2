/// Which kinds of trouble a world has, and how much of each: drawn once, so that some worlds see one kind alone and some
/// see all at once.
struct Weather {
    /// Of a thousand requests, so many go wrong on the way.
    let network: Int
    /// Of a thousand verbs, before so many a worker stands still; and so many the store refuses.
    let stalls: Int
    let refusals: Int
    /// Of a thousand times, so many begin with a process that dies soon, or dies soon again after its start.
    let crashes: Int
    let crashesAtStart: Int
    /// Of a thousand times, so many the machine sleeps, its clock is set wrong, the disk is bad.
    let sleeps: Int
    let jumps: Int
    let disk: Int
    /// Of a thousand times, so many a client registration is changed.
    let clients: Int
    /// Of a thousand times, so many an earlier copy of the database is put back, the keys are replaced.
    let restores: Int
    let rotations: Int
    /// Whether somebody starts a second daemon on a copy of the database.
    let hasTwin: Bool
    /// Of a thousand providers, so many have a quota that is soon used up. A quota is kept by the clock: where that is
    /// set wrong, and the process starts anew, nobody can keep to it.
    let quotas: Int
    /// Whether two people have links here.
    let isShared: Bool
    /// The most that a write takes, in milliseconds.
    let slowness: Int
    /// Of a thousand requests, so many reach the provider twice. Not where there is a quota: nobody counts such calls.
    let doubles: Int
    /// Of a thousand times, so many an operator seals the daemon for a while.
    let seals: Int
    /// Of a thousand times, so many a provider says an error with a status of 200.
    let errors: Int
    /// Of a thousand times that a disk is bad, so many it turns bits.
    let turns: Int

    /// - Parameter turning: a stream of its own, so that how slow the disk is changes nothing else that is drawn.
    init(_ random: inout SeededRandom, _ turning: inout SeededRandom) {
        func drawn(_ likely: Int, _ most: Int) -> Int { random.chance(likely) ? 1 + random.below(most) : 0 }
        network = drawn(750, 120)
        stalls = drawn(400, 60)
        refusals = drawn(300, 20)
        crashes = drawn(800, 500)
        crashesAtStart = drawn(500, 500)
        sleeps = drawn(400, 120)
        jumps = drawn(300, 60)
        disk = drawn(500, 400)
        clients = drawn(300, 60)
        restores = drawn(150, 30)
        rotations = drawn(300, 60)
        hasTwin = random.chance(300)
        quotas = jumps == 0 && restores == 0 && random.chance(400) ? 500 : 0
        isShared = random.chance(300)
        slowness = turning.chance(500) ? 1 + turning.below(60) : 0
        let (doubled, often) = (turning.chance(300), 1 + turning.below(30))
        doubles = doubled && quotas == 0 ? often : 0
        seals = turning.chance(300) ? 1 + turning.below(80) : 0
        errors = turning.chance(500) ? 1 + turning.below(80) : 0
        turns = turning.chance(500) ? 300 : 0
    }
}
