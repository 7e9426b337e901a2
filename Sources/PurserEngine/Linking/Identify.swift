import Crypto
import Wire

/// Where identifying led.
enum Identification: Sendable, Hashable {
    case activated
    /// The member was linked already: that link has the new grant.
    case merged(into: LinkID)
    /// Another member than that of the link to be renewed: the link waits for an answer.
    case anotherMember(than: LinkID)
    /// The provider failed on the way: nothing is lost, the tick tries again.
    case later(String)
    /// The link was failed and its tokens erased.
    case failed(FailureReason, String)
}

/// Who was linked: a step of its own, after the grant is durable and before anything is pulled. `CompleteLink` runs it
/// at once; the tick runs it for a `linking` link that holds a grant.
struct Identify {
    let wallet: Wallet

    /// What reading the subject came to.
    private enum Reading {
        /// With what the ID token said of the sign-in, where there is one.
        case subject(String, SignIn?)
        case later(LinkCondition, until: Instant? = nil)
        case refused(FailureReason, String)
        /// The link was moved on the way; it says why itself.
        case over

        /// The provider, or something of ours, fails.
        static func later(_ why: String) -> Reading { .later(LinkCondition(.degraded, cause: why)) }
    }

    func run(_ claim: Claim) async -> Identification {
        let seat: Seat
        let grant: TokenVersion
        do {
            guard let held = try await wallet.seat(claim) else {
                return await failed(claim, nil, .providerGone, Self.gone)
            }
            seat = held
            switch await Resolve(wallet: wallet, seat: seat).run() {
            case .over: return await asItStands(claim)
            case .clear, .resent, .inDoubt, .notYet, .nothing, .sealed: break
            }
            guard let held = try await wallet.grant(seat) else {
                return await failed(claim, nil, .providerGone, Self.gone)
            }
            grant = held
        } catch {
            // The claim ends by itself, and the tick tries again.
            return .later("\(error)")
        }
        switch await subject(seat, grant) {
        case .later(let condition, let until): return await later(seat, condition, notBefore: until)
        case .refused(let reason, let why): return await failed(claim, seat, reason, why)
        case .subject(let subject, let signIn):
            // Asking may have refreshed it: the newest grant is the link's.
            do { return await activate(seat, try await wallet.grant(seat) ?? grant, subject, signIn) } catch {
                return .later("\(error)")
            }
        case .over: return await asItStands(claim)
        }
    }

    private static let gone = "the provider's folder or the link's key is gone"

    /// What the link's row says of itself, when somebody else has moved it.
    private func asItStands(_ claim: Claim) async -> Identification {
        let link = try? await wallet.world.store.read { reads throws(StoreError) in
            try reads.link(claim.wallet, claim.link)
        }
        guard case .failed(let reason)? = (link ?? nil)?.state else { return .later("another worker has the link") }
        return .failed(reason, (link ?? nil)?.note ?? "")
    }

    private func activate(
        _ seat: Seat, _ grant: TokenVersion, _ subject: String, _ signIn: SignIn?
    ) async -> Identification {
        let identity = wallet.keyring.identityHash(
            seat.wallet, provider: seat.manifest.name, issuer: seat.link.issuer, subject: subject)
        let now = wallet.world.clock.now
        let (claim, scopes, name) = (seat.claim, grant.scopes, seat.manifest.name)
        let tells = seat.manifest.authorization.sharedSignals != nil
        do {
            let sealed = try signIn.map { try seat.sealed($0, generation: grant.generation) }
            let outcome = try await wallet.world.store.write { verbs throws(StoreError) in
                try verbs.wakeSignals(name, makes: tells, now: now)
                return try verbs.activate(
                    claim, identity: identity, scopes: scopes, signIn: sealed, now: now, due: now)
            }
            Point.reach(.identified)
            switch outcome {
            case .activated:
                wallet.world.log.write(.info, "link active", [("link", claim.link.rawValue)])
                return .activated
            case .anotherMember(let other):
                wallet.world.log.write(
                    .warning, "another member consented", [("link", claim.link.rawValue), ("renews", other.rawValue)])
                return .anotherMember(than: other)
            case .alreadyLinked(let other):
                return await MergeLink(wallet: wallet).run(seat, grant, signIn, into: other)
            case .claimLost: return .later("another worker has the link")
            }
        } catch { return .later("\(error)") }
    }

    private func subject(_ seat: Seat, _ grant: TokenVersion) async -> Reading {
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: seat.provider) } catch {
            return .later(error.words)
        }
        var fromIDToken: SignIn?
        if seat.link.scopesAsked.contains("openid") {
            switch await checkedIDToken(seat, grant, metadata) {
            case .subject(_, let signIn): fromIDToken = signIn
            case let other: return other
            }
        }
        switch seat.manifest.authorization.identity {
        case .nobody:
            return .refused(
                .identityUnreadable, "by its folder this provider is asked in our own name: nobody is linked")
        case .idToken:
            guard let fromIDToken else {
                return .refused(.identityUnreadable, "the identity comes from an ID token, but openid is not asked for")
            }
            return .subject(fromIDToken.token.subject, fromIDToken)
        case .userinfo(let pointer):
            let then: EndpointsThen?
            do { then = try await waiting(seat)?.opened.endpointsThen } catch { return .later("\(error)") }
            if let change = then?.changeOfUserInfo(metadata) { return .refused(.identityUnreadable, change) }
            guard let endpoint = metadata.userinfoEndpoint else {
                return .refused(.identityUnreadable, "the provider has no UserInfo endpoint")
            }
            return await read(
                endpoint, "GET", [:], nil, pointer, seat, grant, beside: fromIDToken, ofUserInfo: metadata)
        case .request(let name, let pointer):
            guard let template = seat.manifest.api.requests[name],
                let built = RequestBuilder.request(template, base: seat.manifest.api.base, values: PlaceholderValues())
            else { return .refused(.identityUnreadable, "the manifest names no request \(name)") }
            return await read(
                built.uri, built.method, built.headers, built.body, pointer, seat, grant, beside: fromIDToken)
        }
    }

    /// What the link waits with, and the same opened; nil: one of them is gone.
    private func waiting(_ seat: Seat) async throws(StoreError) -> (row: PendingLink, opened: Secret)? {
        let (wallet, link) = (seat.wallet, seat.link.id)
        let row = try await self.wallet.world.store.read { reads throws(StoreError) in
            try reads.pendingLink(wallet, link)
        }
        return row.flatMap { row in seat.opened(row).map { (row, $0) } }
    }

    private func checkedIDToken(_ seat: Seat, _ grant: TokenVersion, _ metadata: ServerMetadata) async -> Reading {
        let found: (row: PendingLink, opened: Secret)?
        do { found = try await waiting(seat) } catch { return .later("\(error)") }
        guard let (pending, opened) = found, let access = try? seat.accessToken(grant)
        else { return .refused(.idTokenInvalid, "the request this answers is gone") }
        // Of a device link there was no authorization request, and so no nonce.
        let kept = AuthorizationRequest.Kept(opened)
        guard kept != nil || seat.isDevice else {
            return .refused(.idTokenInvalid, "the request this answers is gone")
        }
        // A grant that was refreshed since carries on the ID token it began with, of another access token.
        let isFirst = grant.generation == 1
        let receivedAt = isFirst ? grant.receivedAt : pending.takenAt ?? grant.receivedAt
        guard let token = (try? seat.idToken(grant)) ?? nil, let compact = token.text() else {
            return .refused(.idTokenInvalid, "the token response carries no ID token")
        }
        let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
            try IDToken.checked(
                compact, keys: keys, issuer: metadata.issuer, clientID: seat.client.id, nonce: kept?.nonce,
                accessToken: isFirst ? access.secret : nil, code: kept?.codeHash, now: receivedAt,
                algorithm: seat.manifest.authorization.idTokenAlgorithm,
                asked: SignInAsked(seat.manifest.authorization.parameters(for: kept?.stepUp)))
        }
        switch judged {
        case .holds(let token): return .subject(token.subject, SignIn(token))
        case .not(let problem): return .refused(.idTokenInvalid, problem.words)
        case .later(let why): return .later(why)
        }
    }

    /// Reads the subject from UserInfo or an API answer. A UserInfo of somebody else than the ID token's subject is
    /// discarded (OpenID Connect Core 5.3.2).
    ///
    /// A provider may have been away for longer than the access token lives: then it is refreshed first, and once more
    /// where the API refuses it.
    private func read(
        _ uri: URI, _ method: String, _ headers: HTTPHeaders, _ body: [UInt8]?, _ pointer: String, _ seat: Seat,
        _ grant: TokenVersion, beside signIn: SignIn?, ofUserInfo metadata: ServerMetadata? = nil
    ) async -> Reading {
        let token = AccessToken(wallet: wallet, seat: seat)
        var ending = await token.ready(grant)
        while true {
            guard case .ready(let access, let version, let wasRefreshed) = ending else { return Self.reading(ending) }
            var request = ProviderRequest(method, uri, headers: headers, body: body.map { Secret(copying: $0) })
            access.authorize(&request, of: seat.client)
            let response: HTTPResponse
            let passage = seat.passage(.data, now: wallet.world.clock.now)
            let store = wallet.world.store
            switch await wallet.traffic.ask(request, passage, mayRepeat: true, while: { await seat.stands(store) }) {
            case .answered(let answer): response = answer
            case .failed(let error): return .later(error.words)
            case .notNow(let delay): return .later(delay.condition, until: delay.until)
            case nil: return .over
            }
            var outcome = PullOutcome.decide(
                response, now: wallet.world.clock.now, quirks: seat.manifest.authorization.quirks)
            if metadata != nil, seat.manifest.authorization.userinfoAlgorithm == nil, UserClaims.isSigned(response) {
                return .refused(
                    .identityUnreadable,
                    "UserInfo is signed, and the provider's folder does not say with what (userinfoAlgorithm)")
            }
            if let metadata, let algorithm = seat.manifest.authorization.userinfoAlgorithm,
                (200...299).contains(response.status)
            {
                let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
                    try UserClaims.signed(
                        response, keys: keys, algorithm: algorithm, issuer: metadata.issuer, clientID: seat.client.id)
                }
                switch judged {
                case .holds(let claims): outcome = .answer(claims)
                case .not(let problem):
                    return .refused(
                        .identityUnreadable, "UserInfo is not signed as it should be: \(problem.words)")
                case .later(let why): return .later(why)
                }
            }
            switch outcome {
            case .answer(let json):
                if metadata != nil, let signIn, !Exactly.same(json["sub"]?.string, signIn.token.subject) {
                    return .refused(.identityUnreadable, "UserInfo is of another person than the ID token")
                }
                guard let value = JSONPointer.resolve(pointer, in: json), let text = value.string ?? value.number?.text,
                    !text.isEmpty
                else { return .refused(.identityUnreadable, "the answer does not say who was linked") }
                return .subject(text, signIn)
            case .unauthorized: ending = wasRefreshed ? .freshTokenRefused : await token.afterRefusal(version)
            case .forbidden: return .refused(.identityUnreadable, "the provider does not let us ask who was linked")
            case .stepUp(let wanted): return .refused(.identityUnreadable, wanted.note)
            case .rateLimited(let until):
                return .later(
                    LinkCondition(.rateLimited, cause: "the provider asked us to wait", until: until), until: until)
            case .notNow(let delay): return .later(delay.condition, until: delay.until)
            case .over: return .over
            case .failed(let why): return .later(why)
            }
        }
    }

    /// What it means for a link that nobody is known of yet when there is no token to ask with.
    private static func reading(_ ending: AccessToken.Ending) -> Reading {
        switch ending {
        case .noRefreshToken:
            .refused(.identityUnreadable, "the access ended before it was known who was linked")
        case .sealed: .refused(.identityUnreadable, "the stored token does not open")
        case .freshTokenRefused, .activeTokenRefused:
            .refused(.identityUnreadable, "the provider refuses its own new token (HTTP 401)")
        case .later(let condition, let until): .later(condition, until: until)
        case .over, .ready: .over
        }
    }

    func later(_ seat: Seat, _ why: String, notBefore: Instant? = nil) async -> Identification {
        await later(seat, LinkCondition(.degraded, cause: why), notBefore: notBefore)
    }

    /// Not now; but a link that nobody could be found for in a week does not wait for ever.
    func later(_ seat: Seat, _ condition: LinkCondition, notBefore: Instant? = nil) async -> Identification {
        let world = wallet.world
        let why = condition.cause ?? "the provider fails"
        let now = world.clock.now
        if now > seat.link.createdAt.adding(seconds: Limits.identifySeconds) {
            return await failed(seat.claim, seat, .identityUnreadable, why)
        }
        let failures = seat.link.failures + 1
        let postponement = Postponement(
            due: Backoff.next(after: failures, notBefore: notBefore, now: now, world.randomness),
            condition: condition, failures: failures, attemptedAt: now)
        let claim = seat.claim
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.postpone(claim, postponement) }
        return .later(why)
    }

    /// The link fails and its tokens are erased; a grant that must not stay is revoked first (best effort, once).
    private func failed(
        _ claim: Claim, _ revoking: Seat?, _ reason: FailureReason, _ why: String
    ) async -> Identification {
        // Another worker may have made a link of it while this one stood still: its grant is not ours to revoke.
        let link = try? await wallet.world.store.read { reads throws(StoreError) in
            try reads.link(claim.wallet, claim.link)
        }
        guard let link, link.fence == claim.fence else { return .later("another worker has the link") }
        // As it is now: it may have been refreshed on the way.
        if let seat = revoking, let grant = (try? await wallet.grant(seat)) ?? nil {
            _ = await Revoke(wallet: wallet).run(seat, [grant])
        }
        await wallet.fail(claim, reason, note: why)
        return .failed(reason, why)
    }
}
