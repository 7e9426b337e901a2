import Crypto
import Wire

/// Every token that was delivered for a link and may still be good, newest first: what came for its grant and was never
/// settled, then the grant that stands. What unlinking has to revoke: a server that ends one token at a time takes the
/// spent one for revoked (RFC 7009 2.2) and leaves the newer one alive.
struct DeliveredTokens {
    let wallet: Wallet
    let seat: Seat

    func versions() async throws(StoreError) -> [TokenVersion] {
        let (id, link) = (seat.wallet, seat.link.id)
        try await wallet.takeEscrow()
        let past = try await wallet.world.store.read { reads throws(StoreError) in try reads.past(id, link) }
        let grant = try await wallet.grant(seat)
        var out = past.orphans.map(\.token)
        for answer in past.answers where !answer.isPart {
            if let version = await version(answer, past.intent, after: grant) { out.append(version) }
        }
        out.sort { $0.receivedAt > $1.receivedAt }
        return out + (grant.map { [$0] } ?? [])
    }

    /// The tokens of an answer that was kept and never parsed; nil: it brought none, or does not open.
    private func version(_ answer: RawAnswer, _ intent: Intent?, after grant: TokenVersion?) async -> TokenVersion? {
        let place = seat.answerPlace(answer.fence, attempt: answer.attempt, isPart: false)
        guard let body = seat.dataKey.open(answer.sealedBody, at: place) else { return nil }
        let key: ProofKey?
        if let grant {
            key = seat.proofKey(grant)
        } else {
            do { key = try await seat.pendingProofKey(wallet.world.store) } catch { return nil }
        }
        let response = HTTPResponse(status: answer.status, headers: [:], body: body.withBytes { Array($0) })
        let outcome = TokenOutcome.decide(
            .success(response), now: answer.receivedAt, endsOnceSpent: seat.policy.endsOnceSpent,
            type: key == nil ? .bearer : .dpop)
        guard case .tokens(let tokens) = outcome else { return nil }
        if let grant { return seat.unsettled(tokens, after: grant, receivedAt: answer.receivedAt) }
        guard let metadata = try? await wallet.shelf.metadata(of: seat.provider) else { return nil }
        let own = Intent(
            wallet: answer.wallet, link: answer.link, purpose: .exchange, generation: 0, fence: answer.fence,
            sentAt: intent?.sentAt ?? answer.receivedAt, deadline: answer.receivedAt, attempt: 1, sentUp: nil)
        return try? seat.sealed(
            tokens, generation: 1, keeping: nil, boundTo: key, metadata, of: own, receivedAt: answer.receivedAt,
            wallet.world.randomness)
    }
}

extension Seat {
    /// What the grant's tokens are bound to; nil: nothing, or they do not open.
    func proofKey(_ grant: TokenVersion) -> ProofKey? {
        parts(grant.sealedAccess, "access", grant).flatMap { HeldToken(kept: $0.token)?.proofKey }
    }

    /// Newer tokens of the same grant, sealed as its next generation: they go where the ones before went, and are bound to
    /// the same key, so that no metadata are needed to know it.
    func unsettled(_ tokens: TokenResponse, after grant: TokenVersion, receivedAt: Instant) -> TokenVersion? {
        func next(_ sealed: [UInt8]?, _ column: String, _ token: Secret?) -> [UInt8]? {
            guard let before = sealed.flatMap({ parts($0, column, grant) }),
                let held = HeldToken(kept: before.token)
            else { return nil }
            let kept = HeldToken(token ?? held.secret, held.proofKey).kept
            return try? dataKey.seal(
                Secret.concatenating([before.fingerprint, kept]),
                at: place("token_version", column, Int64(grant.generation + 1)))
        }
        guard let access = next(grant.sealedAccess, "access", tokens.accessToken) else { return nil }
        return TokenVersion(
            generation: grant.generation + 1, sealedAccess: access,
            sealedRefresh: next(grant.sealedRefresh, "refresh", tokens.refreshToken), sealedIDToken: nil,
            scopes: grant.scopes, accessEndsAt: nil, refreshAheadAt: nil, receivedAt: receivedAt)
    }

    private func parts(
        _ sealed: [UInt8], _ column: String, _ grant: TokenVersion
    ) -> (fingerprint: Secret, token: Secret)? {
        guard let whole = whole(sealed, column, grant.generation), whole.count > ConsentFingerprint.count else {
            return nil
        }
        return ConsentFingerprint.parts(of: whole)
    }
}
