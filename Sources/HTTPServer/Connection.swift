import CLinux
import CMicrohttpd
import Glibc
import Threads

/// One client's connection: who is at the other end, and until when the next request must be in.
///
/// libmicrohttpd has a timeout for idleness only, which a slow drip of bytes never meets; ours counts whole requests.
final class Connection: Sendable {
    private enum Phase {
        /// Nothing of a request was seen; `first`: nor ever before.
        case waiting(deadline: Int64, first: Bool)
        case receiving(deadline: Int64)
        case answering
        case expired
    }

    /// Valid from the start of the connection until `closed`, which libmicrohttpd calls before it closes the socket.
    private let socket: Int32
    let peerUID: UInt32?
    private let configuration: HTTPServer.Configuration
    private let phase: Lock<Phase>

    init(_ connection: OpaquePointer, _ configuration: HTTPServer.Configuration) {
        socket = cmicrohttpd_socket(connection)
        self.configuration = configuration
        var uid: UInt32 = 0
        if case .unix = configuration.listener.address, clinux_peer_uid(socket, &uid) == 0 {
            peerUID = uid
        } else {
            peerUID = nil
        }
        phase = Lock(.waiting(deadline: Self.deadline(configuration.wholeRequestSeconds), first: true))
    }

    private static func deadline(_ seconds: Int) -> Int64 { clinux_uptime_milliseconds() + Int64(seconds) * 1000 }

    /// The request line is in. The first request's time runs from the start of the connection.
    func requestBegan() {
        let deadline = Self.deadline(configuration.wholeRequestSeconds)
        phase.withLock {
            switch $0 {
            case .waiting(let given, first: true): $0 = .receiving(deadline: given)
            case .waiting, .receiving, .answering: $0 = .receiving(deadline: deadline)
            case .expired: break
            }
        }
    }

    /// The request is in. False: too late, and the client has been told.
    func requestIsIn() -> Bool {
        phase.withLock {
            if case .expired = $0 { return false }
            $0 = .answering
            return true
        }
    }

    /// The answer is out.
    func requestEnded() {
        let deadline = Self.deadline(configuration.idleSeconds)
        phase.withLock {
            if case .expired = $0 { return }
            $0 = .waiting(deadline: deadline, first: false)
        }
    }

    /// The socket is about to be closed: it is not touched any more.
    func closed() { phase.withLock { $0 = .expired } }

    /// Ends the connection if its time has run out. The answer goes past libmicrohttpd, which has none of its own
    /// under way in these phases and finds the socket at its end.
    func expire(now: Int64) {
        phase.withLock {
            switch $0 {
            case .waiting(let deadline, let first) where now >= deadline:
                if first { tellTimeout() }
            case .receiving(let deadline) where now >= deadline: tellTimeout()
            default: return
            }
            shutdown(socket, Int32(SHUT_RDWR))
            $0 = .expired
        }
    }

    private func tellTimeout() {
        let text = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        _ = send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
}
