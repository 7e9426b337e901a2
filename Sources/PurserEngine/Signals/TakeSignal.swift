import Wire

/// Does what one signal means for the links it is about, once, in one transaction with remembering that it came.
struct TakeSignal {
    let desk: SignalDesk
    let claim: ProviderClaim
    let token: SecurityEventToken
    let kind: SignalKind
    let change: String?

    private enum Step: Sendable {
        case done(met: Int)
        /// A link's tokens were replaced meanwhile: look again.
        case moved
        case claimLost
    }

    /// How many links it said something of; nil: the claim is lost.
    func run() async throws(StoreError) -> Int? {
        while true {
            let people = try await meant()
            switch try await apply(people) {
            case .done(let met): return met
            case .claimLost: return nil
            case .moved: continue
            }
        }
    }

    /// Links with what is known of whether they are meant. An event about a member of its subject that must be understood,
    /// and is not, means nobody (Shared Signals Framework 1.0 7.1).
    private func meant() async throws(StoreError) -> [HeldSignIn] {
        guard let subject = token.subject, !subject.rest.contains(where: desk.metadata.criticalMembers.contains)
        else { return [] }
        let issuer = desk.provider.manifest.authorization.issuer
        let isOwn = Exactly.same(desk.metadata.issuer, issuer)
        return try await desk.wallet.signIns(at: desk.provider, desk.client)
            .filter { $0.signIn.isMeant(by: subject, issuer: issuer, isOwn: isOwn) }
    }

    private func apply(_ people: [HeldSignIn]) async throws(StoreError) -> Step {
        let (signal, now) = (self, desk.wallet.world.clock.now)
        return try await desk.wallet.world.store.write { verbs throws(StoreError) -> Step in
            var links: [(Link, SignIn)] = []
            for held in people {
                guard let link = try verbs.link(held.wallet, held.link) else { continue }
                guard link.generation == held.generation else { return .moved }
                links.append((link, held.signIn))
            }
            guard let isNew = try verbs.takeSignal(signal.claim, signal.token.id, now: now) else { return .claimLost }
            guard isNew else { return .done(met: 0) }
            var met = 0
            for (link, signIn) in links where try signal.apply(to: link, signIn, verbs, now) { met += 1 }
            return .done(met: met)
        }
    }

    private func apply(
        to link: Link, _ signIn: SignIn, _ verbs: any StoreVerbs, _ now: Instant
    ) throws(StoreError) -> Bool {
        let decision = SignalDecision.decide(
            kind, change: change, isMeant: true, happenedAt: token.happenedAt, signIn, link.state)
        guard let event = decision.event else { return false }
        try verbs.note(
            link.wallet, link.id,
            CustodyEvent(at: now, kind: event.rawValue, generation: link.generation, detail: kind.name))
        let note = "the provider says that \(kind.words)"
        switch decision {
        case .notMeant, .earlierSession, .rests, .told: break
        case .suspends: try move(link, .suspended(.signalled), note, verbs, now)
        case .ends: try move(link, .needsConsent(.revokedThere), note, verbs, now)
        case .adds:
            let before = link.note ?? ""
            if !before.contains(note) {
                try move(link, link.state, before.isEmpty ? note : "\(before); and \(note)", verbs, now)
            }
        }
        return true
    }

    private func move(
        _ link: Link, _ state: LinkState, _ note: String, _ verbs: any StoreVerbs, _ now: Instant
    ) throws(StoreError) {
        _ = try verbs.setLinkState(link.wallet, link.id, claim: nil, state: state, note: note, now: now, due: nil)
    }
}
