internal import Crypto
public import Wire

/// An answer, and how it travels.
public struct MockAnswer: Sendable, Hashable {
    public var response: HTTPResponse
    /// Wait this long before sending.
    public var delayMilliseconds = 0
    /// Send so many bytes of the body, then break the connection; below 0: before the first byte of the answer; nil:
    /// send all of it.
    public var cutAfterBytes: Int?
    /// Send the body byte by byte, each so long after the one before; 0: as fast as it goes.
    public var dripMilliseconds = 0
    /// What clients are to be told besides.
    public var logoutCalls: [LogoutCall] = []

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
    var visits = Tickets<Visit>(most: 4096)
    var codes: [String: CodeTerms] = [:]
    var devices = Devices()
    var faults = FaultBox()
    /// Pushed requests by their reference.
    var pushed: [String: Pushed] = [:]
    var seen = SeenOnce()
    /// Clients that registered themselves.
    var newcomers: [Newcomer] = []
    /// Streams of signals, and what became of the events in them.
    var transmitter = Transmitter()
    /// Who is on the page for logging out, by the hidden value of its form.
    var partings = Tickets<Parting>(most: 256)
    /// What clients are to be told with the answer under way.
    var logoutCalls: [LogoutCall] = []
    /// What the request under way came over.
    private(set) var certificate: String?
    private var quota: Quota
    /// The folder's keys by algorithm, of those that are signed with.
    private(set) var rings: [SignatureAlgorithm: KeyRing] = [:]
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
        if folder.traits.isOpenID {
            for algorithm in folder.traits.signing.algorithms {
                rings[algorithm] = KeyRing(folder.keys.filter { $0.algorithm == algorithm })
            }
        }
        self.people = folder.cast.people + folder.cast.seededPeople(people, seed: seed)
        let path = URI(issuer)?.path ?? "/"
        prefix = path == "/" ? "" : path
        pages = Pages(
            title: folder.traits.title, action: prefix + folder.traits.paths.authorize, scopes: folder.traits.scopes,
            verify: prefix + folder.traits.paths.verify, logout: prefix + folder.traits.paths.logout)
    }

    /// One request answered.
    ///
    /// - Parameters:
    ///   - certificate: the thumbprint (`x5t#S256`) of the certificate that the connection was made with.
    ///   - draw: gives that many random bytes.
    public mutating func answer(
        _ request: HTTPRequest, certificate: String? = nil, now: Instant, draw: (Int) -> [UInt8]
    ) -> MockAnswer {
        self.certificate = certificate
        if request.path.hasPrefix("/_mock/") { return MockAnswer(control(request, now: now, draw: draw)) }
        let endpoint = endpoint(of: request.path)
        requests[endpoint.rawValue, default: 0] += 1
        if let refusal = quota.refusal(endpoint, now: now) {
            if let event = refusal.event { book.note(event, of: refusal.kind, because: request.path, at: now) }
            return MockAnswer(refusal.answer)
        }
        let effects = faults.striking(endpoint, request)
        let request = effects.withoutIgnored(request)
        for change in effects.keyChanges {
            for algorithm in traits.signing.algorithms { rings[algorithm]?.change(change) }
        }
        if effects.revokes { revokePresented(request, now: now) }
        let response =
            effects.isUnprocessed
            ? HTTPResponse(status: 200)
            : withNonce(
                respond(request, endpoint, effects: effects, now: now, draw: draw), endpoint, now: now)
        faults.countDown(effects, on: response)
        var answer = effects.applied(to: response)
        swap(&answer.logoutCalls, &logoutCalls)
        for hint in quota.hint(endpoint, now: now) where answer.response.headers[hint.name] == nil {
            answer.response.headers[hint.name] = hint.value
        }
        quota.answered(endpoint, answer.response, now: now)
        return answer
    }

    /// Every token issued, spent, refused and revoked, with its value; the families; how often each endpoint was
    /// called.
    public var ledger: JSON {
        .object(
            JSONObject(
                [("provider", .string(folder.name)), ("issuer", .string(issuer))] + book.json + registrations
                    + transmitter.json + [
                        ("requests", counts)
                    ]))
    }

    /// How often each endpoint was called.
    var counts: JSON {
        .object(JSONObject(requests.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }))
    }

    /// The journal alone, in the order things happened.
    public var events: [LedgerEvent] { book.events }

    /// Queues a fault; its grammar is that of `POST /_mock/faults`.
    public mutating func addFault(_ json: JSON) throws(MockProblem) { try faults.add(json) }

    private func endpoint(of asked: String) -> Endpoint {
        let path = traits.hasAliases && isAlias(asked) ? prefix + asked.dropFirst(aliases.utf8.count) : asked
        let wellKnown =
            traits.isOpenID
            ? prefix + "/.well-known/openid-configuration" : "/.well-known/oauth-authorization-server" + prefix
        switch path {
        case wellKnown: return .discovery
        case "/.well-known/webfinger" where traits.webFinger != nil: return .webfinger
        case wellKnown + "/" where traits.discovery.hasSlash: return .discovery
        case prefix + traits.paths.authorize where traits.isForBrowsers: return .authorize
        case prefix + traits.paths.push where traits.push != nil: return .push
        case prefix + traits.paths.verify where traits.isForDevices: return .authorize
        case prefix + traits.paths.device where traits.isForDevices: return .device
        case prefix + traits.paths.logout where traits.isOpenID && traits.logsOut: return .logout
        case prefix + traits.paths.register where traits.registration != nil: return .register
        case _ where isConfiguration(path): return .configuration
        case _ where traits.signals != nil && signalEndpoint(path) != nil: return signalEndpoint(path) ?? .api
        case prefix + traits.paths.token: return .token
        case prefix + traits.paths.revoke: return .revoke
        case prefix + traits.paths.introspect where traits.introspects != nil: return .introspect
        case prefix + traits.paths.jwks where traits.isOpenID: return .jwks
        case prefix + traits.paths.userinfo where traits.isOpenID: return .userinfo
        default: return .api
        }
    }

    private mutating func respond(
        _ request: HTTPRequest, _ endpoint: Endpoint, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        switch endpoint {
        case .discovery:
            request.method == "GET" ? discovery(request) : .refusingMethod(allowed: "GET")
        case .webfinger: webFinger(request)
        case .jwks: request.method == "GET" ? cached(keySet, traits.signing.keysCache) : .refusingMethod(allowed: "GET")
        case .authorize where request.path == prefix + traits.paths.verify: verify(request, now: now, draw: draw)
        case .authorize: authorize(request, effects: effects, now: now, draw: draw)
        case .push: push(request, now: now, draw: draw)
        case .register: register(request, now: now, draw: draw)
        case .configuration: configure(request, now: now, draw: draw)
        case .device: deviceAuthorization(request, now: now, draw: draw)
        case .token: token(request, effects: effects, now: now, draw: draw)
        case .revoke: revoke(request, now: now)
        case .introspect: introspect(request, effects: effects, now: now)
        case .logout: endSession(request, effects: effects, now: now, draw: draw)
        case .userinfo: userinfo(request, effects: effects, now: now)
        case .transmitter: transmitterMetadata(request)
        case .streams, .streamStatus, .streamVerification, .streamSubjects, .poll:
            signalling(request, endpoint, now: now, draw: draw)
        case .api: resource(request, now: now)
        }
    }

    /// All that is true of a member now.
    mutating func truth(of person: Person, now: Instant) -> JSON {
        let (epoch, seed) = (epoch, seed)
        return truths.of(person, now: now) { person.truth(epoch: epoch, now: now, seed: seed) }
    }

    /// The family of whatever token the request shows is revoked, as if its owner had done so at the provider.
    private mutating func revokePresented(_ request: HTTPRequest, now: Instant) {
        let form = request.form
        let shown = [Self.bearer(request), form?["refresh_token"], form?["code"], form?["token"]]
        for value in shown.compactMap({ $0 }) {
            if let token = book.tokens[value] {
                book.revokeFamily(token.family, because: "revoked at the provider", at: now)
            }
        }
    }

    /// The token of an `Authorization: Bearer` or `DPoP` header (RFC 6750 2.1, RFC 9449 7.1); the other ways are not
    /// taken.
    public static func bearer(_ request: HTTPRequest) -> String? {
        guard let header = request.headers["Authorization"] else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, ["bearer", "dpop"].contains(parts[0].lowercased()) else { return nil }
        return String(parts[1])
    }

    /// Whether the token is shown with a proof.
    static func isProven(_ request: HTTPRequest) -> Bool {
        request.headers["Authorization"]?.lowercased().hasPrefix("dpop ") ?? false
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
