import Crypto
import HTTPServer
import PurserEngine
import PurserSystem
import Testing
import Threads
import Wire

/// A server of our own on loopback that remembers what came in.
final class Echo: Sendable {
    private let seen = Lock<[HTTPRequest]>([])
    private let server: HTTPServer

    init(_ answer: @escaping @Sendable (HTTPRequest) -> Answer) throws {
        let listener = try HTTPServer.listen(tcp: "127.0.0.1", port: 0)
        let seen = seen
        server = try HTTPServer(
            HTTPServer.Configuration(listener), spawn: { work in Task { await work() } },
            // On the server's own thread: other tests may keep the pool busy for longer than a deadline here.
            quick: { incoming in
                seen.withLock { $0.append(incoming.request) }
                return answer(incoming.request)
            },
            answer: { _ in Answer(.text("", status: 500)) })
    }

    var requests: [HTTPRequest] { seen.withLock { $0 } }
    func uri(_ path: String, host: String = "127.0.0.1") -> URI { URI("http://\(host):\(server.port)\(path)")! }
    func stop() { server.stop() }
}

@Suite("The way to providers, over libcurl")
struct TransportTests {
    private func asked(_ request: ProviderRequest) async -> Result<HTTPResponse, TransportError> {
        let transport = CurlTransport(slots: 4)
        defer { transport.stop() }
        do throws(TransportError) { return .success(try await transport.send(request)) } catch {
            return .failure(error)
        }
    }

    @Test("C44: a request arrives as it was made, and its answer comes back whole")
    func whole() async throws {
        let echo = try Echo { _ in
            var response = HTTPResponse.json(["ok": true], status: 201)
            response.headers["X-Twice"] = "a"
            return Answer(response)
        }
        let request = ProviderRequest(
            "POST", echo.uri("/token?a=b"), headers: ["Content-Type": "application/x-www-form-urlencoded"],
            authorization: Secret("Bearer abc"), body: Secret("grant_type=x"), sending: .onceFresh)
        let response = try await asked(request).get()
        #expect(response.status == 201)
        #expect(response.body == Array(#"{"ok":true}"#.utf8))
        #expect(response.headers["x-twice"] == "a")
        let seen = echo.requests
        #expect(seen.count == 1)
        #expect(seen[0].target == "/token?a=b")
        #expect(seen[0].headers["Authorization"] == "Bearer abc")
        #expect(seen[0].body == Array("grant_type=x".utf8))
        #expect(seen[0].headers["Expect"] == nil)
        #expect(seen[0].headers["Cookie"] == nil)
        #expect(seen[0].headers["User-Agent"] == "purser")
    }

    @Test("Other methods arrive as they are, with a body or without", arguments: ["PUT", "DELETE", "GET"])
    func methods(_ method: String) async throws {
        let echo = try Echo { _ in Answer(HTTPResponse(status: 204)) }
        let body = method == "PUT" ? Secret("{}") : nil
        let request = ProviderRequest(
            method, echo.uri("/register/c"), headers: body == nil ? [:] : ["Content-Type": "application/json"],
            authorization: Secret("Bearer abc"), body: body, sending: .onceFresh)
        #expect(try await asked(request).get().status == 204)
        let seen = try #require(echo.requests.first)
        #expect(echo.requests.count == 1 && seen.method == method && seen.headers["Authorization"] == "Bearer abc")
        #expect(seen.body == Array((method == "PUT" ? "{}" : "").utf8))
        #expect(seen.headers["Expect"] == nil && seen.headers["Transfer-Encoding"] == nil)
    }

    @Test("C10: a redirect is an answer like any other and is not followed")
    func redirect() async throws {
        let echo = try Echo { _ in Answer(.redirect("http://127.0.0.1:1/elsewhere", status: 302)) }
        let response = try await asked(ProviderRequest("GET", echo.uri("/"))).get()
        #expect(response.status == 302)
        #expect(echo.requests.count == 1)
    }

    @Test("C8: no coding is asked for, and what comes in one all the same stays as it is: nothing swells here")
    func coded() async throws {
        let squeezed: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0]
        let echo = try Echo { _ in
            Answer(HTTPResponse(status: 200, headers: ["Content-Encoding": "gzip"], body: squeezed))
        }
        let response = try await asked(ProviderRequest("GET", echo.uri("/"))).get()
        #expect(response.body == squeezed)
        #expect(echo.requests.first?.headers["Accept-Encoding"] == nil)
    }

    @Test("cookies are neither kept nor sent")
    func cookies() async throws {
        let echo = try Echo { _ in
            Answer(HTTPResponse(status: 200, headers: ["Set-Cookie": "a=b; Path=/"], body: Array("{}".utf8)))
        }
        let transport = CurlTransport(slots: 1)
        defer { transport.stop() }
        for _ in 0..<2 { _ = try await transport.send(ProviderRequest("GET", echo.uri("/"))) }
        #expect(echo.requests.count == 2)
        #expect(echo.requests.allSatisfy { $0.headers["Cookie"] == nil })
    }

    @Test("C8: an answer over its limit is refused, one at the limit is not")
    func tooLarge() async throws {
        let echo = try Echo { _ in Answer(HTTPResponse(status: 200, body: Array(repeating: 0x41, count: 1000))) }
        let over = await asked(ProviderRequest("GET", echo.uri("/"), answerBytes: 999))
        #expect(over == .failure(.tooLarge))
        let exact = try await asked(ProviderRequest("GET", echo.uri("/"), answerBytes: 1000)).get()
        #expect(exact.body.count == 1000)
    }

    @Test("C8: an answer cut in the middle is no answer, and the request is not sent again", arguments: [0, 5])
    func cut(_ bytes: Int) async throws {
        let echo = try Echo { _ in
            Answer(HTTPResponse(status: 200, body: Array(repeating: 0x41, count: 10)), cutAfterBytes: bytes)
        }
        let outcome = await asked(ProviderRequest("POST", echo.uri("/"), body: Secret("a=b"), sending: .once))
        switch outcome {
        case .failure(.noAnswer): #expect(bytes == 0)
        // What came is handed over, as a part.
        case .failure(.cut(let part)): #expect(part.status == 200 && part.body == Array(repeating: 0x41, count: bytes))
        default: Issue.record("\(outcome)")
        }
        #expect(echo.requests.count == 1)
    }

    @Test("a token endpoint's answer that is too large is handed over as a part, its first 64 KiB; another's is not")
    func tooLargePart() async throws {
        let echo = try Echo { _ in Answer(HTTPResponse(status: 200, body: Array(repeating: 0x41, count: 100_000))) }
        let limit = Limits.tokenAnswerBytes
        let token = ProviderRequest("POST", echo.uri("/"), body: Secret("a=b"), sending: .onceFresh, answerBytes: limit)
        guard case .failure(.cut(let part)) = await asked(token) else { return #expect(Bool(false)) }
        #expect(part.status == 200 && part.body == Array(repeating: 0x41, count: limit))
        let pull = ProviderRequest("GET", echo.uri("/"), answerBytes: limit)
        #expect(await asked(pull) == .failure(.tooLarge))
    }

    @Test("a connection that dies before the answer: a token POST is sent once and never again")
    func dead() async throws {
        let echo = try Echo { _ in Answer(HTTPResponse(status: 200), cutAfterBytes: -1) }
        let outcome = await asked(ProviderRequest("POST", echo.uri("/"), body: Secret("a=b"), sending: .onceFresh))
        guard case .failure(.noAnswer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(echo.requests.count == 1)
    }

    @Test("nobody listening: nothing was sent, and that is said")
    func refused() async throws {
        let echo = try Echo { _ in Answer(.text("")) }
        let uri = echo.uri("/")
        echo.stop()
        let outcome = await asked(ProviderRequest("POST", uri, body: Secret("a=b"), sending: .onceFresh))
        guard case .failure(.notSent) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("C44: plain http goes to loopback literals alone: to a name of this very machine nothing is sent")
    func insecure() async throws {
        let echo = try Echo { _ in Answer(.text("")) }
        for host in ["localhost", "LOCALHOST", "127.1", "localhost."] {
            let outcome = await asked(ProviderRequest("GET", echo.uri("/", host: host)))
            #expect(outcome == .failure(.notSent("unsupported protocol")), "\(host)")
        }
        #expect(echo.requests.isEmpty)
        #expect(try await asked(ProviderRequest("GET", echo.uri("/"))).get().status == 200)
    }

    @Test("C8: no answer by the deadline: given up, and it counts as sent")
    func deadline() async throws {
        let echo = try Echo { _ in Answer(.text("late"), delayMilliseconds: 60_000) }
        let outcome = await asked(
            ProviderRequest("POST", echo.uri("/"), body: Secret("a"), sending: .once, deadlineSeconds: 1))
        guard case .failure(.noAnswer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("C8: bytes that come one by one keep nobody beyond the deadline, and what came of tokens is handed over")
    func drip() async throws {
        // Whole after half a minute.
        let body = [UInt8](repeating: 0x41, count: 120)
        let echo = try Echo { _ in Answer(HTTPResponse(status: 200, body: body), dripMilliseconds: 250) }
        let read = await asked(ProviderRequest("GET", echo.uri("/"), deadlineSeconds: 1))
        guard case .failure(.noAnswer) = read else { return #expect(Bool(false), "\(read)") }
        let token = ProviderRequest("POST", echo.uri("/"), body: Secret("a"), sending: .onceFresh, deadlineSeconds: 1)
        switch await asked(token) {
        case .failure(.noAnswer): break
        case .failure(.cut(let part)): #expect(part.status == 200 && part.body.count < body.count)
        case let other: Issue.record("\(other)")
        }
        #expect(echo.requests.count == 2)
    }

    @Test("C8: bytes that come one by one are counted: what is above the limit is refused before the deadline")
    func dripTooLarge() async throws {
        let body = [UInt8](repeating: 0x41, count: 1 << 20)
        let echo = try Echo { _ in Answer(HTTPResponse(status: 200, body: body), dripMilliseconds: 1) }
        let request = ProviderRequest("GET", echo.uri("/"), answerBytes: 9, deadlineSeconds: 60)
        #expect(await asked(request) == .failure(.tooLarge))
        let short = try Echo { _ in Answer(.text("in drops"), dripMilliseconds: 1) }
        let whole = try await asked(ProviderRequest("GET", short.uri("/"), answerBytes: 8)).get()
        #expect(whole.body == Array("in drops".utf8))
    }

    @Test("more requests than slots are all answered")
    func many() async throws {
        let echo = try Echo { request in Answer(.text(request.target)) }
        let transport = CurlTransport(slots: 3)
        defer { transport.stop() }
        let answers = await withTaskGroup(of: String?.self) { group in
            for number in 0..<40 {
                let uri = echo.uri("/\(number)")
                group.addTask {
                    (try? await transport.send(ProviderRequest("GET", uri))).map {
                        String(decoding: $0.body, as: UTF8.self)
                    }
                }
            }
            return await group.reduce(into: Set<String>()) { if let text = $1 { $0.insert(text) } }
        }
        #expect(answers == Set((0..<40).map { "/\($0)" }))
    }

    @Test("after stop nothing is sent any more")
    func stopped() async throws {
        let echo = try Echo { _ in Answer(.text("")) }
        let transport = CurlTransport()
        transport.stop()
        await #expect(throws: TransportError.self) { try await transport.send(ProviderRequest("GET", echo.uri("/"))) }
        #expect(echo.requests.isEmpty)
    }
}
