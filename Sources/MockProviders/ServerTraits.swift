internal import Wire

/// What one pretended authorization server is like: `mock/authorization.json`.
struct ServerTraits: Sendable {
    /// What becomes of a refresh token when it is used (RFC 6749 6, RFC 9700 4.14).
    enum Rotation: Sendable, Hashable {
        /// The same one stays good; the answer carries none.
        case none
        /// A new one each time; the old one is taken again for so many seconds after its first use.
        case grace(seconds: Int64)
        /// A new one each time; the old one is taken again until the new one, or its access token, is used.
        case graceUntilUsed(capSeconds: Int64)
        /// A new one each time; a second use of the old one revokes the family.
        case strict
        /// Strict, but only about every n-th answer carries a new one.
        case sometimes(every: Int)
    }

    /// What a refresh token that was spent and is taken once more brings.
    enum Replay: String, Sendable, Hashable {
        /// A set of its own beside the first.
        case parallel
        /// The same new refresh token again.
        case same
        /// The old refresh token, as if it were still good (django-oauth-toolkit #702).
        case old
    }

    /// What an answer says of an end that is not the access token's.
    enum ToldEnd: String, Sendable, CaseIterable {
        /// draft-ietf-oauth-refresh-token-expiration.
        case refresh = "refresh_token_expires_in"
        case authorization = "authorization_expires_in"
        /// Keycloak's own, where 0 is a token that does not end.
        case keycloak = "refresh_expires_in"
    }

    struct Paths: Sendable {
        let authorize: String
        let token: String
        let revoke: String
        let jwks: String
        let userinfo: String
        let push: String
        /// The device authorization endpoint, and the page for its codes (RFC 8628).
        let device: String
        let verify: String
        /// Where a session is ended (`end_session_endpoint`).
        let logout: String
        /// Where clients register, and below it each has its own place (RFC 7591, RFC 7592).
        let register: String
        /// Where it is asked what became of tokens (RFC 7662).
        let introspect: String
    }

    /// Whether authorization requests are pushed (RFC 9126), or signed.
    enum Push: String, Sendable { case required, optional }

    /// What is asked about at `/.well-known/webfinger` (RFC 7033).
    enum WebFinger: String, Sendable { case acct, url }

    let title: String
    let isOpenID: Bool
    let signing: SigningTraits
    let paths: Paths
    let codeSeconds: Int64
    /// How long a device code is good, and how many seconds must lie between two questions.
    let deviceSeconds: Int64
    let deviceInterval: Int64
    /// Nil: the tokens live for ever.
    let accessTokenSeconds: Int64?
    /// Whether answers say how long a token lives (`expires_in`): RFC 6749 5.1 only recommends it.
    let statesLifetime: Bool
    let refreshTokenSeconds: Int64?
    /// How long a consent is good, whatever is refreshed; nil: for ever.
    let authorizationSeconds: Int64?
    /// In which members answers say so.
    let toldEnds: Set<ToldEnd>
    let idTokenSeconds: Int64
    let idTokenOnRefresh: Bool
    var rotation: Rotation
    var replay: Replay
    let reuseRevokesFamily: Bool
    let requiresPKCE: Bool
    /// Whether authorization responses carry `iss` (RFC 9207).
    let sendsIssuer: Bool
    /// How authorization responses can come back unsigned; the first is how they do where nothing is asked for.
    let plainModes: [String]
    let grantTypes: [String]
    /// Nil: none can be.
    let push: Push?
    /// Whether authorization requests are signed (RFC 9101); nil: none can be.
    let requestObjects: Push?
    /// Nil: nothing is made of proofs.
    let proofs: ProofTraits?
    /// Whether tokens are bound to the certificate of the connection they are asked for on (RFC 8705 3).
    let bindsCertificates: Bool
    /// Whether clients with a certificate have endpoints of their own, below `/mtls`, and get none of the others (RFC 8705 5).
    let hasAliases: Bool
    /// Whether people can log out, and clients are told of it.
    let logsOut: Bool
    /// What it says of tokens that it is asked about (RFC 7662); nil: it is not to be asked.
    var introspects: Introspects?
    /// Whose issuer WebFinger tells (OpenID Connect Discovery 2.1): that of `acct:` addresses, or of URLs; nil: there is none.
    let webFinger: WebFinger?
    /// Whether the API answers 403, without a challenge, where RFC 6750 3.1 has 401.
    let forbidsDeadTokens: Bool
    /// Whether the token endpoint answers `invalid_request` to a refresh token that is over, as to one that never was, where
    /// RFC 6749 5.2 has `invalid_grant`.
    let forgetsDeadTokens: Bool
    /// Whether client assertions must say what they are (`client-authentication+jwt`).
    let wantsTypedAssertions: Bool
    /// Whether a refresh token that is revoked takes nothing along (RFC 7009 2.1 asks for that of those who can).
    let revokesOneToken: Bool
    /// Whether it also takes client assertions whose `aud` is an endpoint of its own, or a list with such a one or the issuer in
    /// it, as RFC 7523 3 allows.
    let takesEndpointAudience: Bool
    /// How its discovery document differs from what is written.
    let discovery: DiscoveryTraits
    /// In the order they are shown; the words are for the consent page.
    let scopes: [(name: String, words: String)]
    /// Scopes that may be asked for and are granted to nobody.
    let withheld: [String]
    /// What may be asked for beside scopes.
    let reach: ReachTraits
    let clients: [MockClient]
    /// Nil: no client registers itself.
    let registration: RegistrationTraits?
    /// Nil: it transmits no signals.
    let signals: TransmitterTraits?
    /// Nil: nothing is counted.
    var limits: Quota.Terms?

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(
            json, at: "authorization.json",
            knows: [
                "title", "openid", "signing", "endpoints", "codeSeconds", "accessTokenSeconds", "statesLifetime",
                "refreshTokenSeconds", "authorizationSeconds", "toldEnds", "idTokenSeconds", "idTokenOnRefresh",
                "rotation", "reuseRevokesFamily", "pkce", "sendsIssuer", "responseModes", "grants", "push",
                "requestObjects", "dpop", "bindsCertificates", "aliases", "logout", "webfinger", "introspection",
                "deviceSeconds", "deviceInterval", "discovery", "forbidsDeadTokens", "forgetsDeadTokens",
                "typedAssertions", "revokesOneToken", "endpointAudience", "scopes", "withheld", "clients",
                "registration", "signals", "limits", "resources", "detailTypes",
            ])
        title = try shape.text("title")
        isOpenID = try shape.bool("openid", default: true)
        signing = try SigningTraits(shape["signing"])
        paths = try Self.paths(shape["endpoints"])
        let year = 366 * 86_400
        codeSeconds = Int64(try shape.int("codeSeconds", in: 1...3600) ?? 60)
        deviceSeconds = Int64(try shape.int("deviceSeconds", in: 1...86_400) ?? 600)
        deviceInterval = Int64(try shape.int("deviceInterval", in: 1...3600) ?? 5)
        accessTokenSeconds = try shape.int("accessTokenSeconds", in: 1...year).map(Int64.init)
        statesLifetime = try shape.bool("statesLifetime", default: true)
        refreshTokenSeconds = try shape.int("refreshTokenSeconds", in: 1...10 * year).map(Int64.init)
        authorizationSeconds = try shape.int("authorizationSeconds", in: 1...10 * year).map(Int64.init)
        toldEnds = try Self.toldEnds(shape)
        idTokenSeconds = Int64(try shape.int("idTokenSeconds", in: 1...year) ?? 300)
        idTokenOnRefresh = try shape.bool("idTokenOnRefresh", default: false)
        (rotation, replay) = try Self.rotation(shape["rotation"])
        reuseRevokesFamily = try shape.bool("reuseRevokesFamily", default: true)
        switch try shape.optionalText("pkce") ?? "required" {
        case "required": requiresPKCE = true
        case "optional": requiresPKCE = false
        default: throw shape.problem("pkce", "this is required or optional")
        }
        sendsIssuer = try shape.bool("sendsIssuer", default: true)
        plainModes = try shape.texts("responseModes") ?? ["query"]
        guard !plainModes.isEmpty, plainModes.allSatisfy(["query", "form_post"].contains) else {
            throw shape.problem("responseModes", "query and form_post, or one of them")
        }
        grantTypes = try shape.texts("grants") ?? ["authorization_code", "refresh_token"]
        let known = ["authorization_code", "refresh_token", "client_credentials", Self.deviceGrant]
        for grant in grantTypes where !known.contains(grant) {
            throw shape.problem("grants", "\(grant) is not pretended here")
        }
        push = try Self.choice(shape, "push", "required or optional")
        requestObjects = try Self.choice(shape, "requestObjects", "required or optional")
        bindsCertificates = try shape.bool("bindsCertificates", default: false)
        logsOut = try shape.bool("logout", default: false)
        webFinger = try Self.choice(shape, "webfinger", "acct or url")
        introspects = try Self.choice(
            shape, "introspection", "one of \(Introspects.allCases.map(\.rawValue))")
        hasAliases = try shape.bool("aliases", default: false)
        forbidsDeadTokens = try shape.bool("forbidsDeadTokens", default: false)
        forgetsDeadTokens = try shape.bool("forgetsDeadTokens", default: false)
        wantsTypedAssertions = try shape.bool("typedAssertions", default: false)
        revokesOneToken = try shape.bool("revokesOneToken", default: false)
        takesEndpointAudience = try shape.bool("endpointAudience", default: false)
        discovery = try DiscoveryTraits(shape["discovery"])
        if let json = shape["dpop"] { proofs = try ProofTraits(json) } else { proofs = nil }
        scopes = try Self.scopes(shape)
        withheld = try shape.texts("withheld") ?? []
        reach = try ReachTraits(shape)
        clients = try Self.clients(shape)
        if let json = shape["registration"] {
            registration = try RegistrationTraits(json)
        } else {
            registration = nil
        }
        if let json = shape["signals"] { signals = try TransmitterTraits(json) } else { signals = nil }
        if let terms = shape["limits"] { limits = try Quota.Terms(terms) } else { limits = nil }
    }

    static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    /// Whether people consent in their browsers: else there is no page for that.
    var isForBrowsers: Bool { grantTypes.contains("authorization_code") }
    var isForDevices: Bool { grantTypes.contains(Self.deviceGrant) }

    private static func choice<T: RawRepresentable<String>>(
        _ shape: Shape, _ name: String, _ words: String
    ) throws(MockProblem) -> T? {
        guard let text = try shape.optionalText(name) else { return nil }
        guard let found = T(rawValue: text) else { throw shape.problem(name, words) }
        return found
    }

    private static func toldEnds(_ shape: Shape) throws(MockProblem) -> Set<ToldEnd> {
        var out: Set<ToldEnd> = []
        for name in try shape.texts("toldEnds") ?? [] {
            guard let end = ToldEnd(rawValue: name) else {
                throw shape.problem("toldEnds", "some of \(ToldEnd.allCases.map(\.rawValue))")
            }
            out.insert(end)
        }
        return out
    }

    private static func scopes(_ shape: Shape) throws(MockProblem) -> [(name: String, words: String)] {
        var out: [(name: String, words: String)] = []
        for scope in try shape.members("scopes") {
            guard let words = scope.value.string else {
                throw shape.problem("scopes", "each scope has words for the page")
            }
            out.append((scope.name, words))
        }
        if out.isEmpty { throw shape.problem("scopes", "at least one scope is needed") }
        return out
    }

    private static func clients(_ shape: Shape) throws(MockProblem) -> [MockClient] {
        var out: [MockClient] = []
        for (index, client) in try shape.list("clients").enumerated() {
            out.append(try MockClient(client, at: "authorization.json/clients/\(index)"))
        }
        if out.isEmpty { throw shape.problem("clients", "at least one client is needed") }
        return out
    }

    private static func paths(_ json: JSON?) throws(MockProblem) -> Paths {
        let names = [
            "authorize", "token", "revoke", "jwks", "userinfo", "push", "device", "verify", "logout", "register",
            "introspect",
        ]
        let usual = ["device": "/device_authorization", "verify": "/device", "logout": "/end_session"]
        let shape = try Shape(json ?? [:], at: "authorization.json/endpoints", knows: names)
        var found: [String] = []
        for name in names {
            let path = try shape.optionalText(name) ?? usual[name] ?? "/" + name
            guard path.hasPrefix("/"), !path.hasPrefix("/_mock") else {
                throw shape.problem(name, "a path like /\(name)")
            }
            found.append(path)
        }
        guard Set(found).count == found.count else { throw shape.problem("", "two endpoints share a path") }
        return Paths(
            authorize: found[0], token: found[1], revoke: found[2], jwks: found[3], userinfo: found[4], push: found[5],
            device: found[6], verify: found[7], logout: found[8], register: found[9], introspect: found[10])
    }

    static func rotation(_ json: JSON?) throws(MockProblem) -> (Rotation, Replay) {
        let shape = try Shape(
            json, at: "authorization.json/rotation", knows: ["policy", "seconds", "capSeconds", "every", "replay"])
        guard let replay = Replay(rawValue: try shape.optionalText("replay") ?? "parallel") else {
            throw shape.problem("replay", "parallel, same or old")
        }
        return (try rotation(shape), replay)
    }

    private static func rotation(_ shape: Shape) throws(MockProblem) -> Rotation {
        let policy = try shape.text("policy")
        let long = 1...366 * 86_400
        switch policy {
        case "none": return .none
        case "strict": return .strict
        case "sometimes": return .sometimes(every: try shape.int("every", in: 1...255) ?? 3)
        case "grace":
            guard let seconds = try shape.int("seconds", in: long) else { throw shape.problem("seconds", "needed") }
            return .grace(seconds: Int64(seconds))
        case "graceUntilUsed":
            guard let cap = try shape.int("capSeconds", in: long) else { throw shape.problem("capSeconds", "needed") }
            return .graceUntilUsed(capSeconds: Int64(cap))
        default: throw shape.problem("policy", "none, grace, graceUntilUsed, strict or sometimes")
        }
    }
}
