import HTTPClient
import HTTPServer
import PurserAPI
import PurserSimulation
import PurserWeb
import TestSupport
import Testing
import Wire

/// The API over real sockets: what the HTTP server refuses by itself is in the document too.
@Suite("The API over HTTP")
struct OverHTTPTests {
    private func serve(
        _ desk: Desk, _ vary: (inout HTTPServer.Configuration) -> Void = { _ in }
    ) throws -> HTTPServer {
        // On a port of its own, and asked under the name the desk's daemon has.
        var configuration = HTTPServer.Configuration(try HTTPServer.listen(tcp: "127.0.0.1", port: 0))
        configuration.refusal = Web.refusal
        vary(&configuration)
        return try HTTPServer(
            configuration, spawn: { work in Task { await work() } }, quick: { Answer(desk.ask($0)) },
            answer: { _ in Answer(.text("late")) })
    }

    private func ask(_ server: HTTPServer, _ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        if request.headers["Host"] == nil { request.headers["Host"] = "127.0.0.1:7878" }
        let (port, sent) = (server.port, request)
        let result = await beside { () -> Result<HTTPResponse, HTTPClientError> in
            do throws(HTTPClientError) {
                return .success(
                    try HTTPClient(.tcp(host: "127.0.0.1", port: port)).send(sent, timeoutSeconds: Patience.seconds))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    @Test("sizes beyond the limits: 413, 414, 431 as problems that the document allows")
    func sizes() async throws {
        let desk = Desk()
        let document = Walk(desk).document
        let token = desk.token("admin")
        let server = try serve(desk)
        func expect(_ status: Int, _ request: HTTPRequest) async throws {
            var request = request
            request.headers["Authorization"] = "Bearer \(token)"
            let response = try await ask(server, request)
            #expect(response.status == status)
            #expect(document.problems(response, to: request.method, request.path) == [])
        }
        try await expect(200, HTTPRequest("GET", "/v1/accounts"))
        let body = [UInt8](repeating: 32, count: (64 << 10) + 1)
        try await expect(
            413, HTTPRequest("POST", "/v1/links", headers: ["Content-Type": "application/json"], body: body))
        try await expect(414, HTTPRequest("GET", "/v1/accounts?x=" + String(repeating: "y", count: 8200)))
        var headers = HTTPHeaders()
        for number in 0..<101 { headers.append("X-\(number)", "v") }
        try await expect(431, HTTPRequest("GET", "/v1/accounts", headers: headers))
        try await expect(405, HTTPRequest("PUT", "/v1/accounts"))
        try await expect(404, HTTPRequest("GET", "/v1/nothing"))
    }

    @Test("HEAD has the header of GET and no body")
    func head() async throws {
        let desk = Desk()
        let token = desk.token("balances:read")
        let server = try serve(desk)
        let text = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "" }
            raw.send(
                "HEAD /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1:7878\r\nAuthorization: Bearer \(token)\r\n"
                    + "Connection: close\r\n\r\n")
            return raw.readToEnd()
        }
        #expect(text.hasPrefix("HTTP/1.1 200 "))
        #expect(text.contains("ETag: ") && text.hasSuffix("\r\n\r\n"))
    }

    @Test(
        "a header or a body that does not come in time: 408 as a problem",
        arguments: [
            "GET /v1/accounts HT", "POST /v1/links HTTP/1.1\r\nHost: 127.0.0.1:7878\r\nContent-Length: 9\r\n\r\n{",
        ])
    func slow(_ beginning: String) async throws {
        let desk = Desk()
        let document = Walk(desk).document
        let server = try serve(desk) { $0.wholeRequestSeconds = 1 }
        let text = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "" }
            raw.send(beginning)
            return raw.readToEnd()
        }
        let halves = text.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
        try #require(halves.count == 2)
        #expect(halves[0].hasPrefix("HTTP/1.1 408 "))
        #expect(halves[0].contains("Content-Type: application/problem+json"))
        let response = HTTPResponse(
            status: 408, headers: ["Content-Type": Problem.mediaType], body: Array(halves[1].utf8))
        #expect(document.problems(response, to: "POST", "/v1/links") == [])
        #expect(Problem(desk.json(response))?.kind == .timeout)
    }

    @Test(
        "what the server refuses by itself is a problem of a kind that has this status",
        arguments: [400, 408, 413, 414, 431, 503])
    func refusals(_ status: Int) {
        let desk = Desk()
        let response = Web.refusal(status)
        #expect(response.status == status)
        #expect(Walk(desk).document.problems(response, to: "GET", "/v1/accounts") == [])
        #expect(Problem(desk.json(response))?.kind.status == status)
    }

    @Test("a wrong token is counted against the address it really came from")
    func peer() async throws {
        let desk = Desk()
        let server = try serve(desk)
        var statuses: [Int] = []
        for _ in 0..<20 {
            var request = HTTPRequest("GET", "/v1/accounts")
            request.headers["Authorization"] = "Bearer purser_" + String(repeating: "a", count: 52)
            request.headers["X-Forwarded-For"] = "192.0.2.\(statuses.count)"
            statuses.append(try await ask(server, request).status)
        }
        #expect(statuses.first == 401 && statuses.last == 429)
        #expect(desk.stage.logLines.contains { $0.contains("wrong token") && $0.contains("127.0.0.1") })
    }
}
