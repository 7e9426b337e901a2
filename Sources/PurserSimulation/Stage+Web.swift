import HTTPServer
import PurserEngine
import PurserWeb
import Wire

// The daemon's own HTTP side, as a browser meets it on loopback.

extension Stage {
    /// Answers one request on TCP.
    func ask(_ request: HTTPRequest, _ door: Wallet, _ world: World) async -> HTTPResponse {
        let facts = DaemonFacts(
            version: "simulated", startedAt: Self.start, listen: "http://" + Self.name, data: "/data",
            keySource: "simulated", sealed: nil, uid: 1000, working: { 0 })
        let web = Web(
            world: world, catalogue: catalogue, wallet: door, facts: facts, poke: {},
            pause: { [self] in await pause(milliseconds: $0) })
        var request = request
        request.headers["Host"] = Self.name
        let incoming = IncomingRequest(
            request: request, peerUID: nil, peer: Peer("127.0.0.1"), local: .tcp(host: "127.0.0.1", port: 7878))
        return await web.answer(incoming).response
    }

    private static let name = "127.0.0.1:7878"

    /// What the daemon answers a request; nil: it is not up, or answered nothing in ten minutes.
    func asked(_ request: HTTPRequest) -> HTTPResponse? {
        perform { [self] door, world in await ask(request, door, world) }
    }
}

extension HTTPRequest {
    /// With these parameters: in the query of a GET, in the form of a POST.
    static func with(_ form: Form, _ method: String, _ path: String) -> HTTPRequest {
        guard method == "POST" else {
            return HTTPRequest(method, form.fields.isEmpty ? path : path + "?" + form.encoded)
        }
        return HTTPRequest(
            method, path, headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(form.encoded.utf8))
    }
}
