import Crypto
import Glibc
import HTTPServer
import PurserEngine
import PurserSystem
import Testing
import Threads
import Wire

/// Connections with authorities of a folder's own, and with a client's certificate (RFC 8705), over real TLS.
@Suite("Secure connections to providers")
struct SecureTransportTests {
    /// The pretended metrorent's certificate, its authority, and the client's own.
    private static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/providers/metrorent/"
    }()

    private static func bytes(_ name: String) throws -> [UInt8] {
        let file = try #require(fopen(folder + name, "rb"))
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&room, 1, room.count, file)
        return Array(room[..<count])
    }

    /// A server that remembers which certificate each request came over.
    private final class Gate: Sendable {
        let shown: Lock<[String?]>
        let server: HTTPServer

        init() throws {
            var configuration = HTTPServer.Configuration(try HTTPServer.listen(tcp: "127.0.0.1", port: 0))
            let (certificate, key) = (try bytes("mock/tls/certificate.pem"), try bytes("mock/tls/key.pem"))
            let clients = try bytes("mock/tls/clients.pem")
            configuration.tls = certificate.withUnsafeBytes { certificate in
                key.withUnsafeBytes { key in
                    clients.withUnsafeBytes { TLSIdentity(certificate: certificate, key: key, trust: $0) }
                }
            }
            let shown = Lock<[String?]>([])
            self.shown = shown
            server = try HTTPServer(
                configuration, spawn: { work in Task { await work() } },
                quick: { incoming in
                    shown.withLock { $0.append(incoming.certificate.map(CertificatePair.thumbprint)) }
                    return Answer(.json(["ok": true]))
                },
                answer: { _ in Answer(.text("", status: 500)) })
        }

        func uri(_ host: String) -> URI { URI("https://\(host):\(server.port)/")! }
    }

    private static func request(
        _ gate: Gate, _ tls: TLSTerms?, host: String = "127.0.0.1"
    ) -> ProviderRequest {
        var request = ProviderRequest("GET", gate.uri(host))
        request.tls = tls
        return request
    }

    @Test("a certificate of an authority that the folder names is believed, and without it nothing is sent")
    func authorities() async throws {
        let gate = try Gate()
        let transport = CurlTransport(slots: 4)
        defer {
            transport.stop()
            gate.server.stop()
        }
        await #expect(throws: TransportError.self) { try await transport.send(Self.request(gate, nil)) }
        let other = TLSTerms(authorities: try Self.bytes("mock/tls/clients.pem"), identity: nil)
        do throws(TransportError) {
            _ = try await transport.send(Self.request(gate, other))
            Issue.record("another authority's word was believed")
        } catch {
            guard case .untrusted = error else { return #expect(Bool(false), "\(error)") }
        }
        #expect(gate.shown.withLock { $0 }.isEmpty)
        let known = TLSTerms(authorities: try Self.bytes("ca.pem"), identity: nil)
        #expect(try await transport.send(Self.request(gate, known)).status == 200)
    }

    @Test("a certificate that a trusted authority gave to another name is refused, and nothing is sent")
    func otherName() async throws {
        let gate = try Gate()
        let transport = CurlTransport(slots: 4)
        defer {
            transport.stop()
            gate.server.stop()
        }
        let known = TLSTerms(authorities: try Self.bytes("ca.pem"), identity: nil)
        do throws(TransportError) {
            _ = try await transport.send(Self.request(gate, known, host: "localhost"))
            Issue.record("a certificate for 127.0.0.1 was taken for localhost")
        } catch {
            guard case .untrusted(let why) = error else { return #expect(Bool(false), "\(error)") }
            #expect(why.contains("certificate"), "\(why)")
        }
        #expect(gate.shown.withLock { $0 }.isEmpty)
        #expect(try await transport.send(Self.request(gate, known)).status == 200)
    }

    @Test("C74: a client's certificate goes with its own requests alone: no connection is shared with others")
    func certificate() async throws {
        let gate = try Gate()
        let transport = CurlTransport(slots: 4)
        defer {
            transport.stop()
            gate.server.stop()
        }
        let authorities = try Self.bytes("ca.pem")
        let identity = Secret(copying: try Self.bytes("client-certificate.pem"))
        let ours = TLSTerms(authorities: authorities, identity: identity)
        let nobody = TLSTerms(authorities: authorities, identity: nil)
        for tls in [ours, nobody, ours, nobody] {
            #expect(try await transport.send(Self.request(gate, tls)).status == 200)
        }
        let der = try #require(identity.text().flatMap(CertificatePair.der))
        let name = CertificatePair.thumbprint(der)
        #expect(gate.shown.withLock { $0 } == [name, nil, name, nil])
    }

    @Test("C74: a certificate whose key is another's is told of, and nothing is sent")
    func mismatch() async throws {
        let gate = try Gate()
        let transport = CurlTransport(slots: 4)
        defer {
            transport.stop()
            gate.server.stop()
        }
        let mixed = try Self.bytes("mock/tls/clients.pem") + Self.bytes("mock/tls/key.pem")
        let tls = TLSTerms(authorities: try Self.bytes("ca.pem"), identity: Secret(copying: mixed))
        do throws(TransportError) {
            _ = try await transport.send(Self.request(gate, tls))
            Issue.record("it was sent")
        } catch {
            guard case .notSent = error else { return #expect(Bool(false), "\(error)") }
        }
        #expect(gate.shown.withLock { $0 }.isEmpty)
    }
}
