import Crypto
import Wire

/// The trip of one claimed registration: its secret is renewed before it ends (RFC 7592 2.1, 2.2). What an answer brings is
/// durable before anything is done with it: a token that was replaced opens nothing a second time.
struct RenewRegistration {
    let wallet: Wallet

    private var world: World { wallet.world }

    /// Everything needed for it, as read under the claim.
    private struct Desk {
        let claim: ProviderClaim
        let provider: Provider
        let metadata: ServerMetadata
        var row: RegisteredClient
        var dynamic: DynamicRegistration
        var secret: Secret?
        var access: ConfigurationAccess

        /// A secret that came takes the place of the one before, and its end that of the other.
        mutating func take(_ fit: RegistrationFit, _ new: Secret?, now: Instant) {
            let isSame = fit.secretEndsAt == dynamic.secretEndsAt
            secret = new ?? secret
            dynamic = DynamicRegistration(
                authentication: dynamic.authentication, registeredAt: dynamic.registeredAt, sealedAccess: nil,
                secretSince: isSame ? dynamic.secretSince : now, secretEndsAt: fit.secretEndsAt, turn: dynamic.turn)
        }
    }

    /// Why it was not renewed.
    private struct Trouble: Error {
        let words: String
        /// Asking again soon would bring the same.
        let isFirm: Bool
    }

    func run(_ claim: ProviderClaim) async {
        let name = claim.provider
        let found = try? await world.store.read { reads throws(StoreError) in try reads.client(name) }
        guard let row = found ?? nil, let dynamic = row.dynamic, dynamic.turn.fence == claim.fence else { return }
        guard let endsAt = dynamic.secretEndsAt else { return await end(claim, TurnPause(due: nil)) }
        do throws(Trouble) {
            let desk = try await desk(claim, row, dynamic)
            let ends = try await renewed(desk)
            await end(claim, TurnPause(due: SecretRenewal.due(since: world.clock.now, endsAt: ends)))
            world.log.write(
                .info, "client secret renewed", [("provider", name), ("ends", ends?.rfc3339 ?? "never")])
        } catch {
            await later(claim, dynamic, endsAt, error)
        }
    }

    private func desk(
        _ claim: ProviderClaim, _ row: RegisteredClient, _ dynamic: DynamicRegistration
    ) async throws(Trouble) -> Desk {
        guard let provider = wallet.catalogue[claim.provider] else {
            throw Trouble(words: "the provider's folder is gone or does not load", isFirm: true)
        }
        let issuer = provider.manifest.authorization.issuer
        guard let access = row.access(wallet.keyring, issuer: issuer) else {
            throw Trouble(words: "nothing here can manage the registration", isFirm: true)
        }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            throw Trouble(words: error.words, isFirm: false)
        }
        if let problem = world.escrow.problem() { throw Trouble(words: problem, isFirm: false) }
        return Desk(
            claim: claim, provider: provider, metadata: metadata, row: row, dynamic: dynamic,
            secret: row.secret(wallet.keyring, issuer: issuer), access: access)
    }

    /// Reads the registration, which is enough at some providers; else writes it anew as it is.
    /// - Returns: when the secret that there is now ends; nil: never.
    private func renewed(_ desk: Desk) async throws(Trouble) -> Instant? {
        let read = try await asked("GET", nil, desk)
        if read.progress == .renewed { return read.desk.dynamic.secretEndsAt }
        let desk = read.desk
        let draft = RegistrationDraft(
            wallet: wallet, provider: desk.provider, proof: desk.secret, redirectURI: desk.row.redirectURI)
        var body = draft.metadata.json(desk.metadata)
        // RFC 7592 2.2: all that is to stay, and which client it is; never what only the server may say.
        body["client_id"] = .string(desk.row.clientID)
        body["token_endpoint_auth_method"] = .string(desk.dynamic.authentication.rawValue)
        if let secret = desk.secret?.text() { body["client_secret"] = .string(secret) }
        let written = try await asked("PUT", body, desk)
        guard written.progress == .renewed else {
            throw Trouble(words: "the provider gives no new secret", isFirm: true)
        }
        return written.desk.dynamic.secretEndsAt
    }

    private func asked(
        _ method: String, _ body: JSONObject?, _ desk: Desk
    ) async throws(Trouble) -> (progress: SecretRenewal.Progress, desk: Desk) {
        let request = desk.access.request(method, body, desk.provider)
        let asked = await wallet.traffic.ask(
            request, wallet.registrationPassage(desk.provider),
            endsAt: Limits.lastAnswer(beforeClaimEnds: desk.claim.until))
        switch RegistrationOutcome.decide(asked, near: desk.metadata.ownEndpoints) {
        case .told(let told): return try await kept(told, desk)
        case .refused(let why): throw Trouble(words: "the provider refuses: \(why)", isFirm: true)
        case .unauthorized(let why):
            throw Trouble(words: "the provider takes the registration token no longer (\(why))", isFirm: true)
        case .later(let why), .unclear(let why): throw Trouble(words: why, isFirm: false)
        }
    }

    /// Makes durable what came. A client id that is another one, or a method, is none of ours: a token that came with it
    /// is kept all the same, or nobody could ask again.
    private func kept(
        _ told: ClientInformation, _ desk: Desk
    ) async throws(Trouble) -> (progress: SecretRenewal.Progress, desk: Desk) {
        let now = world.clock.now
        var desk = desk
        guard Exactly.same(told.clientID, desk.row.clientID) else {
            throw Trouble(words: "the provider answered for another client", isFirm: true)
        }
        desk.access = told.access.following(desk.access) ?? desk.access
        let draft = RegistrationDraft(
            wallet: wallet, provider: desk.provider, proof: desk.secret, redirectURI: desk.row.redirectURI)
        var unfit: String?
        do {
            let present = RegistrationFit.Present(
                authentication: desk.dynamic.authentication, secretEndsAt: desk.dynamic.secretEndsAt)
            let fit = try draft.fit(told, desk.metadata, present: present, now: now)
            desk.take(fit, told.secret, now: now)
        } catch { unfit = error.description }
        try await save(&desk, now)
        if let unfit { throw Trouble(words: unfit, isFirm: true) }
        let progress = SecretRenewal.progress(
            since: desk.dynamic.secretSince, endsAt: desk.dynamic.secretEndsAt, now: now)
        return (progress, desk)
    }

    private func save(_ desk: inout Desk, _ now: Instant) async throws(Trouble) {
        let issuer = desk.provider.manifest.authorization.issuer
        let bare = RegisteredClient(
            provider: desk.row.provider, clientID: desk.row.clientID, redirectURI: desk.row.redirectURI,
            scopes: desk.row.scopes, sealedSecret: nil, dataKey: nil, createdAt: desk.row.createdAt, changedAt: now,
            dynamic: desk.dynamic)
        let (claim, secret, access) = (desk.claim, desk.secret, desk.access)
        var problem = ""
        // The answer cannot be had again: what refuses it once is tried again.
        for attempt in 1...Self.savings {
            do {
                let row = try bare.sealing(secret, access, wallet.keyring, issuer: issuer)
                let isKept = try await world.store.write { verbs throws(StoreError) in
                    try verbs.keepRegistration(claim, row)
                }
                guard isKept else {
                    await takeBackIfRemoved(desk)
                    throw Trouble(words: "it was removed or renewed elsewhere meanwhile", isFirm: true)
                }
                desk.row = row
                return
            } catch let trouble as Trouble {
                throw trouble
            } catch { problem = "\(error)" }
            if attempt < Self.savings { await world.clock.pause(milliseconds: Self.savingPauseMilliseconds) }
        }
        throw Trouble(words: "what the provider gave could not be saved: \(problem)", isFirm: false)
    }

    /// Whoever removed it meanwhile may have shown a token that this answer had replaced: only the new one takes it back.
    private func takeBackIfRemoved(_ desk: Desk) async {
        let name = desk.claim.provider
        let found: RegisteredClient?
        do {
            found = try await world.store.read { reads throws(StoreError) in try reads.client(name) }
        } catch { return }
        guard found?.clientID != desk.row.clientID else { return }
        let why = await wallet.delete(desk.access, desk.provider)
        world.log.write(.info, "client taken back", [("provider", name), ("why not", why ?? "")])
    }

    private static let savings = 4
    private static let savingPauseMilliseconds: Int64 = 2000

    private func later(
        _ claim: ProviderClaim, _ before: DynamicRegistration, _ endsAt: Instant, _ trouble: Trouble
    ) async {
        let (now, failures) = (world.clock.now, before.turn.failures + 1)
        let due: Instant?
        switch SecretRenewal.step(canAsk: before.sealedAccess != nil, endsAt: endsAt, now: now) {
        case .ask:
            due = SecretRenewal.again(isFirm: trouble.isFirm, failures: failures, now: now, world.randomness)
        case .tell(let again): due = again
        }
        let advice = SecretRenewal.advice(claim.provider, endsAt: endsAt, now: now)
        await end(claim, TurnPause(due: due, failures: failures, trouble: "\(trouble.words); \(advice)"))
        world.log.write(
            .warning, "client secret not renewed",
            [
                ("provider", claim.provider), ("ends", endsAt.rfc3339), ("why", trouble.words),
                ("advice", advice), ("due", due?.rfc3339 ?? ""),
            ])
    }

    private func end(_ claim: ProviderClaim, _ pause: TurnPause) async {
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.endRegistration(claim, pause) }
    }
}
