public import HTTPServer
import PurserAPI
public import PurserEngine
public import Wire

/// What the web says about the daemon it runs in.
public struct DaemonFacts: Sendable {
    public let version: String
    public let startedAt: Instant
    /// `http://127.0.0.1:7878`, with the port it really got.
    public let listen: String
    /// Where people and providers reach it, if not there: `--public-url`.
    public let publicURL: String?
    public let data: String
    public let keySource: String
    /// Why the keys cannot be had; nil: open.
    public let sealed: String?
    /// The user the daemon runs as: the socket answers this one and root.
    public let uid: UInt32
    /// Work under way.
    public let working: @Sendable () -> Int

    public init(
        version: String, startedAt: Instant, listen: String, publicURL: String? = nil, data: String, keySource: String,
        sealed: String?, uid: UInt32, working: @escaping @Sendable () -> Int
    ) {
        self.version = version
        self.startedAt = startedAt
        self.listen = listen
        self.publicURL = publicURL
        self.data = data
        self.keySource = keySource
        self.sealed = sealed
        self.uid = uid
        self.working = working
    }

    /// What every address of ours begins with.
    var address: String { publicURL ?? listen }
}

/// Our HTTP side: the API, on the daemon's socket and on TCP with a token; the OAuth callback and health on TCP.
public struct Web: Sendable {
    let world: World
    let catalogue: Catalogue
    let keys: any KeyKeeper
    /// Nil while sealed: status answers, the rest says why.
    var wallet: Wallet? { keys.wallet }
    let facts: DaemonFacts
    let tokens: Tokens
    let signed: SignedTokens
    let limits: RequestLimits
    private let names: OurNames
    /// Something was made due: wake the clockwork.
    let poke: @Sendable () -> Void
    /// Lets a little time pass while somebody waits for a link; milliseconds.
    let pause: @Sendable (Int64) async -> Void
    /// Where else people may come back to.
    let doors: any CallbackDoors
    /// How folders are read for whoever writes them.
    let folders: FolderSource

    /// - Parameters:
    ///   - keys: nil: `wallet` is there, or not, for good.
    ///   - issuers: whose access tokens are taken beside our own.
    public init(
        world: World, catalogue: Catalogue, wallet: Wallet? = nil, keys: (any KeyKeeper)? = nil, facts: DaemonFacts,
        trusting issuers: [TrustedIssuer] = [], limits: RequestLimits = RequestLimits(),
        doors: any CallbackDoors = ClosedDoors(),
        folders: FolderSource = .none, poke: @escaping @Sendable () -> Void,
        pause: @escaping @Sendable (Int64) async -> Void
    ) {
        self.doors = doors
        self.folders = folders
        self.world = world
        self.catalogue = catalogue
        self.keys = keys ?? FixedKeys(wallet, sealed: facts.sealed, source: facts.keySource)
        self.facts = facts
        self.limits = limits
        tokens = Tokens(world, catalogue)
        signed = SignedTokens(world, issuers, address: facts.address)
        names = OurNames(listen: URI(facts.listen), address: facts.publicURL.flatMap { URI($0) })
        self.poke = poke
        self.pause = pause
    }

    /// Answers one request.
    ///
    /// - Parameter isAtDoor: it came in where one response is waited for, and nothing else is answered.
    public func answer(_ incoming: IncomingRequest, isAtDoor: Bool = false) async -> Answer {
        var response: HTTPResponse
        do {
            switch incoming.local {
            case .unix: response = try await onSocket(incoming)
            case .tcp(_, let port) where isAtDoor: response = try await onDoor(incoming.request, port)
            case .tcp: response = try await onTCP(incoming)
            }
        } catch { response = error.response }
        response.headers["Cache-Control"] = response.headers["Cache-Control"] ?? "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return Answer(response)
    }

    /// The socket is ours alone: mode 0600, and the peer is asked for besides. It acts as admin of the first wallet.
    private func onSocket(_ incoming: IncomingRequest) async throws(Problem) -> HTTPResponse {
        guard let uid = incoming.peerUID, uid == facts.uid || uid == 0 else {
            throw Problem(.unauthorized, "this socket belongs to another user")
        }
        return try await api(incoming.request, by: .socket(uid: uid))
    }

    /// On TCP there are the callback, the API for those who have a token, and whether we live.
    private func onTCP(_ incoming: IncomingRequest) async throws(Problem) -> HTTPResponse {
        let request = incoming.request
        let isOurName = names.fit(request.headers.all("Host"))
        if let provider = await callbackProvider(request, door: nil, isOurName: isOurName) {
            return try await Callback(web: self).take(provider, request)
        }
        guard isOurName else {
            return .text("this is purser at \(facts.address), and nobody else\n", status: 421)
        }
        let path = request.path
        if path == "/healthz" || path == "/readyz" {
            guard request.method == "GET" || request.method == "HEAD" else {
                throw RouteTable.wrongMethod(["GET", "HEAD"])
            }
            return health(isReadiness: path == "/readyz")
        }
        if Route.open.contains(path) { return try await api(request, by: .nobody) }
        if path == "/v1" || path.hasPrefix("/v1/") { return await withToken(incoming) }
        if path.hasPrefix(BackChannelLogout.path) {
            guard request.method == "POST" else { throw RouteTable.wrongMethod(["POST"]) }
            return await BackChannelLogout(web: self).answer(
                String(path.dropFirst(BackChannelLogout.path.utf8.count)), request)
        }
        if path.hasPrefix(LoggedOut.path) {
            guard request.method == "GET" else { throw RouteTable.wrongMethod(["GET"]) }
            return await LoggedOut(web: self).answer(String(path.dropFirst(LoggedOut.path.utf8.count)), request)
        }
        if path.hasPrefix(LoginInitiation.path) {
            guard ["GET", "POST"].contains(request.method) else { throw RouteTable.wrongMethod(["GET", "POST"]) }
            return LoginInitiation(web: self).answer(String(path.dropFirst(LoginInitiation.path.utf8.count)), request)
        }
        if path.hasPrefix("/callback/") {
            guard request.method == "GET" else { throw RouteTable.wrongMethod(["GET"]) }
            return Callback(web: self).unknown
        }
        return .text("not found\n", status: 404)
    }

    /// A port that is listened to for one response, and for nothing else.
    private func onDoor(_ request: HTTPRequest, _ port: Int) async throws(Problem) -> HTTPResponse {
        guard ["GET", "POST"].contains(request.method),
            let provider = await callbackProvider(request, door: port, isOurName: false)
        else { return .text("not found\n", status: 404) }
        return try await Callback(web: self).take(provider, request)
    }

    /// What is there and what is not is told to those who have a token, and to nobody else.
    private func withToken(_ incoming: IncomingRequest) async -> HTTPResponse {
        let from = incoming.peer?.network.description ?? "?"
        var response: HTTPResponse
        do {
            response = try await api(incoming.request, by: try await caller(incoming.request, from: from))
        } catch { response = error.response }
        response.headers["Vary"] = "Authorization"
        return response
    }

    private func health(isReadiness: Bool) -> HTTPResponse {
        // Why is for its owner: on the socket.
        if isReadiness, keys.sealed != nil { return .text("sealed; purser status says why\n", status: 503) }
        return .text("ok\n")
    }
}
