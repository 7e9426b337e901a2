import Crypto
import Wire

/// Access tokens that we were given in our own name, one a provider. In memory alone: another one is to be had at any time
/// (RFC 6749 4.4), and what is written nowhere is stolen from nowhere.
actor OwnTokens {
    struct Kept: Sendable {
        let token: HeldToken
        /// By the clock that nobody sets; nil: nobody knows, and a 401 tells.
        let endsUp: Uptime?
        /// Of what it was asked for with.
        let fingerprint: [UInt8]

        func isGood(for fingerprint: [UInt8], at up: Uptime) -> Bool {
            guard self.fingerprint == fingerprint else { return false }
            guard let endsUp else { return true }
            return up.milliseconds(since: endsUp).map { $0 < 0 } ?? false
        }
    }

    private var kept: [String: Kept] = [:]

    func token(of provider: String, for fingerprint: [UInt8], at up: Uptime) -> HeldToken? {
        kept[provider].flatMap { $0.isGood(for: fingerprint, at: up) ? $0.token : nil }
    }

    func keep(_ token: Kept, of provider: String) { kept[provider] = token }

    func drop(_ provider: String) { kept[provider] = nil }
}

/// An access token of our own at one provider: the one that is held, or a new one by client authentication.
struct OwnAccess {
    enum Ending: Sendable {
        case ready(HeldToken, isNew: Bool)
        case later(LinkCondition, Instant?)
    }

    let wallet: Wallet
    let provider: Provider
    let client: ClientRegistration

    private var authorization: Manifest.Authorization { provider.manifest.authorization }
    private var fingerprint: [UInt8] { ConsentFingerprint.ofOwn(provider.manifest, client) }

    /// - Parameter endsAt: when the work it is for ends.
    func ready(_ passage: Passage, endsAt: Instant?) async -> Ending {
        let held = await wallet.ownTokens.token(
            of: provider.manifest.name, for: fingerprint, at: wallet.world.clock.uptime)
        if let held { return .ready(held, isNew: false) }
        return await new(passage, endsAt: endsAt)
    }

    /// A new one, whatever is held.
    ///
    /// - Parameter isKept: whether it takes the place of what is held.
    func new(_ passage: Passage, endsAt: Instant?, isKept: Bool = true) async -> Ending {
        let (world, name) = (wallet.world, provider.manifest.name)
        if isKept { await wallet.ownTokens.drop(name) }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            return .later(LinkCondition(.degraded, cause: error.words), nil)
        }
        var proofKey: ProofKey?
        if authorization.senderConstrained == .dpop {
            proofKey = ProofKey(for: metadata.proofAlgorithms, world.randomness)
            guard proofKey != nil else {
                return .later(LinkCondition(.degraded, cause: ProofKey.noneFits), nil)
            }
        }
        guard let request = TokenRequest.ownGrant(metadata, client, authorization, proving: proofKey) else {
            return .later(LocalTrouble.clientUnusable.condition(), nil)
        }
        let sent = world.clock.moment
        let answer: Result<HTTPResponse, TransportError>
        switch await wallet.traffic.ask(request, passage, endsAt: endsAt) {
        case .answered(let response): answer = .success(response)
        case .failed(let error): answer = .failure(error)
        case .notNow(let delay): return .later(delay.condition, delay.until)
        }
        let outcome = TokenOutcome.decide(
            answer, now: world.clock.now, endsOnceSpent: false, type: proofKey == nil ? .bearer : .dpop)
        return await meaning(outcome, sent, proofKey, isKept: isKept)
    }

    /// Nothing is spent here: an answer that was lost costs another question and nothing else.
    private func meaning(_ outcome: TokenOutcome, _ sent: Moment, _ proofKey: ProofKey?, isKept: Bool) async -> Ending {
        let name = provider.manifest.name
        switch outcome {
        case .tokens(let tokens):
            await wallet.traffic.accepted(name)
            // A refresh token should not come (RFC 6749 4.4.3); one that does is not kept.
            let token = HeldToken(tokens.accessToken, proofKey)
            let ends = tokens.accessEnds(sentAt: sent.wall)
            let kept = OwnTokens.Kept(
                token: token, endsUp: ends.map { sent.up.adding(milliseconds: $0.milliseconds(since: sent.wall)) },
                fingerprint: fingerprint)
            if isKept { await wallet.ownTokens.keep(kept, of: name) }
            return .ready(token, isNew: true)
        case .refused(let error), .misconfigured(let error):
            await wallet.traffic.misconfigured(name, Feed.owner(name))
            return .later(LocalTrouble.clientRefused.condition(error.words), nil)
        case .throttled(let until):
            return .later(
                LinkCondition(.rateLimited, cause: "the token endpoint asked us to wait", until: until), until)
        case .failed(let why), .notSent(let why), .unclear(let why):
            return .later(LinkCondition(.degraded, cause: why), nil)
        }
    }
}
