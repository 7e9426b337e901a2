import Crypto
import Wire

/// What a refresh's ID token says about whose tokens came (OpenID Connect Core 12.2). It need not come; if it does, it
/// must be of the same issuer, client and person, and its signature must hold. Its times are not looked at: they say
/// nothing about whose it is, and a wall clock that is wrong, or an answer that lay in the escrow, must not end a link.
struct RefreshedIdentity {
    enum Finding: Sendable, Hashable {
        /// There is none to look at, or it is the member's own.
        case same
        case other(String)
        /// It cannot be looked at now: the keys are out of reach.
        case later(String)
    }

    let wallet: Wallet
    let seat: Seat
    let metadata: ServerMetadata

    func look(_ tokens: TokenResponse) async -> Finding {
        guard let token = tokens.idToken, seat.link.scopesAsked.contains("openid"), let compact = token.text() else {
            return .same
        }
        let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
            try IDToken.checked(
                compact, keys: keys, issuer: metadata.issuer, clientID: seat.client.id, nonce: nil,
                accessToken: tokens.accessToken, now: nil, algorithm: seat.manifest.authorization.idTokenAlgorithm)
        }
        switch judged {
        case .holds(let token) where isMember(token.subject): return .same
        case .holds: return .other("the ID token of a refresh names another member")
        case .not(let problem): return .other("at a refresh, \(problem.words)")
        case .later(let why): return .later(why)
        }
    }

    /// Only where the ID token is what says who was linked is its subject known here, as a keyed hash.
    private func isMember(_ subject: String) -> Bool {
        guard case .idToken = seat.manifest.authorization.identity, let identity = seat.link.identity else {
            return true
        }
        let found = wallet.keyring.identityHash(
            seat.wallet, provider: seat.manifest.name, issuer: seat.link.issuer, subject: subject)
        return Secret(copying: found) == Secret(copying: identity)
    }
}
