import Glibc

// sd_notify(3) by hand: one datagram of lines to the socket that NOTIFY_SOCKET names; `@` begins a name in the abstract
// namespace, written as NUL. Without the variable there is nobody to tell, and nothing happens.

/// Whoever started the daemon and wants to know how it is doing: systemd, for a unit of `Type=notify`.
public struct Supervisor: Sendable {
    private let socket: String?

    /// - Parameter socket: nil: `$NOTIFY_SOCKET`.
    public init(socket: String? = nil) { self.socket = socket ?? getenv("NOTIFY_SOCKET").map { String(cString: $0) } }

    /// It serves now. `status` is a line for `systemctl status`.
    /// - Returns: false when there is a socket and it cannot be told.
    @discardableResult
    public func ready(_ status: String) -> Bool { tell("READY=1\nSTATUS=\(Self.line(status))") }

    /// It was told to stop and lets work under way end.
    @discardableResult
    public func stopping(_ status: String) -> Bool { tell("STOPPING=1\nSTATUS=\(Self.line(status))") }

    private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

    private func tell(_ lines: String) -> Bool {
        guard let socket, !socket.isEmpty else { return true }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socket.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        guard path[0] == 0 || path[0] == UInt8(ascii: "/"), path.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // A name of the abstract namespace ends with the address, not with a NUL.
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(lines.utf8)
        let sent = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, size)
            }
        }
        return sent == bytes.count
    }
}
