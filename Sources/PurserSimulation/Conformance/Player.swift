public import MockProviders
import PurserEngine
import Wire

/// What became of one module of the conformance table.
public struct ModuleFinding: Sendable, Hashable {
    /// A row's last word.
    public enum Verdict: String, Sendable, Hashable {
        case pass
        case fail = "FAIL"
    }

    public let module: String
    public let words: String
    public let expected: String
    /// How far it went; and what else it did that it must not.
    public let seen: String
    public let verdict: Verdict
}

/// Plays modules: the whole trip of a link (start, consent, response, exchange, identification, pull, refresh) through the
/// real engine, at a mock that does as the module says, in virtual time.
public struct ModulePlayer: Sendable {
    /// The folder of the provider that is twisted.
    private let folder: String

    public init(folder: String) { self.folder = folder }

    /// Whether the folder is there and loads.
    public var canPlay: Bool { FolderOnDisk.read(folder).map(Self.loads) ?? false }

    fileprivate static func loads(_ provider: SimulatedProvider) -> Bool {
        Catalogue([provider.folder]).problems.isEmpty
    }

    /// - Parameter outcome: other than the module's own, to see that the table can fail.
    /// - Parameter story: gets all that happened, line by line.
    public func play(
        _ module: Module, expecting outcome: Outcome? = nil, story: ([String]) -> Void = { _ in }
    ) -> ModuleFinding {
        let scenario = module.scenario
        let wanted = outcome ?? scenario.outcome
        guard let trip = ModuleTrip(folder, scenario) else {
            return ModuleFinding(
                module: module.name, words: module.words, expected: wanted.rawValue,
                seen: "the folder, or the honest server's beside it, does not load as the module changes it",
                verdict: .fail)
        }
        let seen = trip.run()
        story(trip.stage.story)
        let faults = trip.faults(wanted)
        // That what the server offers did no harm is seen by there being no fault.
        let besides = scenario.absence.map { [$0.words] } ?? []
        return ModuleFinding(
            module: module.name, words: module.words,
            expected: ([wanted.rawValue] + besides).joined(separator: "; "),
            seen: ([seen] + (faults.isEmpty ? besides : faults)).joined(separator: "; "),
            verdict: seen == wanted.rawValue && faults.isEmpty ? .pass : .fail)
    }
}

/// One module under way.
private final class ModuleTrip {
    let stage: Stage
    private let scenario: Scenario
    private let crossed: CrossedTrip?
    /// What the person's browser brought about on the way, and must not.
    private var harm: [String] = []

    private static let hour: Int64 = 3600

    init?(_ folder: String, _ scenario: Scenario) {
        guard let provider = FolderOnDisk.read(folder, changed: scenario.changed), ModulePlayer.loads(provider) else {
            return nil
        }
        self.scenario = scenario
        var (known, strangers): ([SimulatedProvider], [MockFolder]) = ([provider], [])
        if let crossing = scenario.crossing {
            let honest = FolderOnDisk.read(folder + "/../" + Crossing.honestName) {
                scenario.changed($0, $1, of: Crossing.honestName)
            }
            guard let honest, ModulePlayer.loads(honest) else { return nil }
            if crossing.isKnown { known.append(honest) } else { strangers.append(honest.mock) }
        }
        stage = Stage(
            seed: 1, providers: known, strangers: strangers, runner: MemoryRunner(), people: 0, tells: true)
        crossed = scenario.crossing.map { [stage] in CrossedTrip(stage, $0) }
        stage.run(seconds: 1)
        for fault in scenario.faults { stage.fault(fault) }
    }

    /// How far it went, in the words of `Outcome` where it has words for it.
    func run() -> String {
        knock()
        if scenario.registers, case .failure = stage.register() { return Outcome.stopsAtRegistration.rawValue }
        switch crossed?.run() ?? stage.link() {
        case .notBegun:
            return (stage.requests.contains { $0.contains(" POST /push ") } ? Outcome.stopsAtPush : .stopsAtDiscovery)
                .rawValue
        case .notAnswered: return "the provider never sent the person back"
        case .returned(let address, let page):
            harm += scenario.absence.map { Browsed.sent($0, address) } ?? []
            harm += page.map(Browsed.harm) ?? []
            // No response to this link was in it: it waits on, or its time is over.
            let waits = link?.state == .linking && link?.generation == 0
            if waits || link?.state == .failed(.expired) { return Outcome.stopsAtResponse.rawValue }
        }
        // What could not be told at once is told by the tick.
        for _ in 0..<72 where link?.state == .linking { stage.run(seconds: Self.hour / 12) }
        if case .failed(let reason) = link?.state { return Self.stop(reason)?.rawValue ?? "fails: \(reason)" }
        var pulled = link?.pulledAt
        for _ in 0..<8 where link?.state == .active && !hasRenewed(pulled) {
            stage.run(seconds: Self.hour)
            if (link?.generation ?? 0) <= scenario.refreshes { pulled = link?.pulledAt }
        }
        knock()
        if let logout = scenario.logout, link?.state == .active, hasRenewed(pulled) {
            return (leave(logout) ?? .works).rawValue
        }
        if let signals = scenario.signals, link?.state == .active, hasRenewed(pulled) {
            return (hear(signals) ?? .works).rawValue
        }
        switch link?.state {
        case .active where hasRenewed(pulled) && link?.condition == .ok: return Outcome.works.rawValue
        case .suspended: return Outcome.stopsAtRefresh.rawValue
        default:
            let cause = link?.condition.cause.map { " (\($0))" } ?? ""
            return "\(link?.state.code ?? "no link"), \(link?.condition.kind.rawValue ?? "")\(cause)"
        }
    }

    /// All that others may have the person's browser ask here, and what came of it.
    private func knock() {
        for knock in scenario.absence?.knocks ?? [] {
            let (before, requests) = (stage.links(), stage.requests.count)
            let answer = stage.asked(HTTPRequest.with(knock.parameters, knock.method, knock.path))
            harm += Browsed.harm(of: answer, to: knock)
            if stage.links() != before { harm.append("\(knock.path) changed a link") }
            if stage.requests.count != requests { harm.append("\(knock.path) had the provider asked") }
        }
    }

    /// What comes of a logout; nil: nothing that has a name.
    private func leave(_ logout: Scenario.Logout) -> Outcome? {
        switch logout {
        case .atServer(let times):
            let before = link?.pulledAt
            let told = stage.logOut(member: 0, times: times).endings
            let after = link?.state
            stage.run(seconds: 2 * Self.hour)
            let goesOn = link?.state == .active && link?.pulledAt != before
            switch told.first {
            case .taken(let ended, _) where ended.count == 1 && told.dropFirst().allSatisfy(Self.isRefused):
                return link?.state == .needsConsent(.loggedOut) && link?.pulledAt == before ? .endsAtLogout : nil
            case .taken(ended: [], let outlived) where outlived.count == 1 && goesOn: return .outlivesLogout
            // The server has ended the grant all the same, which a refresh finds out.
            case .taken(ended: [], outlived: []) where after == .active: return .logsNobodyOut
            case .refused where after == .active: return .refusesLogout
            default: return nil
            }
        case .atClient:
            guard let id = link?.id, let end = stage.unlinkAndLogOut(id, member: 0), link == nil else { return nil }
            return end == .loggedOut ? .logsOut : .doubtsReturn
        }
    }

    /// What comes of what the server tells in its stream, which ends when the link does; nil: nothing that has a name.
    private func hear(_ signals: Scenario.Signals) -> Outcome? {
        let hasStream = stage.stream()?.made != nil
        for json in signals.told { stage.signal(json) }
        stage.run(seconds: 3 * Self.hour)
        let (state, outcomes) = (link?.state, stage.signalOutcomes())
        guard let id = link?.id else { return nil }
        stage.act { _ = try? await $0.unlink(.first, id) }
        stage.run(seconds: Self.hour)
        harm += signals.faults(of: outcomes, requests: stage.requests)
        let streams = stage.mockLedger["streams"]?.array?.count ?? 0
        if streams > 0 { harm.append("\(streams) streams are left at the server") }
        switch state {
        case .needsConsent(.revokedThere): return .endsAtSignal
        case .suspended(.signalled): return .suspends
        case .active where !hasStream: return .opensNoStream
        case .active where outcomes.contains { $0.hasPrefix("refused") }: return .refusesSignal
        case .active: return signals.told.isEmpty ? .followsStream : .outlivesSignal
        default: return nil
        }
    }

    private static func isRefused(_ ending: LogoutEnding) -> Bool {
        if case .refused = ending { true } else { false }
    }

    private var link: Link? { stage.links().first }

    /// As often as the module wants, and pulled with what came last.
    private func hasRenewed(_ before: Instant?) -> Bool {
        guard let link, link.generation > scenario.refreshes, let pulled = link.pulledAt else { return false }
        return before.map { pulled > $0 } ?? true
    }

    private static func stop(_ reason: FailureReason) -> Outcome? {
        switch reason {
        case .responseRefused, .authorizationError: .stopsAtResponse
        case .exchangeRefused, .tokenResponseInvalid: .stopsAtTokens
        case .idTokenInvalid: .stopsAtIDToken
        case .identityUnreadable: .stopsAtUserInfo
        case .denied, .expired, .codeLost, .alreadyLinked, .clientChanged, .providerGone: nil
        }
    }

    /// What it did, or left undone, that a client with that outcome must not; and what no client may ever do.
    func faults(_ outcome: Outcome) -> [String] {
        var out = harm + (crossed?.faults ?? [])
        for endpoint in outcome.silent where stage.calls(endpoint) > 0 && !scenario.asking.contains(endpoint) {
            out.append("\(endpoint) was asked")
        }
        for endpoint in scenario.asking where stage.calls(endpoint) == 0 { out.append("\(endpoint) was never asked") }
        for path in scenario.never where stage.requests.contains(where: { $0.contains(" \(path) ") }) {
            out.append("\(path) was asked for")
        }
        for (endpoint, most) in scenario.most.sorted(by: { $0.key < $1.key }) where stage.calls(endpoint) > most {
            out.append("\(endpoint) was asked \(stage.calls(endpoint)) times")
        }
        if outcome == .stopsAtRefresh { out += usedAfterRefresh }
        return out + stage.violations()
    }

    /// Requests with a token after the last word of the token endpoint.
    private var usedAfterRefresh: [String] {
        let requests = stage.requests
        guard link?.pulledAt != nil else { return ["nothing was read before the refresh"] }
        guard let last = requests.lastIndex(where: { $0.contains(" POST /token ") }), requests.count > 0 else {
            return []
        }
        let refreshed = (link?.generation ?? 0) > 1
        let used = requests[(last + 1)...].contains { $0.contains(" /api/") || $0.contains(" /userinfo ") }
        return refreshed && used ? ["a token of the refresh was used"] : []
    }
}

extension Scenario.Signals {
    /// What the server did not hear that it must.
    func faults(of outcomes: [String], requests: [String]) -> [String] {
        let unasked = asks.filter { asked in !requests.contains { $0.contains(" \(asked) ") } }
            .map { "\($0) was never asked" }
        var left = outcomes
        let unheard = heard.filter { wanted in
            guard let at = left.firstIndex(of: wanted) else { return true }
            left.remove(at: at)
            return false
        }.map { "no \($0)" }
        return unasked + unheard
    }
}
