import Crypto
import Wire

/// Whose work a request to an API is: a link's, or a feed's.
protocol Asker: Sendable {
    var manifest: Manifest { get }
    var client: ClientRegistration { get }
    /// When its claim ends.
    var until: Instant { get }
    /// - Parameter made: requests of this piece of work before this one.
    func dataPassage(made: Int, now: Instant) -> Passage
    /// Whether its work still stands, as far as the store can say: the claim is held, and what it is of is as it was.
    func stands(_ store: any Store) async -> Bool
}

extension Asker {
    /// When its last request must have its answer.
    var endsAt: Instant { Limits.lastAnswer(beforeClaimEnds: until) }
}

extension Seat: Asker {
    var until: Instant { claim.until }
    func dataPassage(made: Int, now: Instant) -> Passage { passage(.data, made: made, now: now) }

    func stands(_ store: any Store) async -> Bool {
        if Plant.isIn("orphan-is-used") { return true }
        let (id, link) = (wallet, link)
        return await store.stillHolds { [claim] reads throws(StoreError) in
            try reads.link(id, link.id).map { $0.fence == claim.fence && $0.state == link.state } ?? false
        }
    }
}

/// One page of a manifest's request, asked for with one access token.
struct PageRequest {
    /// What came of it, and what the next page may be told from.
    struct Outcome {
        let decision: PullOutcome
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]
        let uri: URI
        /// What is kept of it, to be confirmed the next time.
        var kept: KeptAnswer?
    }

    let wallet: Wallet
    let asker: any Asker
    let access: HeldToken
    let template: RequestTemplate

    /// - Parameters:
    ///   - next: where a `Link` header led; else the manifest's own address.
    ///   - made: requests of this pull before this one.
    ///   - confirmation: nil: the answer is wanted whole.
    func send(
        _ values: PlaceholderValues, next: URI?, made: Int, _ confirmation: Confirmation?, kept: [KeptAnswer]
    ) async -> Outcome {
        let base = asker.manifest.api.base
        func failed(_ why: String) -> Outcome { nothing(.failed(why)) }
        func nothing(_ decision: PullOutcome) -> Outcome {
            Outcome(decision: decision, status: 0, headers: [:], body: [], uri: base)
        }
        guard let built = RequestBuilder.request(template, base: base, values: values) else {
            return failed("the request cannot be made: a value of its path is missing")
        }
        let now = wallet.world.clock.now
        let left = asker.endsAt.milliseconds(since: now) / 1000
        guard left > 0 else { return failed("the pull took too long") }
        let held = confirmation?.held(kept, at: built.uri)
        var headers = built.headers
        if let held { headers["If-None-Match"] = held.tag }
        var request = ProviderRequest(
            built.method, next ?? built.uri, headers: headers,
            body: built.body.map { Secret(copying: $0) }, sending: template.method == "GET" ? .pooled : .once,
            deadlineSeconds: min(Limits.answerSeconds, left))
        access.authorize(&request, of: asker.client)
        let passage = asker.dataPassage(made: made, now: now)
        let (asker, store) = (asker, wallet.world.store)
        let asked = await wallet.traffic.ask(request, passage, endsAt: asker.endsAt, mayRepeat: true) {
            await asker.stands(store)
        }
        switch asked {
        case .answered(let answer):
            let response = answer.status == 304 ? held?.answer(confirmedBy: answer) ?? answer : answer
            let decision = PullOutcome.decide(
                response, now: wallet.world.clock.now, failure: template.failure,
                quirks: asker.manifest.authorization.quirks)
            var outcome = Outcome(
                decision: decision, status: response.status, headers: response.headers, body: response.body,
                uri: request.uri)
            if case .answer = decision { outcome.kept = confirmation?.kept(answer, at: request.uri) }
            return outcome
        case .failed(let error): return failed(error.words)
        case .notNow(let delay): return nothing(.notNow(delay))
        case nil: return nothing(.over)
        }
    }
}
