public import Wire

/// Why a request got no answer.
public enum HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No socket there, or nobody behind it.
    case notRunning(String)
    /// The port is closed.
    case refused(String)
    /// The socket belongs to somebody else.
    case notAllowed(String)
    case timedOut
    /// The connection ended before the answer did.
    case cut
    /// The answer is not HTTP as we take it.
    case malformed(String)
    /// The answer is larger than 64 KiB of header fields or 8 MiB of body.
    case tooLarge
    /// The request cannot be sent: a line break in a header field, or no such address.
    case unusable(String)
    case system(String, errno: Int32)

    public var description: String {
        switch self {
        case .notRunning(let place): "nothing is running behind \(place)"
        case .refused(let place): "\(place) refuses connections"
        case .notAllowed(let place): "this user may not use \(place)"
        case .timedOut: "no answer in time"
        case .cut: "the connection broke off in the middle of the answer"
        case .malformed(let what): "the answer cannot be read: \(what)"
        case .tooLarge: "the answer is too large"
        case .unusable(let what): "the request cannot be sent: \(what)"
        case .system(let call, let errno): "\(call) failed (errno \(errno))"
        }
    }
}

/// A blocking HTTP/1.1 client: one connection for one request. For a unix socket or a literal address; no TLS, no
/// names, no redirects.
public struct HTTPClient: Sendable {
    /// Whom to ask.
    public enum Server: Sendable, Hashable, CustomStringConvertible {
        /// A literal IPv4 or IPv6 address, or `localhost` for 127.0.0.1.
        case tcp(host: String, port: Int)
        case unix(String)

        public var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): path
            }
        }
    }

    public static let maximumHeaderBytes = 64 << 10
    public static let maximumBodyBytes = 8 << 20

    public let server: Server

    public init(_ server: Server) { self.server = server }

    /// Sends a request and waits for the whole answer, for everything together at most `timeoutSeconds`.
    ///
    /// `Host`, `Content-Length` and `Connection` are added; a redirect or an error status is an answer like any other.
    public func send(_ request: HTTPRequest, timeoutSeconds: Int = 30) throws(HTTPClientError) -> HTTPResponse {
        let bytes = try RequestText.bytes(request, host: host)
        let socket = try ClientSocket(server, timeoutSeconds: timeoutSeconds)
        let isSent = try socket.send(bytes)
        var reader = ResponseReader(socket)
        do throws(HTTPClientError) {
            return try reader.response(to: request.method)
        } catch {
            // A server may answer and close before it has read everything; without an answer it just broke off.
            if case .malformed = error, !isSent { throw .cut }
            throw error
        }
    }

    private var host: String {
        if case .tcp = server { return server.description }
        return "localhost"
    }
}

/// A request as it goes over the wire (RFC 9112).
enum RequestText {
    private static let own: Set<String> = ["content-length", "connection", "transfer-encoding"]

    static func bytes(_ request: HTTPRequest, host: String) throws(HTTPClientError) -> [UInt8] {
        let line = [request.method, request.target]
        guard line.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) else {
            throw .unusable("its method or target has characters that do not belong there")
        }
        var text = "\(request.method) \(request.target) HTTP/1.1\r\n"
        if request.headers["Host"] == nil { text += "Host: \(host)\r\n" }
        for field in request.headers.fields where !own.contains(field.name.lowercased()) {
            let isClean =
                !field.name.isEmpty
                && field.name.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ":") }
                && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
            guard isClean else { throw .unusable("a header field has a line break or a control character") }
            text += "\(field.name): \(field.value)\r\n"
        }
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            text += "Content-Length: \(request.body.count)\r\n"
        }
        return Array((text + "Connection: close\r\n\r\n").utf8) + request.body
    }
}
