import Crypto
import Wire

/// The tick trip, for one claimed link: see what it needs, refresh if the tokens ask for it, pull, reconcile, record.
struct Work {
    let wallet: Wallet

    func run(_ claim: Claim) async {
        let found = try? await wallet.world.store.read { reads throws(StoreError) -> (Link, WorkStep)? in
            guard let link = try reads.link(claim.wallet, claim.link) else { return nil }
            let wasTaken = try reads.pendingLink(claim.wallet, claim.link)?.takenAt != nil
            let hasAnswer = wasTaken ? try reads.unfinishedSpend(claim.wallet, claim.link)?.raw != nil : false
            return (link, WorkStep.decide(link, wasTaken: wasTaken, hasAnswer: hasAnswer))
        }
        guard let (link, step) = found ?? nil else { return }
        switch step {
        case .pull: await pull(claim, link)
        case .resume: await resume(claim, link)
        case .identify: _ = await Identify(wallet: wallet).run(claim)
        case .fail(let reason, let why): await wallet.fail(claim, reason, note: why)
        case .forget:
            _ = try? await wallet.world.store.write { verbs throws(StoreError) in try verbs.unlink(claim, nil, nil) }
        case .finishUnlinking: _ = try? await Unlink(wallet: wallet).finish(claim)
        case .rest: await wallet.move(claim, link.state, note: link.note, due: nil)
        }
    }

    private func pull(_ claim: Claim, _ link: Link) async {
        guard let seat = (try? await wallet.seat(claim)) ?? nil else { return await later(claim, link, Self.gone, nil) }
        // A kept answer that nobody could parse yet comes first: it may hold the next tokens, or the end of them.
        if await spendIsUnknown(seat) {
            switch await Recover(wallet: wallet).resume(seat) {
            case .over, .claimLost: return
            case .settled, .notYet, .nothing: break
            }
        }
        guard let grant = (try? await wallet.grant(seat)) ?? nil else {
            return await later(claim, link, Self.gone, nil)
        }
        switch await access(seat, grant) {
        case .ready(let access, let grant, let wasRefreshed):
            await pull(seat, grant, access, mayRefresh: !wasRefreshed)
        case .over: break
        case .later(let condition, let until): await later(claim, link, condition, until)
        }
    }

    /// The end of an exchange that was cut short after its answer was kept.
    private func resume(_ claim: Claim, _ link: Link) async {
        guard let seat = (try? await wallet.seat(claim)) ?? nil else { return await later(claim, link, Self.gone, nil) }
        let identify = Identify(wallet: wallet)
        switch await Recover(wallet: wallet).resume(seat) {
        case .settled: _ = await identify.run(claim)
        case .over, .claimLost: break
        case .notYet: _ = await identify.later(seat, "the provider's answer cannot be parsed yet")
        case .nothing: await wallet.fail(claim, .tokenResponseInvalid, note: "the answer is no token response")
        }
    }

    private static let gone = LinkCondition(.degraded, cause: "the provider's folder or the link's key is gone")

    private enum Access {
        case ready(Secret, TokenVersion, wasRefreshed: Bool)
        case over
        case later(LinkCondition, Instant?)
    }

    /// An access token to pull with, refreshed ahead where it is time.
    private func access(_ seat: Seat, _ grant: TokenVersion) async -> Access {
        let now = wallet.world.clock.now
        switch RefreshDecision.decide(grant, now: now, spendIsUnknown: await spendIsUnknown(seat)) {
        case .useAccessToken: return await held(seat, grant)
        case .askForConsent:
            await wallet.move(seat.claim, .needsConsent(.noRefreshToken), note: "the access has ended", due: nil)
            return .over
        case .wait: return .later(Self.unknownSpend, nil)
        case .refresh:
            let refreshed = await refreshed(seat, grant)
            // Ahead of time, a refresh that failed costs nothing yet.
            if case .later = refreshed, grant.accessEndsAt.map({ $0 > now }) ?? true, !(await spendIsUnknown(seat)) {
                return await held(seat, grant)
            }
            return refreshed
        }
    }

    static let unknownSpend = LinkCondition(
        .outcomeUnknown,
        cause: "the refresh token was sent and the provider's answer is not known; a new consent settles it"
    )

    private static let refusedFreshToken = LinkCondition(
        .degraded, cause: "the provider refuses the access token it has just given")

    private func held(_ seat: Seat, _ grant: TokenVersion) async -> Access {
        do {
            return .ready(try seat.accessToken(grant), grant, wasRefreshed: false)
        } catch { return await sealed(seat, error) }
    }

    /// A token that stays where it is: until the person decides when it was given for another configuration, else until it opens.
    private func sealed(_ seat: Seat, _ problem: UnsealProblem) async -> Access {
        guard problem == .fingerprint else {
            return .later(LinkCondition(.degraded, cause: "the stored token does not open"), nil)
        }
        await wallet.move(
            seat.claim, .suspended(.configurationChanged),
            note: "the provider's folder differs from the one consented to; no token is sent", due: nil)
        return .over
    }

    private func refreshed(_ seat: Seat, _ grant: TokenVersion) async -> Access {
        switch await Refresh(world: wallet.world, shelf: wallet.shelf, seat: seat).run(grant) {
        case .refreshed(let version, let access): .ready(access, version, wasRefreshed: true)
        case .stateMoved, .claimLost: .over
        case .sealed(let problem): await sealed(seat, problem)
        case .later(let condition, let until): .later(condition, until)
        }
    }

    private func spendIsUnknown(_ seat: Seat) async -> Bool {
        let (id, link) = (seat.wallet, seat.link.id)
        let intent = try? await wallet.world.store.read { reads throws(StoreError) in try reads.intent(id, link) }
        return (intent ?? nil) != nil
    }

    private func pull(_ seat: Seat, _ grant: TokenVersion, _ access: Secret, mayRefresh: Bool) async {
        let fetched: Fetched
        switch await Pull(wallet: wallet, seat: seat, access: access).run() {
        case .fetched(let answers): fetched = answers
        case .unauthorized: return await refused(seat, grant, mayRefresh: mayRefresh)
        case .forbidden(let scope):
            let missing = scope.map { "the scope \($0) is missing" } ?? "the granted scope does not reach"
            await wallet.move(seat.claim, .needsConsent(.insufficientScope), note: missing, due: nil)
            return
        case .later(let condition, let until): return await later(seat.claim, seat.link, condition, until)
        }
        await confirm(seat, grant)
        await record(seat, grant, fetched)
    }

    /// The API refuses the access token: one refresh, then once more.
    private func refused(_ seat: Seat, _ grant: TokenVersion, mayRefresh: Bool) async {
        guard mayRefresh else { return await later(seat.claim, seat.link, Self.refusedFreshToken, nil) }
        let isUnknown = await spendIsUnknown(seat)
        switch RefreshDecision.afterRefusal(grant, now: wallet.world.clock.now, spendIsUnknown: isUnknown) {
        case .refresh:
            switch await refreshed(seat, grant) {
            case .ready(let access, let version, _): await pull(seat, version, access, mayRefresh: false)
            case .over: break
            case .later(let condition, let until): await later(seat.claim, seat.link, condition, until)
            }
        case .askForConsent:
            await wallet.move(
                seat.claim, .needsConsent(.noRefreshToken), note: "the provider no longer accepts the access token",
                due: nil)
        case .useAccessToken: await later(seat.claim, seat.link, Self.refusedFreshToken, nil)
        case .wait: await later(seat.claim, seat.link, Self.unknownSpend, nil)
        }
    }

    private func confirm(_ seat: Seat, _ grant: TokenVersion) async {
        guard grant.confirmedAt == nil else { return }
        let (world, id, link) = (wallet.world, seat.wallet, seat.link.id)
        try? await world.store.write { verbs throws(StoreError) in
            try verbs.confirm(id, link, generation: grant.generation, at: world.clock.now)
        }
    }

    private func record(_ seat: Seat, _ grant: TokenVersion, _ fetched: Fetched) async {
        let world = wallet.world
        let now = world.clock.now
        var condition = fetched.problem ?? .ok
        if await spendIsUnknown(seat) { condition = Self.unknownSpend }
        let due: Instant
        if let problem = fetched.problem {
            due = Backoff.next(
                after: seat.link.failures + 1, notBefore: problem.until, now: now, world.randomness)
        } else {
            due = Backoff.regular(seat.manifest.schedule.everySeconds, now: now, world.randomness)
        }
        let change = Reconcile(
            seat: seat, grant: grant, fetched: fetched, now: now, condition: condition, due: due,
            randomness: world.randomness
        ).change
        let claim = seat.claim
        do {
            let recorded = try await world.store.write { verbs throws(StoreError) in try verbs.record(claim, change) }
            world.log.write(
                recorded ? .info : .warning, recorded ? "pulled" : "claim lost",
                [
                    ("link", claim.link.rawValue), ("provider", seat.manifest.name),
                    ("accounts", "\(change.accounts.count)"), ("entries", "\(change.entries.count)"),
                    ("condition", condition.kind.rawValue),
                ])
        } catch {
            world.log.write(.error, "pull not saved", [("link", claim.link.rawValue), ("why", "\(error)")])
        }
    }

    /// Not now: the condition is shown, the last good values stay, and the time of the next try is drawn.
    private func later(_ claim: Claim, _ link: Link, _ condition: LinkCondition, _ until: Instant?) async {
        let world = wallet.world
        let now = world.clock.now
        let failures = link.failures + 1
        let postponement = Postponement(
            due: Backoff.next(after: failures, notBefore: until, now: now, world.randomness),
            condition: condition, failures: failures, attemptedAt: now)
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.postpone(claim, postponement) }
        world.log.write(
            .warning, "postponed",
            [
                ("link", claim.link.rawValue), ("condition", condition.kind.rawValue), ("why", condition.cause ?? ""),
                ("due", postponement.due.rfc3339),
            ])
    }
}
