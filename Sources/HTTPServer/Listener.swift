/// A socket that is bound and listening.
public struct Listener: Sendable {
    /// Where a listener listens.
    public enum Address: Sendable, Hashable, CustomStringConvertible {
        /// A literal address and the real port.
        case tcp(host: String, port: Int)
        case unix(path: String)

        public var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): path
            }
        }
    }

    public let descriptor: Int32
    public let address: Address

    /// Takes over a socket that listens already: `HTTPServer.listen` makes them.
    public init(descriptor: Int32, address: Address) {
        self.descriptor = descriptor
        self.address = address
    }

    /// 0 for a unix socket.
    public var port: Int {
        if case .tcp(_, let port) = address { return port }
        return 0
    }
}

/// Why nothing listens.
public enum ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    case portTaken(Int)
    /// Not an address literal, or none of this machine.
    case noSuchAddress(String)
    case notAllowed(String)
    /// Somebody answers on that socket already.
    case socketInUse(String)
    /// Something that is no socket has that name.
    case notASocket(String)
    case pathTooLong(String)
    /// The folder does not exist.
    case noFolder(String)
    /// Others could put another socket in its place; in words.
    case openFolder(String)
    /// The TLS library does not take the certificate or its key, or was built without TLS.
    case refusedTLS
    case system(String, errno: Int32)

    public var description: String {
        switch self {
        case .portTaken(let port): "port \(port) is taken by another program"
        case .noSuchAddress(let host): "\(host) is not an address of this machine"
        case .notAllowed(let place): "this user may not listen on \(place)"
        case .socketInUse(let path): "another program already answers on \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .pathTooLong(let path): "\(path) is too long for a socket: 107 bytes at most"
        case .noFolder(let path): "the folder of \(path) does not exist"
        case .openFolder(let why): why
        case .refusedTLS: "the TLS library does not take the certificate or its key"
        case .system(let call, let errno): "\(call) failed (errno \(errno))"
        }
    }
}
