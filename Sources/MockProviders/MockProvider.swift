public import Wire

/// An answer, and how it travels.
public struct MockAnswer: Sendable, Hashable {
    public var response: HTTPResponse
    /// Wait this long before sending.
    public var delayMilliseconds = 0
    /// Send so many bytes of the body, then break the connection; below 0: before the first byte of the answer; nil:
    /// send all of it.
    public var cutAfterBytes: Int?

    init(_ response: HTTPResponse) { self.response = response }
}

/// An authorization server and a resource server on one origin, as a pure function of request, state, time and drawn
/// randomness. It has no clock, thread or socket; the caller gives it one request at a time.
public struct MockProvider: Sendable {
    let folder: MockFolder
    let issuer: String
    let epoch: Instant
    let seed: UInt64
    let people: [Person]
    let prefix: String
    let pages: Pages
    var book = TokenBook()
    var visits = Visits()
    var codes: [String: CodeTerms] = [:]
    var faults = FaultBox()
    private var quota: Quota
    /// Which of the folder's keys signs; the one before it stays published.
    var keyInUse = 0
    var keyBefore: Int?
    /// How often each endpoint was called.
    private(set) var requests: [String: Int] = [:]
    private var truths = Truths()

    var traits: ServerTraits { folder.traits }

    /// - Parameters:
    ///   - issuer: where it is served: `http://127.0.0.1:7901`, with the path of the manifest's issuer if it has one.
    ///   - epoch: day 0 of the members' truth.
    ///   - people: how many seeded members there are beside the folder's own.
    ///   - seed: the truth of a member is a function of seed, member and time.
    public init(folder: MockFolder, issuer: String, epoch: Instant, people: Int = 0, seed: UInt64 = 0) {
        self.folder = folder
        self.issuer = issuer
        self.epoch = epoch
        self.seed = seed
        quota = Quota(folder.traits.limits)
        self.people = folder.cast.people + folder.cast.seededPeople(people, seed: seed)
        let path = URI(issuer)?.path ?? "/"
        prefix = path == "/" ? "" : path
        pages = Pages(
            title: folder.traits.title, action: prefix + folder.traits.paths.authorize, scopes: folder.traits.scopes)
    }

    /// One request answered.
    ///
    /// - Parameter draw: gives that many random bytes.
    public mutating func answer(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> MockAnswer {
        if request.path.hasPrefix("/_mock/") { return MockAnswer(control(request)) }
        let endpoint = endpoint(of: request.path)
        requests[endpoint.rawValue, default: 0] += 1
        if let refusal = quota.refusal(endpoint, now: now) {
            if let event = refusal.event { book.note(event, of: refusal.kind, because: request.path, at: now) }
            return MockAnswer(refusal.answer)
        }
        let effects = faults.striking(endpoint, request)
        let request = effects.withoutIgnored(request)
        if effects.rotatesKeys { rotateKeys() }
        if effects.revokes { revokePresented(request, now: now) }
        let response =
            effects.isUnprocessed
            ? HTTPResponse(status: 200) : respond(request, endpoint, effects: effects, now: now, draw: draw)
        faults.countDown(effects, on: response)
        let answer = effects.applied(to: response)
        quota.answered(endpoint, answer.response, now: now)
        return answer
    }

    /// Every token issued, spent, refused and revoked, with its value; the families; how often each endpoint was
    /// called.
    public var ledger: JSON {
        .object(
            JSONObject(
                [("provider", .string(folder.name)), ("issuer", .string(issuer))] + book.json + [("requests", counts)]))
    }

    /// How often each endpoint was called.
    var counts: JSON {
        .object(JSONObject(requests.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }))
    }

    /// The journal alone, in the order things happened.
    public var events: [LedgerEvent] { book.events }

    /// Queues a fault; its grammar is that of `POST /_mock/faults`.
    public mutating func addFault(_ json: JSON) throws(MockProblem) { try faults.add(json) }

    private func endpoint(of path: String) -> Endpoint {
        let wellKnown =
            traits.isOpenID
            ? prefix + "/.well-known/openid-configuration" : "/.well-known/oauth-authorization-server" + prefix
        switch path {
        case wellKnown: return .discovery
        case prefix + traits.paths.authorize: return .authorize
        case prefix + traits.paths.token: return .token
        case prefix + traits.paths.revoke: return .revoke
        case prefix + traits.paths.jwks where traits.isOpenID: return .jwks
        case prefix + traits.paths.userinfo where traits.isOpenID: return .userinfo
        default: return .api
        }
    }

    private mutating func respond(
        _ request: HTTPRequest, _ endpoint: Endpoint, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        switch endpoint {
        case .discovery: request.method == "GET" ? .json(metadata) : .refusingMethod(allowed: "GET")
        case .jwks: request.method == "GET" ? .json(keySet) : .refusingMethod(allowed: "GET")
        case .authorize: authorize(request, now: now, draw: draw)
        case .token: token(request, effects: effects, now: now, draw: draw)
        case .revoke: revoke(request, now: now)
        case .userinfo: userinfo(request, now: now)
        case .api: resource(request, now: now)
        }
    }

    /// All that is true of a member now.
    mutating func truth(of person: Person, now: Instant) -> JSON {
        let (epoch, seed) = (epoch, seed)
        return truths.of(person, now: now) { person.truth(epoch: epoch, now: now, seed: seed) }
    }

    private mutating func rotateKeys() {
        guard folder.keys.count > 1 else { return }
        keyBefore = keyInUse
        keyInUse = (keyInUse + 1) % folder.keys.count
    }

    /// The family of whatever token the request shows is revoked, as if its owner had done so at the provider.
    private mutating func revokePresented(_ request: HTTPRequest, now: Instant) {
        let form = Self.form(of: request)
        let shown = [Self.bearer(request), form?["refresh_token"], form?["code"], form?["token"]]
        for value in shown.compactMap({ $0 }) {
            if let token = book.tokens[value] {
                book.revokeFamily(token.family, because: "revoked at the provider", at: now)
            }
        }
    }

    /// The body as a form; nil when it is not one.
    static func form(of request: HTTPRequest) -> Form? {
        guard let type = request.headers["Content-Type"],
            HeaderGrammar.mediaType(type) == "application/x-www-form-urlencoded",
            let text = String(validating: request.body, as: UTF8.self)
        else { return nil }
        return Form(parsing: text)
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750 2.1); the other two ways are not taken.
    static func bearer(_ request: HTTPRequest) -> String? {
        guard let header = request.headers["Authorization"] else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension HTTPResponse {
    static func refusingMethod(allowed: String) -> HTTPResponse {
        var answer = HTTPResponse.text("this method is not taken here\n", status: 405)
        answer.headers["Allow"] = allowed
        return answer
    }
}

/// What was worked out of members and is still true: a pull asks for many pages of one truth.
private struct Truths: Sendable {
    private static let maximum = 32
    private var kept: [String: (truth: Truth, from: Instant)] = [:]

    mutating func of(_ person: Person, now: Instant, _ work: () -> Truth) -> JSON {
        if let found = kept[person.subject], found.from <= now, now < found.truth.until {
            return found.truth.json(at: now)
        }
        if kept.count >= Self.maximum { kept = [:] }
        let truth = work()
        kept[person.subject] = (truth, now)
        return truth.json(at: now)
    }
}
