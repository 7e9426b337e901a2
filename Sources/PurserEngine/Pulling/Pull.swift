import Crypto
import Wire

/// What a pull brought, still in the provider's words.
struct Fetched: Sendable {
    var answers: [PulledAnswer] = []
    /// How many requests were made: one that may not go yet leaves the next to be the first.
    var requests = 0
    /// Requests that brought nothing this time; what they feed stays as it was.
    var missing: Set<String> = []
    var warnings: [String] = []
    /// Part of it failed: the rest is recorded, and this is shown.
    var problem: LinkCondition?
    var cursors: [PullCursor] = []
    /// Answers to be confirmed the next time.
    var kept: [KeptAnswer] = []
    /// The lines from the head of each stream of entries on, newest first, as far as they were read without a gap.
    var heads: [(request: String, lines: [MappedPull.MappedEntry])] = []
    /// The state of things before, as it was read.
    var before = LinkLedger()
    /// Answers of earlier pulls that may be confirmed.
    var confirmable: [KeptAnswer] = []
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
    case forbidden(ScopeLack)
    case stepUp(StepUp)
    /// The link was unlinked, suspended or taken over meanwhile: nothing more is asked and nothing written.
    case over
    case later(LinkCondition, Instant?)
}

/// Runs a manifest's requests with one access token: first those of the whole login, then those of each membership;
/// entries after all else, so that a line posted meanwhile is in the entries and not yet in the balance, never the
/// other way round (`Reconcile` leaves such a line for the next pull).
struct Pull {
    let wallet: Wallet
    let seat: Seat
    let access: HeldToken

    func run() async -> PullEnding {
        var state = Fetched()
        let (id, link) = (seat.wallet, seat.link.id)
        do {
            let asks = seat.manifest.api.requests.values.contains(where: \.isConditional)
            (state.before, state.confirmable) = try await wallet.world.store.read { reads throws(StoreError) in
                (try reads.ledger(id, link), asks ? try reads.keptAnswers(id, link) : [])
            }
        } catch { return .later(LocalTrouble.store.condition("\(error)"), nil) }
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
        do {
            state.known = try await known(state.mapped.entries, state.before)
            try await warnOfVanished(&state)
        } catch { return .later(LocalTrouble.store.condition("\(error)"), nil) }
        return .fetched(state)
    }

    private var entryRequests: Set<String> { seat.provider.mapping.requests(of: .entries) }

    /// By name, those with entries last.
    private var requests: [(key: String, value: RequestTemplate)] {
        let late = entryRequests
        return seat.manifest.api.requests.sorted { a, b in
            let (isLate, other) = (late.contains(a.key), late.contains(b.key))
            return isLate == other ? a.key < b.key : other
        }
    }

    /// Reads one stream of pages. Nil: go on with the next; else the pull ends here.
    private func stream(
        _ name: String, _ template: RequestTemplate, _ membership: MappedPull.MappedMembership?,
        _ state: inout Fetched, _ digest: inout [UInt8], isEssential: Bool
    ) async -> PullEnding? {
        var reading = StreamReading(
            name: name, template: template, base: seat.manifest.api.base, membership: membership, before: state.before,
            pulledAt: seat.link.pulledAt, now: wallet.world.clock.now)
        var head: [MappedPull.MappedEntry] = []
        let page = PageRequest(wallet: wallet, asker: seat, access: access, template: template)
        let confirmation = Confirmation(
            seat: seat, request: name, membership: membership?.id ?? "", now: wallet.world.clock.now)
        while let values = reading.next {
            let outcome = await page.send(
                values, next: reading.uri, made: state.requests, reading.isConfirmable ? confirmation : nil,
                kept: state.confirmable)
            if outcome.decision.wasSent { state.requests += 1 }
            if let kept = outcome.kept { state.kept.append(kept) }
            switch outcome.decision {
            case .answer(let json):
                digest += Hash.sha256(outcome.body)
                let answer = PulledAnswer(request: name, membership: membership?.id, body: json)
                let lines = lines(answer, state)
                if reading.isAtHead { head += lines }
                let isKnown = await hasKnown(lines, state)
                state.answers.append(answer)
                state.names.append(reading.label)
                reading.took(json, outcome.headers, at: outcome.uri, lines: lines.map(\.id), hasKnownEntry: isKnown)
            case .unauthorized: return .unauthorized
            case .failed(let why) where reading.refused(status: outcome.status):
                state.warnings.append("\(name): the place to go on from was refused (\(why)); reading starts over")
            case .forbidden(let scope):
                let lack = ScopeLack.decide(
                    needs: scope, granted: seat.link.scopesGranted, asked: seat.client.scopes)
                if isEssential { return .forbidden(lack) }
                let why = lack == .unnamed ? "" : ", \(lack.words)"
                state.warnings.append("\(name): \(PullOutcome.notAllowed)\(why); last values stay")
                reading.stop()
            case .stepUp(let wanted):
                if isEssential { return .stepUp(wanted) }
                state.warnings.append("\(name): \(wanted.note); last values stay")
                reading.stop()
            case .over: return .over
            case .rateLimited, .notNow, .failed:
                let (condition, until) = outcome.decision.trouble(with: name)
                if isEssential { return .later(condition, until) }
                // That the provider wants to be left alone counts more than what failed.
                if condition.kind != .degraded || state.problem == nil { state.problem = condition }
                reading.stop()
            }
        }
        if reading.pages == 0 { state.missing.insert(name) }
        if let problem = reading.problem { state.warnings.append("\(name): \(problem)") }
        if let cursor = reading.cursor { state.cursors.append(cursor) }
        if template.isNewestFirst, !head.isEmpty { state.heads.append((name, head)) }
        return nil
    }

    /// The entries on one page.
    private func lines(_ answer: PulledAnswer, _ state: Fetched) -> [MappedPull.MappedEntry] {
        entryRequests.contains(answer.request) ? Mapper.entries(answer, among: state.answers, seat.provider) : []
    }

    /// Whether a page of entries reaches back to one that is here already.
    private func hasKnown(_ lines: [MappedPull.MappedEntry], _ state: Fetched) async -> Bool {
        guard !lines.isEmpty else { return false }
        let known = try? await known(lines, state.before)
        return known?.values.contains { !$0.isEmpty } ?? false
    }

    private func known(
        _ lines: [MappedPull.MappedEntry], _ before: LinkLedger
    ) async throws(StoreError) -> [AccountID: Set<String>] {
        let routed = EntryRouting(before.memberships, before.accounts).byAccount(lines)
        let wallet = seat.wallet
        return try await self.wallet.world.store.read { reads throws(StoreError) in
            var known: [AccountID: Set<String>] = [:]
            for (account, entries) in routed.sorted(by: { $0.key < $1.key }) {
                known[account] = try reads.knownEntries(wallet, account, entries.map(\.id))
            }
            return known
        }
    }

    /// Lines that were here and that the provider no longer has where it should: kept, and said.
    private func warnOfVanished(_ state: inout Fetched) async throws(StoreError) {
        let routing = EntryRouting(state.before.memberships, state.before.accounts)
        for (request, lines) in state.heads {
            let (accounts, wallet) = (routing.byAccount(lines).keys.sorted(), seat.wallet)
            let stored = try await self.wallet.world.store.read { reads throws(StoreError) in
                var stored: [Entry] = []
                for account in accounts {
                    stored += try reads.entries(wallet, account, before: nil, limit: lines.count + 20)
                }
                return stored
            }
            let count = VanishedLines.count(head: lines, stored: stored)
            guard count > 0 else { continue }
            let words = count == 1 ? "a line that was here before is" : "\(count) lines that were here before are"
            state.warnings.append("\(request): \(words) gone from the provider's ledger; kept here")
        }
    }
}
