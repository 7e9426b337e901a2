import Glibc
import HTTPClient
import PurserAPI
import Usage
import Wire

/// The daemon at the other end of the socket.
struct Daemon {
    let socket: String

    init(_ line: Line) { socket = line.value("--socket") ?? Self.usualSocket }

    /// `PURSER_SOCKET`, else `$XDG_RUNTIME_DIR/purser.sock`, else `purser.sock` in the data folder.
    private static var usualSocket: String {
        if let named = Environment.value("PURSER_SOCKET"), !named.isEmpty { return named }
        let home = Environment.value("HOME") ?? ""
        let data = Environment.value("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/share"
        if let runtime = Environment.value("XDG_RUNTIME_DIR"), runtime.hasPrefix("/") {
            return runtime + "/purser.sock"
        }
        return data + "/purser/purser.sock"
    }

    func get(_ path: String, waitSeconds: Int = 0) throws(Stop) -> JSON { try ask("GET", path, nil, 30 + waitSeconds) }
    func post(_ path: String, _ body: JSON? = nil, seconds: Int = 60) throws(Stop) -> JSON {
        try ask("POST", path, body, seconds)
    }
    func put(_ path: String, _ body: JSON) throws(Stop) -> JSON { try ask("PUT", path, body, 60) }
    func delete(_ path: String) throws(Stop) -> JSON { try ask("DELETE", path, nil, 90) }

    /// The answer's bytes, for a command that only passes them on or reads them once.
    func bytes(_ path: String) throws(Stop) -> [UInt8] { try answer("GET", path, nil, 30).body }

    private func ask(_ method: String, _ path: String, _ body: JSON?, _ seconds: Int) throws(Stop) -> JSON {
        let response = try answer(method, path, body, seconds)
        guard let json = try? JSON.parse(response.body, limits: .file) else {
            throw .failed("the daemon's answer cannot be read; is it of the same version?")
        }
        return json
    }

    private func answer(_ method: String, _ path: String, _ body: JSON?, _ seconds: Int) throws(Stop) -> HTTPResponse {
        var request = HTTPRequest(method, path)
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = body.bytes
        }
        let response: HTTPResponse
        do { response = try HTTPClient(.unix(socket)).send(request, timeoutSeconds: seconds) } catch {
            throw refusal(error)
        }
        guard response.status < 400 else {
            if let problem = (try? JSON.parse(response.body)).flatMap(Problem.init) {
                throw .failed(problem.title + (problem.detail.map { "\n  " + $0 } ?? ""))
            }
            throw .failed("the daemon answered HTTP \(response.status)")
        }
        return response
    }

    private func refusal(_ error: HTTPClientError) -> Stop {
        switch error {
        case .notRunning, .refused:
            Stop(
                ExitCode.noDaemon,
                """
                the daemon is not running (nobody answers at \(socket))
                  to start it:  \(Starting.line)
                  if it listens elsewhere, name its socket:  purser --socket PATH …   (or set PURSER_SOCKET)
                """)
        case .notAllowed: Stop(ExitCode.noDaemon, "the socket \(socket) belongs to another user")
        default: Stop(ExitCode.noDaemon, "the daemon at \(socket): \(error)")
        }
    }

    /// All links, oldest first.
    func links() throws(Stop) -> [LinkShown] {
        try get("/v1/links")["links"]?.array?.compactMap(LinkShown.init) ?? []
    }

    /// The link of this id, as soon as nothing is under way with it or so many seconds have passed.
    func link(_ id: String, waitSeconds: Int) throws(Stop) -> LinkShown {
        let json = try get("/v1/links/\(id)?wait=\(waitSeconds)s", waitSeconds: waitSeconds)
        guard let link = LinkShown(json) else { throw .failed("the daemon's answer cannot be read") }
        return link
    }
}
