import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

@Suite struct AnswerTests {
    @Test("A request arrives as it was sent and its answer comes back whole")
    func echo() async throws {
        let server = try serve(quick: { incoming in
            let request = incoming.request
            var response = HTTPResponse.text("\(request.method) \(request.target) \(request.body.count)", status: 201)
            response.headers["X-Seen"] = request.headers.all("X-Twice").joined(separator: "|")
            return Answer(response)
        })
        var request = HTTPRequest("POST", "/a%2Fb/%C3%A9?x=1&y=%20+&x=2", body: [UInt8](repeating: 7, count: 5000))
        request.headers.append("X-Twice", "one")
        request.headers.append("x-twice", "two")
        let response = try await server.ask(request).get()
        #expect(response.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "POST /a%2Fb/%C3%A9?x=1&y=%20+&x=2 5000")
        #expect(response.headers["X-Seen"] == "one|two")
        #expect(response.headers["Content-Length"] == String(response.body.count))
        #expect(response.headers.all("Date").count == 1)
    }

    @Test("A body sent in chunks is put together")
    func chunked() async throws {
        let server = try serve(quick: { Answer(.text(String(decoding: $0.request.body, as: UTF8.self))) })
        let text = await server.exchange(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(text.hasSuffix("\r\n\r\nabcde"))
    }

    @Test("HEAD gets the length of the body and no body")
    func head() async throws {
        let server = try serve(quick: { _ in Answer(.text("four")) })
        let response = try await server.ask(HTTPRequest("HEAD", "/")).get()
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        #expect(response.headers["Content-Length"] == "4")
    }

    @Test("Answers without a body are answers", arguments: [204, 304])
    func bodiless(status: Int) async throws {
        let server = try serve(quick: { _ in Answer(HTTPResponse(status: status, headers: ["ETag": "\"1\""])) })
        let response = try await server.ask(HTTPRequest("GET", "/")).get()
        #expect(response.status == status)
        #expect(response.body.isEmpty)
        #expect(response.headers["ETag"] == "\"1\"")
    }

    @Test("A large answer and large header fields come through whole")
    func large() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let long = String(repeating: "v", count: 6000)
        let server = try serve(quick: { _ in
            Answer(HTTPResponse(status: 200, headers: ["X-Long": long, "X-Longer": long], body: body))
        })
        var request = HTTPRequest("GET", "/")
        for number in 0..<60 { request.headers.append("X-\(number)", String(repeating: "q", count: 180)) }
        let response = try await server.ask(request).get()
        #expect(response.body == body)
        #expect(response.headers["X-Longer"] == long)
    }

    @Test("Length, framing and date cannot be set by the answer")
    func ownFields() async throws {
        let server = try serve(quick: { _ in
            var response = HTTPResponse.text("ok")
            response.headers["Content-Length"] = "999"
            response.headers["Transfer-Encoding"] = "chunked"
            response.headers["Date"] = "yesterday"
            return Answer(response)
        })
        let response = try await server.ask(HTTPRequest("GET", "/")).get()
        #expect(response.headers.all("Content-Length") == ["2"])
        #expect(response.headers["Transfer-Encoding"] == nil)
        #expect(response.headers["Date"] != "yesterday")
    }

    @Test(
        "A line break in an answer's header field sends nothing at all",
        arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb"])
    func injection(value: String) async throws {
        let server = try serve(quick: { _ in Answer(HTTPResponse(status: 200, headers: ["X-A": value])) })
        #expect(await server.ask(HTTPRequest("GET", "/")) == .failure(.cut))
    }

    @Test("Several requests share a connection")
    func keepAlive() async throws {
        let server = try serve(quick: { $0.request.path == "/quick" ? Answer(.text("quick")) : nil })
        let text = await server.exchange(
            "GET /quick HTTP/1.1\r\nHost: x\r\n\r\nGET /late HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(text.split(separator: "HTTP/1.1 200 OK").count == 3)
        #expect(text.contains("late"))
    }

    @Test("Many requests wait for their answers at a time, and each gets its own")
    func concurrent() async throws {
        let server = try serve(answer: { incoming in
            Answer(.text(incoming.request.target), delayMilliseconds: 20)
        })
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let target = "/\(number)"
                    let response = try? await server.ask(HTTPRequest("GET", target)).get()
                    return response?.body == Array(target.utf8)
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 0 : 1 }
        }
        #expect(wrong == 0)
    }

    @Test("A delayed answer comes, from either way of answering", arguments: [true, false])
    func delayed(isQuick: Bool) async throws {
        let answer = Answer(.text("delayed"), delayMilliseconds: 30)
        let server = try serve(quick: { _ in isQuick ? answer : nil }, answer: { _ in answer })
        let response = try await server.ask(HTTPRequest("GET", "/")).get()
        #expect(response.body == Array("delayed".utf8))
    }

    @Test("An answer cut short is noticed as such", arguments: [-1, 0, 1, 9999, 150_000])
    func cut(after: Int) async throws {
        let body = [UInt8](repeating: 65, count: 200_000)
        let server = try serve(quick: { _ in Answer(HTTPResponse(status: 200, body: body), cutAfterBytes: after) })
        #expect(await server.ask(HTTPRequest("GET", "/")) == .failure(.cut))
        let text = await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        if after < 0 {
            #expect(text.isEmpty)
        } else {
            #expect(text.contains("Content-Length: 200000\r\n"))
            #expect(text.utf8.count { $0 == 65 } <= after + 1)
        }
    }

    @Test("A cut after the end of the body changes nothing")
    func cutTooLate() async throws {
        let server = try serve(quick: { _ in Answer(.text("whole"), cutAfterBytes: 5) })
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().body == Array("whole".utf8))
    }

    @Test(
        "A dripping answer comes byte by byte, at once or after a delay, and is whole in the end", arguments: [0, 10])
    func drip(delay: Int) async throws {
        let server = try serve(
            quick: { _ in Answer(.text("drop by drop"), delayMilliseconds: delay, dripMilliseconds: 1) })
        let response = try await server.ask(HTTPRequest("GET", "/")).get()
        #expect(response.headers["Content-Length"] == "12" && response.body == Array("drop by drop".utf8))
        #expect(try await server.ask(HTTPRequest("HEAD", "/")).get().body.isEmpty)
    }

    @Test("A dripping answer holds up nobody else, and ends where it is cut")
    func dripping() async throws {
        let server = try serve(quick: { incoming in
            switch incoming.request.path {
            case "/slow": Answer(.text("slow"), dripMilliseconds: 3_600_000)
            case "/cut": Answer(.text("drop by drop"), cutAfterBytes: 4, dripMilliseconds: 1)
            default: Answer(.text("quick"))
            }
        })
        let came = await beside { [port = server.port] in
            let raw = RawConnection(port: port)
            raw?.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            return raw.flatMap { $0.read(until: "\r\n\r\ns") ? $0 : nil }
        }
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().body == Array("quick".utf8))
        #expect(await server.exchange("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("\r\n\r\ndrop"))
        #expect(came?.hasBytes == false)
    }

    @Test("Over TCP the peer has no uid, and the request tells where it came in")
    func local() async throws {
        let seen = Lock<[IncomingRequest]>([])
        let server = try serve(quick: { incoming in
            seen.withLock { $0.append(incoming) }
            return Answer(.text(""))
        })
        _ = try await server.ask(HTTPRequest("GET", "/")).get()
        let incoming = try #require(seen.withLock { $0.first })
        #expect(incoming.peerUID == nil)
        #expect(incoming.local == .tcp(host: "127.0.0.1", port: server.port))
    }
}
