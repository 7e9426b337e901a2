import Glibc

/// The address at the other end of a TCP connection. Behind a proxy it is the proxy's.
public struct Peer: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, as on the network.
    private let bytes: [UInt8]

    /// Nil: that is no address.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    init?(socket: Int32) {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let outcome = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) }
        }
        guard outcome == 0 else { return nil }
        switch Int32(address.ss_family) {
        case AF_INET:
            bytes = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
                }
            }
        case AF_INET6:
            bytes = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
                }
            }
        default: return nil
        }
    }

    /// Whom to count as one: an IPv4 address, or the /64 of an IPv6 address, in which one host has as many as it likes.
    public var network: Peer {
        bytes.count == 16 ? Peer(bytes: bytes.prefix(8) + [UInt8](repeating: 0, count: 8)) : self
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    public var description: String {
        var room = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &room, socklen_t(room.count)) != nil else {
            return "?"
        }
        return String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
