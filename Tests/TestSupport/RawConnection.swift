import Glibc
import Threads

/// Runs blocking work beside the pool, which has as few threads as the machine has cores.
public func beside<R: Sendable>(_ work: @escaping @Sendable () -> R) async -> R {
    await withCheckedContinuation { continuation in
        OwnThread.start("test") { continuation.resume(returning: work()) }
    }
}

/// A connection without any manners, to a port on 127.0.0.1.
public final class RawConnection: Sendable {
    public let descriptor: Int32

    public init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: Patience.seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    public func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    public func readToEnd() -> String {
        var out: [UInt8] = []
        while true {
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return String(decoding: out, as: UTF8.self) }
            out += piece.prefix(count)
        }
    }

    /// Whether anything has come that was not read yet.
    public var hasBytes: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Reads until this text has come; false when the connection ends first.
    public func read(until mark: String) -> Bool {
        var out: [UInt8] = []
        while !String(decoding: out, as: UTF8.self).contains(mark) {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { return false }
            out.append(byte)
        }
        return true
    }

    /// Says that no more will be sent.
    public func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }
}
