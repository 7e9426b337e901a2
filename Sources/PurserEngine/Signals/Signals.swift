import Wire

/// Which providers' signals there are, and what ends one's stream from outside.
struct Signals {
    let wallet: Wallet

    /// A step of the start: rows are what the catalogue says, in the caller's transaction.
    func settle(_ verbs: any StoreVerbs, now: Instant) throws(StoreError) {
        let names = wallet.catalogue.providers.filter { $0.value.manifest.authorization.sharedSignals != nil }
            .map(\.key).sorted()
        let known = Set(try verbs.signalStreams().map(\.provider))
        for name in names where !known.contains(name) {
            // Where nobody is linked yet, whoever links first makes the row.
            guard try !verbs.grantHolders(name).isEmpty else { continue }
            try verbs.wakeSignals(name, makes: true, now: now)
        }
        // A folder that does not load just now may load again: its stream waits.
        let kept = names + wallet.catalogue.problems.keys.sorted()
        if !known.isSubset(of: kept) { try verbs.dropSignals(except: kept) }
    }

    /// Another client answers at this provider from now on: the stream goes with the one before, who alone can end it.
    ///
    /// - Returns: why it was not ended there; nil: it was, or there is none.
    func leave(_ provider: Provider, _ client: ClientRegistration?) async -> String? {
        let (name, world) = (provider.manifest.name, wallet.world)
        let row = try? await world.store.read { reads throws(StoreError) in try reads.signalStream(of: name) }
        guard let client, let made = (row ?? nil)?.made, let signals = provider.manifest.authorization.sharedSignals,
            KeepSignals.isOurs(made, client, signals)
        else { return nil }
        do throws(SignalTrouble) {
            guard let desk = try await SignalDesk.at(provider, client, wallet, endsAt: nil) else { return nil }
            if let trouble = await desk.delete(made.id) { throw trouble }
            return nil
        } catch {
            return "the stream of signals was not ended at \(name): \(error.words)"
        }
    }

    /// The same in the transaction that makes it so.
    func clientChanged(_ name: String, _ verbs: any StoreVerbs, now: Instant) throws(StoreError) {
        guard let made = try verbs.signalStream(of: name)?.made else { return }
        let client = try wallet.catalogue[name].flatMap { provider throws(StoreError) in
            wallet.client(of: provider, try verbs.client(name))
        }
        if let client, Exactly.same(client.id, made.clientID) { return }
        try verbs.loseStream(name, now: now)
    }

    /// Takes a person's name from a stream that tells of those alone who were named to it; what fails is let be, for
    /// what comes then is about nobody here.
    func unname(_ seat: Seat, _ grant: TokenVersion) async {
        guard seat.manifest.authorization.sharedSignals != nil else { return }
        let name = seat.manifest.name
        let row = try? await wallet.world.store.read { reads throws(StoreError) in try reads.signalStream(of: name) }
        guard let made = (row ?? nil)?.made, made.named.contains(seat.link.id.rawValue),
            let signIn = seat.signIn(grant),
            let desk = (try? await SignalDesk.at(seat.provider, seat.client, wallet, endsAt: nil)) ?? nil,
            let endpoint = desk.metadata.removeSubject, await !isShared(signIn, seat)
        else { return }
        _ = try? await desk.ask(
            "POST", endpoint, SignalDesk.subject(of: signIn, stream: made.id, issuer: seat.link.issuer))
    }

    /// Whether another link is the same person's.
    private func isShared(_ signIn: SignIn, _ seat: Seat) async -> Bool {
        let others = (try? await wallet.signIns(at: seat.provider, seat.client)) ?? []
        return others.contains {
            $0.link != seat.link.id && Exactly.same($0.signIn.token.subject, signIn.token.subject)
        }
    }
}
