import Crypto
import Wire

/// What became of a logout token.
public enum LogoutEnding: Sendable, Hashable {
    /// It holds. These links needed consent because of it, or had a line written into their story; there need be none.
    case taken(ended: [LinkID], outlived: [LinkID])
    /// It does not, in words without secrets: nothing was done.
    case refused(String)
    /// It may hold: keys or store are out of reach, so nothing was done and it may come again.
    case later(String)
}

/// Takes a logout token that a provider sent (OpenID Connect Back-Channel Logout 1.0).
///
/// Only what the provider signed for this client is believed, and it reaches links at that provider alone, of that person,
/// under that client. Nothing is sent to anybody but for the keys to check it with.
struct TakeLogout {
    let wallet: Wallet

    func run(_ name: String, _ compact: String) async -> LogoutEnding {
        guard let provider = wallet.catalogue[name], provider.manifest.authorization.scopes.contains("openid") else {
            return .refused("nobody signs in with that provider here")
        }
        let client: ClientRegistration?
        let metadata: ServerMetadata
        do { client = try await wallet.client(of: provider) } catch { return .later("\(error)") }
        guard let client else { return .refused("nobody signs in with that provider here") }
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch { return .later(error.words) }
        let token: LogoutToken
        switch await checked(compact, provider, client, metadata) {
        case .failure(let refusal): return refusal.ending
        case .success(let found): token = found
        }
        let now = wallet.world.clock.now
        switch await wallet.logouts.take(token.id, of: name, until: token.forgetAt, now: now) {
        case .taken: break
        case .seen: return .refused("the logout token was sent before (jti)")
        case .full: return .later("too many logouts at once; they are taken again in some minutes")
        }
        do { return try await apply(token, provider, client, metadata) } catch {
            await wallet.logouts.giveBack(token.id, of: name)
            return .later("\(error)")
        }
    }

    private struct Refusal: Error { let ending: LogoutEnding }

    private func checked(
        _ compact: String, _ provider: Provider, _ client: ClientRegistration, _ metadata: ServerMetadata
    ) async -> Result<LogoutToken, Refusal> {
        let now = wallet.world.clock.now
        let judged = await wallet.shelf.judged(by: provider, metadata) { keys throws(IDTokenProblem) in
            try Claims.apart { () throws(LogoutToken.Problem) in
                try LogoutToken.checked(
                    compact, keys: keys, issuer: metadata.issuer, clientID: client.id,
                    algorithm: provider.manifest.authorization.idTokenAlgorithm, now: now)
            }
        }
        switch judged {
        case .holds(.success(let token)): return .success(token)
        case .holds(.failure(let problem)): return .failure(Refusal(ending: .refused(problem.words)))
        case .not(let problem): return .failure(Refusal(ending: .refused(LogoutToken.Problem.token(problem).words)))
        case .later(let why): return .failure(Refusal(ending: .later(why)))
        }
    }

    private func apply(
        _ token: LogoutToken, _ provider: Provider, _ client: ClientRegistration, _ metadata: ServerMetadata
    ) async throws(StoreError) -> LogoutEnding {
        let name = provider.manifest.name
        let holders = try await wallet.world.store.read { reads throws(StoreError) in try reads.grantHolders(name) }
        var ended: [LinkID] = []
        var outlived: [LinkID] = []
        for (owner, id) in holders {
            switch try await apply(token, owner, id, client, issuer: metadata.issuer) {
            case .ends: ended.append(id)
            case .outlives: outlived.append(id)
            case .notMeant, .earlierSession, .rests: break
            }
        }
        wallet.world.log.write(
            .info, "logout at the provider",
            [("provider", name), ("ended", "\(ended.count)"), ("outlived", "\(outlived.count)")])
        return .taken(ended: ended, outlived: outlived)
    }

    /// What it means for one link, and does that. Looked at anew when its tokens are replaced meanwhile.
    private func apply(
        _ token: LogoutToken, _ owner: WalletID, _ id: LinkID, _ client: ClientRegistration, issuer: String
    ) async throws(StoreError) -> LogoutDecision {
        let now = wallet.world.clock.now
        while true {
            guard let held = try await wallet.heldSignIn(owner, id, client, issuer: issuer) else { return .notMeant }
            let decided = try await wallet.world.store.write { verbs throws(StoreError) -> LogoutDecision? in
                guard let link = try verbs.link(owner, id) else { return .notMeant }
                guard link.generation == held.generation else { return nil }
                let decision = LogoutDecision.decide(token, held.signIn, link.state, scopes: link.scopesGranted)
                if let event = decision.event {
                    try verbs.note(
                        owner, id, CustodyEvent(at: now, kind: event.rawValue, generation: link.generation))
                }
                if decision == .ends {
                    _ = try verbs.setLinkState(
                        owner, id, claim: nil, state: .needsConsent(.loggedOut), note: Self.note, now: now, due: nil)
                }
                return decision
            }
            if let decided { return decided }
        }
    }

    private static let note = "you logged out at the provider, and its grant to purser ends with the session there"
}
