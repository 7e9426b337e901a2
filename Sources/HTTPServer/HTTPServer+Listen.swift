import CLinux
import Glibc

extension HTTPServer {
    /// Listens on a literal IPv4 or IPv6 address (`localhost` is 127.0.0.1). Port 0: the system picks a free one.
    public static func listen(tcp host: String, port: Int) throws(ListenError) -> Listener {
        let literal = host == "localhost" ? "127.0.0.1" : host
        guard (0...65535).contains(port) else { throw .noSuchAddress("\(host):\(port)") }
        if literal.utf8.contains(UInt8(ascii: ":")) { return try listen(ipv6: literal, port: port) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        guard inet_pton(AF_INET, literal, &address.sin_addr) == 1 else { throw .noSuchAddress(host) }
        let descriptor = try bound(AF_INET, &address) { (problem) in tcpError(problem, literal, port) }
        return Listener(descriptor: descriptor, address: .tcp(host: literal, port: realPort(descriptor)))
    }

    private static func listen(ipv6 literal: String, port: Int) throws(ListenError) -> Listener {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(port).bigEndian
        guard inet_pton(AF_INET6, literal, &address.sin6_addr) == 1 else { throw .noSuchAddress(literal) }
        let descriptor = try bound(AF_INET6, &address) { (problem) in tcpError(problem, literal, port) }
        return Listener(descriptor: descriptor, address: .tcp(host: literal, port: realPort(descriptor)))
    }

    /// Listens on a unix socket of mode 0600, in a folder where nobody else can put another one. A socket file nobody
    /// answers on is taken away first.
    public static func listen(unix path: String) throws(ListenError) -> Listener {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count, !path.utf8.contains(0) else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits, !path.isEmpty else { throw .pathTooLong(path) }
        if let why = SocketFolder.problem(of: path) { throw .openFolder(why) }
        try removeStale(path, address)
        let descriptor = try bound(AF_UNIX, &address) { (problem) in
            switch problem {
            case EADDRINUSE: .socketInUse(path)
            case EACCES, EPERM, EROFS: .notAllowed(path)
            case ENOENT, ENOTDIR: .noFolder(path)
            default: .system("bind", errno: problem)
            }
        }
        return Listener(descriptor: descriptor, address: .unix(path: path))
    }

    private static func removeStale(_ path: String, _ address: sockaddr_un) throws(ListenError) {
        var found = stat()
        guard lstat(path, &found) == 0 else { return }
        guard found.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket", errno: errno) }
        defer { close(descriptor) }
        _ = clinux_set_nonblocking(descriptor, 1)
        var address = address
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Only a refusal proves that nobody listens; a full queue (EAGAIN) is an answer too.
        guard outcome != 0, errno == ECONNREFUSED else {
            throw outcome != 0 && errno == EACCES ? .notAllowed(path) : .socketInUse(path)
        }
        unlink(path)
    }

    private static func bound<A>(
        _ family: Int32, _ address: inout A, _ error: (Int32) -> ListenError
    ) throws(ListenError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .system("socket", errno: errno) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        if family == AF_UNIX {
            // Before bind, so that the file never exists with a wider mode; umask(2) would touch other threads.
            fchmod(descriptor, 0o600)
        } else {
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        }
        if family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<A>.size))
            }
        }
        guard outcome == 0, Glibc.listen(descriptor, 512) == 0 else {
            let problem = errno
            close(descriptor)
            throw error(problem)
        }
        return descriptor
    }

    private static func tcpError(_ problem: Int32, _ host: String, _ port: Int) -> ListenError {
        switch problem {
        case EADDRINUSE: .portTaken(port)
        case EADDRNOTAVAIL, EAFNOSUPPORT: .noSuchAddress(host)
        case EACCES, EPERM: .notAllowed("port \(port)")
        default: .system("bind", errno: problem)
        }
    }

    private static func realPort(_ descriptor: Int32) -> Int {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        // The port has the same place in both kinds of address.
        return Int(in_port_t(bigEndian: address.sin6_port))
    }
}
