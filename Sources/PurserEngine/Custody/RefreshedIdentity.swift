import Crypto
import Wire

/// What a refresh's ID token says about whose tokens came (OpenID Connect Core 12.2). It need not come; if it does, it
/// must be of the same issuer, client, person and sign-in, and its signature must hold. When it was issued and ends must be
/// there and agree with itself and with the first; our clock is not asked: a wall clock that is wrong, or an answer that lay
/// in the escrow, must not end a link.
///
/// The tokens that came are kept, sealed and unused, whatever it says, until its person has answered the question: where
/// refresh tokens rotate, dropping them would end a grant that may be the member's own.
struct RefreshedIdentity {
    enum Finding: Sendable, Hashable {
        /// There is none to look at, or it is the member's own. With it the sign-in that the next one is compared with.
        case same(SignIn?)
        /// The next one is compared with this one: whoever answers the question that it raises has answered it.
        case other(String, SignIn?)
        /// It cannot be looked at now: the keys are out of reach.
        case later(String)
    }

    let wallet: Wallet
    let seat: Seat
    let metadata: ServerMetadata

    /// - Parameter known: nil: the link is older than this version, or no ID token told of a sign-in; then the first that
    ///   comes is believed as far as what else is known of its member.
    func look(_ tokens: TokenResponse, _ known: SignIn?) async -> Finding {
        guard let token = tokens.idToken, seat.link.scopesAsked.contains("openid"), let compact = token.text() else {
            return .same(known)
        }
        let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
            try IDToken.checked(
                compact, keys: keys, issuer: metadata.issuer, clientID: seat.client.id, nonce: nil,
                accessToken: tokens.accessToken, now: nil, algorithm: seat.manifest.authorization.idTokenAlgorithm)
        }
        switch judged {
        case .holds(let token):
            if let difference = known?.difference(token) { return .other(difference.words, SignIn(token)) }
            guard isMember(token.subject) else { return .other(SignIn.Difference.subject.words, SignIn(token)) }
            return .same(known ?? SignIn(token))
        case .not(let problem): return .other("at a refresh, \(problem.words)", known)
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
