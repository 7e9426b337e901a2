import CLinux
import Glibc
import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Threads
import Wire

/// A server on a free loopback port, with what a test wants to vary.
func serve(
    _ vary: (inout HTTPServer.Configuration) -> Void = { _ in },
    quick: (@Sendable (IncomingRequest) -> Answer?)? = nil,
    answer: @escaping @Sendable (IncomingRequest) async -> Answer = { _ in Answer(.text("late")) }
) throws -> HTTPServer {
    var configuration = HTTPServer.Configuration(try HTTPServer.listen(tcp: "127.0.0.1", port: 0))
    vary(&configuration)
    return try HTTPServer(configuration, spawn: { work in Task { await work() } }, quick: quick, answer: answer)
}

/// The same on a unix socket, whose name nobody else gets once it has stopped, as may happen to a port.
func serve(
    in folder: TemporaryFolder, quick: (@Sendable (IncomingRequest) -> Answer?)? = nil,
    answer: @escaping @Sendable (IncomingRequest) async -> Answer = { _ in Answer(.text("late")) }
) throws -> HTTPServer {
    let configuration = HTTPServer.Configuration(try HTTPServer.listen(unix: folder.path + "/a.sock"))
    return try HTTPServer(configuration, spawn: { work in Task { await work() } }, quick: quick, answer: answer)
}

/// Runs with a loopback port that is taken by a socket that does not listen.
func withDeafPort(_ body: (Int) throws -> Void) rethrows {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = bind(descriptor, $0, size)
            getsockname(descriptor, $0, &size)
        }
    }
    try body(Int(in_port_t(bigEndian: address.sin_port)))
}

extension HTTPServer {
    /// Sends through the real client.
    func ask(_ request: HTTPRequest, timeoutSeconds: Int = Patience.seconds) async -> Result<
        HTTPResponse, HTTPClientError
    > {
        let client =
            switch address {
            case .tcp(let host, let port): HTTPClient(.tcp(host: host, port: port))
            case .unix(let path): HTTPClient(.unix(path))
            }
        return await beside {
            do throws(HTTPClientError) {
                return .success(try client.send(request, timeoutSeconds: timeoutSeconds))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Sends bytes as they are and returns everything that comes until the server closes.
    func exchange(_ text: String) async -> String {
        await beside { [port] in
            guard let raw = RawConnection(port: port) else { return "no connection" }
            raw.send(text)
            return raw.readToEnd()
        }
    }
}

/// A folder of its own for a test, gone with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/purser-http-XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["a.sock", "b.sock", "file"] { unlink(path + "/" + name) }
        rmdir(path)
    }
}
