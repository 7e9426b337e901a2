import Glibc
import HTTPClient
import TestSupport
import Testing
import Wire

/// What the daemon offers to a provider's server, on a machine whose own settings would allow everything.
@Suite("Old versions of TLS")
struct OldTLSTests {
    /// OpenSSL's settings of a machine that still speaks TLS 1.0.
    private static let lax = """
        openssl_conf = all
        [all]
        ssl_conf = ssl
        [ssl]
        system_default = default
        [default]
        MinProtocol = TLSv1
        CipherString = ALL:@SECLEVEL=0

        """

    @Test("nothing below TLS 1.2 is offered, whatever the machine's settings allow")
    func offered() async throws {
        let house = House()
        let listener = try #require(Listener())
        let file = house.path + "/providers/metrorent/manifest.json"
        let manifest = String(decoding: Files.bytes(file), as: UTF8.self)
        let issuer = try #require(try JSON.parse(manifest, limits: .file)["authorization"]?["issuer"]?.string)
        let parts = manifest.split(separator: issuer, omittingEmptySubsequences: false)
        Files.write(file, parts.joined(separator: "https://127.0.0.1:\(listener.port)"), mode: 0o644)
        let settings = house.path + "/openssl.cnf"
        Files.write(settings, Self.lax)
        house.start(environment: ["OPENSSL_CONF": settings])
        let linking = Running(
            "purser", ["link", "metrorent", "--no-browser"], environment: ["PURSER_SOCKET": house.socket])
        let hello = await beside { listener.firstBytes() }
        #expect(linking.wait() == 1)
        #expect(Self.versions(hello) == [0x0304, 0x0303])
    }

    /// The versions that a ClientHello offers, highest first (RFC 8446 4.1.2, 4.2.1); those it would take at most where it
    /// names none.
    private static func versions(_ record: [UInt8]) -> [Int]? {
        var rest = record[...]
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number(_ bytes: Int) -> Int? { take(bytes)?.reduce(0) { $0 << 8 | Int($1) } }
        // Record and handshake heads, version and random; session, ciphers and compressions.
        guard number(1) == 22, take(4) != nil, number(1) == 1, take(3) != nil, let legacy = number(2),
            take(32) != nil, let session = number(1), take(session) != nil, let ciphers = number(2),
            take(ciphers) != nil, let compressions = number(1), take(compressions) != nil, number(2) != nil
        else { return nil }
        while let kind = number(2), let length = number(2), let body = take(length) {
            guard kind == 43 else { continue }
            let list = Array(body.dropFirst())
            return stride(from: 0, to: list.count - 1, by: 2).map { Int(list[$0]) << 8 | Int(list[$0 + 1]) }
        }
        return [legacy]
    }
}

/// A server that says nothing.
private final class Listener: Sendable {
    private let descriptor: Int32
    let port: Int

    init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var limit = timeval(tv_sec: Patience.seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let descriptor = descriptor
        let outcome = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 4) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        guard outcome else { return nil }
    }

    deinit { close(descriptor) }

    /// The first record of whoever connects first, which is then left.
    func firstBytes() -> [UInt8] {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return [] }
        defer { close(connection) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while out.count < 5 || out.count < 5 + Int(out[3]) << 8 + Int(out[4]) {
            let count = read(connection, &block, block.count)
            guard count > 0 else { break }
            out += block[..<count]
        }
        return out
    }
}
