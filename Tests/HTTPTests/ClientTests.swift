import CLinux
import Glibc
import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

/// The error of a GET; nil when there is an answer.
func failure(_ client: HTTPClient, timeoutSeconds: Int = Patience.seconds) -> HTTPClientError? {
    do throws(HTTPClientError) {
        _ = try client.send(HTTPRequest("GET", "/"), timeoutSeconds: timeoutSeconds)
        return nil
    } catch {
        return error
    }
}

@Suite struct ClientTests {
    /// What the client makes of these bytes, sent by a server that closes after them.
    private func read(_ text: String, method: String = "GET") async throws -> Result<HTTPResponse, HTTPClientError> {
        let listener = try HTTPServer.listen(tcp: "127.0.0.1", port: 0)
        defer { close(listener.descriptor) }
        return await beside {
            OwnThread.start("canned") { sayOnce(text, on: listener.descriptor) }
            let client = HTTPClient(.tcp(host: "127.0.0.1", port: listener.port))
            do throws(HTTPClientError) {
                return .success(try client.send(HTTPRequest(method, "/"), timeoutSeconds: Patience.seconds))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(
        "Every framing of HTTP/1.1 is read",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more than was said",
            "HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello",
            "HTTP/1.1 200 OK\nContent-Length:\t 5 \n\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.0 200 OK\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n05\r\nhello\r\n000\r\nTrailer: 1\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello",
        ])
    func framings(text: String) async throws {
        #expect(try await read(text).get().body == Array("hello".utf8))
    }

    @Test(
        "What is no answer is malformed",
        arguments: [
            "nonsense\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 999 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\n folded: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\u{0}c\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        ])
    func malformed(text: String) async throws {
        let outcome = try await read(text)
        guard case .failure(.malformed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(
        "What ends too early is cut",
        arguments: [
            "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        ])
    func cut(text: String) async throws {
        #expect(try await read(text) == .failure(.cut))
    }

    @Test("What has no bounds is too large")
    func tooLarge() async throws {
        let field = "X: " + String(repeating: "v", count: 1000) + "\r\n"
        let tests = [
            "HTTP/1.1 200 OK\r\n" + String(repeating: field, count: 70) + "\r\n",
            "HTTP/1.1 200 " + String(repeating: "v", count: 70_000),
            "HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800001\r\n",
            "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "0123456789abcdef", count: (8 << 20) / 16 + 1),
        ]
        for text in tests { #expect(try await read(text) == .failure(.tooLarge)) }
    }

    @Test("Status and header fields are kept, HEAD and 304 have no body")
    func fields() async throws {
        let text = "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nX: 1\r\nX: 2\r\nContent-Length: 9\r\n\r\n"
        let response = try await read(text).get()
        #expect(response.status == 304)
        #expect(response.headers["etag"] == "\"a\"")
        #expect(response.headers.all("x") == ["1", "2"])
        #expect(try await read(text.replacing("304", with: "200"), method: "HEAD").get().body.isEmpty)
    }

    @Test("A server that never answers is given up in time")
    func timeout() async throws {
        let listener = try HTTPServer.listen(tcp: "127.0.0.1", port: 0)
        defer { close(listener.descriptor) }
        let client = HTTPClient(.tcp(host: "127.0.0.1", port: listener.port))
        #expect(await beside { failure(client, timeoutSeconds: 1) } == .timedOut)
    }

    @Test("Nobody there: the words tell a socket from a port")
    func absent() {
        let path = "/tmp/purser-no-such.sock"
        #expect(failure(HTTPClient(.unix(path))) == .notRunning(path))
        #expect(HTTPClientError.notRunning(path).description == "nothing is running behind \(path)")
        withDeafPort { port in
            #expect(failure(HTTPClient(.tcp(host: "localhost", port: port))) == .refused("localhost:\(port)"))
        }
    }

    @Test("What cannot be sent is not sent")
    func unusable() {
        let client = HTTPClient(.unix("/tmp/purser-no-such.sock"))
        let requests = [
            HTTPRequest("GET", ""), HTTPRequest("GET", "/a b"), HTTPRequest("GET", "/a\r\nX: y"),
            HTTPRequest("G T", "/"),
            HTTPRequest("GET", "/", headers: ["A": "b\r\nc"]), HTTPRequest("GET", "/", headers: ["A:": "b"]),
            HTTPRequest("GET", "/", headers: ["": "b"]), HTTPRequest("GET", "/\u{e9}"),
        ]
        for request in requests {
            #expect { try client.send(request) } throws: {
                guard case .unusable = $0 as? HTTPClientError else { return false }
                return true
            }
        }
        for server in [HTTPClient.Server.tcp(host: "example.com", port: 1), .tcp(host: "::1", port: 0), .unix("")] {
            guard case .unusable = failure(HTTPClient(server)) else {
                Issue.record("\(server) was tried")
                continue
            }
        }
    }
}

/// Accepts one connection, reads a request's head, says its text and closes.
private func sayOnce(_ text: String, on listener: Int32) {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, Int32(Patience.seconds) * 1000) == 1 else { return }
    let descriptor = accept(listener, nil, nil)
    defer { close(descriptor) }
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, 0) == 1 else { return }
        head.append(byte)
    }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
