public import Wire

/// One turn of the daemon's clockwork: what is due is claimed, and each claim becomes work of its own.
public struct Tick {
    /// What a turn did, and when the next one has something to do.
    public struct Outcome: Sendable, Equatable {
        public let started: Int
        /// Nil: nothing will be due by itself.
        public let nextDue: Instant?
    }

    /// Revocations taken in one turn.
    private static let revocations = 4
    /// Registrations renewed in one turn.
    private static let registrations = 2

    let wallet: Wallet

    func run(freeSlots: Int) async throws(StoreError) -> Outcome {
        let world = wallet.world
        let now = world.clock.now
        await wallet.eraseDead()
        let first = try await world.store.read { reads throws(StoreError) in try reads.nextDue() }
        guard freeSlots > 0, let first, first <= now else { return Outcome(started: 0, nextDue: first) }
        let until = now.adding(seconds: Limits.claimSeconds)
        let underWay = await wallet.traffic.claims
        let (feeds, claims, revocations, registrations, streams) = try await world.store.write {
            verbs throws(StoreError) in
            let feeds = try verbs.claimFeeds(now: now, until: until, limit: min(freeSlots, Limits.feedsAtOnce))
            return (
                feeds,
                try verbs.claimDue(now: now, until: until, limit: freeSlots - feeds.count, underWay: underWay),
                try verbs.claimRevocations(now: now, until: until, limit: Self.revocations),
                try verbs.claimRegistrations(now: now, until: until, limit: Self.registrations),
                try verbs.claimSignals(now: now, until: until, limit: Limits.streamsAtOnce)
            )
        }
        if !claims.isEmpty {
            let epoch = try await world.store.read { reads throws(StoreError) in try reads.storeEpoch() }
            try await Restored(wallet: wallet).turnIfDue(epoch)
        }
        await wallet.traffic.begin(claims)
        for claim in claims {
            let (work, traffic) = (Work(wallet: wallet), wallet.traffic)
            world.spawner.spawn("work") {
                await work.run(claim)
                await traffic.end(claim)
            }
        }
        for feed in feeds {
            let pull = PullFeed(wallet: wallet)
            world.spawner.spawn("feed") { await pull.run(feed) }
        }
        for revocation in revocations {
            let revoke = RevokeAgain(wallet: wallet)
            world.spawner.spawn("revoke") { await revoke.run(revocation) }
        }
        for registration in registrations {
            let renew = RenewRegistration(wallet: wallet)
            world.spawner.spawn("registration") { await renew.run(registration) }
        }
        for stream in streams {
            let keep = KeepSignals(wallet: wallet)
            world.spawner.spawn("signals") { await keep.run(stream) }
        }
        var next = try await world.store.read { reads throws(StoreError) in try reads.nextDue() }
        // What is due still and was not claimed has its like under way: whoever ends first is noticed.
        let started = feeds.count + claims.count + revocations.count + registrations.count + streams.count
        if started == 0, let due = next, due <= now { next = now.adding(milliseconds: 1000) }
        return Outcome(started: started, nextDue: next)
    }
}
