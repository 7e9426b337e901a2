import Wire

// How a spend ends that brought no tokens.

extension Spend {
    private var world: World { wallet.world }

    /// The token endpoint refuses the grant. What that means is decided in the transaction that writes it down, so that
    /// no life between sends it again.
    func refused(_ error: OAuthError, _ intent: Intent) async -> SpendEnding {
        let now = world.clock.now
        let (claim, provider, policy, client) = (seat.claim, seat.manifest.name, seat.policy, seat.link.clientID)
        let isLinking = seat.link.state == .linking
        do {
            let refusal = try await world.store.write { verbs throws(StoreError) -> Refusal? in
                let before = try verbs.past(claim.wallet, claim.link).suspicion
                let lostAt = intent.attempt > 1 ? intent.sentAt : nil
                // Where an answer was lost before, a refusal is no riddle: many of them at once are one crash of ours.
                let isRiddle = lostAt == nil && before?.lostAt == nil
                let isMass = isRiddle ? try Self.isMass(provider, intent.generation, before, verbs, now) : false
                // The claim is lost: the kept answer stays for whoever has it now.
                guard
                    let suspicion = try verbs.suspect(
                        claim, provider: provider, counts: !isMass, lostAt: lostAt, at: now)
                else { return nil }
                try verbs.clearIntent(
                    intent,
                    CustodyEvent(at: now, kind: "refused", generation: intent.generation, detail: error.code))
                let grant = try verbs.grant(claim.wallet, claim.link)
                let received = grant?.receivedAt ?? now
                let registered = try verbs.client(provider)
                let refusal = Refusal.decide(
                    suspicion, policy, isMass: isMass,
                    clientChanged: registered.map { $0.changedAt > received && $0.clientID == client } ?? false)
                try verbs.note(claim.wallet, claim.link, refusal.event(intent.generation, now))
                if case .lost(let reason) = refusal {
                    let failed = LinkState.failed(.identityUnreadable)
                    _ = try verbs.setLinkState(
                        claim.wallet, claim.link, claim: claim, state: isLinking ? failed : .needsConsent(reason),
                        note: Self.note(error, reason, isLinking, grant?.ends ?? .untold, now), now: now,
                        due: isLinking || Plant.isIn("lost-calls-again")
                            ? now.adding(seconds: Limits.failedLinkSeconds) : nil)
                }
                return refusal
            }
            guard let refusal else { return .notOurs }
            tell(refusal, provider, now)
            return .suspected(error, refusal)
        } catch { return .store(error) }
    }

    /// Of a mass event whoever runs purser should hear; one link's refusal is its person's affair.
    private func tell(_ refusal: Refusal, _ provider: String, _ now: Instant) {
        var level = LogLevel.warning
        if case .frozen = refusal { level = .error }
        world.log.write(
            level, "grant refused",
            [
                ("link", seat.link.id.rawValue), ("provider", provider), ("meaning", refusal.event(0, now).kind),
            ])
    }

    /// Whether this refusal is one of many: within minutes of when this link was first refused, or, however far apart
    /// they come, since the provider last renewed anybody's grant.
    private static func isMass(
        _ provider: String, _ generation: Int, _ before: Suspicion?, _ verbs: any StoreVerbs, _ now: Instant
    ) throws(StoreError) -> Bool {
        let firstAt = before.flatMap { $0.generation == generation ? $0.firstAt : nil }
        let (grants, day) = (try verbs.grants(provider), now.adding(seconds: -Limits.massDaySeconds))
        let frozen = try verbs.frozen(provider, since: day)
        func isMass(since: Instant) throws(StoreError) -> Bool {
            let isCounted = before.map { $0.lastAt > since && $0.lostAt == nil } ?? false
            let refused = try verbs.refusals(provider, since: since) + (isCounted ? 0 : 1)
            return Refusal.isMass(refused: refused, of: grants, frozen: frozen, firstAt: firstAt, now: now)
        }
        if try isMass(since: min(firstAt ?? now, now).adding(seconds: -Limits.massSeconds)) { return true }
        guard try isMass(since: day) else { return false }
        return try isMass(since: max(day, verbs.lastRenewal(provider) ?? day))
    }

    /// A link that was never identified has nothing to be asked about: it never came to be.
    private static func note(
        _ error: OAuthError, _ reason: ConsentReason, _ isLinking: Bool, _ ends: GrantEnds, _ now: Instant
    ) -> String {
        if isLinking { return "before it was known who was linked, \(error.words)" }
        if ends.isPast(at: now), let told = ends.consent {
            return "your consent has ended, as the provider had said: on \(told.at.date.iso) (\(error.words))"
        }
        guard reason == .answerLost else { return error.words }
        return "an answer of the provider was lost on its way, and it no longer takes the old token (\(error.words))"
    }

    /// A settled spend that brought nothing: the intent goes. No `kind`: there is nothing to tell.
    func clear(_ intent: Intent, _ kind: String?, _ ending: SpendEnding, detail: String? = nil) async -> SpendEnding {
        let event = kind.map { kind in
            CustodyEvent(at: world.clock.now, kind: kind, generation: intent.generation, detail: detail)
        }
        do {
            try await world.store.write { verbs throws(StoreError) in try verbs.clearIntent(intent, event) }
            return ending
        } catch { return .store(error) }
    }

    /// An unsettled spend: said plainly on the link, and the intent keeps everybody else from spending.
    func unknown(_ why: String, unanswered intent: Intent? = nil) async -> SpendEnding {
        let event = intent.map { intent in
            CustodyEvent(at: world.clock.now, kind: "unanswered", generation: intent.generation, detail: why)
        }
        await show(LinkCondition(.outcomeUnknown, cause: why), event)
        return .unknown(why)
    }

    /// Tokens came, and whose they are cannot be checked: said plainly on the link. Their answer stays and is settled when
    /// the provider's keys can be had; until then it keeps everybody else from spending.
    func uncheckable(_ why: String) async -> SpendEnding {
        await show(.uncheckable(why), nil)
        return .uncheckable(why)
    }

    private func show(_ condition: LinkCondition, _ event: CustodyEvent?) async {
        let (id, link, now) = (seat.wallet, seat.link.id, world.clock.now)
        try? await world.store.write { verbs throws(StoreError) in
            if let event { try verbs.note(id, link, event) }
            try verbs.setCondition(id, link, condition, now: now)
        }
    }

    /// Sent again and answered with a word about us or the moment: whether the first time counted stays open.
    func undecided(_ intent: Intent, _ why: String, _ ending: SpendEnding) async -> SpendEnding {
        _ = await unknown(why)
        return ending
    }
}

/// What a token endpoint's answer says of our client registration.
enum WordOnUs: Sendable, Hashable {
    /// It looked at the grant, so it believed who asked.
    case accepted
    case refused
    case none
}

extension SpendEnding {
    var wordOnUs: WordOnUs {
        switch self {
        case .committed, .orphaned, .questioned, .uncheckable, .refused, .suspected: .accepted
        case .misconfigured: .refused
        case .polled, .throttled, .notNow, .failed, .unknown, .notOurs, .store: .none
        }
    }
}

extension LinkCondition {
    static let newTokensWait = "the new tokens are kept and wait for the provider's keys"

    /// A refresh brought tokens, and the keys that tell whose they are cannot be had.
    static func uncheckable(_ why: String) -> LinkCondition {
        LinkCondition(.degraded, cause: "\(newTokensWait): \(why)")
    }

    var isUncheckable: Bool { kind == .degraded && cause?.hasPrefix(Self.newTokensWait) == true }
}

extension Refusal {
    func event(_ generation: Int, _ now: Instant) -> CustodyEvent {
        switch self {
        case .confirm(let at):
            CustodyEvent(at: now, kind: "suspected", generation: generation, detail: "asked again at \(at.rfc3339)")
        case .frozen(let until):
            CustodyEvent(at: now, kind: "frozen", generation: generation, detail: "asked again at \(until.rfc3339)")
        case .lost(let reason):
            CustodyEvent(at: now, kind: "lost", generation: generation, detail: reason.rawValue)
        }
    }
}
