import Crypto
import Wire

/// The tick trip, for one claimed link: see what it needs, refresh if the tokens ask for it, pull, reconcile, record.
struct Work {
    let wallet: Wallet

    func run(_ claim: Claim) async {
        Point.reach(.claimed)
        try? await wallet.takeEscrow()
        let found = try? await wallet.world.store.read { reads throws(StoreError) -> (Link, PendingLink?, WorkStep)? in
            guard let link = try reads.link(claim.wallet, claim.link) else { return nil }
            let pending = try reads.pendingLink(claim.wallet, claim.link)
            let wasTaken = pending?.takenAt != nil
            let hasAnswer = wasTaken ? try reads.past(claim.wallet, claim.link).answers.contains { !$0.isPart } : false
            let step = WorkStep.decide(
                link, isDevice: pending?.pollSeconds != nil, wasTaken: wasTaken, hasAnswer: hasAnswer)
            return (link, pending, step)
        }
        guard let (link, pending, step) = found ?? nil else { return }
        switch step {
        case .pull: await pull(claim, link)
        case .resume: await resume(claim, link)
        case .poll: if let pending { await PollLink(wallet: wallet).run(claim, pending) }
        case .identify: _ = await Identify(wallet: wallet).run(claim)
        // Whoever sent the code stood still, and may yet say what came back.
        case .fail(.codeLost, _) where await wallet.world.flights.isFlying(link.id):
            await later(claim, link, RefreshHold.inDoubt(until: nil).condition, nil)
        case .fail(let reason, let why): await wallet.fail(claim, reason, note: why)
        case .forget:
            _ = try? await wallet.world.store.write { verbs throws(StoreError) in try verbs.unlink(claim, nil, nil) }
        case .finishUnlinking: _ = try? await Unlink(wallet: wallet).finish(claim)
        case .settle: await settle(claim, link)
        case .rest: await wallet.move(claim, link.state, note: link.note, due: nil)
        }
    }

    private func pull(_ claim: Claim, _ link: Link) async {
        guard let seat = (try? await wallet.seat(claim)) ?? nil else {
            return await later(claim, link, await wallet.unseated(claim, link).condition(), nil)
        }
        let token = AccessToken(wallet: wallet, seat: seat)
        var spendAt: Instant?
        switch await Resolve(wallet: wallet, seat: seat).run() {
        case .clear, .notYet, .nothing: break
        // After a crash many wait to be sent again, some of them within a grace: they go before any pull.
        case .resent where link.askedAt == nil: return await pullSoon(claim, link)
        case .resent: break
        case .over: return
        case .sealed(let problem):
            _ = await ready(seat, .sealed(problem))
            return
        case .inDoubt(let condition, let until):
            spendAt = until
            guard let grant = (try? await wallet.grant(seat)) ?? nil,
                grant.life(at: wallet.world.clock.moment) != .ended
            else { return await later(claim, link, condition, until) }
        }
        guard let grant = (try? await wallet.grant(seat)) ?? nil else {
            return await later(claim, link, Self.gone, nil)
        }
        let ending = await ready(seat, await token.ready(grant))
        guard case .ready(let access, let version, let wasRefreshed) = ending else { return }
        await pull(seat, version, access, mayRefresh: !wasRefreshed, spendAt)
    }

    /// The end of an exchange that was cut short after its answer was kept.
    private func resume(_ claim: Claim, _ link: Link) async {
        guard let seat = (try? await wallet.seat(claim)) ?? nil else {
            return await later(claim, link, await wallet.unseated(claim, link).condition(), nil)
        }
        let identify = Identify(wallet: wallet)
        switch await Resolve(wallet: wallet, seat: seat).run() {
        case .clear, .resent: _ = await identify.run(claim)
        case .over: break
        case .notYet, .inDoubt, .sealed: _ = await identify.later(seat, "the provider's answer cannot be parsed yet")
        case .nothing: await wallet.fail(claim, .tokenResponseInvalid, note: "the answer is no token response")
        }
    }

    /// A link that rests: a spend that was begun before is ended where its grace would not wait for the link to go on.
    /// Nothing else is sent for it.
    private func settle(_ claim: Claim, _ link: Link) async {
        if let seat = (try? await wallet.seat(claim)) ?? nil {
            switch await Resolve(wallet: wallet, seat: seat).run() {
            case .over: return
            case .inDoubt(let condition, let until):
                if await hurry(link) != nil { return await later(claim, link, condition, until) }
            case .clear, .resent:
                let now = wallet.world.clock.now
                guard link.condition.kind == .outcomeUnknown else { break }
                try? await wallet.world.store.write { verbs throws(StoreError) in
                    try verbs.setCondition(claim.wallet, claim.link, .ok, now: now)
                }
            case .notYet, .nothing, .sealed: break
            }
        }
        await wallet.move(claim, link.state, note: link.note, due: nil)
    }

    private func pullSoon(_ claim: Claim, _ link: Link) async {
        let now = wallet.world.clock.now
        let most = Limits.soonSeconds * 1000
        let postponement = Postponement(
            due: now.adding(milliseconds: most / 4 + wallet.world.randomness.below(most * 3 / 4)), condition: .ok,
            failures: link.failures, attemptedAt: link.attemptedAt ?? now)
        _ = try? await wallet.world.store.write { verbs throws(StoreError) in try verbs.postpone(claim, postponement) }
    }

    private static let gone = LocalTrouble.folderGone.condition()

    static let refusedFreshToken = LinkCondition(
        .degraded, cause: "the provider refuses the access token it has just given")

    static let refusedActiveToken = LinkCondition(
        .degraded,
        cause: "the provider's API refuses an access token that the provider calls active; another one would fare no "
            + "better, and none is asked for yet")

    /// What has no token to work with is said on the link; the ending is handed back as it came.
    private func ready(
        _ seat: Seat, _ ending: AccessToken.Ending, ended: String = "the access has ended"
    ) async -> AccessToken.Ending {
        switch ending {
        case .ready, .over: break
        case .noRefreshToken: await wallet.move(seat.claim, .needsConsent(.noRefreshToken), note: ended, due: nil)
        case .freshTokenRefused: await later(seat.claim, seat.link, Self.refusedFreshToken, nil)
        case .activeTokenRefused: await later(seat.claim, seat.link, Self.refusedActiveToken, nil)
        case .later(let condition, let until): await later(seat.claim, seat.link, condition, until)
        case .sealed(.broken):
            await later(seat.claim, seat.link, LocalTrouble.tokenUnreadable.condition(), nil)
        case .sealed(.fingerprint):
            // It stays where it is until the person decides.
            await wallet.move(
                seat.claim, .suspended(.configurationChanged),
                note: "the provider's folder differs from the one consented to; no token is sent", due: nil)
        }
        return ending
    }

    /// - Parameter spendAt: when a spend in doubt may be sent again; nil: at any time, or there is none.
    private func pull(
        _ seat: Seat, _ grant: TokenVersion, _ access: HeldToken, mayRefresh: Bool, _ spendAt: Instant? = nil
    ) async {
        let fetched: Fetched
        switch await Pull(wallet: wallet, seat: seat, access: access).run() {
        case .fetched(let answers): fetched = answers
        case .unauthorized: return await refused(seat, grant, mayRefresh: mayRefresh)
        case .forbidden(let lack):
            if let condition = lack.condition { return await later(seat.claim, seat.link, condition, nil) }
            await wallet.move(seat.claim, .needsConsent(.insufficientScope), note: lack.words, due: nil)
            return
        case .stepUp(let wanted):
            await wallet.move(
                seat.claim, .needsConsent(.insufficientAuthentication), note: wanted.note, due: nil)
            return
        case .over: return
        case .later(let condition, let until):
            // It is the API that is to be left alone until then, and a grace does not wait for that.
            return await later(seat.claim, seat.link, condition, until, spendAt: spendAt ?? wallet.world.clock.now)
        }
        await confirm(seat, grant)
        await record(seat, grant, fetched, spendAt)
    }

    /// The API refuses the access token: one refresh, then once more.
    private func refused(_ seat: Seat, _ grant: TokenVersion, mayRefresh: Bool) async {
        let token = AccessToken(wallet: wallet, seat: seat)
        let ending = mayRefresh ? await token.afterRefusal(grant) : .freshTokenRefused
        let words = "the provider no longer accepts the access token"
        guard case .ready(let access, let version, _) = await ready(seat, ending, ended: words) else { return }
        await pull(seat, version, access, mayRefresh: false)
    }

    private func confirm(_ seat: Seat, _ grant: TokenVersion) async {
        guard grant.confirmedAt == nil else { return }
        let (world, id, link) = (wallet.world, seat.wallet, seat.link.id)
        try? await world.store.write { verbs throws(StoreError) in
            try verbs.confirm(id, link, generation: grant.generation, at: world.clock.now)
        }
        Point.reach(.confirmed)
    }

    private func record(_ seat: Seat, _ grant: TokenVersion, _ fetched: Fetched, _ spendAt: Instant?) async {
        let world = wallet.world
        let now = world.clock.now
        let idle = seat.idleSeconds(grant)
        var condition = fetched.problem ?? .ok
        let hold = await AccessToken(wallet: wallet, seat: seat).hold(grant)
        if case .inDoubt? = hold { condition = RefreshHold.inDoubt(until: nil).condition }
        if case .suspected(let until)? = hold { condition = .suspected(nil, until) }
        if case .uncheckable(let kept)? = hold { condition = kept }
        let due: Instant
        if case .inDoubt? = hold, let until = await wallet.introspections.servesUntil(seat.link.id) {
            // The refresh token is said to be spent: as usual for as long as the access token serves.
            let soonest = now.adding(seconds: Limits.backoffBaseSeconds)
            let regular = Backoff.regular(seat.manifest.schedule.everySeconds, now: now, world.randomness)
            due = min(regular, max(until, soonest))
        } else if case .inDoubt? = hold {
            // The access token was used once more: now the refresh token is sent again, as soon as that may be.
            due = await hurried(seat.link, Backoff.next(after: 1, now: now, world.randomness), spendAt)
        } else if let problem = fetched.problem {
            due = Backoff.next(
                after: seat.link.failures + 1, notBefore: problem.until, now: now, world.randomness)
        } else if hold == nil, grant.isAtRisk {
            // Once: what the next refresh brings is no answer to a replay.
            due = now
        } else {
            let regular = Backoff.regular(seat.manifest.schedule.everySeconds, now: now, world.randomness)
            due = KeepAlive.due(regular, grant, idleSeconds: idle, now: now)
        }
        var change = Reconcile(
            seat: seat, grant: grant, fetched: fetched, now: now, condition: condition, due: due,
            randomness: world.randomness
        ).change
        change.kept = fetched.kept
        change.isAtRisk = grant.isAtRisk || KeepAlive.isAtRisk(grant, idleSeconds: idle, due: due)
        let (claim, written) = (seat.claim, change)
        do {
            let recorded = try await world.store.write { verbs throws(StoreError) in try verbs.record(claim, written) }
            Point.reach(.recorded)
            world.log.write(
                recorded ? .info : .warning, recorded ? "pulled" : "claim lost",
                [
                    ("link", claim.link.rawValue), ("provider", seat.manifest.name),
                    ("accounts", "\(change.accounts.count)"), ("entries", "\(change.entries.count)"),
                    ("condition", condition.kind.rawValue),
                ])
        } catch {
            world.log.write(.error, "pull not saved", [("link", claim.link.rawValue), ("why", "\(error)")])
            guard await hurry(seat.link) != nil else { return }
            await later(claim, seat.link, RefreshHold.inDoubt(until: nil).condition, nil)
        }
    }

    /// Sooner than that, where a grace runs for a spend whose answer is lost.
    private func hurried(_ link: Link, _ due: Instant, _ spendAt: Instant?) async -> Instant {
        guard let soon = await hurry(link) else { return due }
        let hurried = wallet.world.clock.now.adding(milliseconds: soon)
        return min(due, max(hurried, spendAt ?? hurried))
    }

    private func hurry(_ link: Link) async -> Int64? {
        let (world, id) = (wallet.world, (link.wallet, link.id))
        guard let policy = wallet.catalogue[link.provider]?.manifest.authorization.rotation, case .grace = policy,
            let found = try? await world.store.read({ reads throws(StoreError) -> (Intent, Int64)? in
                guard let intent = try reads.intent(id.0, id.1) else { return nil }
                return (intent, intent.sinceFirst(try reads.custodyEvents(id.0, id.1)))
            })
        else { return nil }
        let (intent, earlier) = found
        return ResolveStep.hurryMilliseconds(intent, policy, at: world.clock.moment, earlier: earlier)
    }

    /// Not now: the condition is shown, the last good values stay, and the time of the next try is drawn.
    ///
    /// - Parameter spendAt: when a spend in doubt may be sent again, whatever `until` says; nil: it is to wait as long.
    private func later(
        _ claim: Claim, _ link: Link, _ condition: LinkCondition, _ until: Instant?, spendAt: Instant? = nil
    ) async {
        let world = wallet.world
        var postponement = Postponement(
            condition, until: until, failures: link.failures, failingSince: link.failingSince, now: world.clock.now,
            world.randomness)
        // Where the new tokens are kept there is nothing that a grace could take.
        if until == nil || spendAt != nil, !condition.isUncheckable {
            postponement.due = await hurried(link, postponement.due, spendAt)
        }
        postponement.isAtRisk = await wallet.isAtRisk(claim, link, due: postponement.due)
        await write(claim, postponement, link)
        world.log.write(
            .warning, "postponed",
            [
                ("link", claim.link.rawValue), ("condition", condition.kind.rawValue), ("why", condition.cause ?? ""),
                ("due", postponement.due.rfc3339),
            ])
    }

    /// What the store does not take leaves the link to come due with its claim's end. That outlasts most graces, so where
    /// one runs it is told again.
    private func write(_ claim: Claim, _ postponement: Postponement, _ link: Link) async {
        let world = wallet.world
        for _ in 0..<Limits.postponeTries {
            let isTaken = try? await world.store.write { verbs throws(StoreError) in
                try verbs.postpone(claim, postponement)
            }
            guard isTaken == nil, !Plant.isIn("due-told-once"), await hurry(link) != nil else { return }
            await world.clock.pause(milliseconds: Limits.postponeMilliseconds)
        }
    }
}
