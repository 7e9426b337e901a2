import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let status: [Route] = [
        Route(
            "getStatus", "GET", "/v1/status", .scope(.admin), "How the daemon is doing.",
            replies: [.json(200, "Status", "How it is doing, sealed or not.")], worksSealed: true,
            run: { call throws(Problem) in try await StatusRoutes(call).status() }),
        Route(
            "confirmRestored", "POST", "/v1/restored", .scope(.admin),
            "Says that nothing else runs with the tokens of this restored database.",
            replies: [.json(200, "Status", "How the daemon is doing now.")], isSocketOnly: true,
            run: { call throws(Problem) in try await StatusRoutes(call).confirmRestored() }),
    ]

    static let providers: [Route] = [
        Route(
            "listProviders", "GET", "/v1/providers", .scope(.linksManage),
            "What can be linked, and which folder does not load and why.",
            replies: [.json(200, "Providers", "All of them, by name.")], worksSealed: true,
            run: { call throws(Problem) in try await StatusRoutes(call).providers() })
    ]
}

/// `/v1/status` and `/v1/providers`: what also answers while the daemon is sealed.
struct StatusRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func status() async throws(Problem) -> HTTPResponse {
        let (facts, wallet, sight, isOnSocket) = (
            call.web.facts, call.wallet, call.caller.sight, call.caller.isOnSocket
        )
        let found = try await call.read { reads throws(StoreError) -> ([(String, Int)], Instant?, Instant?) in
            let links = try reads.links(wallet).filter { sight.sees($0.provider) }
            let counts = Dictionary(grouping: links, by: \.state.code).sorted { $0.key < $1.key }
            // The store's next due time is that of all wallets.
            let next = isOnSocket ? try reads.nextDue() : links.compactMap(\.dueAt).min()
            return (counts.map { ($0.key, $0.value.count) }, next, try reads.restoredAt())
        }
        let names = call.visibleProviders
        let broken = names.filter { call.web.catalogue.problems[$0] != nil }
        let shown = StatusShown(
            version: facts.version, startedAt: facts.startedAt, now: call.world.clock.now, listen: facts.listen,
            publicURL: facts.publicURL, data: isOnSocket ? facts.data : "",
            keySource: isOnSocket ? call.web.keys.source : "",
            sealed: call.web.keys.sealed.map { isOnSocket ? $0 : "sealed" },
            issuers: call.web.signed.issuers.map(\.issuer),
            links: found.0.map { (state: $0.0, count: $0.1) }, providers: names.count - broken.count,
            brokenProviders: broken, nextDue: found.1, working: facts.working(), restoredAt: found.2)
        return .json(shown.json)
    }

    func confirmRestored() async throws(Problem) -> HTTPResponse {
        let door = try call.door
        do throws(StoreError) { _ = try await door.confirmRestored() } catch { throw Problem(error) }
        call.web.poke()
        return try await status()
    }

    func providers() async throws(Problem) -> HTTPResponse {
        let signals = call.caller.isOnSocket ? try await signals() : [:]
        let catalogue = call.web.catalogue
        let shown = call.visibleProviders.map { name -> JSON in
            let manifest = catalogue[name]?.manifest
            return ProviderShown(
                name: name, title: manifest?.title ?? name, kind: manifest?.programme.kind.rawValue ?? "other",
                isMock: manifest?.isMock ?? false, source: call.caller.isOnSocket ? catalogue[name]?.source ?? "" : "",
                problems: (catalogue.problems[name] ?? []).map(\.description), signals: signals[name]
            ).json
        }
        return .json(["providers": .array(shown)])
    }

    /// How the signals of each provider stand that tells of any.
    private func signals() async throws(Problem) -> [String: SignalsShown] {
        let found = try await call.read { reads throws(StoreError) -> [(String, SignalFacts)] in
            try reads.signalStreams().map { stream throws(StoreError) in
                let hasPeople = try !reads.grantHolders(stream.provider).isEmpty
                return (stream.provider, SignalFacts(stream, hasPeople: hasPeople))
            }
        }
        var shown = Dictionary(uniqueKeysWithValues: found.map { ($0.0, SignalsShown($0.1)) })
        for (name, provider) in call.web.catalogue.providers
        where provider.manifest.authorization.sharedSignals != nil && shown[name] == nil { shown[name] = .resting }
        return shown
    }
}

extension SignalsShown {
    static let resting = SignalsShown(
        state: .resting, trouble: nil, since: nil, polledAt: nil, isVerified: false, events: [])

    init(_ facts: SignalFacts) {
        let state: State =
            switch facts.state {
            case .resting: .resting
            case .making: .making
            case .active: .active
            case .paused: .paused
            case .disabled: .disabled
            }
        self.init(
            state: state, trouble: facts.trouble, since: facts.since, polledAt: facts.polledAt,
            isVerified: facts.isVerified, events: facts.events)
    }
}
