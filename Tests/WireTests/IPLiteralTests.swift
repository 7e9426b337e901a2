import Testing
import Wire

/// Which hosts are addresses (RFC 3986 3.2.2), and which of those the whole internet can reach (RFC 6890).
@Suite("A host that is an address")
struct IPLiteralTests {
    @Test(
        "C44: an address within a machine or a network of its own is no global one",
        arguments: [
            "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255",
            "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.0.0.1", "198.18.0.1", "198.19.0.1",
            "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fc00::1]", "[fd12::1]",
            "[fe80::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
            "[::127.0.0.1]", "[4000::1]",
        ])
    func inside(_ host: String) throws {
        let literal = try #require(IPLiteral(host: host))
        #expect(literal != .ambiguous && !literal.isGlobal)
    }

    @Test(
        "every other address is one",
        arguments: [
            "8.8.8.8", "1.0.0.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
            "128.0.0.1", "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.0.2.1", "192.167.0.1", "192.169.0.1",
            "198.17.0.1",
            "198.20.0.1", "223.255.255.255", "[2001:db8::1]", "[2a00::]", "[2003::1]", "[3fff::1]",
            "[2606:4700:4700::1.1.1.1]",
        ])
    func global(_ host: String) throws { #expect(try #require(IPLiteral(host: host)).isGlobal) }

    @Test(
        "C44: what some readers take for an address, and others for a name, is neither",
        arguments: [
            "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", "256.0.0.1",
            "1.2.3",
            "1.2.3.4.5", "host.1", "127..1", "127.0.0.0x1", "[::1::]", "[1::2::3]", "[00001::]", "[::+1]", "[1:2:3]",
            "[1:2:3:4:5:6:7:8:9]",
            "[:::]",
            "[12345::]",
            "[1.2.3.4]", "[::1.2.3]", "[1.2.3.4::]", "[:1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7::8]",
        ])
    func ambiguous(_ host: String) {
        #expect(IPLiteral(host: host) == .ambiguous)
        #expect(IPLiteral.ambiguous.isGlobal == false)
    }

    @Test(
        "a name is none",
        arguments: ["as.example", "localhost", "1.example", "127.0.0.1.evil.example", "a", "x0x1", "."])
    func names(_ host: String) { #expect(IPLiteral(host: host) == nil) }

    @Test("one address is the same however it is written")
    func same() {
        for (one, other) in [
            ("[::1]", "[0:0:0:0:0:0:0:1]"), ("[2001:db8::ff]", "[2001:0db8:0::00ff]"),
            ("[::ffff:1.2.3.4]", "[::ffff:102:304]"), ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:0.7.0.8]"),
        ] { #expect(IPLiteral(host: one) == IPLiteral(host: other), "\(one)") }
        #expect(IPLiteral(host: "[::1]") != IPLiteral(host: "[1::]"))
    }
}
