import Wire

/// What pausing or resuming a link came to.
public enum PauseAnswer: Sendable, Hashable {
    case done
    /// It was so already.
    case already
    /// Its state does not allow it; what does, in words.
    case cannot(String)
    case noSuchLink
}

/// A user's word that a link is to rest, or to go on: pure tables over its state.
enum Pausing {
    enum Decision: Sendable, Hashable {
        case move(LinkState)
        case already
        /// Only if today's configuration is the one that was consented to.
        case check
        case cannot(String)
    }

    static func pause(_ state: LinkState) -> Decision {
        switch state {
        case .active: .move(.paused)
        case .paused: .already
        case .linking: .cannot("it is being linked at this moment")
        case .needsConsent, .suspended: .cannot("it rests already and waits for you")
        case .failed, .revoked, .merged: .cannot("it has ended")
        }
    }

    static func resume(_ state: LinkState) -> Decision {
        switch state {
        case .paused, .suspended(.identityChanged), .suspended(.scopeWidened), .suspended(.signalled): .move(.active)
        case .active: .already
        case .suspended(.configurationChanged): .check
        case .needsConsent: .cannot("the provider wants your consent again: purser relink")
        case .linking: .cannot("it is being linked at this moment")
        case .failed, .revoked, .merged: .cannot("it has ended")
        }
    }
}

/// Pauses a link or lets it go on.
struct PauseLink {
    let wallet: Wallet

    func pause(_ id: WalletID, _ link: LinkID) async throws(StoreError) -> PauseAnswer {
        try await move(id, link, due: nil) { Pausing.pause($0) }
    }

    func resume(_ id: WalletID, _ link: LinkID) async throws(StoreError) -> PauseAnswer {
        let found = try await wallet.world.store.read { reads throws(StoreError) in try reads.link(id, link) }
        guard let found else { return .noSuchLink }
        var isConsented = false
        if Pausing.resume(found.state) == .check {
            if let problem = try await difference(found) { return .cannot(problem) }
            isConsented = true
        }
        let mayGoOn = isConsented
        return try await move(id, link, due: wallet.world.clock.now) { state in
            let decision = Pausing.resume(state)
            return decision == .check && mayGoOn ? .move(.active) : decision
        }
    }

    private func move(
        _ id: WalletID, _ link: LinkID, due: Instant?,
        _ decide: @escaping @Sendable (LinkState) -> Pausing.Decision
    ) async throws(StoreError) -> PauseAnswer {
        let now = wallet.world.clock.now
        let answer = try await wallet.world.store.write { verbs throws(StoreError) -> PauseAnswer in
            guard let found = try verbs.link(id, link) else { return .noSuchLink }
            switch decide(found.state) {
            case .move(let state):
                _ = try verbs.setLinkState(id, link, claim: nil, state: state, note: nil, now: now, due: due)
                return .done
            case .already: return .already
            case .check: return .cannot("it changed meanwhile; try again")
            case .cannot(let why): return .cannot(why)
            }
        }
        if answer == .done {
            wallet.world.log.write(.info, due == nil ? "link paused" : "link resumed", [("link", link.rawValue)])
        }
        return answer
    }

    /// Why the grant may not be used with today's configuration; nil: it may.
    private func difference(_ link: Link) async throws(StoreError) -> String? {
        let claim = Claim(wallet: link.wallet, link: link.id, fence: link.fence, until: wallet.world.clock.now)
        guard let seat = try await wallet.seat(claim), let grant = try await wallet.grant(seat) else {
            return "the provider's folder, its client or the link's key is gone"
        }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return "the provider cannot be asked where tokens would go now: \(error.words)"
        }
        do {
            _ = try seat.accessToken(grant)
            _ = try seat.refreshToken(grant, metadata)
            return nil
        } catch {
            return error == .fingerprint
                ? "client or endpoints still differ from those you consented to; to consent to these: purser relink"
                : "the stored token does not open"
        }
    }
}
