import Crypto
import Wire

/// A link's sign-in, and the generation it lies with: what somebody at the provider can be told to be.
struct HeldSignIn: Sendable {
    let wallet: WalletID
    let link: LinkID
    let generation: Int
    let signIn: SignIn
}

extension Wallet {
    /// The sign-in a link was made by; nil: none is known, or it is another issuer's or client's. The link as it stands,
    /// without a claim: nothing of it is sent.
    func heldSignIn(
        _ owner: WalletID, _ id: LinkID, _ client: ClientRegistration, issuer: String
    ) async throws(StoreError) -> HeldSignIn? {
        let unclaimed = Claim(wallet: owner, link: id, fence: 0, until: world.clock.now)
        guard let seat = try await seat(unclaimed), let grant = try await grant(seat),
            Exactly.same(seat.link.issuer, issuer), Exactly.same(seat.link.clientID, client.id),
            let signIn = seat.signIn(grant)
        else { return nil }
        return HeldSignIn(wallet: owner, link: id, generation: grant.generation, signIn: signIn)
    }

    /// Those of all links at a provider.
    func signIns(at provider: Provider, _ client: ClientRegistration) async throws(StoreError) -> [HeldSignIn] {
        let (name, issuer) = (provider.manifest.name, provider.manifest.authorization.issuer)
        let holders = try await world.store.read { reads throws(StoreError) in try reads.grantHolders(name) }
        var out: [HeldSignIn] = []
        for (owner, id) in holders {
            if let held = try await heldSignIn(owner, id, client, issuer: issuer) { out.append(held) }
        }
        return out
    }
}
