import Crypto
import Wire

/// The trip of one claimed row of signals: the stream is made, kept as we want it, polled, or deleted. Each step is durable
/// before the next.
struct KeepSignals {
    let wallet: Wallet

    private var world: World { wallet.world }

    func run(_ claim: ProviderClaim) async {
        let name = claim.provider
        let found = try? await world.store.read {
            reads throws(StoreError) -> (SignalStream, RegisteredClient?, [(WalletID, LinkID)])? in
            guard let row = try reads.signalStream(of: name) else { return nil }
            return (row, try reads.client(name), try reads.grantHolders(name))
        }
        guard let (row, stored, holders) = found ?? nil, row.turn.fence == claim.fence else { return }
        guard let provider = wallet.catalogue[name], let client = wallet.client(of: provider, stored),
            let signals = provider.manifest.authorization.sharedSignals
        else { return await end(claim, TurnPause(due: nil)) }
        do throws(SignalTrouble) {
            let isOurs = row.made.map { Self.isOurs($0, client, signals) }
            let hasPeople = try await hasPeople(holders, client, provider)
            switch StreamStep.decide(hasPeople: hasPeople, isOurs: isOurs) {
            case .rest: await rest(claim)
            case .forget:
                try await keep(nil, claim)
                await end(claim, TurnPause(due: world.clock.now))
            case .delete: try await delete(row.made, claim, provider, client)
            case .make, .poll:
                let endsAt = Limits.lastAnswer(beforeClaimEnds: claim.until)
                guard let desk = try await SignalDesk.at(provider, client, wallet, endsAt: endsAt) else { return }
                try await follow(desk, claim, row.made)
            }
        } catch {
            await later(claim, row, error)
        }
    }

    static func isOurs(_ made: SignalStream.Made, _ client: ClientRegistration, _ signals: SharedSignals) -> Bool {
        Exactly.same(made.clientID, client.id) && Exactly.same(made.transmitter, signals.transmitter)
    }

    /// Nothing is due before somebody links. Whoever did so meanwhile found the row claimed: that is seen here.
    private func rest(_ claim: ProviderClaim) async {
        let again = world.clock.now.adding(seconds: Limits.restingSignalSeconds)
        _ = try? await world.store.write { verbs throws(StoreError) in
            let isAlone = try verbs.grantHolders(claim.provider).isEmpty
            return try verbs.endSignals(claim, TurnPause(due: isAlone ? nil : again))
        }
    }

    /// Whether there is anybody whom a signal could be about.
    private func hasPeople(
        _ holders: [(WalletID, LinkID)], _ client: ClientRegistration, _ provider: Provider
    ) async throws(SignalTrouble) -> Bool {
        for (owner, link) in holders {
            let issuer = provider.manifest.authorization.issuer
            if try await stored({ () async throws(StoreError) in
                try await wallet.heldSignIn(owner, link, client, issuer: issuer)
            }) != nil {
                return true
            }
        }
        return false
    }

    private func stored<R: Sendable>(_ work: () async throws(StoreError) -> R) async throws(SignalTrouble) -> R {
        do throws(StoreError) { return try await work() } catch { throw SignalTrouble(words: "\(error)") }
    }

    private func delete(
        _ made: SignalStream.Made?, _ claim: ProviderClaim, _ provider: Provider, _ client: ClientRegistration
    ) async throws(SignalTrouble) {
        let endsAt = Limits.lastAnswer(beforeClaimEnds: claim.until)
        if let made, let desk = try await SignalDesk.at(provider, client, wallet, endsAt: endsAt),
            let trouble = await desk.delete(made.id)
        {
            throw trouble
        }
        try await keep(nil, claim)
        world.log.write(.info, "signals end", [("provider", claim.provider)])
        await rest(claim)
    }

    /// From whatever there is to a stream that was polled.
    private func follow(
        _ desk: SignalDesk, _ claim: ProviderClaim, _ kept: SignalStream.Made?
    ) async throws(SignalTrouble) {
        let making = MakeStream(desk: desk)
        var made: SignalStream.Made
        if let kept {
            made = kept
            if Set(kept.requested) != Set(desk.signals.events.map(\.rawValue)) {
                guard let settled = try await making.settled(MakeStream.Found(made: kept, isAdopted: false)) else {
                    return try await lost(claim)
                }
                made = settled
                try await keep(made, claim)
            }
        } else {
            let found = try await making.run()
            do { try await keep(found.made, claim) } catch {
                // Whoever has the row now knows nothing of it.
                if error == .lost { _ = await desk.delete(found.made.id) }
                throw error
            }
            guard let settled = try await making.settled(found) else { return try await lost(claim) }
            made = settled
            try await keep(made, claim)
            world.log.write(.info, "signals begin", [("provider", claim.provider)])
        }
        var care = StreamCare(desk: desk, made: made)
        let noted = await care.run { made throws(SignalTrouble) in try await keep(made, claim) }
        var polling = PollSignals(desk: desk, claim: claim, made: care.made)
        switch try await polling.run() {
        case .gone: try await lost(claim)
        case .polled(let more):
            let seconds = more ? Limits.soonSeconds : Limits.signalSeconds
            let due = Backoff.regular(seconds, now: world.clock.now, world.randomness)
            await end(claim, TurnPause(due: due, trouble: noted?.words))
        }
    }

    /// The transmitter knows the stream no longer: another one is made.
    private func lost(_ claim: ProviderClaim) async throws(SignalTrouble) {
        try await keep(nil, claim)
        world.log.write(.warning, "signals lost", [("provider", claim.provider)])
        let due = Backoff.next(after: 1, now: world.clock.now, world.randomness)
        await end(claim, TurnPause(due: due, trouble: "the provider has ended the stream; another one is made"))
    }

    private func keep(_ made: SignalStream.Made?, _ claim: ProviderClaim) async throws(SignalTrouble) {
        let isKept = try await stored { () async throws(StoreError) in
            try await world.store.write { verbs throws(StoreError) in try verbs.keepStream(claim, made) }
        }
        if !isKept { throw .lost }
    }

    private func later(_ claim: ProviderClaim, _ before: SignalStream, _ trouble: SignalTrouble) async {
        guard trouble != .lost else { return }
        let (now, failures) = (world.clock.now, before.turn.failures + 1)
        let due =
            trouble.isFirm
            ? Backoff.regular(86_400, now: now, world.randomness)
            : Backoff.next(after: failures, notBefore: trouble.until, now: now, world.randomness)
        await end(claim, TurnPause(due: due, failures: failures, trouble: trouble.words))
        world.log.write(
            .warning, "signals postponed",
            [("provider", claim.provider), ("why", trouble.words), ("due", due.rfc3339)])
    }

    private func end(_ claim: ProviderClaim, _ pause: TurnPause) async {
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.endSignals(claim, pause) }
    }
}
