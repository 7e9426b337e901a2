import CLinux
import Glibc
import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

@Suite struct ListenTests {
    private func server(_ listener: Listener, saying text: String) throws -> HTTPServer {
        try HTTPServer(
            .init(listener), spawn: { _ in }, quick: { _ in Answer(.text(text)) }, answer: { _ in Answer(.text("")) })
    }

    @Test("C39: A port that is taken is told by its number")
    func taken() throws {
        let first = try HTTPServer.listen(tcp: "127.0.0.1", port: 0)
        defer { close(first.descriptor) }
        #expect(first.port > 0)
        #expect(throws: ListenError.portTaken(first.port)) { try HTTPServer.listen(tcp: "127.0.0.1", port: first.port) }
        #expect(ListenError.portTaken(8417).description == "port 8417 is taken by another program")
    }

    @Test(
        "What is no address of this machine is refused",
        arguments: ["example.com", "", "256.0.0.1", "192.0.2.1", "2001:db8::1", "::x"])
    func noAddress(host: String) {
        #expect(throws: ListenError.noSuchAddress(host)) { try HTTPServer.listen(tcp: host, port: 0) }
    }

    @Test(
        "C39: Every form of a local address works",
        arguments: [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])
    func addresses(host: String, reach: String) async throws {
        let server = try server(try HTTPServer.listen(tcp: host, port: 0), saying: "here")
        let client = HTTPClient(.tcp(host: reach, port: server.port))
        let body = try await beside { Result { try client.send(HTTPRequest("GET", "/")).body } }.get()
        #expect(body == Array("here".utf8))
    }

    @Test("C94: a unix socket is for its owner only, knows who calls, and leaves no file behind")
    func unix() async throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/a.sock"
        let seen = Lock<[IncomingRequest]>([])
        let server = try HTTPServer(
            .init(try HTTPServer.listen(unix: path)), spawn: { _ in },
            quick: { incoming in
                seen.withLock { $0.append(incoming) }
                return Answer(.text("through a socket"))
            }, answer: { _ in Answer(.text("")) })
        var file = stat()
        #expect(lstat(path, &file) == 0)
        #expect(file.st_mode & 0o777 == 0o600)
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().body == Array("through a socket".utf8))
        let incoming = try #require(seen.withLock { $0.first })
        #expect(incoming.peerUID == getuid())
        #expect(incoming.local == .unix(path: path))
        #expect(incoming.request.headers["Host"] == "localhost")
        #expect(server.port == 0)
        server.stop()
        #expect(lstat(path, &file) != 0)
        #expect(await server.ask(HTTPRequest("GET", "/")) == .failure(.notRunning(path)))
    }

    @Test("C94: a socket lies in a folder where nobody else can put another one, or nobody listens")
    func trusted() throws {
        let folder = TemporaryFolder()
        let (own, inner) = (folder.path + "/own", folder.path + "/own/inner")
        for path in [own, inner] { try #require(mkdir(path, 0o700) == 0) }
        func mode(_ path: String, _ mode: mode_t) { chmod(path, mode) }
        func problem() -> String? {
            do {
                let listener = try HTTPServer.listen(unix: inner + "/a.sock")
                close(listener.descriptor)
                unlink(inner + "/a.sock")
                return nil
            } catch { return "\(error)" }
        }
        for good: mode_t in [0o700, 0o500, 0o755, 0o711] where geteuid() == 0 || good != 0o500 {
            mode(inner, good)
            #expect(problem() == nil, "\(String(good, radix: 8))")
        }
        for bad: mode_t in [0o777, 0o1777, 0o770, 0o720, 0o702] {
            mode(inner, bad)
            #expect(problem()?.contains("chmod go-w \(inner)") == true, "\(String(bad, radix: 8))")
            #expect(access(inner + "/a.sock", F_OK) != 0)
        }
        mode(inner, 0o700)
        // A folder above that everybody can write to, unless names in it are kept apart.
        mode(own, 0o777)
        #expect(problem()?.contains("chmod o-w \(own)") == true)
        mode(own, 0o1777)
        #expect(problem() == nil)
        mode(own, 0o700)
        // Through another name it is the same folder.
        mode(inner, 0o777)
        try #require(symlink(inner, folder.path + "/name") == 0)
        let through = #expect(throws: ListenError.self) { try HTTPServer.listen(unix: folder.path + "/name/a.sock") }
        #expect(through?.description.contains("others can write") == true)
    }

    @Test("C94: a socket in another user's folder is refused", .enabled("needs root: SKIPPED") { geteuid() == 0 })
    func anotherUsers() throws {
        let folder = TemporaryFolder()
        try #require(chown(folder.path, 65534, 65534) == 0)
        let error = #expect(throws: ListenError.self) { try HTTPServer.listen(unix: folder.path + "/a.sock") }
        #expect(error?.description.contains("belongs to another user") == true)
        chown(folder.path, 0, 0)
    }

    @Test("A socket somebody answers on is left alone")
    func inUse() async throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/a.sock"
        let server = try server(try HTTPServer.listen(unix: path), saying: "mine")
        #expect(throws: ListenError.socketInUse(path)) { try HTTPServer.listen(unix: path) }
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().body == Array("mine".utf8))
    }

    @Test("A socket file left by a dead process is taken over")
    func stale() async throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/a.sock"
        // Closed without a server, so that nobody takes the file away.
        close(try HTTPServer.listen(unix: path).descriptor)
        #expect(access(path, F_OK) == 0)
        #expect(await beside { failure(HTTPClient(.unix(path))) } == .notRunning(path))
        let server = try server(try HTTPServer.listen(unix: path), saying: "new")
        #expect(try await server.ask(HTTPRequest("GET", "/")).get().body == Array("new".utf8))
    }

    @Test("A stopping server leaves the socket of its successor")
    func successor() async throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/a.sock"
        let first = try server(try HTTPServer.listen(unix: path), saying: "old")
        unlink(path)
        let second = try server(try HTTPServer.listen(unix: path), saying: "new")
        first.stop()
        #expect(try await second.ask(HTTPRequest("GET", "/")).get().body == Array("new".utf8))
    }

    @Test("What is no socket is never removed")
    func file() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/file"
        close(clinux_open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: ListenError.notASocket(path)) { try HTTPServer.listen(unix: path) }
        #expect(access(path, F_OK) == 0)
    }

    @Test("A path too long, or in no folder, is refused in words")
    func paths() {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        #expect(throws: ListenError.pathTooLong(long)) { try HTTPServer.listen(unix: long) }
        let lost = "/tmp/purser-no-such-folder/a.sock"
        #expect(throws: ListenError.noFolder(lost)) { try HTTPServer.listen(unix: lost) }
        #expect(throws: ListenError.pathTooLong("")) { try HTTPServer.listen(unix: "") }
    }
}
