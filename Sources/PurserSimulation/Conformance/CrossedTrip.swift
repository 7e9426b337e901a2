import MockProviders
import PurserEngine
import Wire

/// A link on whose way something of one server, or of one person, is brought to another.
final class CrossedTrip {
    private let stage: Stage
    private let crossing: Crossing
    private let hostile: String
    private let honest: SimulatedServer
    /// What came of it and must not.
    private(set) var harm: [String] = []

    init(_ stage: Stage, _ crossing: Crossing) {
        self.stage = stage
        self.crossing = crossing
        hostile = stage.names[0]
        honest = stage.server(Crossing.honestName)
        stage.server(hostile).onRequest = { [unowned self] request, now in look(at: request, now) }
    }

    func run() -> LinkTrip {
        switch crossing.trick {
        case .none: stage.link()
        case .passesOn(let back): passOn(backAt: name(back))
        case .wrongCallback(let server, let thenRight): bring(of: name(server), thenRight: thenRight)
        case .people(let bearer): people(bearer)
        }
    }

    /// What the honest server was asked that it must not be, or never was.
    var faults: [String] {
        let asked = stage.mockLedger(of: honest.name)["requests"]?.object?.members.map(\.name) ?? []
        let living = stage.links().count { $0.state == .active }
        let isOneLost = crossing.trick == .people(.whoBegan) && living < WalletID.everybody.count
        return harm + (isOneLost ? ["only \(living) of the links works"] : [])
            + asked.filter { !crossing.asking.contains($0) }.map { "\($0) of the honest server was asked" }
            + crossing.asking.filter { !asked.contains($0) }.map { "\($0) of the honest server was never asked" }
    }

    private func name(_ server: Crossing.Server) -> String { server == .hostile ? hostile : honest.name }

    private func other(_ name: String) -> String { name == hostile ? honest.name : hostile }

    private func callback(_ name: String) -> String { "/callback/\(name)" }

    /// Whatever the hostile server is shown it tries at the honest one, while it is fresh.
    private func look(at request: HTTPRequest, _ now: Instant) {
        let form = request.form
        if let assertion = form?["client_assertion"] {
            let shown = Form([
                ("client_assertion_type", form?["client_assertion_type"] ?? ""), ("client_assertion", assertion),
            ])
            let answer = honest.answer(HTTPRequest.with(shown, "POST", "/push"), now: now)
            if answer.response.status != 401 { note("the honest server takes an assertion for the hostile one") }
        }
        let values = (form?.fields.map(\.value) ?? []) + [MockProvider.bearer(request) ?? ""]
        let ours = honest.events.filter { $0.what == "issued" && values.contains($0.token) }
        for event in ours { note("the hostile server was shown the honest one's \(event.kind) token") }
    }

    private func note(_ words: String) { if !harm.contains(words) { harm.append(words) } }

    private func begun(
        at name: String, in wallet: WalletID = .first, by starter: Starter = .socket(uid: 1000)
    ) -> Result<StartedLink, StartLinkProblem>? {
        stage.perform { door, _ in
            do throws(StartLinkProblem) {
                return .success(try await door.startLink(name, in: wallet, by: starter))
            } catch { return .failure(error) }
        }
    }

    /// A link that is begun, and what its person came back with.
    private func consented(
        at name: String, member: Int = 0, in wallet: WalletID = .first, by starter: Starter = .socket(uid: 1000),
        passedOn: (URI) -> URI? = { $0 }
    ) -> (trip: LinkTrip, came: ArrivedResponse?) {
        switch begun(at: name, in: wallet, by: starter) {
        case nil: return (.notAnswered, nil)
        case .failure(let problem): return (.notBegun(problem), nil)
        case .success(let started):
            let asked = started.authorizationURI
            guard let page = passedOn(asked),
                let came = stage.consented(page.text, member: member, of: started.link)
            else { return (.notAnswered, nil) }
            return (.returned(from: asked, nil), came)
        }
    }

    /// The browser brings it; what it is shown.
    private func bring(_ came: ArrivedResponse, to name: String) -> HTTPResponse? {
        stage.asked(HTTPRequest.with(came.parameters, came.isPosted ? "POST" : "GET", callback(name)))
    }

    private func passOn(backAt name: String) -> LinkTrip {
        let (trip, came) = consented(at: hostile) { [self] in
            // The hostile server sees the request before it redirects the browser.
            _ = stage.server(hostile).answer(HTTPRequest("GET", $0.target), now: stage.now)
            guard var form = $0.query.flatMap({ Form(parsing: $0) }) else { return nil }
            form.fields = form.fields.map { field in
                guard field.name == "redirect_uri" else { return field }
                let address = field.value.replacing(callback(hostile), with: callback(name))
                return Form.Field(name: field.name, value: address)
            }
            return URI(honest.origin + "/authorize?" + form.encoded)
        }
        return returned(trip, came, to: name)
    }

    private func returned(_ trip: LinkTrip, _ came: ArrivedResponse?, to name: String) -> LinkTrip {
        guard case .returned(let address, _) = trip, let came else { return trip }
        return .returned(from: address, bring(came, to: name))
    }

    private func bring(of name: String, thenRight: Bool) -> LinkTrip {
        let (trip, came) = consented(at: name)
        let before = stage.links()
        let wrong = returned(trip, came, to: other(name))
        if stage.links() != before { note("a callback that is not its own changed a link") }
        return thenRight ? returned(trip, came, to: name) : wrong
    }

    private func people(_ bearer: Crossing.Bearer) -> LinkTrip {
        let sessions = (1...2).map { Starter.session(hash: [UInt8](repeating: $0, count: 32)) }
        let links = WalletID.everybody.indices.map { place in
            consented(at: hostile, member: place, in: WalletID.everybody[place], by: sessions[place])
        }
        for (place, link) in links.enumerated() {
            guard let came = link.came else { return link.trip }
            let (own, other) = (sessions[place], sessions[1 - place])
            let first: Starter? = bearer == .whoBegan ? own : bearer == .theOther ? other : nil
            let second = bearer == .whoBegan ? other : own
            let (ending, again) = (bring(came, by: first), bring(came, by: second))
            if bearer != .whoBegan, ending != .nobodys { note("another than who began it ends a link") }
            if again != .nobodys { note("a response is taken twice") }
        }
        return links[0].trip
    }

    private func bring(_ came: ArrivedResponse, by finisher: Starter?) -> LinkEnding? {
        let name = hostile
        return stage.perform { door, _ in await door.completeLink(name, came, by: finisher) }
    }
}
