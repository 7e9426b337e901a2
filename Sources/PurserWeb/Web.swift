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
    public let data: String
    public let keySource: String
    /// Why the keys cannot be had; nil: open.
    public let sealed: String?
    /// The user the daemon runs as: the socket answers this one and root.
    public let uid: UInt32
    /// Work under way.
    public let working: @Sendable () -> Int

    public init(
        version: String, startedAt: Instant, listen: String, data: String, keySource: String, sealed: String?,
        uid: UInt32, working: @escaping @Sendable () -> Int
    ) {
        self.version = version
        self.startedAt = startedAt
        self.listen = listen
        self.data = data
        self.keySource = keySource
        self.sealed = sealed
        self.uid = uid
        self.working = working
    }
}

/// Our HTTP side: the API on the daemon's socket, the OAuth callback and health on TCP.
public struct Web: Sendable {
    let world: World
    let catalogue: Catalogue
    /// Nil while sealed: status answers, the rest says why.
    let wallet: Wallet?
    let facts: DaemonFacts
    /// Something was made due: wake the clockwork.
    let poke: @Sendable () -> Void
    /// Lets a little time pass while somebody waits for a link; milliseconds.
    let pause: @Sendable (Int64) async -> Void
    /// Where else people may come back to.
    let doors: any CallbackDoors

    public init(
        world: World, catalogue: Catalogue, wallet: Wallet?, facts: DaemonFacts,
        doors: any CallbackDoors = ClosedDoors(), poke: @escaping @Sendable () -> Void,
        pause: @escaping @Sendable (Int64) async -> Void
    ) {
        self.doors = doors
        self.world = world
        self.catalogue = catalogue
        self.wallet = wallet
        self.facts = facts
        self.poke = poke
        self.pause = pause
    }

    /// Answers one request.
    public func answer(_ incoming: IncomingRequest) async -> Answer {
        var response: HTTPResponse
        do {
            switch incoming.local {
            case .unix: response = try await onSocket(incoming)
            case .tcp(_, let port):
                response =
                    port == URI(facts.listen)?.port
                    ? try await onTCP(incoming.request) : await onDoor(incoming.request, port)
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

    /// On TCP there is the callback, and whether we live. A name that is not ours (DNS rebinding) gets nothing.
    private func onTCP(_ request: HTTPRequest) async throws(Problem) -> HTTPResponse {
        let isOurName = isOurName(request.headers.all("Host"))
        if let provider = await callbackProvider(request, door: nil, isOurName: isOurName) {
            guard request.method == "GET" else { throw RouteTable.wrongMethod(["GET"]) }
            return await Callback(web: self).answer(provider, request)
        }
        guard isOurName else { return Self.misdirected(facts.listen) }
        let path = request.path
        if path == "/healthz" || path == "/readyz" {
            guard request.method == "GET" || request.method == "HEAD" else {
                throw RouteTable.wrongMethod(["GET", "HEAD"])
            }
            return health(isReadiness: path == "/readyz")
        }
        if path == Route.document.path { return try await api(request, by: .nobody) }
        if path == "/v1" || path.hasPrefix("/v1/") {
            var refusal = Problem(
                .unauthorized, "the API is not open here", detail: "the purser command speaks to the daemon's socket"
            ).response
            refusal.headers["WWW-Authenticate"] = "Bearer realm=\"purser\""
            return refusal
        }
        if path.hasPrefix("/callback/") {
            guard request.method == "GET" else { throw RouteTable.wrongMethod(["GET"]) }
            return Callback(web: self).unknown
        }
        return .text("not found\n", status: 404)
    }

    /// A port that is listened to for one response, and for nothing else.
    private func onDoor(_ request: HTTPRequest, _ port: Int) async -> HTTPResponse {
        guard request.method == "GET", let provider = await callbackProvider(request, door: port, isOurName: false)
        else { return .text("not found\n", status: 404) }
        return await Callback(web: self).answer(provider, request)
    }

    private static func misdirected(_ listen: String) -> HTTPResponse {
        .text("this is purser at \(listen), and nobody else\n", status: 421)
    }

    private func isOurName(_ hosts: [String]) -> Bool {
        guard hosts.count == 1, let listen = URI(facts.listen) else { return false }
        let names = [listen.host, "localhost", "127.0.0.1", "[::1]"]
        return names.contains {
            hosts[0].lowercased() == "\($0):\(listen.port)" || (listen.port == 80 && hosts[0] == $0)
        }
    }

    private func health(isReadiness: Bool) -> HTTPResponse {
        if isReadiness, let why = facts.sealed { return .text("sealed: \(why)\n", status: 503) }
        return .text("ok\n")
    }
}
