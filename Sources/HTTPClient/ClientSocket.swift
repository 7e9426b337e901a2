import CLinux
import Glibc

/// A connected socket with a point in time until which everything must be done.
final class ClientSocket {
    private let descriptor: Int32
    private let deadline: Int64

    init(_ server: HTTPClient.Server, timeoutSeconds: Int) throws(HTTPClientError) {
        deadline = clinux_uptime_milliseconds() + Int64(timeoutSeconds) * 1000
        let problem: Int32
        switch server {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
                guard path.utf8.count < room.count, !path.utf8.contains(0) else { return false }
                room.copyBytes(from: path.utf8)
                return true
            }
            guard fits, !path.isEmpty else { throw .unusable("the socket's path is too long: 107 bytes at most") }
            descriptor = try Self.make(AF_UNIX)
            problem = Self.connect(descriptor, &address, deadline)
        case .tcp(let host, let port):
            let literal = host == "localhost" ? "127.0.0.1" : host
            guard (1...65535).contains(port) else { throw .unusable("\(port) is not a port") }
            var four = sockaddr_in()
            var six = sockaddr_in6()
            if inet_pton(AF_INET, literal, &four.sin_addr) == 1 {
                four.sin_family = sa_family_t(AF_INET)
                four.sin_port = in_port_t(port).bigEndian
                descriptor = try Self.make(AF_INET)
                problem = Self.connect(descriptor, &four, deadline)
            } else if inet_pton(AF_INET6, literal, &six.sin6_addr) == 1 {
                six.sin6_family = sa_family_t(AF_INET6)
                six.sin6_port = in_port_t(port).bigEndian
                descriptor = try Self.make(AF_INET6)
                problem = Self.connect(descriptor, &six, deadline)
            } else {
                throw .unusable("\(host) is not a literal address")
            }
        }
        if problem != 0 { throw Self.error(problem, server) }
    }

    deinit { close(descriptor) }

    private static func make(_ family: Int32) throws(HTTPClientError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .system("socket", errno: errno) }
        return descriptor
    }

    /// 0, or the errno.
    private static func connect<A>(_ descriptor: Int32, _ address: inout A, _ deadline: Int64) -> Int32 {
        while true {
            let outcome = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<A>.size))
                }
            }
            guard outcome != 0 else { return 0 }
            switch errno {
            case EINPROGRESS: break
            case EISCONN: return 0
            // A unix socket whose queue is full: there is nothing to poll for.
            case EAGAIN where clinux_uptime_milliseconds() < deadline:
                usleep(2000)
                continue
            case EAGAIN: return ETIMEDOUT
            case EINTR: continue
            default: return errno
            }
            guard wait(descriptor, Int16(POLLOUT), until: deadline) else { return ETIMEDOUT }
            var problem: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
            return problem
        }
    }

    private static func error(_ problem: Int32, _ server: HTTPClient.Server) -> HTTPClientError {
        let isUnix = if case .unix = server { true } else { false }
        switch problem {
        case ENOENT, ENOTDIR: return .notRunning(server.description)
        case ECONNREFUSED: return isUnix ? .notRunning(server.description) : .refused(server.description)
        case EACCES, EPERM: return .notAllowed(server.description)
        case ETIMEDOUT: return .timedOut
        // It was accepted by the system for a server that stopped listening just then.
        case ECONNRESET, EPIPE: return .cut
        default: return .system("connect", errno: problem)
        }
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, until deadline: Int64) -> Bool {
        while true {
            let left = deadline - clinux_uptime_milliseconds()
            guard left > 0 else { return false }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let found = poll(&entry, 1, Int32(min(left, 1 << 30)))
            if found > 0 { return true }
            if found < 0 && errno != EINTR { return false }
        }
    }

    /// False when the other end has stopped listening; it may still have answered.
    func send(_ bytes: [UInt8]) throws(HTTPClientError) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EAGAIN: guard Self.wait(descriptor, Int16(POLLOUT), until: deadline) else { throw .timedOut }
            case EINTR: continue
            case EPIPE, ECONNRESET: return false
            default: throw .system("send", errno: errno)
            }
        }
        return true
    }

    /// Some more bytes; none at the end.
    func receive() throws(HTTPClientError) -> [UInt8] {
        while true {
            var problem: Int32 = 0
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 32 << 10) { room, filled in
                count = recv(descriptor, room.baseAddress, room.count, 0)
                problem = errno
                filled = max(0, count)
            }
            if count >= 0 { return bytes }
            switch problem {
            case EAGAIN: guard Self.wait(descriptor, Int16(POLLIN), until: deadline) else { throw .timedOut }
            case EINTR: continue
            case ECONNRESET: throw .cut
            default: throw .system("recv", errno: problem)
            }
        }
    }
}
