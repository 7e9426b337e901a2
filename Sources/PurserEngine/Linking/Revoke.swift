import Crypto
import Wire

/// What asking a provider to revoke came to.
struct RevocationAnswer: Sendable, Equatable {
    let answer: Receipt.Answer
    let detail: String?
    /// When the provider may be asked again, where it is known.
    var notBefore: Instant?
}

/// Asks the authorization server to revoke a grant (RFC 7009): the refresh token first, which ends the whole grant at
/// most servers, then the access token. A server that cannot revoke the one kind is asked about the other all the same.
struct Revoke {
    let wallet: Wallet

    /// - Parameter versions: newest first; a token that stands in two is asked about once.
    func run(_ seat: Seat, _ versions: [TokenVersion]) async -> RevocationAnswer {
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return RevocationAnswer(answer: .pending, detail: error.words)
        }
        var tokens: [(Secret, String)] = []
        do {
            for version in versions {
                let refresh = try seat.refreshToken(version, metadata)?.secret
                if let refresh { tokens.append((refresh, "refresh_token")) }
                tokens.append((try seat.accessToken(version).secret, "access_token"))
            }
        } catch {
            let why =
                error == .fingerprint
                ? "the provider's folder differs from the one consented to; no token was sent"
                : "the stored token does not open"
            return RevocationAnswer(answer: .gaveUp, detail: why)
        }
        let passage = Passage.asked(.token, seat.manifest, seat.wallet, seat.link.id)
        var once: [(Secret, String)] = []
        for token in tokens where !once.contains(where: { $0.0 == token.0 }) { once.append(token) }
        return await run(once, metadata, seat.client, passage)
    }

    func run(
        _ tokens: [(token: Secret, hint: String)], _ metadata: ServerMetadata, _ client: ClientRegistration,
        _ passage: Passage
    ) async -> RevocationAnswer {
        guard let endpoint = metadata.revocationEndpoint else {
            return RevocationAnswer(answer: .unsupported, detail: "the provider has no revocation endpoint")
        }
        var answers: [(hint: String, answer: RevocationAnswer)] = []
        for (token, hint) in tokens {
            let road: Road
            switch await wallet.traffic.enter(passage) {
            case .go(let permit): road = wallet.traffic.road(permit)
            case .notNow(let delay):
                return RevocationAnswer(answer: .pending, detail: delay.words, notBefore: delay.until)
            }
            let answer = await Self.ask(token, hint, endpoint, metadata, client, road)
            await road.close()
            guard answer.answer == .revoked || answer.answer == .unsupported else { return answer }
            answers.append((hint, answer))
        }
        return Self.verdict(answers)
    }

    /// What a grant's receipt says once a server has revoked each of its tokens, or said that it cannot revoke that kind.
    /// Without its refresh token a grant is over: an access token ends by itself.
    static func verdict(_ answers: [(hint: String, answer: RevocationAnswer)]) -> RevocationAnswer {
        guard answers.contains(where: { $0.answer.answer == .unsupported }) else {
            return RevocationAnswer(answer: .revoked, detail: nil)
        }
        let words = answers.map { hint, answer in
            let kind = hint.replacing("_", with: " ")
            return answer.answer == .revoked ? "\(kind): revoked" : "\(kind): \(answer.detail ?? "not revoked")"
        }
        return RevocationAnswer(
            answer: answers.first?.answer.answer == .revoked ? .revoked : .gaveUp, detail: words.joined(separator: "; ")
        )
    }

    /// Asks for one token to be revoked.
    static func ask(
        _ token: Secret, _ hint: String, _ endpoint: URI, _ metadata: ServerMetadata, _ client: ClientRegistration,
        _ transport: any Transport
    ) async -> RevocationAnswer {
        guard let request = TokenRequest.revoke(token, hint: hint, endpoint, metadata, client) else {
            return RevocationAnswer(answer: .gaveUp, detail: "the client registration cannot authenticate")
        }
        do {
            return decide(try await transport.send(request))
        } catch { return RevocationAnswer(answer: .pending, detail: error.words) }
    }

    /// A token that is no longer valid counts as revoked (RFC 7009 2.2). `unsupported`: the server cannot revoke this kind
    /// of token (2.2.1), which says nothing of the other.
    static func decide(_ response: HTTPResponse) -> RevocationAnswer {
        switch response.status {
        case 200...299: return RevocationAnswer(answer: .revoked, detail: nil)
        case 408, 425, 429, 500...599: return RevocationAnswer(answer: .pending, detail: "HTTP \(response.status)")
        default:
            let error = OAuthError(response)
            return RevocationAnswer(
                answer: error?.code == "unsupported_token_type" ? .unsupported : .gaveUp,
                detail: error?.words ?? "HTTP \(response.status)")
        }
    }
}

/// Asks again for a revocation that a provider did not confirm, until it does or has been asked often enough.
struct RevokeAgain {
    let wallet: Wallet

    func run(_ row: OutboxRevocation) async {
        let world = wallet.world
        var answer = await asked(row)
        var again: Instant?
        if answer.answer == .pending {
            if row.attempts >= Limits.revocationAttempts {
                answer = RevocationAnswer(answer: .gaveUp, detail: answer.detail)
            } else {
                let next = Backoff.next(after: row.attempts + 1, now: world.clock.now, world.randomness)
                again = max(next, answer.notBefore ?? next)
            }
        }
        let (final, next) = (answer, again)
        try? await world.store.write { verbs throws(StoreError) in
            try verbs.settleRevocation(row.wallet, row.receipt, answer: final.answer, detail: final.detail, again: next)
        }
        world.log.write(.info, "revocation", [("link", row.link.rawValue), ("answer", final.answer.rawValue)])
    }

    private static let moved = RevocationAnswer(
        answer: .gaveUp, detail: "the provider's folder differs from the one consented to; no token was sent")

    private func asked(_ row: OutboxRevocation) async -> RevocationAnswer {
        guard let provider = wallet.catalogue[row.provider],
            let key = wallet.keyring.open(row.dataKey, row.wallet, row.link)
        else { return RevocationAnswer(answer: .gaveUp, detail: "the provider's folder or the key is gone") }
        let found: ClientRegistration?
        do { found = try await wallet.client(of: provider) } catch {
            return RevocationAnswer(answer: .pending, detail: "\(error)")
        }
        guard let client = found else {
            return RevocationAnswer(answer: .gaveUp, detail: "no client is registered at the provider any more")
        }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            return RevocationAnswer(answer: .pending, detail: error.words)
        }
        guard metadata.issuer == row.issuer, client.id == row.clientID else { return Self.moved }
        var tokens: [(Secret, String)] = []
        let kept = [
            (row.sealedRefresh, "refresh", ConsentFingerprint.ofRefreshes(metadata, client)),
            (row.sealedAccess, "access", [ConsentFingerprint.ofAccess(provider.manifest, client)]),
        ]
        for (sealed, column, fingerprints) in kept {
            guard let sealed else { continue }
            let place = SealedPlace(
                wallet: row.wallet, link: row.link, table: "revocation_outbox", column: column, issuer: row.issuer,
                clientID: row.clientID, version: 0)
            guard let whole = key.open(sealed, at: place) else {
                return RevocationAnswer(answer: .gaveUp, detail: "the stored token does not open")
            }
            guard let token = try? ConsentFingerprint.token(in: whole, expecting: fingerprints)
            else { return Self.moved }
            tokens.append((token.secret, column + "_token"))
        }
        return await Revoke(wallet: wallet).run(
            tokens, metadata, client, .asked(.token, provider.manifest, row.wallet, row.link))
    }
}
