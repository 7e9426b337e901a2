import Crypto
import Wire

/// Asks for a stream's events and takes them (RFC 8936). What is acted on is written first and acknowledged then: an event
/// that comes once more, because its acknowledgement was lost, does nothing.
struct PollSignals {
    let desk: SignalDesk
    let claim: ProviderClaim
    private var made: SignalStream.Made

    init(desk: SignalDesk, claim: ProviderClaim, made: SignalStream.Made) {
        self.desk = desk
        self.claim = claim
        self.made = made
    }

    enum Ending: Sendable, Hashable {
        case polled(more: Bool)
        /// There is no such stream.
        case gone
    }

    /// What the transmitter is told of the events that came last.
    private struct Reply {
        var taken: [String] = []
        var refused = JSONObject()

        var isEmpty: Bool { taken.isEmpty && refused.members.isEmpty }

        func body(most: Int) -> JSON {
            var out = JSONObject([("maxEvents", .int(most)), ("returnImmediately", true)])
            if !taken.isEmpty { out["ack"] = .array(taken.map { .string($0) }) }
            if !refused.members.isEmpty { out["setErrs"] = .object(refused) }
            return .object(out)
        }
    }

    private var world: World { desk.wallet.world }

    mutating func run() async throws(SignalTrouble) -> Ending {
        guard let endpoint = URI(made.pollEndpoint), desk.metadata.isOwn(endpoint) else {
            throw SignalTrouble(words: "the stream is polled on another host than the transmitter's", isFirm: true)
        }
        var (reply, more) = (Reply(), true)
        var trouble: SignalTrouble?
        for _ in 0..<Limits.signalRounds where more && trouble == nil {
            guard let answer = try await ask(endpoint, reply.body(most: Limits.signalsAtOnce)) else { return .gone }
            let page = try Self.page(answer)
            reply = Reply()
            for (id, token) in page.tokens {
                switch try await take(id, token) {
                case .taken: reply.taken.append(id)
                case .refused(let problem):
                    reply.refused[id] = ["err": .string(problem.code), "description": .string(problem.words)]
                case .later(let why): trouble = trouble ?? SignalTrouble(words: why)
                }
            }
            more = page.more && !page.tokens.isEmpty
        }
        if !reply.isEmpty, try await ask(endpoint, reply.body(most: 0)) == nil { return .gone }
        if let trouble { throw trouble }
        made.polledAt = world.clock.now
        let kept = made
        guard try await write({ [claim] verbs throws(StoreError) in try verbs.keepStream(claim, kept) }) else {
            throw .lost
        }
        return .polled(more: more)
    }

    /// Nil: there is no such stream.
    private func ask(_ endpoint: URI, _ body: JSON) async throws(SignalTrouble) -> JSON? {
        let answer = try await desk.ask("POST", endpoint, body, answerBytes: Limits.answerBytes)
        if answer == .gone { return nil }
        if let trouble = SignalTrouble(answer, to: "its events") { throw trouble }
        guard case .done(let json) = answer else { return nil }
        return json ?? [:]
    }

    /// So many as were asked for: what comes beyond that comes again.
    static func page(_ json: JSON) throws(SignalTrouble) -> (tokens: [(String, String)], more: Bool) {
        guard let sets = (json["sets"] ?? [:]).object else {
            throw SignalTrouble(words: "what the transmitter answered are no events (sets)")
        }
        let most = Limits.signalsAtOnce
        // What is no text has no signature either, and is refused by what it is named.
        let tokens = sets.members.prefix(most).map { ($0.name, $0.value.string ?? "") }
        return (tokens, json["moreAvailable"]?.bool ?? false || sets.members.count > most)
    }

    private enum Taking {
        case taken
        case refused(SecurityEventToken.Problem)
        case later(String)
    }

    private mutating func take(_ id: String, _ compact: String) async throws(SignalTrouble) -> Taking {
        let terms = SecurityEventToken.Terms(
            issuer: desk.metadata.issuer, audience: made.audience, streamID: made.id,
            algorithm: desk.provider.manifest.authorization.idTokenAlgorithm)
        let now = world.clock.now
        let judged = await desk.wallet.shelf.judged(by: desk.provider, desk.metadata) {
            keys throws(IDTokenProblem) in
            try Claims.apart { () throws(SecurityEventToken.Problem) in
                try SecurityEventToken.checked(compact, deliveredAs: id, keys: keys, terms, now: now)
            }
        }
        switch judged {
        case .later(let why): return .later(why)
        case .not(let problem): return refused(.token(problem))
        case .holds(.failure(let problem)): return refused(problem)
        case .holds(.success(let token)):
            let taking = try await act(token)
            if case .refused(let problem) = taking { return refused(problem) }
            return taking
        }
    }

    private func refused(_ problem: SecurityEventToken.Problem) -> Taking {
        world.log.write(.warning, "signal refused", [("provider", desk.name), ("why", problem.words)])
        return .refused(problem)
    }

    private mutating func act(_ token: SecurityEventToken) async throws(SignalTrouble) -> Taking {
        var after = made
        switch token.event {
        case .signal(let kind, let change):
            // Only what is delivered is counted on; what was never asked for says nothing here.
            guard made.requested.contains(kind.rawValue) else { break }
            return try await meaning(token, kind, change)
        case .verification(let state):
            if let state, let ours = made.state {
                guard Exactly.same(state, ours) else { return .refused(.state) }
                (after.state, after.verifiedAt) = (nil, world.clock.now)
            }
        case .streamUpdated(let status, let reason):
            (after.status, after.statusReason) = (status, reason)
            // How it is, is asked about the next time.
            if status != .enabled { after.statusAt = nil }
        case .other: break
        }
        let (kept, id, now) = (after, token.id, world.clock.now)
        let isKept = try await write { [claim] verbs throws(StoreError) -> Bool in
            guard let isNew = try verbs.takeSignal(claim, id, now: now) else { return false }
            return isNew ? try verbs.keepStream(claim, kept) : true
        }
        guard isKept else { throw .lost }
        made = after
        return .taken
    }

    private func meaning(
        _ token: SecurityEventToken, _ kind: SignalKind, _ change: String?
    ) async throws(SignalTrouble) -> Taking {
        let signal = TakeSignal(desk: desk, claim: claim, token: token, kind: kind, change: change)
        let met: Int?
        do throws(StoreError) { met = try await signal.run() } catch { throw SignalTrouble(words: "\(error)") }
        guard let met else { throw .lost }
        world.log.write(
            .info, "signal taken", [("provider", desk.name), ("event", kind.name), ("links", "\(met)")])
        return .taken
    }

    private func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(SignalTrouble) -> R {
        do throws(StoreError) { return try await world.store.write(verb) } catch {
            throw SignalTrouble(words: "\(error)")
        }
    }
}
