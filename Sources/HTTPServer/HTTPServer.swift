import CLinux
import CMicrohttpd
import Glibc
import Threads
public import Wire

/// An HTTP/1.1 server on one listening socket (libmicrohttpd, epoll, threads of its own).
///
/// Requests arrive whole and within the configured limits, or are refused here: 400, 408, 413, 414, 431. Answers may be
/// made at once on the server's thread (`quick`) or later by an async function (`answer`); the connection waits.
public final class HTTPServer: Sendable {
    /// What a server listens on and what it puts up with.
    public struct Configuration: Sendable {
        public var listener: Listener
        /// Bytes of all header fields together (431).
        public var headerBytes = 16 << 10
        /// Number of header fields (431).
        public var headerFields = 100
        /// Bytes of the request's target (414).
        public var targetBytes = 8 << 10
        /// Bytes of a request's body (413).
        public var bodyBytes = 64 << 10
        /// How long a connection may lie idle between requests; then it is closed.
        public var idleSeconds = 30
        /// How long a request may take to come in, from its first line to its last byte (408).
        public var wholeRequestSeconds = 30
        /// How long its header may take (408); over TLS with the handshake. Whoever sends one has it ready.
        public var headerSeconds = 10
        /// Connections at a time; more wait until one ends. When few are left, whoever lets us wait gives way.
        public var connections = 256
        public var threads = 1
        /// Nil: plain HTTP.
        public var tls: TLSIdentity?
        /// What the client is told when a request is refused here, by status: 400, 408, 413, 414, 431, 503.
        public var refusal: @Sendable (Int) -> HTTPResponse = { status in
            status == 503 ? .text("The server is stopping.\n", status: 503) : HTTPResponse(status: status)
        }

        var idleMilliseconds: Int64 { Int64(idleSeconds) * 1000 }
        var wholeMilliseconds: Int64 { Int64(wholeRequestSeconds) * 1000 }
        var headerMilliseconds: Int64 { Int64(min(headerSeconds, wholeRequestSeconds)) * 1000 }

        public init(_ listener: Listener) { self.listener = listener }
    }

    private let core: ServerCore

    /// Starts serving. The listener belongs to the server from now on.
    ///
    /// - Parameters:
    ///   - spawn: runs the answering of one request, concurrently with others.
    ///   - quick: asked first, on the server's thread, so it must not block; nil leaves the request to `answer`.
    ///   - answer: called for every request that `quick` left.
    public init(
        _ configuration: Configuration,
        spawn: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void,
        quick: (@Sendable (IncomingRequest) -> Answer?)? = nil,
        answer: @escaping @Sendable (IncomingRequest) async -> Answer
    ) throws(ListenError) {
        core = ServerCore(configuration, Answering(spawn: spawn, quick: quick, answer: answer))
        guard core.start() else {
            close(configuration.listener.descriptor)
            throw configuration.tls == nil ? .system("starting the HTTP server", errno: errno) : .refusedTLS
        }
    }

    deinit { core.stop(drainMilliseconds: 0) }

    public var address: Listener.Address { core.configuration.listener.address }

    /// The real port, also where 0 was asked for; 0 for a unix socket.
    public var port: Int { core.configuration.listener.port }

    /// Accepts nothing more and gives the address back; requests in work go on until `stop`. May be called twice.
    public func quiesce() { core.quiesce() }

    /// Stops: accepts nothing more, lets requests in work be answered for `drainMilliseconds`, answers the rest with
    /// 503, closes every connection and takes a unix socket's file away. Returns when that is done; may be called twice.
    public func stop(drainMilliseconds: Int64 = 0) { core.stop(drainMilliseconds: drainMilliseconds) }
}

/// How requests are answered.
struct Answering: Sendable {
    let spawn: @Sendable (@escaping @Sendable () async -> Void) -> Void
    let quick: (@Sendable (IncomingRequest) -> Answer?)?
    let answer: @Sendable (IncomingRequest) async -> Answer
}
