import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

@Suite struct StopTests {
    /// Answers when it is told to, and tells when it was asked.
    private final class Held: Sendable {
        let asked = Gate()
        private let waiting = Lock<[CheckedContinuation<Void, Never>]>([])

        func wait() async {
            await withCheckedContinuation { continuation in
                waiting.withLock { $0.append(continuation) }
                asked.open()
            }
        }

        func release() {
            for continuation in waiting.withLock({ $0 }) { continuation.resume() }
        }
    }

    @Test("Stopping ends a request that still waits, and its late answer harms nobody")
    func suspended() async throws {
        let held = Held()
        let folder = TemporaryFolder()
        let server = try serve(
            in: folder,
            answer: { _ in
                await held.wait()
                return Answer(.text("too late"))
            })
        async let outcome = server.ask(HTTPRequest("GET", "/"))
        await beside { _ = held.asked.wait() }
        await beside { server.stop() }
        #expect(try await outcome.get().status == 503)
        held.release()
        #expect(await server.ask(HTTPRequest("GET", "/")) == .failure(.notRunning(folder.path + "/a.sock")))
    }

    @Test("Stopping waits for an answer that comes in time")
    func draining() async throws {
        let held = Held()
        let server = try serve(answer: { _ in
            await held.wait()
            return Answer(.text("just in time"), delayMilliseconds: 20)
        })
        async let outcome = server.ask(HTTPRequest("GET", "/"))
        await beside { _ = held.asked.wait() }
        async let stopped: Void = beside { server.stop(drainMilliseconds: 10_000) }
        held.release()
        await stopped
        #expect(try await outcome.get().body == Array("just in time".utf8))
    }

    @Test("Stopping cuts a long delay short")
    func delayed() async throws {
        let asked = Gate()
        let server = try serve(quick: { _ in
            asked.open()
            return Answer(.text("in an hour"), delayMilliseconds: 3_600_000)
        })
        async let outcome = server.ask(HTTPRequest("GET", "/"))
        await beside {
            asked.wait()
            server.stop()
        }
        #expect(try await outcome.get().status == 503)
    }

    @Test("Stopping breaks a dripping answer off")
    func dripping() async throws {
        let server = try serve(quick: { _ in Answer(.text("drop by drop"), dripMilliseconds: 3_600_000) })
        let rest = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "no connection" }
            raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            guard raw.read(until: "\r\n\r\nd") else { return "no answer" }
            server.stop()
            return raw.readToEnd()
        }
        #expect(rest.isEmpty)
    }

    @Test("Stopping closes connections that are idle or in the middle of a request")
    func halfway() async throws {
        let server = try serve(quick: { _ in Answer(.text("first")) })
        let rest = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "no connection" }
            raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            guard raw.read(until: "first") else { return "no answer" }
            raw.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            server.stop()
            return raw.readToEnd()
        }
        #expect(rest.isEmpty)
    }

    @Test("Requests that keep coming while the server stops are answered, refused or cut, and nothing breaks")
    func storm() async throws {
        let folder = TemporaryFolder()
        let server = try serve(in: folder, answer: { _ in Answer(.text("ok"), delayMilliseconds: 1) })
        let outcomes = await withTaskGroup(of: [Result<HTTPResponse, HTTPClientError>].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var out: [Result<HTTPResponse, HTTPClientError>] = []
                    while true {
                        let outcome = await server.ask(HTTPRequest("GET", "/"))
                        out.append(outcome)
                        if case .failure = outcome { return out }
                    }
                }
            }
            group.addTask {
                _ = await server.ask(HTTPRequest("GET", "/"))
                await beside { server.stop() }
                return []
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for outcome in outcomes {
            switch outcome {
            case .success(let response): #expect([200, 503].contains(response.status))
            case .failure(let error): #expect([.cut, .notRunning(folder.path + "/a.sock")].contains(error), "\(error)")
            }
        }
        #expect(!outcomes.isEmpty)
    }

    @Test("Stopping twice is stopping, and the port is free afterwards")
    func again() async throws {
        let server = try serve(quick: { _ in Answer(.text("")) })
        _ = try await server.ask(HTTPRequest("GET", "/")).get()
        server.stop()
        server.stop()
        let listener = try HTTPServer.listen(tcp: "127.0.0.1", port: server.port)
        #expect(listener.port == server.port)
        let second = try HTTPServer(
            .init(listener), spawn: { _ in }, quick: { _ in Answer(.text("2")) }, answer: { _ in Answer(.text("")) })
        #expect(try await second.ask(HTTPRequest("GET", "/")).get().body == [50])
    }

    @Test("A server nobody holds any more is stopped")
    func dropped() async throws {
        let folder = TemporaryFolder()
        let status = try await {
            let server = try serve(in: folder, quick: { _ in Answer(.text("")) })
            return try await server.ask(HTTPRequest("GET", "/")).get().status
        }()
        #expect(status == 200)
        let path = folder.path + "/a.sock"
        #expect(await beside { failure(HTTPClient(.unix(path))) } == .notRunning(path))
    }
}
