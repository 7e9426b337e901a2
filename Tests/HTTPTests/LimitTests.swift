import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

@Suite struct LimitTests {
    private func server(seen: Lock<Int> = Lock(0)) throws -> HTTPServer {
        try serve(quick: { _ in
            seen.withLock { $0 += 1 }
            return Answer(.text("taken"))
        })
    }

    @Test("A body up to the limit is taken, a byte more is refused, by its length and while it streams")
    func body() async throws {
        let server = try server()
        let limit = 64 << 10
        for (count, status) in [(limit, 200), (limit + 1, 413), (limit * 4, 413)] {
            let body = [UInt8](repeating: 120, count: count)
            #expect(try await server.ask(HTTPRequest("POST", "/", body: body)).get().status == status)
            let text = await server.exchange(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + String(count, radix: 16) + "\r\n" + String(decoding: body, as: UTF8.self) + "\r\n0\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 \(status)"))
        }
    }

    @Test(
        "A huge or announced body is refused before it comes",
        arguments: ["Content-Length: 9999999999\r\n", "Content-Length: 70000\r\nExpect: 100-continue\r\n"])
    func early(fields: String) async throws {
        let text = try await server().exchange("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
        #expect(text.hasPrefix("HTTP/1.1 413"))
    }

    @Test("A body without an end is cut off, long before its time is over")
    func endless() async throws {
        let server = try serve { $0.wholeRequestSeconds = 5 }
        let piece = "ffff\r\n" + String(repeating: "x", count: 0xffff) + "\r\n"
        let text = await server.exchange(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + String(repeating: piece, count: 40))
        // A 408 would mean that it was still being read.
        #expect(text.isEmpty)
    }

    @Test(
        "C39: A target up to 8 KiB is taken, a longer one refused", arguments: [(8192, 200), (8193, 414), (12000, 414)])
    func target(count: Int, status: Int) async throws {
        let target = "/" + String(repeating: "t", count: count - 1)
        #expect(try await server().ask(HTTPRequest("GET", target)).get().status == status)
    }

    @Test("A hundred header fields are taken, one more is refused", arguments: [(100, 200), (101, 431), (400, 431)])
    func fields(count: Int, status: Int) async throws {
        var request = HTTPRequest("GET", "/")
        // The client adds Host and Connection.
        for number in 0..<(count - 2) { request.headers.append("X-\(number)", "v") }
        #expect(try await server().ask(request).get().status == status)
    }

    @Test(
        "Header fields of 16 KiB together are taken, more are refused", arguments: [(-1, 200), (1, 431), (4000, 431)])
    func headerBytes(more: Int, status: Int) async throws {
        var request = HTTPRequest("GET", "/", headers: ["Host": "x"])
        let others = ["Host: x", "Connection: close", "X-Long: "].reduce(0) { $0 + $1.utf8.count + 2 }
        request.headers.append("X-Long", String(repeating: "v", count: (16 << 10) - others + more))
        #expect(try await server().ask(request).get().status == status)
    }

    @Test("Header fields beyond all measure are refused as well")
    func monstrous() async throws {
        let text = try await server().exchange(
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "v", count: 60_000) + "\r\n\r\n")
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 431"))
    }

    @Test(
        "C83: What two servers could read differently is refused",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /#fragment HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ])
    func ambiguous(text: String) async throws {
        let seen = Lock(0)
        let server = try server(seen: seen)
        let raw = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "" }
            raw.send(text)
            raw.shutdownWriting()
            return raw.readToEnd()
        }
        #expect(raw.isEmpty || raw.hasPrefix("HTTP/1.1 400"), "\(raw)")
        #expect(seen.withLock { $0 } == 0)
    }

    @Test(
        "A request that does not come to its end in time is told so",
        arguments: [
            "", "GET", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        ])
    func slow(text: String) async throws {
        let server = try serve { $0.wholeRequestSeconds = 1 }
        #expect(await server.exchange(text).hasPrefix("HTTP/1.1 408 "))
    }

    @Test("An idle connection is closed without a word")
    func idle() async throws {
        let server = try serve({ $0.idleSeconds = 1 }, quick: { _ in Answer(.text("once")) })
        let text = await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(text.hasSuffix("once"))
    }

    @Test("A request that waits for its answer is not late")
    func waiting() async throws {
        let answer = Answer(.text("patience"), delayMilliseconds: 1500)
        let server = try serve(
            {
                $0.idleSeconds = 1
                $0.wholeRequestSeconds = 1
            }, quick: { _ in answer })
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().status == 200)
    }

    @Test("C39: A connection more than allowed waits until another ends")
    func connections() async throws {
        let server = try serve({ $0.connections = 2 }, quick: { Answer(.text("to \($0.request.target)")) })
        let outcome = await beside { [port = server.port] in
            guard let first = RawConnection(port: port), let second = RawConnection(port: port),
                let third = RawConnection(port: port)
            else { return "no connection" }
            third.send("GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            for (raw, target) in [(first, "/1"), (second, "/2")] {
                raw.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
                guard raw.read(until: "to \(target)") else { return "not answered" }
            }
            guard !third.hasBytes else { return "answered above the limit" }
            first.shutdownWriting()
            return third.readToEnd()
        }
        #expect(outcome.hasSuffix("to /3"))
    }
}
