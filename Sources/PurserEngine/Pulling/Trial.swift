import Crypto
public import Wire

/// What trying a provider's folder showed: each request with its answer and what the mapping makes of it.
public struct Trial: Sendable {
    /// One request of the folder and what came of it.
    public struct Step: Sendable {
        public let request: String
        /// The membership it was made for, masked unless everything is shown.
        public let membership: String?
        /// `GET https://api.example/v2/me`, or the file of a recorded answer.
        public let asked: String
        /// Nil: a recorded answer.
        public let status: Int?
        /// Why there is no answer to map.
        public let problem: String?
        /// Redacted, unless everything is shown.
        public let answer: JSON?
        /// What the mapping makes of this answer alone.
        public let mapped: JSON
    }

    /// The link whose grant was used; nil: recorded answers, or a valuation provider's in our own name.
    public let link: LinkID?
    public let steps: [Step]
    /// What the mapping says of all answers together.
    public let warnings: [String]
}

/// Why a folder cannot be tried. Nothing was changed.
public enum TrialProblem: Error, Sendable, Hashable, CustomStringConvertible {
    case broken([ManifestProblem])
    /// No link of the provider, and no recorded answers.
    case nothingToTry(String)
    case noSuchLink
    /// The grant cannot be used for this.
    case grant(String)
    case store(StoreError)

    public var description: String {
        switch self {
        case .broken(let problems): problems.map(\.description).joined(separator: "; ")
        case .nothingToTry(let name):
            "nothing is linked at \(name), and its folder holds no recorded answers (expected.json)"
        case .noSuchLink: "no link of this provider has that id"
        case .grant(let why): why
        case .store(let error): error.description
        }
    }
}

/// Runs a folder's requests once, for whoever writes it: with the access token of a link of the provider that there is,
/// else over the answers its `expected.json` names. A valuation
/// provider is asked in our own name. Stores nothing, refreshes nothing, and sends a token only where the
/// folder is the one that was consented to.
struct TryFolder {
    let wallet: Wallet
    let showsAll: Bool

    func run(
        _ folder: ProviderFolder, _ check: FolderCheck, in id: WalletID, _ named: LinkID?
    ) async throws(TrialProblem) -> Trial {
        guard let provider = check.provider else { throw .broken(check.problems) }
        if provider.manifest.isFeed {
            guard named == nil else { throw .noSuchLink }
            guard let signer = try await ownSigner(provider) else { return try recorded(folder, provider) }
            return await live(provider, signer, link: nil)
        }
        guard let link = try await link(provider.manifest.name, id, named) else {
            guard named == nil else { throw .noSuchLink }
            return try recorded(folder, provider)
        }
        return try await live(provider, link)
    }

    private func link(_ name: String, _ id: WalletID, _ named: LinkID?) async throws(TrialProblem) -> Link? {
        do {
            let links = try await wallet.world.store.read { reads throws(StoreError) in try reads.links(id) }
            return links.first { $0.provider == name && $0.state == .active && (named == nil || $0.id == named) }
        } catch { throw .store(error) }
    }

    // Recorded

    private func recorded(_ folder: ProviderFolder, _ provider: Provider) throws(TrialProblem) -> Trial {
        guard let bytes = folder.files["expected.json"] else { throw .nothingToTry(folder.name) }
        let recorded: RecordedAnswers
        do throws(ManifestProblem) { recorded = try RecordedAnswers(folder, bytes) } catch { throw .broken([error]) }
        let names = (try? JSON.parse(bytes, limits: .file))?["answers"]?.array?.map { $0["file"]?.string ?? "" } ?? []
        let steps = zip(recorded.answers, names).map { answer, file in
            step(answer, "file \(file)", nil, recorded.answers, provider)
        }
        return Trial(link: nil, steps: steps, warnings: Mapper.map(recorded.answers, provider).warnings)
    }

    // Live

    private func live(_ provider: Provider, _ link: Link) async throws(TrialProblem) -> Trial {
        let access: ProviderRequestSigner
        do { access = try await signer(provider, link) } catch let problem as TrialProblem { throw problem } catch {
            throw .grant("the link's key or its client is gone")
        }
        return await live(provider, access, link: link.id)
    }

    private func live(_ provider: Provider, _ access: ProviderRequestSigner, link: LinkID?) async -> Trial {
        var answers: [PulledAnswer] = []
        var steps: [Trial.Step] = []
        let requests = provider.manifest.api.requests.sorted { $0.key < $1.key }
        for (name, template) in requests where !template.isForMembership {
            steps.append(await asked(name, template, nil, provider, access, &answers))
        }
        for membership in Mapper.memberships(answers, provider) {
            for (name, template) in requests where template.isForMembership {
                steps.append(await asked(name, template, membership, provider, access, &answers))
            }
        }
        return Trial(link: link, steps: steps, warnings: Mapper.map(answers, provider).warnings)
    }

    /// One page of one request.
    private func asked(
        _ name: String, _ template: RequestTemplate, _ membership: MappedPull.MappedMembership?, _ provider: Provider,
        _ signer: ProviderRequestSigner, _ answers: inout [PulledAnswer]
    ) async -> Trial.Step {
        let reading = StreamReading(
            name: name, template: template, base: provider.manifest.api.base, membership: membership,
            before: LinkLedger(), pulledAt: nil, now: wallet.world.clock.now)
        func failed(_ asked: String, _ status: Int?, _ why: String) -> Trial.Step {
            Trial.Step(
                request: name, membership: membership.map { shown($0.id) }, asked: asked, status: status, problem: why,
                answer: nil, mapped: [:])
        }
        guard let values = reading.next,
            let built = RequestBuilder.request(template, base: provider.manifest.api.base, values: values)
        else { return failed(template.method, nil, "the request cannot be made: a value of its path is missing") }
        let words = "\(built.method) \(built.uri.origin)\(membership == nil || showsAll ? built.uri.target : "/…")"
        let response: HTTPResponse
        let (store, passage, isFeed) = (wallet.world.store, signer.passage, provider.manifest.isFeed)
        let asked = await wallet.traffic.ask(signer.request(built), passage) {
            guard !isFeed else { return true }
            return await store.stillHolds { reads throws(StoreError) in
                try reads.link(passage.wallet, passage.link)?.state == .active
            }
        }
        switch asked {
        case .answered(let answer): response = answer
        case .failed(let error): return failed(words, nil, error.words)
        case .notNow(let delay):
            return failed(words, nil, "\(delay.words); it may be asked again at \(delay.until.rfc3339)")
        case nil: return failed(words, nil, Self.linkGone)
        }
        let decision = PullOutcome.decide(
            response, now: wallet.world.clock.now, failure: template.failure,
            quirks: provider.manifest.authorization.quirks)
        switch decision {
        case .answer(let json):
            let answer = PulledAnswer(request: name, membership: membership?.id, body: json)
            answers.append(answer)
            return step(answer, words, response.status, answers, provider)
        case .unauthorized:
            let advice = provider.manifest.isFeed ? ", though it was just given out" : "; pull first: purser sync"
            return failed(words, response.status, "the access token is refused\(advice)")
        case .forbidden(let scope):
            return failed(words, response.status, PullOutcome.notAllowed(scope))
        case .stepUp(let wanted): return failed(words, response.status, wanted.note)
        case .rateLimited, .notNow: return failed(words, response.status, "the provider asks to wait")
        case .over: return failed(words, nil, Self.linkGone)
        case .failed(let why): return failed(words, response.status, why)
        }
    }

    private static let linkGone = "not sent: the link is no longer active"

    private func signer(_ provider: Provider, _ link: Link) async throws -> ProviderRequestSigner {
        let (id, world) = (link.wallet, wallet.world)
        let claim = Claim(wallet: id, link: link.id, fence: link.fence, until: world.clock.now)
        let found = try await world.store.read { reads throws(StoreError) -> (WrappedDataKey, TokenVersion)? in
            guard let key = try reads.dataKey(id, link.id), let grant = try reads.grant(id, link.id) else { return nil }
            return (key, grant)
        }
        guard let (key, grant) = found, let dataKey = wallet.keyring.open(key, id, link.id),
            let client = try await wallet.client(of: provider)
        else { throw TrialProblem.grant("the link's key or its client is gone") }
        if let ends = grant.accessEndsAt, ends <= world.clock.now {
            throw TrialProblem.grant(
                "the link's access token has ended; pull first: purser sync \(link.provider) --wait")
        }
        let seat = Seat(claim: claim, link: link, provider: provider, client: client, dataKey: dataKey)
        do throws(UnsealProblem) {
            return ProviderRequestSigner(
                access: try seat.accessToken(grant), client: client,
                passage: .asked(.data, provider.manifest, id, link.id))
        } catch {
            throw TrialProblem.grant(
                error == .fingerprint
                    ? "issuer, client or api.base of this folder differ from those consented to; no token is sent"
                    : "the stored token does not open")
        }
    }

    /// Nobody is linked at a valuation provider: it is asked in our own name, with a token that the daemon's own pulls have
    /// no part in. Nil: we are nobody there. What was registered here is shown to nobody but whom the daemon itself asks;
    /// a folder's own preset goes where the folder says.
    private func ownSigner(_ provider: Provider) async throws(TrialProblem) -> ProviderRequestSigner? {
        let (name, manifest) = (provider.manifest.name, provider.manifest)
        let stored: RegisteredClient?
        do {
            stored = try await wallet.world.store.read { reads throws(StoreError) in try reads.client(name) }
        } catch { throw .store(error) }
        guard let client = wallet.client(of: provider, stored) else { return nil }
        if stored?.registeredID != nil {
            let known = wallet.catalogue[name]?.manifest
            guard let known, known.authorization.discovery == manifest.authorization.discovery,
                ConsentFingerprint.ofOwn(known, client) == ConsentFingerprint.ofOwn(manifest, client)
            else {
                throw .grant(
                    "issuer, endpoints or api.base of this folder differ from those that the client is registered for; "
                        + "nothing is sent")
            }
        }
        let own = OwnAccess(wallet: wallet, provider: provider, client: client)
        let passage = { Passage.asked($0, manifest, .nobody, Feed.owner(name)) }
        switch await own.new(passage(.token), endsAt: nil, isKept: false) {
        case .ready(let token, isNew: _):
            return ProviderRequestSigner(access: token, client: client, passage: passage(.data))
        case .later(let condition, let until):
            let again = until.map { "; it may be asked again at \($0.rfc3339)" } ?? ""
            throw .grant("the provider gives no access token: \(condition.cause ?? "it does not say why")\(again)")
        }
    }

    // Both

    private func step(
        _ answer: PulledAnswer, _ asked: String, _ status: Int?, _ all: [PulledAnswer], _ provider: Provider
    ) -> Trial.Step {
        // Rows of a membership's request need the memberships to belong to.
        let members = provider.mapping.requests(of: .memberships)
        let context = all.filter { members.contains($0.request) && $0.request != answer.request }
        var mapped = Mapper.map(context + [answer], provider)
        if !members.contains(answer.request) {
            let others = Mapper.map(context, provider)
            mapped.memberships = []
            mapped.balances.removeAll { others.balances.contains($0) }
            mapped.lots.removeAll { others.lots.contains($0) }
            mapped.entries.removeAll { others.entries.contains($0) }
            mapped.vouchers.removeAll { others.vouchers.contains($0) }
        }
        return Trial.Step(
            request: answer.request, membership: answer.membership.map(shown), asked: asked, status: status,
            problem: nil, answer: showsAll || provider.manifest.isFeed ? answer.body : Redaction.json(answer.body),
            mapped: showsAll ? mapped.json : mapped.masked.json)
    }

    private func shown(_ id: String) -> String { showsAll ? Harmless.text(id) : Masked.number(id) }
}

/// Puts an access token on the requests of a trial.
struct ProviderRequestSigner {
    let access: HeldToken
    let client: ClientRegistration
    let passage: Passage

    func request(_ built: RequestBuilder.Built) -> ProviderRequest {
        var request = ProviderRequest(
            built.method, built.uri, headers: built.headers, body: built.body.map { Secret(copying: $0) },
            sending: built.method == "GET" ? .pooled : .once)
        access.authorize(&request, of: client)
        return request
    }
}

extension MappedPull {
    /// As it can be shown to others: numbers and holders masked, texts by their form, codes not at all.
    var masked: MappedPull {
        var out = self
        out.memberships = memberships.map {
            MappedMembership(
                id: Masked.number($0.id), number: Masked.number($0.number), holder: $0.holder.map(Masked.holder),
                since: $0.since, tiers: $0.tiers, keys: $0.keys.mapValues(Redaction.text))
        }
        out.balances = balances.map {
            MappedBalance(
                membership: Masked.number($0.membership), type: $0.type, unit: $0.unit, amount: $0.amount, asOf: $0.asOf
            )
        }
        out.lots = lots.map {
            MappedLot(membership: Masked.number($0.membership), type: $0.type, unit: $0.unit, lot: $0.lot)
        }
        out.vouchers = vouchers.map {
            MappedVoucher(
                membership: Masked.number($0.membership), id: Redaction.text($0.id), title: $0.title, amount: $0.amount,
                unit: $0.unit, expires: $0.expires, code: $0.code.map { _ in Secret("••••") })
        }
        out.entries = entries.map {
            MappedEntry(
                membership: Masked.number($0.membership), type: $0.type, unit: $0.unit, id: Redaction.text($0.id),
                posted: $0.posted, kind: $0.kind, amount: $0.amount, text: $0.text.map(Redaction.text),
                balanceAfter: $0.balanceAfter)
        }
        return out
    }
}
