import Crypto
import Wire

/// Asks a provider what has become of one of a link's tokens (RFC 7662), where its folder says so.
///
/// A question holds nothing up: one that may not go now, that fails or brings nothing that counts is one that was not
/// asked. A token goes there only if it was given out for that very endpoint.
struct Introspect {
    let wallet: Wallet
    let seat: Seat

    private enum Hint: String {
        case refresh = "refresh_token"
        case access = "access_token"
    }

    /// What is known of a spend in doubt, before anything is asked.
    ///
    /// - Parameter serves: whether the access token may serve on in place of what is lost.
    func known(_ intent: Intent, serves: Bool) async -> ResolveStep.Said {
        guard seat.manifest.authorization.introspection != nil else { return .nothing }
        guard let kept = await wallet.introspections.kept(of: intent) else { return .notAsked }
        return Self.said(kept.answer, serves: serves && !kept.isAccessRefused)
    }

    /// Asks about the refresh token of a spend in doubt. What comes is remembered for this attempt, and told.
    func ask(about intent: Intent, _ grant: TokenVersion, serves: Bool) async -> ResolveStep.Said {
        guard let metadata = try? await wallet.shelf.metadata(of: seat.provider),
            let token = seat.introspectable(grant, metadata),
            let answer = await answer(about: token, .refresh, metadata)
        else { return .nothing }
        let until = ResolveStep.servesUntil(intent, grant, idleSeconds: seat.idleSeconds(grant))
        await wallet.introspections.keep(answer, of: intent, servesUntil: until)
        switch answer {
        case .active: await tell("stillActive", grant, "attempt \(intent.attempt)")
        case .inactive: await tell("notActive", grant, "attempt \(intent.attempt)")
        case .notSaid: break
        }
        return Self.said(answer, serves: serves)
    }

    /// Whether the provider calls an access token active that its API refuses.
    func isActive(_ grant: TokenVersion) async -> Bool {
        guard seat.manifest.authorization.introspection != nil,
            let metadata = try? await wallet.shelf.metadata(of: seat.provider),
            // The access token knows of no endpoints, so the one beside it says whether it may go to this one.
            seat.introspectable(grant, metadata) != nil, let token = try? seat.accessToken(grant),
            case .active? = await answer(about: token, .access, metadata)
        else { return false }
        await tell("accessActive", grant, nil)
        return true
    }

    private static func said(_ answer: Introspection, serves: Bool) -> ResolveStep.Said {
        switch answer {
        case .active: .active
        case .inactive: .inactive(accessServes: serves)
        case .notSaid: .nothing
        }
    }

    /// Nil: nobody was asked.
    private func answer(
        about token: HeldToken, _ hint: Hint, _ metadata: ServerMetadata
    ) async -> Introspection? {
        guard let form = seat.manifest.authorization.introspection, let endpoint = metadata.introspectionEndpoint,
            let request = TokenRequest.introspect(
                token.secret, hint: hint.rawValue, endpoint, as: form, metadata, seat.client)
        else { return nil }
        let passage = seat.passage(.token, now: wallet.world.clock.now)
        let answer: Introspection
        switch await wallet.traffic.ask(request, passage, endsAt: seat.endsAt) {
        case .notNow: return nil
        case .failed(let error): answer = .notSaid(error.words)
        case .answered(let response): answer = await reading(response, form, token, metadata)
        }
        var fields = [("link", seat.link.id.rawValue), ("token", hint.rawValue), ("answer", answer.name)]
        if case .notSaid(let why) = answer { fields.append(("why", why)) }
        wallet.world.log.write(.info, "introspection", fields)
        return answer
    }

    private func reading(
        _ response: HTTPResponse, _ form: IntrospectionForm, _ token: HeldToken, _ metadata: ServerMetadata
    ) async -> Introspection {
        let terms = Introspection.Terms(
            issuer: metadata.issuer, clientID: seat.client.id, proofKey: token.proofKey?.thumbprint,
            certificate: seat.client.certificateThumbprint, now: wallet.world.clock.now)
        switch (Introspection.read(response, as: form, terms), form) {
        case (.said(let answer), _): return answer
        case (.toBeVerified, .json): return .notSaid("the answer is signed, which nobody asked for")
        case (.toBeVerified(let compact), .jwt(let algorithm)):
            let judged = await wallet.shelf.judged(by: seat.provider, metadata) { keys throws(IDTokenProblem) in
                try Introspection.verified(compact, keys: keys, algorithm, terms)
            }
            switch judged {
            case .holds(let answer): return answer
            case .not(let problem): return .notSaid(Introspection.words(problem))
            case .later(let why): return .notSaid(why)
            }
        }
    }

    private func tell(_ kind: String, _ grant: TokenVersion, _ detail: String?) async {
        let (id, link) = (seat.wallet, seat.link.id)
        let event = CustodyEvent(
            at: wallet.world.clock.now, kind: kind, generation: grant.generation, detail: detail)
        try? await wallet.world.store.write { verbs throws(StoreError) in try verbs.note(id, link, event) }
    }
}

extension Introspection {
    fileprivate var name: String {
        switch self {
        case .active: "active"
        case .inactive: "inactive"
        case .notSaid: "nothing"
        }
    }
}

/// What providers said of spends in doubt: each attempt is asked about once. In memory alone, since a new start may ask
/// once more. An actor, because trips share it; at most one line a link, gone when nothing is in doubt there.
actor Introspections {
    struct Kept: Sendable {
        fileprivate let generation: Int
        fileprivate let attempt: Int
        let answer: Introspection
        fileprivate let servesUntil: Instant
        /// The API refused the access token since, too.
        fileprivate(set) var isAccessRefused = false
    }

    private var lines: [LinkID: Kept] = [:]

    func kept(of intent: Intent) -> Kept? {
        lines[intent.link].flatMap {
            $0.generation == intent.generation && $0.attempt == intent.attempt ? $0 : nil
        }
    }

    func keep(_ answer: Introspection, of intent: Intent, servesUntil: Instant) {
        lines[intent.link] = Kept(
            generation: intent.generation, attempt: intent.attempt, answer: answer, servesUntil: servesUntil)
    }

    /// The API refuses what a link has left.
    func refuses(_ link: LinkID) { lines[link]?.isAccessRefused = true }

    /// Until when the access token may serve on, where the refresh token is spent and the answer lost; nil: nobody says so.
    func servesUntil(_ link: LinkID) -> Instant? {
        lines[link].flatMap { $0.answer == .inactive && !$0.isAccessRefused ? $0.servesUntil : nil }
    }

    /// Nothing is in doubt any more.
    func forget(_ link: LinkID) { lines[link] = nil }
}
