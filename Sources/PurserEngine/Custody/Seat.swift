import Crypto
import Wire

/// Everything needed to work on one link: its row as read under the claim, its provider, client and open data key.
struct Seat: Sendable {
    let claim: Claim
    let link: Link
    let provider: Provider
    let client: ClientRegistration
    let dataKey: DataKey
    /// Whether the link waits for its person by a device code.
    var isDevice = false

    var wallet: WalletID { claim.wallet }
    var manifest: Manifest { provider.manifest }
    var policy: RotationPolicy { provider.manifest.authorization.rotation }

    func place(_ table: String, _ column: String, _ version: Int64) -> SealedPlace {
        SealedPlace(
            wallet: link.wallet, link: link.id, table: table, column: column, issuer: link.issuer,
            clientID: link.clientID, version: version)
    }

    /// Where what a link waits with is sealed for.
    var pendingPlace: SealedPlace { place("pending_link", "sealed", 0) }

    /// What a link waits with: a request, or a device code. Nil: it does not open.
    func opened(_ pending: PendingLink) -> Secret? { dataKey.open(pending.sealed, at: pendingPlace) }

    /// The key that a code's tokens are bound to lies with the request that asked for them.
    func pendingProofKey(_ store: any Store) async throws(StoreError) -> ProofKey? {
        guard manifest.authorization.senderConstrained == .dpop else { return nil }
        let (id, link) = (wallet, link.id)
        let row = try await store.read { reads throws(StoreError) in try reads.pendingLink(id, link) }
        guard let kept = row.flatMap(opened).flatMap(AuthorizationRequest.Kept.init) else {
            throw .failed("the request that this answers does not open")
        }
        return kept.proofKey
    }

    /// Where a token endpoint's answer is sealed for: each attempt's is another, and a part opens as no answer.
    func answerPlace(_ fence: Int64, attempt: Int, isPart: Bool) -> SealedPlace {
        place("raw_answer", (isPart ? "part" : "body") + (attempt > 1 ? ".\(attempt)" : ""), fence)
    }
}

/// A token that may not be sent, and why.
enum UnsealProblem: Error, Sendable, Hashable {
    /// The record does not open here: moved, changed, or of another key.
    case broken
    /// It was given for another configuration than today's.
    case fingerprint
}

/// What a refresh carries on from the generation before.
enum Carried: Sendable {
    /// Of the exchange, while nobody has been identified by it.
    case idToken(Secret)
    case signIn(SignIn)
}

/// The sealing of a link's tokens: each behind the fingerprint of what was consented to.
extension Seat {
    /// A token response as the link's next generation.
    ///
    /// - Parameter old: the refresh token that was spent, kept on where the response brings none.
    /// - Parameter before: the generation that was spent; nil: a code was.
    /// - Parameter proofKey: what they are bound to.
    /// - Parameter isAtRisk: refreshed ahead at once.
    /// - Parameter carried: what is carried on through a refresh; nil: the response is the exchange's own.
    func sealed(
        _ tokens: TokenResponse, generation: Int, keeping old: Secret?, after before: TokenVersion? = nil,
        boundTo proofKey: ProofKey?,
        carrying carried: Carried? = nil,
        _ metadata: ServerMetadata, of intent: Intent, receivedAt: Instant, isAtRisk: Bool = false,
        _ randomness: any Randomness
    ) throws(CryptoError) -> TokenVersion {
        let sentAt = intent.sentAt
        let version = Int64(generation)
        let access = ConsentFingerprint.ofAccess(manifest, client)
        let refresh = ConsentFingerprint.ofRefresh(metadata, client)
        var sealedRefresh: [UInt8]?
        if let token = tokens.refreshToken ?? old {
            sealedRefresh = try dataKey.seal(
                Secret.concatenating([Secret(copying: refresh), HeldToken(token, proofKey).kept]),
                at: place("token_version", "refresh", version))
        }
        var sealedID: [UInt8]?
        switch carried ?? tokens.idToken.map({ .idToken($0) }) {
        case .idToken(let token) where link.state == .linking:
            sealedID = try dataKey.seal(token, at: place("token_version", "id_token", version))
        case .signIn(let signIn):
            sealedID = try sealed(signIn, generation: generation)
        case .idToken, nil: break
        }
        let ends = GrantEnds.told(by: tokens, sentAt: sentAt, after: before)
        let idle = KeepAlive.idleSeconds(manifest.authorization.idleSeconds, ends, receivedAt: receivedAt)
        return TokenVersion(
            generation: generation,
            sealedAccess: try dataKey.seal(
                Secret.concatenating([Secret(copying: access), HeldToken(tokens.accessToken, proofKey).kept]),
                at: place("token_version", "access", version)),
            sealedRefresh: sealedRefresh, sealedIDToken: sealedID,
            scopes: GrantReach.granted(tokens, asked: link.scopesAsked, before: link.scopesGranted),
            accessEndsAt: tokens.accessEnds(sentAt: sentAt),
            refreshAheadAt: isAtRisk
                ? TokenVersion.atOnce
                : tokens.refreshAhead(sentAt: sentAt, policy, idleSeconds: idle, randomness),
            receivedAt: receivedAt,
            endsUp: tokens.accessEnds(sentAt: sentAt).flatMap { ends in
                intent.sentUp?.adding(milliseconds: ends.milliseconds(since: sentAt))
            }, ends: ends)
    }

    /// After how long unused the grant dies, by its folder's or its provider's word.
    func idleSeconds(_ grant: TokenVersion) -> Int64? {
        KeepAlive.idleSeconds(manifest.authorization.idleSeconds, grant)
    }

    func sealed(_ signIn: SignIn, generation: Int) throws(CryptoError) -> [UInt8] {
        try dataKey.seal(signIn.kept, at: place("token_version", "sign_in", Int64(generation)))
    }

    /// The sign-in that the link was made by; nil: no ID token told of it.
    func signIn(_ grant: TokenVersion) -> SignIn? {
        grant.sealedIDToken
            .flatMap { dataKey.open($0, at: place("token_version", "sign_in", Int64(grant.generation))) }
            .flatMap(SignIn.init)
    }

    func accessToken(_ grant: TokenVersion) throws(UnsealProblem) -> HeldToken {
        try open(
            grant.sealedAccess, "access", grant.generation, expecting: [ConsentFingerprint.ofAccess(manifest, client)])
    }

    /// Nil when the grant has no refresh token.
    func refreshToken(_ grant: TokenVersion, _ metadata: ServerMetadata) throws(UnsealProblem) -> HeldToken? {
        guard let sealed = grant.sealedRefresh else { return nil }
        return try open(
            sealed, "refresh", grant.generation, expecting: ConsentFingerprint.ofRefreshes(metadata, client))
    }

    /// The grant's refresh token, if it may be asked about (RFC 7662): it was given out when its folder asked, and when
    /// the endpoint was the one it is today.
    func introspectable(_ grant: TokenVersion, _ metadata: ServerMetadata) -> HeldToken? {
        guard metadata.isAskedAboutTokens, metadata.introspectionEndpoint != nil, let sealed = grant.sealedRefresh
        else { return nil }
        return try? open(
            sealed, "refresh", grant.generation, expecting: [ConsentFingerprint.ofRefresh(metadata, client)])
    }

    func idToken(_ grant: TokenVersion) throws(UnsealProblem) -> Secret? {
        guard let sealed = grant.sealedIDToken else { return nil }
        guard let token = dataKey.open(sealed, at: place("token_version", "id_token", Int64(grant.generation)))
        else { throw .broken }
        return token
    }

    /// The grant's tokens as they stand, fingerprints before them, sealed again for the outbox under another key.
    func resealed(_ grant: TokenVersion, under key: DataKey) -> (refresh: [UInt8]?, access: [UInt8]?) {
        func moved(_ sealed: [UInt8]?, _ column: String) -> [UInt8]? {
            sealed.flatMap { whole($0, column, grant.generation) }
                .flatMap { try? key.seal($0, at: place("revocation_outbox", column, 0)) }
        }
        return (moved(grant.sealedRefresh, "refresh"), moved(grant.sealedAccess, "access"))
    }

    /// The grant's tokens as they stand, fingerprints before them, as the next generation of another link of the same
    /// member, under that link's key; beside them the sign-in they came from. Nil: one does not open.
    func resealed(
        _ grant: TokenVersion, asNextOf other: Link, under key: DataKey, from signIn: SignIn?
    ) -> TokenVersion? {
        let generation = other.generation + 1
        // The older link is of this client from now on.
        func place(_ column: String) -> SealedPlace {
            SealedPlace(
                wallet: other.wallet, link: other.id, table: "token_version", column: column, issuer: link.issuer,
                clientID: link.clientID, version: Int64(generation))
        }
        func moved(_ sealed: [UInt8], _ column: String) -> [UInt8]? {
            whole(sealed, column, grant.generation)
                .flatMap { try? key.seal($0, at: place(column)) }
        }
        guard let access = moved(grant.sealedAccess, "access") else { return nil }
        var refresh: [UInt8]?
        if let sealed = grant.sealedRefresh {
            guard let moved = moved(sealed, "refresh") else { return nil }
            refresh = moved
        }
        return TokenVersion(
            generation: generation, sealedAccess: access, sealedRefresh: refresh,
            sealedIDToken: signIn.flatMap { try? key.seal($0.kept, at: place("sign_in")) }, scopes: grant.scopes,
            accessEndsAt: grant.accessEndsAt, refreshAheadAt: grant.refreshAheadAt,
            receivedAt: grant.receivedAt, endsUp: grant.endsUp, ends: grant.ends)
    }

    private func open(
        _ sealed: [UInt8], _ column: String, _ generation: Int, expecting fingerprints: [[UInt8]]
    ) throws(UnsealProblem) -> HeldToken {
        guard let whole = whole(sealed, column, generation) else { throw .broken }
        return try ConsentFingerprint.token(in: whole, expecting: fingerprints)
    }

    /// What is sealed in a generation's place: a token, its fingerprint before it. Nil: it does not open.
    func whole(_ sealed: [UInt8], _ column: String, _ generation: Int) -> Secret? {
        dataKey.open(sealed, at: place("token_version", column, Int64(generation)))
    }
}
