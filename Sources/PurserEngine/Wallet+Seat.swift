import Crypto
import Wire

// What the trips share: taking a seat at a link, reading its grant, moving its state.

extension Wallet {
    /// The seat of a claimed link; nil when the link, its provider or its key is gone. A store that does not answer is
    /// an error and never a nil: a link must not end for it.
    func seat(_ claim: Claim) async throws(StoreError) -> Seat? {
        let found = try await world.store.read {
            reads throws(StoreError) -> (Link, WrappedDataKey, RegisteredClient?, Bool)? in
            guard let link = try reads.link(claim.wallet, claim.link),
                let key = try reads.dataKey(claim.wallet, claim.link)
            else { return nil }
            let pending = link.state == .linking ? try reads.pendingLink(claim.wallet, claim.link) : nil
            return (link, key, try reads.client(link.provider), pending?.pollSeconds != nil)
        }
        guard let (link, key, stored, isDevice) = found, let provider = catalogue[link.provider],
            let client = client(of: provider, stored), let dataKey = keyring.open(key, claim.wallet, claim.link)
        else { return nil }
        return Seat(claim: claim, link: link, provider: provider, client: client, dataKey: dataKey, isDevice: isDevice)
    }

    /// Why there is no seat at a link. A key that does not open is this link's own trouble: nothing is sent for it, and
    /// all others go on.
    func unseated(_ claim: Claim, _ link: Link) async -> LocalTrouble {
        guard catalogue[link.provider] != nil else { return .folderGone }
        let key: WrappedDataKey?
        do {
            key = try await world.store.read { reads throws(StoreError) in try reads.dataKey(claim.wallet, claim.link) }
        } catch { return .store }
        guard let key, keyring.open(key, claim.wallet, claim.link) == nil else { return .folderGone }
        return .keyUnreadable
    }

    /// Who we are at a provider: what was registered here, else the preset of its folder. Nil: nobody.
    func client(of provider: Provider) async throws(StoreError) -> ClientRegistration? {
        let name = provider.manifest.name
        let stored = try await world.store.read { reads throws(StoreError) in try reads.client(name) }
        return client(of: provider, stored)
    }

    func client(of provider: Provider, _ stored: RegisteredClient?) -> ClientRegistration? {
        guard let stored, stored.registeredID != nil else { return ClientRegistration(provider) }
        return ClientRegistration(stored, provider, keyring)
    }

    /// Where a provider sends people back to: what the registration says, else the daemon's own callback.
    func redirectURI(of provider: String, _ client: ClientRegistration) -> String {
        client.redirectURI ?? ownCallback(of: provider)
    }

    /// One path a provider, so that one cannot pass another's response (RFC 9700 4.4.2).
    func ownCallback(of provider: String) -> String { callbackBase + "/callback/" + provider }

    /// The tokens of the link's current generation.
    func grant(_ seat: Seat) async throws(StoreError) -> TokenVersion? {
        let (wallet, link) = (seat.wallet, seat.link.id)
        return try await world.store.read { reads throws(StoreError) in try reads.grant(wallet, link) }
    }

    /// Moves a claimed link to another state. False when the claim is lost or the store refuses; both are logged.
    @discardableResult
    func move(_ claim: Claim, _ state: LinkState, note: String?, due: Instant?) async -> Bool {
        let now = world.clock.now
        do {
            let moved = try await world.store.write { verbs throws(StoreError) in
                try verbs.setLinkState(
                    claim.wallet, claim.link, claim: claim, state: state, note: note, now: now, due: due)
            }
            world.log.write(
                moved ? .info : .warning, moved ? "link state" : "claim lost",
                [("link", claim.link.rawValue), ("state", state.code), ("reason", state.reason ?? "")])
            return moved
        } catch {
            world.log.write(.error, "link state not saved", [("link", claim.link.rawValue), ("why", "\(error)")])
            return false
        }
    }

    /// Ends a claimed link that never came to be; it is kept a while to say why.
    func fail(_ claim: Claim, _ reason: FailureReason, note: String?) async {
        await move(
            claim, .failed(reason), note: note, due: world.clock.now.adding(seconds: Limits.failedLinkSeconds))
    }
}
