import PurserEngine
import PurserSimulation
import Testing
import Wire

// The two stores against each other: the same verbs in any order, and after each one everything that can be read.
@Suite struct DifferentialTests {
    @Test("Whatever is done to both, both answer and hold the same", arguments: 1...24)
    func same(seed: Int) throws {
        var sequence = VerbSequence(seed: UInt64(seed))
        let (memory, sqlite) = (try Backend.memory.open(), try Backend.sqlite.open())
        for step in 0..<150 {
            let verb = sequence.next()
            let (a, b) = (answer(memory, verb), answer(sqlite, verb))
            #expect(a == b, "seed \(seed), step \(step)")
            let (x, y) = (try everything(memory), try everything(sqlite))
            for (one, other) in zip(x, y) where one != other {
                Issue.record("seed \(seed), step \(step), after \(a):\nmemory \(one)\nsqlite \(other)")
            }
            if a != b || x != y { return }
        }
        // A sequence that never got anywhere would prove nothing.
        #expect(sequence.kinds.count > 10)
    }

    private func answer(_ store: Bench, _ verb: VerbSequence.Verb) -> String {
        do { return try store(verb) } catch { return "threw" }
    }

    private func everything(_ store: Bench) throws -> [String] {
        try store { verbs in
            var out = [
                "\(try verbs.unfinishedSpends())", "\(String(describing: try verbs.nextDue()))",
                "\(try verbs.flows()) \(try verbs.overdue(now: Sample.at(1 << 40)))",
                "\(try verbs.waitingLinks(now: Sample.at(0))) \(String(describing: try verbs.client("skyways")))",
                "\(String(describing: try verbs.client("grandstay")))",
            ]
            for provider in ["skyways", "grandstay"] {
                for since in [0, 1000, 3000].map({ Sample.at($0) }) {
                    out.append(
                        "\(try verbs.refusals(provider, since: since)) \(try verbs.frozen(provider, since: since))")
                }
                out.append(
                    "\(try verbs.grantHolders(provider)) \(try verbs.grants(provider)) \(String(describing: try verbs.lastRenewal(provider)))"
                )
            }
            for wallet in VerbSequence.wallets {
                out += ["\(try verbs.snapshot(wallet))", "\(try verbs.receipts(wallet))", "\(try verbs.links(wallet))"]
                for link in VerbSequence.links {
                    out.append("\(String(describing: try verbs.grant(wallet, link)))")
                    out.append("\(String(describing: try verbs.pendingLink(wallet, link)))")
                    out.append("\(String(describing: try verbs.intent(wallet, link)))")
                    out.append("\(String(describing: try verbs.dataKey(wallet, link)))")
                    out.append("\(try verbs.past(wallet, link))")
                    out.append("\(try verbs.orphanCount(wallet, link)) \(try verbs.custodyEvents(wallet, link))")
                    out.append("\(try verbs.ledger(wallet, link)) \(try verbs.observations(wallet, link))")
                    let account = VerbSequence.account(link, 1)
                    out.append("\(try verbs.entries(wallet, account, before: nil, limit: 50))")
                }
            }
            return out
        }
    }
}

/// Verbs drawn from a seed. Few names, so that they meet.
struct VerbSequence {
    typealias Verb = (any StoreVerbs) throws -> String

    static let wallets = [Sample.wallet, Sample.other]
    static let links = (0..<3).map { LinkID(rawValue: "lnk_\($0)") }
    static func account(_ link: LinkID, _ number: Int) -> AccountID { AccountID(rawValue: "acc_\(link)\(number)") }

    private var state: UInt64
    private var now: Int64 = 0
    private var fresh = 0
    private(set) var kinds: Set<Int> = []

    /// Another step than the counting one, or one stream would be the next a draw later.
    init(seed: UInt64) { state = seed &* 0xD1B5_4A32_D192_ED03 }

    mutating func next() -> Verb {
        now += Int64(draw(60))
        let kind = draw(31)
        kinds.insert(kind)
        let wallet = Self.wallets[draw(5) == 0 ? 1 : 0]
        let link = Self.links[draw(3)]
        let claim = Claim(wallet: wallet, link: link, fence: Int64(draw(5)), until: Sample.at(now + 150))
        if (21...23).contains(kind) { return renewal(kind, claim) }
        if kind > 28 { return suspicion(claim) }
        if kind > 24 { return queue(kind, claim) }
        return kind < 8 ? linking(kind, claim) : kind < 14 ? custody(kind, claim) : ending(kind, claim)
    }

    /// SplitMix64.
    private mutating func draw(_ below: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(below))
    }

    // The verbs act on the fence as it is most of the time; sometimes on one that is old.
    private mutating func held(_ claim: Claim) -> (any StoreVerbs) throws -> Claim {
        if draw(5) == 0 { return { _ in claim } }
        return { verbs in
            let fence = try verbs.link(claim.wallet, claim.link)?.fence ?? claim.fence
            return Claim(wallet: claim.wallet, link: claim.link, fence: fence, until: claim.until)
        }
    }

    private mutating func linking(_ kind: Int, _ claim: Claim) -> Verb {
        let (now, until) = (Sample.at(now), Sample.at(now + 150))
        let held = held(claim)
        let number = draw(3)
        switch kind {
        case 0, 1:
            let link = Sample.link(claim.link.rawValue, in: claim.wallet, provider: "skyways", at: self.now)
            return { verbs in
                try verbs.ensureWallet(claim.wallet, now: now)
                let renews = number == 2 ? Self.links[0] : nil
                try verbs.savePending(link, Sample.key(UInt32(number)), Sample.pending(link, renews: renews))
                return "saved"
            }
        case 2, 3:
            let hash = Sample.stateHash(claim.link)
            return { "\(try $0.takePending(stateHash: hash, provider: "skyways", now: now, until: until))" }
        case 4, 5:
            let due = Sample.at(self.now + Int64(draw(300)))
            return { verbs in
                let claim = try held(verbs)
                let identity = Sample.bytes("person \(number)")
                let signIn: [UInt8]? = number == 1 ? [7] : nil
                if number == 2, try verbs.amendPending(claim, sealed: [UInt8(number)]) { return "amended" }
                let activation = try verbs.activate(
                    claim, identity: identity, scopes: ["a"], signIn: signIn, now: now, due: due)
                return "\(activation)"
            }
        case 6: return { "\(try $0.claimDue(now: now, until: until, limit: number))" }
        default: return { "\(try $0.requestPull(claim.wallet, claim.link, now: now))" }
        }
    }

    private mutating func custody(_ kind: Int, _ claim: Claim) -> Verb {
        let (held, at, generation) = (held(claim), now, draw(3))
        fresh += 1
        let what = "\(draw(4) == 0 ? fresh - 1 : fresh)"
        func current(_ verbs: any StoreVerbs) throws -> Int {
            generation == 2 ? 1 : try verbs.link(claim.wallet, claim.link)?.generation ?? 0
        }
        switch kind {
        case 8:
            return { verbs in
                let intent = Sample.intent(try held(verbs), .refresh, generation: try current(verbs), at: at)
                return "\(try verbs.beginSpend(intent))"
            }
        case 9:
            let (isPart, attempt) = (draw(3) == 0, 1 + draw(3))
            return { verbs in
                let intent = Sample.intent(try held(verbs), .refresh, generation: try current(verbs), at: at)
                try verbs.keepRaw(Sample.raw(intent, at: at, body: what, attempt: attempt, isPart: isPart))
                return "kept"
            }
        case 10, 11:
            return { verbs in
                let (claim, parent) = (try held(verbs), try current(verbs))
                let token = Sample.token(parent + 1, what, at: at, scopes: [what])
                return
                    "\(try verbs.commitGeneration(claim.wallet, claim.link, parent: parent, fence: claim.fence, token))"
            }
        case 12:
            let event = CustodyEvent(at: Sample.at(at), kind: "cleared", generation: generation)
            return { verbs in
                let claim = try held(verbs)
                let intent = try verbs.intent(claim.wallet, claim.link)
                try verbs.clearIntent(
                    intent ?? Sample.intent(claim, .refresh, generation: generation, at: at), event)
                return "cleared"
            }
        default:
            return { verbs in
                try verbs.confirm(claim.wallet, claim.link, generation: try current(verbs), at: Sample.at(at))
                return "confirmed"
            }
        }
    }

    private mutating func ending(_ kind: Int, _ claim: Claim) -> Verb {
        let (held, at, number) = (held(claim), now, draw(4))
        let (now, later) = (Sample.at(now), Sample.at(now + Int64(draw(400))))
        fresh += 1
        let receipt = Sample.receipt(claim, "rcp_\(draw(6) == 0 ? 0 : fresh)", .pending, at: at)
        switch kind {
        case 14, 15:
            let change = change(claim.link, number, at: at)
            return { "\(try $0.record(held($0), change(try $0.ledger(claim.wallet, claim.link).observation)))" }
        case 16:
            let condition = LinkCondition(LinkCondition.Kind.allCases[number], cause: "x", until: later)
            let postponement = Postponement(
                due: later, condition: condition, failures: number, attemptedAt: now, isAtRisk: number == 2)
            return { "\(try $0.postpone(held($0), postponement))" }
        case 17:
            let states: [LinkState] = [.active, .paused, .needsConsent(.invalidGrant), .failed(.denied)]
            let due = draw(2) == 0 ? nil : later
            return { verbs in
                let claim = try held(verbs)
                let moved = try verbs.setLinkState(
                    claim.wallet, claim.link, claim: number == 1 ? nil : claim, state: states[number], note: nil,
                    now: now, due: due)
                return "\(moved)"
            }
        case 18:
            return { "\(String(describing: try $0.beginUnlink(claim.wallet, claim.link, now: now, until: later)))" }
        case 19:
            let outbox = number == 0 ? nil : Sample.outbox(claim, receipt, next: at + 50)
            return { "\(try $0.unlink(held($0), receipt, outbox))" }
        case 24:
            let back = Int64(number) * 7
            return { verbs in
                try verbs.moveDue(earlierBy: back, now: now)
                return "\(String(describing: try verbs.lastAttempt()))"
            }
        default:
            let again = number == 0 ? nil : later
            return { verbs in
                let rows = try verbs.claimRevocations(now: now, until: later, limit: number)
                for row in rows {
                    try verbs.settleRevocation(row.wallet, row.receipt, answer: .pending, detail: "d", again: again)
                }
                return "\(rows)"
            }
        }
    }

    /// A client that registered itself, claimed and written anew.
    private mutating func registration(_ provider: String, _ later: Instant) -> Verb {
        let (now, number, isOld) = (Sample.at(now), draw(4), draw(5) == 0)
        return { verbs in
            guard number > 0, let client = try verbs.client(provider), let turn = client.dynamic?.turn else {
                let new = RegistrationTests.client(provider: provider, due: later)
                return "\(try verbs.setClient(provider, new, question: nil, now: now, forget: later))"
            }
            let claims = try verbs.claimRegistrations(now: now, until: later, limit: number)
            let claim = ProviderClaim(provider: provider, fence: turn.fence + (isOld ? 7 : 1), until: later)
            let kept = try verbs.keepRegistration(claim, RegistrationTests.client(provider: provider, secret: [8]))
            let pause = TurnPause(due: later, failures: number, trouble: "t")
            return "\(claims) \(kept) \(number == 2 ? try verbs.endRegistration(claim, pause) : false)"
        }
    }

    /// A stream of signals, claimed, written and told of.
    private mutating func signals(_ provider: String, _ later: Instant) -> Verb {
        let (now, number, isOld) = (Sample.at(now), draw(6), draw(5) == 0)
        return { verbs in
            if number == 0 { try verbs.loseStream(provider, now: now) }
            if number == 1 { try verbs.dropSignals(except: [provider]) }
            try verbs.wakeSignals(provider, makes: number > 2, now: now)
            let claims = try verbs.claimSignals(now: now, until: later, limit: number)
            guard let turn = try verbs.signalStreams().first(where: { $0.provider == provider })?.turn else {
                return "\(claims)"
            }
            let claim = ProviderClaim(provider: provider, fence: turn.fence + (isOld ? 1 : 0), until: later)
            let kept = try verbs.keepStream(claim, number == 5 ? nil : SignalTests.made("st_\(number)"))
            let taken = try verbs.takeSignal(claim, "e\(number % 3)", now: now)
            let pause = TurnPause(due: later, failures: number, trouble: "t")
            let ended = number == 4 ? try verbs.endSignals(claim, pause) : false
            return "\(claims) \(kept) \(taken as Any) \(ended) \(try verbs.signalStreams())"
        }
    }

    /// What is due, and what providers let us do.
    private mutating func queue(_ kind: Int, _ claim: Claim) -> Verb {
        let (now, later, number) = (Sample.at(now), Sample.at(self.now + Int64(draw(400))), draw(4))
        let (provider, ranks) = (["skyways", "grandstay"][draw(2)], DueRank.allCases)
        switch kind {
        case 25:
            return { verbs in
                // Whoever asked goes on asking; a risk is all that may come to a link by being put off.
                let moves = try verbs.overdue(now: now).map {
                    Reschedule($0, due: later, rank: ranks[number % 3] == .atRisk ? .atRisk : $0.rank)
                }
                try verbs.reschedule(moves, now: now)
                return "\(moves)"
            }
        case 26:
            return { verbs in
                try verbs.reserveCalls(provider, until: later)
                return "\(try verbs.flows())"
            }
        case 27 where number == 3: return registration(provider, later)
        case 27 where number == 2: return signals(provider, later)
        case 28:
            let late = Sample.at(self.now + (number == 0 ? 0 : 31 * 86_400))
            return { verbs in
                let found = try verbs.deadGrants(now: late, limit: number)
                return "\(found) \(try verbs.eraseDead(claim.wallet, claim.link, now: late))"
            }
        default:
            return { verbs in
                try verbs.blockCalls(provider, EndpointClass.allCases[number % 2], until: later)
                return "\(try verbs.claimDue(now: now, until: later, limit: number, underWay: [claim]))"
            }
        }
    }

    private mutating func suspicion(_ claim: Claim) -> Verb {
        let (held, at, counts) = (held(claim), Sample.at(now), draw(3) > 0)
        let lostAt = draw(4) == 0 ? Sample.at(now - 60) : nil
        return { verbs in
            let provider = try verbs.link(claim.wallet, claim.link)?.provider ?? "skyways"
            let claim = try held(verbs)
            return "\(try verbs.suspect(claim, provider: provider, counts: counts, lostAt: lostAt, at: at) as Any)"
        }
    }

    private mutating func renewal(_ kind: Int, _ claim: Claim) -> Verb {
        let (held, at, other, number) = (held(claim), now, Self.links[draw(3)], draw(4))
        fresh += 1
        let what = "\(fresh)"
        guard kind < 23 else {
            let client = number == 0 ? nil : number == 1 ? ClientTests.bare : ClientTests.client
            return { verbs in
                let change = try verbs.setClient(
                    "skyways", client, question: number == 3 ? "q" : nil, now: Sample.at(at), forget: Sample.at(at + 9))
                return "\(change)"
            }
        }
        return { verbs in
            let claim = try held(verbs)
            let older = try verbs.link(claim.wallet, other)?.generation ?? 0
            let token = Sample.token(older + (number == 0 ? 2 : 1), what, at: at)
            return "\(try verbs.merge(claim, into: other, token, now: Sample.at(at), forget: Sample.at(at + 600)))"
        }
    }

    /// A pull of one of its link's accounts, numbered after the last (or, sometimes, like it).
    private mutating func change(_ link: LinkID, _ number: Int, at: Int64) -> (Int) -> LedgerChange {
        let (step, tail) = (draw(8) == 0 ? 0 : 1, "tail \(draw(2))")
        let account = Self.account(link, number % 2)
        let entry = Sample.entry(
            "ent_\(fresh)", of: account.rawValue, posted: Int64(draw(4)), external: "x-\(link)\(draw(6))")
        let order = "place \(draw(2))"
        return { last in
            var change = Sample.change(last + step, at: at, due: at + 30)
            change.accounts = [Sample.account(account.rawValue, .known(ExactDecimal(number)))]
            change.entries = [entry]
            change.vouchers = number == 0 ? nil : [Sample.voucher("v\(number)")]
            change.cursors = [PullCursor(request: "r\(number)", membership: "", next: tail)]
            change.fragments = [Sample.fragment(account.rawValue, order, of: link.rawValue, tail: tail)]
            change.ended = number == 3 ? [account] : []
            return change
        }
    }
}
