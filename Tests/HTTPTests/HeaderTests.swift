import HTTPServer
import TestSupport
import Testing
import Wire

@Suite struct HeaderTests {
    @Test(
        "C83: A header field that two readers would take for two things is refused",
        arguments: [
            "Host: x\0.evil.example", "Host: x\r\nX: a\0b", "Host: x\r\nX: a\u{1}b", "Host: x\r\nX: a\u{7f}",
            "Host: x\r\nX\0Y: a", "Host : x", "Host: x\r\nX Y: a", "Host: x\r\nX: a\r\n b", "Host: x\r\n .evil.example",
            "X: a\r\n b\r\nHost: x\0.evil.example", "Host: x\r\nX\u{e9}: a", "Host: x\r\n: a",
        ])
    func controls(_ fields: String) async throws {
        let server = try serve(quick: { Answer(.text("taken \($0.request.headers["Host"] ?? "")")) })
        let text = await server.exchange("GET / HTTP/1.1\r\n\(fields)\r\nConnection: close\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 400") || text.isEmpty, "\(text)")
    }

    @Test("Spaces around values, names without a space after them and requests one after another pass")
    func spaces() async throws {
        let server = try serve(quick: {
            Answer(.text("taken \($0.request.target) \($0.request.headers["X"] ?? "") \($0.request.body.count)\n"))
        })
        let text = await server.exchange(
            "GET /a HTTP/1.1\r\nHost:x\r\nX:  b  \r\n\r\nPOST /c?d=%20 HTTP/1.1\r\nHost: \tx\t \r\nX: e f\r\n"
                + "Content-Length: 3\r\n\r\n\0\0\0GET /g%00 HTTP/1.1\r\nHost: x\r\nX:\r\nConnection: close\r\n\r\n")
        for taken in ["taken /a b 0\n", "taken /c?d=%20 e f 3\n", "taken /g%00  0\n"] {
            #expect(text.contains(taken), "\(text)")
        }
    }

    @Test("The largest request that is allowed, in pieces, is read like any other")
    func largest() async throws {
        let server = try serve(quick: {
            Answer(.text("taken \($0.request.headers.fields.count) \($0.request.target.utf8.count)"))
        })
        let text = await beside { [port = server.port] in
            guard let raw = RawConnection(port: port) else { return "no connection" }
            raw.send("GET /" + String(repeating: "t", count: 8191) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
            for number in 10..<74 {
                raw.send("X-\(number): ")
                raw.send(String(repeating: "v", count: 240) + "\r\n")
            }
            raw.send("\r\n")
            return raw.readToEnd()
        }
        #expect(text.hasSuffix("taken 66 8192"), "\(text)")
    }

    @Test("A NUL in the target does not make it another target")
    func targetNUL() async throws {
        let server = try serve(quick: { Answer(.text("taken \($0.request.target)")) })
        let text = await server.exchange("GET /healthz\0/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(!text.contains("taken /healthz"), "\(text)")
    }
}
