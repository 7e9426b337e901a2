import Crypto
import Wire

/// What a pull brought, still in the provider's words.
struct Fetched: Sendable {
    var answers: [PulledAnswer] = []
    /// Requests that brought nothing this time; what they feed stays as it was.
    var missing: Set<String> = []
    var warnings: [String] = []
    /// Part of it failed: the rest is recorded, and this is shown.
    var problem: LinkCondition?
    var cursors: [PullCursor] = []
    /// The state of things before, as it was read.
    var before = LinkLedger()
    /// External ids that are entries already, by account.
    var known: [AccountID: Set<String>] = [:]
    var mapped = MappedPull()
    /// SHA-256 over the answers' bodies in order.
    var digest: [UInt8] = []
    var names: [String] = []
}

enum PullEnding: Sendable {
    case fetched(Fetched)
    case unauthorized
    case forbidden(scope: String?)
    case later(LinkCondition, Instant?)
}

/// Runs a manifest's requests with one access token: first those of the whole login, then those of each membership.
struct Pull {
    let wallet: Wallet
    let seat: Seat
    let access: Secret

    func run() async -> PullEnding {
        var state = Fetched()
        let (id, link) = (seat.wallet, seat.link.id)
        do {
            state.before = try await wallet.world.store.read { reads throws(StoreError) in try reads.ledger(id, link) }
        } catch { return .later(LinkCondition(.degraded, cause: "\(error)"), nil) }
        let requests = seat.manifest.api.requests.sorted { $0.key < $1.key }
        let essential = seat.provider.mapping.requests(of: .memberships)
        var digest: [UInt8] = []
        for (name, template) in requests where !template.isForMembership {
            if let end = await stream(name, template, nil, &state, &digest, isEssential: essential.contains(name)) {
                return end
            }
        }
        for membership in Mapper.memberships(state.answers, seat.provider) {
            for (name, template) in requests where template.isForMembership {
                if let end = await stream(name, template, membership, &state, &digest, isEssential: false) {
                    return end
                }
            }
        }
        state.digest = Hash.sha256(digest)
        state.mapped = Mapper.map(state.answers, seat.provider, missing: state.missing)
        do { state.known = try await known(state.mapped, state.before) } catch {
            return .later(LinkCondition(.degraded, cause: "\(error)"), nil)
        }
        return .fetched(state)
    }

    /// Reads one stream of pages. Nil: go on with the next; else the pull ends here.
    private func stream(
        _ name: String, _ template: RequestTemplate, _ membership: MappedPull.MappedMembership?,
        _ state: inout Fetched, _ digest: inout [UInt8], isEssential: Bool
    ) async -> PullEnding? {
        var reading = StreamReading(
            name: name, template: template, base: seat.manifest.api.base, membership: membership, before: state.before,
            pulledAt: seat.link.pulledAt, now: wallet.world.clock.now)
        while let values = reading.next {
            let outcome = await page(template, values, reading.uri)
            switch outcome.decision {
            case .answer(let json):
                digest += Hash.sha256(outcome.body)
                let answer = PulledAnswer(request: name, membership: membership?.id, body: json)
                let isKnown = await hasKnownEntry(answer, state)
                state.answers.append(answer)
                state.names.append(reading.label)
                reading.took(json, outcome.headers, at: outcome.uri, hasKnownEntry: isKnown)
            case .unauthorized: return .unauthorized
            case .failed(let why) where reading.refused(status: outcome.status):
                state.warnings.append("\(name): the place to go on from was refused (\(why)); reading starts over")
            case .forbidden(let scope):
                if isEssential { return .forbidden(scope: scope) }
                state.warnings.append(
                    "\(name): not allowed" + (scope.map { ", the scope \($0) is missing" } ?? "") + "; last values stay"
                )
                reading.stop()
            case .rateLimited(let until):
                let condition = LinkCondition(
                    .rateLimited, cause: "\(name): the provider asked us to wait", until: until)
                if isEssential { return .later(condition, until) }
                state.problem = condition
                reading.stop()
            case .failed(let why):
                let condition = LinkCondition(.degraded, cause: "\(name): \(why)")
                if isEssential { return .later(condition, nil) }
                state.problem = state.problem ?? condition
                reading.stop()
            }
        }
        if reading.pages == 0 { state.missing.insert(name) }
        if let problem = reading.problem { state.warnings.append("\(name): \(problem)") }
        if let cursor = reading.cursor { state.cursors.append(cursor) }
        return nil
    }

    private struct PageOutcome {
        let decision: PullOutcome
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]
        let uri: URI
    }

    private func page(_ template: RequestTemplate, _ values: PlaceholderValues, _ next: URI?) async -> PageOutcome {
        let base = seat.manifest.api.base
        func failed(_ why: String) -> PageOutcome {
            PageOutcome(decision: .failed(why), status: 0, headers: [:], body: [], uri: base)
        }
        guard let built = RequestBuilder.request(template, base: base, values: values) else {
            return failed("the request cannot be made: a value of its path is missing")
        }
        let now = wallet.world.clock.now
        let left = seat.claim.until.milliseconds(since: now) / 1000 - Limits.claimMarginSeconds
        guard left > 0 else { return failed("the pull took too long") }
        let request = ProviderRequest(
            built.method, next ?? built.uri, headers: built.headers, authorization: access.bearer,
            body: built.body.map { Secret(copying: $0) }, sending: template.method == "GET" ? .pooled : .once,
            deadlineSeconds: min(Limits.answerSeconds, left))
        do {
            let response = try await wallet.world.transport.send(request)
            return PageOutcome(
                decision: PullOutcome.decide(response, now: wallet.world.clock.now, failure: template.failure),
                status: response.status, headers: response.headers, body: response.body, uri: request.uri)
        } catch { return failed(error.words) }
    }

    /// Whether a page of entries reaches back to one that is here already.
    private func hasKnownEntry(_ answer: PulledAnswer, _ state: Fetched) async -> Bool {
        guard seat.provider.mapping.requests(of: .entries).contains(answer.request) else { return false }
        let mapped = Mapper.map(state.answers.filter { $0.membership == nil } + [answer], seat.provider)
        let known = try? await known(mapped, state.before)
        return known?.values.contains { !$0.isEmpty } ?? false
    }

    private func known(
        _ mapped: MappedPull, _ before: LinkLedger
    ) async throws(StoreError) -> [AccountID: Set<String>] {
        let routed = EntryRouting(before.memberships, before.accounts).byAccount(mapped.entries)
        let wallet = seat.wallet
        return try await self.wallet.world.store.read { reads throws(StoreError) in
            var known: [AccountID: Set<String>] = [:]
            for (account, entries) in routed.sorted(by: { $0.key < $1.key }) {
                known[account] = try reads.knownEntries(wallet, account, entries.map(\.id))
            }
            return known
        }
    }
}
