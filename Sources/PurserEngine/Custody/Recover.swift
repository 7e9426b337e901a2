import Wire

/// What a start does before any other work: spends that were begun and never settled are settled, or made due.
///
/// The store's lock proves that nobody else works on them: every claim of the life before is void. An intent with a kept
/// answer is parsed again here; one without is said to be in doubt, and whoever takes its link first sends again as soon
/// as the provider's policy allows it (`Resolve`).
struct Recover {
    let wallet: Wallet

    private var world: World { wallet.world }

    /// - Returns: how many spends were settled, and how many stay in doubt.
    func run() async throws(StoreError) -> (settled: Int, unknown: Int) {
        Point.reach(.recovering)
        try await Restored(wallet: wallet).check()
        try await settleClock()
        try await wallet.takeEscrow()
        // After what the escrow knows of waits that providers asked for.
        try await wallet.traffic.recall()
        let now = world.clock.now
        try await world.store.write { verbs throws(StoreError) in
            try verbs.releaseClaims(now: now)
            try Feeds(wallet: wallet).settle(verbs, now: now)
            try Signals(wallet: wallet).settle(verbs, now: now)
        }
        let open = try await world.store.read { reads throws(StoreError) in try reads.unfinishedSpends() }
        var doubtful: [Intent] = []
        for spend in open {
            guard let raw = spend.raw, !Plant.isIn("raw-forgotten"), try await reparse(spend.intent, raw) else {
                doubtful.append(spend.intent)
                continue
            }
            Point.reach(.resolved)
        }
        try await declareUnknown(doubtful.filter { $0.purpose == .refresh })
        if !open.isEmpty {
            world.log.write(
                .warning, "unfinished spends",
                [("settled", "\(open.count - doubtful.count)"), ("unknown", "\(doubtful.count)")])
        }
        return (open.count - doubtful.count, doubtful.count)
    }

    /// Nothing can have been worked on later than now: if it says so, the clock was set back while purser was away.
    private func settleClock() async throws(StoreError) {
        let last = try await world.store.read { reads throws(StoreError) in try reads.lastAttempt() }
        let ahead = last.map { $0.milliseconds(since: world.clock.now) } ?? 0
        if ahead > Limits.clockSkewSeconds * 1000 { try await wallet.clockWentBack(by: ahead) }
    }

    private func reparse(_ intent: Intent, _ raw: RawAnswer) async throws(StoreError) -> Bool {
        let found = try await world.store.read { reads throws(StoreError) in
            try reads.link(intent.wallet, intent.link)
        }
        // Nobody holds the link's claim any more, so its newest fence is ours.
        guard let fence = found?.fence else { return false }
        let claim = Claim(wallet: intent.wallet, link: intent.link, fence: fence, until: intent.deadline)
        guard let seat = try await wallet.seat(claim) else { return false }
        switch await Resolve(wallet: wallet, seat: seat).settle(raw, intent) {
        case .clear, .resent, .over: return true
        case .inDoubt, .notYet, .nothing, .sealed: return false
        }
    }

    private func declareUnknown(_ intents: [Intent]) async throws(StoreError) {
        guard !intents.isEmpty else { return }
        let condition = LinkCondition(
            .outcomeUnknown, cause: "purser stopped between sending the refresh token and the provider's answer")
        let now = world.clock.now
        try await world.store.write { verbs throws(StoreError) in
            for intent in intents {
                try verbs.setCondition(intent.wallet, intent.link, condition, now: now)
                // A link that rests is never due by itself, and its grace may not wait for it to go on.
                guard let link = try verbs.link(intent.wallet, intent.link), link.state == .paused else { continue }
                _ = try verbs.setLinkState(
                    intent.wallet, intent.link, claim: nil, state: link.state, note: link.note, now: now, due: now)
            }
        }
    }
}
