internal import Wire

/// What a request is aimed at.
enum Endpoint: String, Sendable, CaseIterable {
    case discovery, webfinger, authorize, push, device, token, revoke, introspect, jwks, userinfo, logout, api
    /// The registration endpoint, and the client configuration endpoints below it.
    case register, configuration
    /// Of a transmitter of signals: its document, its streams, their status, what shows that they work, whom they are
    /// about, and where their events are asked for.
    case transmitter, streams, streamStatus, streamVerification, streamSubjects, poll
}

/// One thing done to the answers that match.
enum FaultEffect: Sendable {
    case replace(status: Int, headers: [(name: String, value: String)], body: [UInt8], unprocessed: Bool)
    case patch([(pointer: [String], value: JSON?)])
    case idToken(TokenTwist)
    case userinfo(TokenTwist)
    case response(TokenTwist)
    case logoutToken(TokenTwist)
    case introspection(TokenTwist)
    case redirect(set: [(name: String, values: [String])], remove: [String])
    case delay(Int)
    case cut(Int)
    case drip(Int)
    case revoke
    case rotateKeys(KeyChange)
    /// Header fields of the answer set anew, or (nil) taken away.
    case headers([(name: String, value: String?)])
    case bodyRepeat([UInt8])
    /// A list of the answer in another order, or with rows twice, or with the first rows gone.
    case rearrange(pointer: [String], Rearrangement)
    /// Query parameters that the server does not look at.
    case ignoreQuery([String])

    /// Whether an answer has what this effect changes.
    func acts(on response: HTTPResponse) -> Bool {
        switch self {
        case .redirect, .logoutToken, .response: response.headers["Location"] != nil
        case .idToken: (try? JSON.parse(response.body))?["id_token"] != nil
        case .patch: (try? JSON.parse(response.body, limits: .file)) != nil
        case .rearrange(let pointer, _):
            (try? JSON.parse(response.body, limits: .file)).flatMap { Rearrangement.list(pointer, in: $0) } != nil
        case .replace, .delay, .cut, .drip, .revoke, .rotateKeys, .headers, .bodyRepeat, .ignoreQuery: true
        case .userinfo, .introspection: response.status == 200
        }
    }

    static let names = [
        "replace", "patch", "idToken", "redirect", "delayMilliseconds", "cutAfterBytes", "dripMilliseconds", "revoke",
        "rotateKeys", "bodyRepeat", "rearrange", "ignoreQuery", "userinfo", "response", "logoutToken", "introspection",
        "headers",
    ]
}

/// What is done to a list.
enum Rearrangement: Sendable, Hashable {
    case reversed
    /// Every row twice, each beside its like.
    case doubled
    /// So many of the first rows are gone.
    case without(first: Int)

    static func list(_ pointer: [String], in json: JSON) -> [JSON]? {
        var found: JSON? = json
        for token in pointer { found = found?[token] ?? Int(token).flatMap { found?[$0] } }
        return found?.array
    }

    func applied(to items: [JSON]) -> [JSON] {
        switch self {
        case .reversed: items.reversed()
        case .doubled: items.flatMap { [$0, $0] }
        case .without(let count): Array(items.dropFirst(count))
        }
    }
}

/// A fault that waits for its requests.
struct Fault: Sendable {
    /// Nil: every endpoint.
    let endpoint: Endpoint?
    /// A whole path, or the start of one with `*` behind it.
    let path: String?
    let grant: String?
    /// How many that match it still lets by.
    var after: Int
    /// How often it still strikes; nil: until it is cleared.
    var times: Int?
    /// The member it was given by: of each kind only the first that matches strikes.
    let kind: String
    let effect: FaultEffect

    func matches(_ endpoint: Endpoint, _ request: HTTPRequest, grant given: String?) -> Bool {
        if let wanted = self.endpoint, wanted != endpoint { return false }
        if let path {
            let fits = path.hasSuffix("*") ? request.path.hasPrefix(path.dropLast()) : request.path == path
            guard fits else { return false }
        }
        return grant == nil || grant == given
    }
}

/// The faults that wait, in the order they came.
struct FaultBox: Sendable {
    private(set) var waiting: [Fault] = []

    /// Adds one, or clears all.
    mutating func add(_ json: JSON) throws(MockProblem) {
        if json["clear"] != nil {
            let shape = try Shape(json, at: "fault", knows: ["clear"])
            guard try shape.bool("clear", default: false) else { throw shape.problem("clear", "only true clears") }
            waiting = []
        } else {
            waiting.append(try Fault(json))
        }
    }

    /// What strikes this request: of each kind of effect the first that matches.
    mutating func striking(_ endpoint: Endpoint, _ request: HTTPRequest) -> Effects {
        var effects = Effects()
        guard !waiting.isEmpty else { return effects }
        let grant = request.form?["grant_type"]
        var struck: Set<String> = []
        for index in waiting.indices where waiting[index].matches(endpoint, request, grant: grant) {
            guard waiting[index].after == 0 else {
                waiting[index].after -= 1
                continue
            }
            guard struck.insert(waiting[index].kind).inserted else { continue }
            effects.struck.append((index, waiting[index].effect))
        }
        return effects
    }

    /// Counts down those that found something to act on in the answer as it was made: a fault for a redirect waits
    /// while there are only pages.
    mutating func countDown(_ effects: Effects, on response: HTTPResponse) {
        for (index, effect) in effects.struck where effect.acts(on: response) {
            if let times = waiting[index].times { waiting[index].times = times - 1 }
        }
        waiting.removeAll { $0.times == 0 }
    }
}
