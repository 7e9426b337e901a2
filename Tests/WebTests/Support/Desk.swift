import HTTPServer
import PurserAPI
import PurserEngine
import PurserSimulation
import PurserWeb
import Testing
import Wire

/// Our HTTP side over a simulated world: request in, response out, no socket.
final class Desk: @unchecked Sendable {
    // Ownership: one test.
    let stage: Stage
    private let sealed: String?
    private let publicURL: String?
    private let limits = RequestLimits()
    /// Whose tokens are taken beside our own, and where its documents are.
    private let issuers: [TrustedIssuer]
    private let documents: [String: JSON]

    /// - Parameters:
    ///   - more: shipped providers beside skyways.
    ///   - issuers: whose access tokens are taken.
    ///   - documents: what is found outside the simulated world, by address.
    ///   - changed: a file of a folder as it is to be.
    init(
        sealed: String? = nil, publicURL: String? = nil, more: [String] = [],
        trusting issuers: [TrustedIssuer] = [], documents: [String: JSON] = [:],
        changed: (String, JSON) -> JSON = { $1 }
    ) {
        self.issuers = issuers
        self.documents = documents
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        let providers = (["skyways"] + more).map { name in
            guard
                let provider = FolderOnDisk.read(parts.joined(separator: "/") + "/providers/" + name, changed: changed)
            else {
                preconditionFailure("providers/\(name) does not load; ProviderTests say why")
            }
            return provider
        }
        self.sealed = sealed
        self.publicURL = publicURL
        stage = Stage(seed: 5, providers: providers, runner: MemoryRunner())
        stage.run(seconds: 1)
    }

    func ask(_ incoming: IncomingRequest) -> HTTPResponse { ask([incoming])[0] }

    /// One after another, in no time.
    func ask(_ incoming: [IncomingRequest]) -> [HTTPResponse] {
        let (stage, sealed, publicURL, limits) = (stage, sealed, publicURL, limits)
        let (issuers, documents) = (issuers, documents)
        let answer = stage.perform { door, world in
            let world = documents.isEmpty ? world : Elsewhere.world(world, documents)
            let facts = DaemonFacts(
                version: "test", startedAt: Stage.start, listen: "http://127.0.0.1:7878", publicURL: publicURL,
                data: "/data", keySource: "file /rootkey", sealed: sealed, uid: 1000, working: { 0 })
            let web = Web(
                world: world, catalogue: stage.catalogue,
                keys: DeskKeys(wallet: sealed == nil ? door : nil, sealed: sealed),
                facts: facts, trusting: issuers,
                limits: limits, folders: Folders.source, poke: {}, pause: { await stage.pause(milliseconds: $0) })
            var responses: [HTTPResponse] = []
            for one in incoming { responses.append(await web.answer(one).response) }
            return responses
        }
        return answer ?? incoming.map { _ in HTTPResponse(status: 0) }
    }

    /// As the purser command asks.
    func socket(_ method: String, _ target: String, body: JSON? = nil, uid: UInt32? = 1000, headers: HTTPHeaders = [:])
        -> HTTPResponse
    {
        ask(
            IncomingRequest(
                request: Self.request(method, target, headers, body), peerUID: uid,
                local: .unix(path: "/run/purser.sock")))
    }

    /// As a browser asks, or a program with a token.
    func tcp(
        _ method: String, _ target: String, host: String? = "127.0.0.1:7878", token: String? = nil, body: JSON? = nil,
        headers: HTTPHeaders = [:], from peer: String = "127.0.0.1"
    ) -> HTTPResponse {
        ask(
            Self.incoming(method, target, host: host, token: token, body: body, headers: headers, from: peer))
    }

    static func incoming(
        _ method: String, _ target: String, host: String? = "127.0.0.1:7878", token: String? = nil, body: JSON? = nil,
        headers: HTTPHeaders = [:], from peer: String = "127.0.0.1"
    ) -> IncomingRequest {
        var request = request(method, target, headers, body)
        if let host { request.headers["Host"] = host }
        if let token { request.headers["Authorization"] = "Bearer " + token }
        return IncomingRequest(
            request: request, peerUID: nil, peer: Peer(peer), local: .tcp(host: "127.0.0.1", port: 7878))
    }

    private static func request(
        _ method: String, _ target: String, _ headers: HTTPHeaders, _ body: JSON?
    ) -> HTTPRequest {
        var request = HTTPRequest(method, target, headers: headers, body: body?.bytes ?? [])
        if body != nil, headers["Content-Type"] == nil { request.headers["Content-Type"] = "application/json" }
        return request
    }

    func json(_ response: HTTPResponse) -> JSON { (try? JSON.parse(response.body, limits: .file)) ?? .null }

    func linked(_ member: Int = 0) -> String {
        let known = Set(stage.links().map(\.id))
        stage.link(member: member)
        stage.run(seconds: 60)
        return stage.links().first { !known.contains($0.id) }?.id.rawValue ?? ""
    }

    /// A token made on the socket: its text.
    func token(_ scopes: String..., programmes: [String]? = nil, expires: String? = nil) -> String {
        made(scopes, programmes: programmes, expires: expires)?.token ?? ""
    }

    /// A token with every scope, made while the keys were still there.
    var admin: String {
        let catalogue = stage.catalogue
        let made = stage.perform { _, world in
            try? await Tokens(world, catalogue).make(NewToken(scopes: [.admin]), in: .first, with: nil).text
        }
        return (made ?? nil) ?? ""
    }

    func made(_ scopes: [String], programmes: [String]? = nil, expires: String? = nil) -> TokenMade? {
        var body = JSONObject([("scopes", .array(scopes.map { .string($0) }))])
        if let programmes { body["programmes"] = .array(programmes.map { .string($0) }) }
        if let expires { body["expires"] = .string(expires) }
        return TokenMade(json(socket("POST", "/v1/tokens", body: .object(body))))
    }
}
