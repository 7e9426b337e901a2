public import Wire

/// How far a client is to get with an authorization server that does as a module says.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// It links, reads, renews its tokens and reads again.
    case works = "works"
    /// It uses no registration that it cannot live with, and asks for no authorization.
    case stopsAtRegistration = "stops at the registration"
    /// It asks for no authorization.
    case stopsAtDiscovery = "stops at discovery"
    /// It sends nobody to the authorization endpoint.
    case stopsAtPush = "stops at the pushed request"
    /// It sends no code.
    case stopsAtResponse = "stops at the authorization response"
    /// It uses no token.
    case stopsAtTokens = "stops at the token response"
    case stopsAtIDToken = "stops at the ID token"
    /// It reads nothing else.
    case stopsAtUserInfo = "stops at UserInfo"
    /// It links and reads, and uses no token that came with a refresh.
    case stopsAtRefresh = "stops at the refresh"

    /// It links and reads; when its person logs out at the server, it uses the tokens no more.
    case endsAtLogout = "ends at the logout"
    /// The same, and it goes on.
    case outlivesLogout = "goes on after the logout"
    /// It links and reads, and a logout that it is told of is nobody's here: it does nothing.
    case logsNobodyOut = "logs nobody out"
    /// It links and reads, takes no logout token, and goes on.
    case refusesLogout = "refuses the logout token"
    /// It unlinks, sends its person to the server's page for logging out, and takes them back.
    case logsOut = "logs out"
    /// The same, but it does not believe that who comes back has logged out.
    case doubtsReturn = "does not believe the return"

    /// It links and reads, has a stream of signals made and shows that it takes its events; it ends the stream when it
    /// unlinks.
    case followsStream = "keeps a stream until it unlinks"
    /// It links and reads; it is told of something that puts its grant in doubt, and uses the tokens no more before its
    /// person has said so.
    case suspends = "suspends at the signal"
    /// The same of something that ends the grant.
    case endsAtSignal = "ends at the signal"
    /// It takes what it is told of, and goes on.
    case outlivesSignal = "goes on after the signal"
    /// It says that what it is told is none, and goes on.
    case refusesSignal = "refuses the signal"
    /// It links and reads, and has no stream of signals.
    case opensNoStream = "opens no stream"

    /// The endpoints that hear nothing from a client that ends like this.
    public var silent: [String] {
        switch self {
        case .works, .stopsAtRefresh, .endsAtLogout, .outlivesLogout, .logsNobodyOut, .refusesLogout, .logsOut,
            .doubtsReturn, .followsStream, .suspends, .endsAtSignal, .outlivesSignal, .refusesSignal, .opensNoStream:
            []
        case .stopsAtRegistration, .stopsAtDiscovery: ["push", "authorize", "token", "jwks", "userinfo", "api"]
        case .stopsAtPush: ["authorize", "token", "jwks", "userinfo", "api"]
        case .stopsAtResponse: ["token", "jwks", "userinfo", "api"]
        case .stopsAtTokens: ["jwks", "userinfo", "api"]
        case .stopsAtIDToken: ["userinfo", "api"]
        case .stopsAtUserInfo: ["api"]
        }
    }
}

/// One row of the conformance table: a module of the OpenID Foundation's suite, by its own full name.
public struct Module: Sendable {
    public let name: String
    /// What the authorization server does that others do not.
    public let words: String
    public let scenario: Scenario

    /// A row that is played: `faults` as of `POST /_mock/faults`, until the end.
    init(
        _ name: String, _ words: String, _ faults: JSON..., by profile: ClientProfile = .plain, server: [Change] = [],
        client: [Change] = [], refreshes: Int = 1, asking: [String] = [], never: [String] = [],
        most: [String: Int] = [:], but absence: Absence? = nil, then outcome: Outcome
    ) {
        self.init(
            name, words, faults: faults, by: profile, server: server, client: client, refreshes: refreshes,
            asking: asking, never: never, most: most, but: absence, then: outcome)
    }

    init(
        _ name: String, _ words: String, faults: [JSON], by profile: ClientProfile = .plain, server: [Change] = [],
        client: [Change] = [], refreshes: Int = 1, asking: [String] = [], never: [String] = [],
        most: [String: Int] = [:], logout: Scenario.Logout? = nil, signals: Scenario.Signals? = nil,
        crossing: Crossing? = nil, but absence: Absence? = nil, registers: Bool = false, then outcome: Outcome
    ) {
        self.name = name
        self.words = words
        scenario = Scenario(
            server: profile.server + server, client: profile.client + client, faults: faults, outcome: outcome,
            refreshes: refreshes, asking: asking, never: never, most: most, logout: logout, signals: signals,
            crossing: crossing, absence: absence, registers: registers)
    }

    /// A row that is played by a client which the server has never heard of, and which registers itself.
    init(
        registering name: String, _ words: String, _ faults: JSON..., server: [Change] = [], client: [Change] = [],
        asking: [String] = [], then outcome: Outcome
    ) {
        self.init(
            name, words, faults: faults, server: [Change("registration", [:])] + server,
            client: [Change("authorization/client", nil)] + client, asking: ["register"] + asking, registers: true,
            then: outcome)
    }

    /// A row that is played with an honest server beside the hostile one, or by two people.
    init(
        crossing: Crossing, _ name: String, _ words: String, _ faults: JSON..., by profile: ClientProfile = .plain,
        server: [Change] = [], client: [Change] = [], asking: [String] = [], then outcome: Outcome
    ) {
        self.init(
            name, words, faults: faults, by: profile, server: server, client: client, asking: asking,
            crossing: crossing, then: outcome)
    }

    /// Every row there is.
    public static let all: [Module] =
        basic + keys + userinfo + metadata + absent + refresh + logout + fapi + responses + jarm + signals
        + ourSignals + registration + responseModes + introspection
        + ours + crossed
}

/// What an authorization server is made to do, and what a client must make of it. All of it is data.
public struct Scenario: Sendable {
    /// What its person does once it works.
    public enum Logout: Sendable, Hashable {
        /// They log out at the server, which sends each logout token so often.
        case atServer(tokens: Int)
        /// They unlink, and log out by the address that the client makes.
        case atClient
    }

    /// What its server tells of its person once it works.
    public struct Signals: Sendable {
        /// As of `POST /_mock/signals`, one after the other.
        public let told: [JSON]
        /// Requests that the transmitter must have had: `POST /ssf/streams`.
        public let asks: [String]
        /// What must have become of what was told: `acknowledged verification`, `refused invalid_key`; once each.
        public let heard: [String]
    }

    /// Other values in `mock/authorization.json` and in `manifest.json` than the folder has.
    let server: [Change]
    let client: [Change]
    /// As of `POST /_mock/faults`.
    public let faults: [JSON]
    public let outcome: Outcome
    /// How many refreshes there are to be where it works.
    public let refreshes: Int
    /// Endpoints that must have been asked.
    public let asking: [String]
    /// Paths that nobody may ask for.
    public let never: [String]
    /// Endpoints that may be asked so often and no more.
    public let most: [String: Int]
    public let logout: Logout?
    public let signals: Signals?
    /// Nil: it is played by one person, with the one server.
    public let crossing: Crossing?
    public let absence: Absence?
    /// Whether it begins with registering.
    public let registers: Bool

    /// A file of the folder as it is to be played.
    public func changed(_ file: String, _ json: JSON) -> JSON {
        let changes = ["manifest.json": client, "mock/authorization.json": server][file] ?? []
        return changes.reduce(json) { $1.made(in: $0) }
    }
}

/// Another value at a place of a file, or none.
struct Change: Sendable {
    private let path: [String]
    private let value: JSON?

    init(_ path: String, _ value: JSON?) {
        self.path = path.split(separator: "/").map(String.init)
        self.value = value
    }

    func made(in json: JSON) -> JSON { Self.set(path[...], in: json, to: value) ?? .null }

    private static func set(_ path: ArraySlice<String>, in json: JSON, to value: JSON?) -> JSON? {
        guard let name = path.first else { return value }
        var object = json.object ?? JSONObject()
        object[name] = set(path.dropFirst(), in: object[name] ?? .null, to: value)
        return .object(object)
    }
}

/// The faults that modules are made of.
enum Twist {
    /// Of every ID token, or of those that come with one grant.
    static func idToken(_ twist: JSON, with grant: String? = nil) -> JSON { token([("idToken", twist)], grant) }

    /// Of every token response.
    static func tokens(_ patch: JSON, with grant: String? = nil) -> JSON { token([("patch", patch)], grant) }

    /// Instead of every token response.
    static func instead(_ status: Int, _ body: JSON, headers: JSON = [:]) -> JSON {
        token([("replace", ["status": .int(status), "headers": headers, "body": body])], nil)
    }

    /// Of every logout token.
    static func logoutToken(_ twist: JSON) -> JSON { ["match": ["endpoint": "logout"], "logoutToken": twist] }

    /// Of the redirect back to the client after a logout.
    static func returning(_ redirect: JSON) -> JSON { ["match": ["endpoint": "logout"], "redirect": redirect] }

    static func userinfo(_ twist: JSON) -> JSON { ["match": ["endpoint": "userinfo"], "userinfo": twist] }

    static func discovery(_ patch: JSON) -> JSON { ["match": ["endpoint": "discovery"], "patch": patch] }

    /// Of every answer to a registration.
    static func registration(_ patch: JSON) -> JSON { ["match": ["endpoint": "register"], "patch": patch] }

    /// Of the redirect back to the client.
    static func response(_ redirect: JSON) -> JSON { ["match": ["endpoint": "authorize"], "redirect": redirect] }

    /// Each time before a token response is signed.
    static func keys(_ change: KeyChange, with grant: String? = nil) -> JSON {
        token([("rotateKeys", .string(change.rawValue))], grant)
    }

    private static func token(_ effect: [(String, JSON)], _ grant: String?) -> JSON {
        var match = JSONObject([("endpoint", "token")])
        match["grant"] = grant.map { .string($0) }
        return .object(JSONObject([("match", .object(match))] + effect))
    }
}
