import CLinux
import CMicrohttpd
import Glibc
import Threads
import Wire

/// One client's connection: who is at the other end, and until when the next request must be in.
///
/// libmicrohttpd has a timeout for idleness only, which a slow drip of bytes never meets; ours counts whole requests.
final class Connection: Sendable {
    private enum Phase {
        /// Nothing of a request was seen; `first`: nor ever before.
        case idle(first: Bool)
        case header
        case body
        case answering
        case over
    }

    private struct State {
        var phase: Phase
        /// When what is waited for began, and when it must be over.
        var since: Int64
        var deadline: Int64
    }

    /// Valid from the start of the connection until `closed`, which libmicrohttpd calls before it closes the socket.
    private let socket: Int32
    let peerUID: UInt32?
    let peer: Peer?
    private let configuration: HTTPServer.Configuration
    private let state: Lock<State>

    init(_ connection: OpaquePointer, _ configuration: HTTPServer.Configuration) {
        socket = cmicrohttpd_socket(connection)
        self.configuration = configuration
        var uid: UInt32 = 0
        if case .unix = configuration.listener.address {
            peerUID = clinux_peer_uid(socket, &uid) == 0 ? uid : nil
            peer = nil
        } else {
            peerUID = nil
            peer = Peer(socket: socket)
        }
        let now = clinux_uptime_milliseconds()
        state = Lock(
            State(phase: .idle(first: true), since: now, deadline: now + configuration.headerMilliseconds))
    }

    /// The request line is in. The first request's time runs from the start of the connection.
    func requestBegan() {
        let now = clinux_uptime_milliseconds()
        state.withLock {
            switch $0.phase {
            case .idle(first: true): $0.phase = .header
            case .idle, .header, .body, .answering:
                $0 = State(phase: .header, since: now, deadline: now + configuration.headerMilliseconds)
            case .over: break
            }
        }
    }

    /// The header fields are in: the rest of the time is the body's.
    func headerIsIn() {
        state.withLock {
            guard case .header = $0.phase else { return }
            $0.phase = .body
            $0.deadline = $0.since + configuration.wholeMilliseconds
        }
    }

    /// The request is in. False: too late, and the client has been told.
    func requestIsIn() -> Bool {
        state.withLock {
            if case .over = $0.phase { return false }
            $0.phase = .answering
            return true
        }
    }

    /// The answer is out.
    func requestEnded() {
        let now = clinux_uptime_milliseconds()
        state.withLock {
            if case .over = $0.phase { return }
            $0 = State(phase: .idle(first: false), since: now, deadline: now + configuration.idleMilliseconds)
        }
    }

    /// The socket is about to be closed: it is not touched any more.
    func closed() { state.withLock { $0.phase = .over } }

    /// Since when the client has let us wait; nil: it does not.
    var waitingSince: Int64? {
        state.withLock {
            switch $0.phase {
            case .idle, .header, .body: $0.since
            case .answering, .over: nil
            }
        }
    }

    /// Ends the connection if its time has run out. The answer goes past libmicrohttpd, which has none of its own
    /// under way in these phases and finds the socket at its end.
    func expire(now: Int64) {
        state.withLock {
            guard now >= $0.deadline else { return }
            switch $0.phase {
            case .idle(first: false): break
            case .idle, .header, .body: tellTimeout()
            case .answering, .over: return
            }
            shutdown(socket, Int32(SHUT_RDWR))
            $0.phase = .over
        }
    }

    /// Ends the connection without a word if its client lets us wait: others want its place.
    func giveWay() {
        state.withLock {
            switch $0.phase {
            case .idle, .header, .body: break
            case .answering, .over: return
            }
            shutdown(socket, Int32(SHUT_RDWR))
            $0.phase = .over
        }
    }

    /// Not over TLS: the words would have to be encrypted by whoever holds the session.
    private func tellTimeout() {
        guard configuration.tls == nil else { return }
        let answer = configuration.refusal(408)
        var text = "HTTP/1.1 408 Request Timeout\r\nContent-Length: \(answer.body.count)\r\nConnection: close\r\n"
        for field in answer.headers.fields { text += "\(field.name): \(field.value)\r\n" }
        let bytes = Array((text + "\r\n").utf8) + answer.body
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
}
