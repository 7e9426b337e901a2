import CLinux
import Glibc
import Testing

/// What the daemon tells whoever started it, over a socket as systemd makes it.
@Suite("Telling systemd")
struct SupervisorTests {
    @Test(
        "ready once it serves and stopping once it is told to, on a socket with a path and on an abstract one",
        arguments: ["path", "abstract"])
    func tells(_ kind: String) {
        let house = House()
        let socket = NotifySocket(
            kind == "path" ? house.path + "/notify" : "@purser-test-\(getpid())-\(house.mockPort)")
        house.start(environment: ["NOTIFY_SOCKET": socket.name])
        #expect(socket.next == "READY=1\nSTATUS=listens on http://127.0.0.1:\(house.daemonPort)")
        #expect(house.stop() == 0)
        #expect(socket.next?.hasPrefix("STOPPING=1\nSTATUS=") == true)
        #expect(socket.next == nil)
    }

    @Test("a sealed daemon is ready too, and says that it is sealed")
    func sealed() {
        let house = House()
        house.start()
        house.stop()
        rename(house.key, house.key + ".away")
        let socket = NotifySocket(house.path + "/notify")
        house.start(environment: ["NOTIFY_SOCKET": socket.name])
        #expect(socket.next?.hasPrefix("READY=1\nSTATUS=sealed: the key file ") == true)
    }

    @Test("a daemon that cannot start never says that it is ready")
    func refused() {
        let house = House()
        let socket = NotifySocket(house.path + "/notify")
        let refused = house.run(
            "purserd", house.daemonArguments(["--listen", "127.0.0.1:\(house.mockPort)"]),
            ["NOTIFY_SOCKET": socket.name])
        #expect(refused.code == 1)
        #expect(socket.next == nil)
    }

    @Test(
        "where nobody listens the daemon serves all the same, and its log says so",
        arguments: ["/nowhere/at/all", "@purser-nobody", "relative"])
    func nobody(_ name: String) {
        let house = House()
        house.start(environment: ["NOTIFY_SOCKET": name])
        #expect(house.purser("status").code == 0)
        #expect(house.stop() == 0)
        #expect(house.everything.contains("cannot be told that it is ready"))
    }
}

/// A datagram socket, as systemd has one for each unit.
private final class NotifySocket {
    let name: String
    private let descriptor: Int32

    init(_ name: String) {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        precondition(outcome == 0, "\(name): \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// The next datagram that has come; nil: none has.
    var next: String? {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &room, room.count, 0)
        return count < 0 ? nil : String(decoding: room[..<count], as: UTF8.self)
    }
}
