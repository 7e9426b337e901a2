import TestSupport
import Testing
import Wire

@testable import HTTPServer

@Suite struct CrowdingTests {
    private func place(_ peer: String?, _ since: Int64?) -> Crowding.Place {
        Crowding.Place(peer: peer.flatMap { Peer($0) }, waitingSince: since)
    }

    @Test("Of those who wait, the oldest of whoever holds most places gives way; who is answered stays")
    func victims() {
        let (a, b, c) = ("192.0.2.1", "192.0.2.2", "2001:db8::1")
        #expect(Crowding.victim([]) == nil)
        #expect(Crowding.victim([place(a, nil), place(b, nil)]) == nil)
        #expect(Crowding.victim([place(a, 9), place(a, 7), place(a, 8)]) == 1)
        // One who waits long and holds one place stays; the crowd is another's.
        #expect(Crowding.victim([place(b, 1), place(a, 9), place(a, 8)]) == 2)
        // What is being answered counts as held, and stays.
        #expect(Crowding.victim([place(b, 5), place(b, 6), place(a, nil), place(a, nil), place(a, 8)]) == 4)
        // An IPv6 host is its /64.
        #expect(Crowding.victim([place(a, 1), place(c, 5), place("2001:db8::2", 4)]) == 2)
        #expect(Crowding.victim([place(nil, 5), place(nil, 4)]) == 1)
    }

    @Test("An eighth is kept free, of few connections none")
    func reserve() {
        #expect(Crowding.reserve(of: 256) == 32)
        #expect(Crowding.reserve(of: 2) == 0)
    }

    @Test("Connections that only hold places do not keep anybody out")
    func holding() async throws {
        let server = try serve({ $0.connections = 16 }, quick: { Answer(.text("to \($0.request.target)")) })
        let outcome = await beside { [port = server.port] in
            var held: [RawConnection] = []
            for number in 0..<40 {
                guard let raw = RawConnection(port: port) else { return "no connection" }
                raw.send(number % 2 == 0 ? "" : "GET /slow HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                held.append(raw)
            }
            guard let quick = RawConnection(port: port) else { return "no connection" }
            quick.send("GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answer = quick.readToEnd()
            // Those who gave way were told nothing, and the last of the others is still held.
            return held[0].readToEnd().isEmpty && !held[39].hasBytes ? answer : "not as it should be"
        }
        #expect(outcome.hasSuffix("to /quick"))
    }

    @Test("A request that is being answered is never cut off for another's sake")
    func answering() async throws {
        let slow = Answer(.text("patience"), delayMilliseconds: 1000)
        let server = try serve(
            { $0.connections = 16 }, quick: { $0.request.target == "/slow" ? slow : Answer(.text("x")) })
        let outcome = await beside { [port = server.port] in
            guard let first = RawConnection(port: port) else { return "no connection" }
            first.send("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            var held: [RawConnection] = []
            for _ in 0..<40 { if let raw = RawConnection(port: port) { held.append(raw) } }
            return first.readToEnd()
        }
        #expect(outcome.hasSuffix("patience"))
    }

    @Test("Whose address it is, and whom to count as one")
    func peers() {
        #expect(Peer("192.0.2.7")?.network.description == "192.0.2.7")
        #expect(Peer("2001:db8:1:2:3:4:5:6")?.network.description == "2001:db8:1:2::")
        #expect(Peer("2001:db8::1") != Peer("2001:db8::2"))
        #expect(Peer("nobody") == nil && Peer("") == nil && Peer("1.2.3") == nil)
    }
}
