import Testing
import Wire

@testable import PurserEngine

/// Where a provider may lead us by an address that it names itself.
@Suite("An address that a provider names")
struct SuppliedURITests {
    private static let remote = "https://as.example"
    private static let mock = "http://127.0.0.1:7901/id"
    private static let secure = "https://127.0.0.1:7904"

    static let rows: [(uri: String, by: [String])] = [
        // Anywhere by name, and at any address of the whole internet's.
        ("https://as.example/x", [remote, mock, secure, "https://localhost:8443"]),
        ("https://other.example:8443/x?y", [remote, mock, secure, "https://localhost:8443"]),
        ("https://8.8.8.8/x", [remote, mock, secure, "https://localhost:8443"]),
        // Plain http: a loopback literal, named by one.
        ("http://127.0.0.1:631/x", [mock]), ("http://127.0.0.2/x", [mock]), ("http://[::1]/x", [mock]),
        ("http://localhost/x", []), ("http://as.example/x", []), ("http://10.0.0.1/x", []),
        // https to an address within: of the issuer's own.
        ("https://127.0.0.1:1/x", [mock, secure]), ("https://127.0.0.2/x", []),
        ("https://[::1]/x", ["https://[0:0::1]"]),
        ("https://[::ffff:127.0.0.1]/x", []), ("https://10.0.0.1/x", ["https://10.0.0.1:8443"]),
        ("https://169.254.169.254/x", []), ("https://[fe80::1]/x", []),
        ("https://localhost/x", ["https://localhost:8443"]), ("https://LOCALHOST./x", []),
        ("https://a.localhost/x", []),
        // What could be read as an address.
        ("https://127.1/x", []), ("https://2130706433/x", []), ("https://127.0.0.1./x", []), ("https://0x7f.1/x", []),
    ]

    @Test("C44: only who is on this machine or in this network leads us there", arguments: rows)
    func leads(_ uri: String, _ by: [String]) {
        let issuers = [
            Self.remote, Self.mock, Self.secure, "https://localhost:8443", "https://10.0.0.1:8443", "https://[0:0::1]",
            "https://10.0.0.2", "http://as.example", "",
        ]
        let isForAll = by.count == 4
        for issuer in issuers where !isForAll || by.contains(issuer) {
            #expect((SuppliedURI.read(.string(uri), by: issuer) != nil) == by.contains(issuer), "\(issuer)")
        }
    }

    @Test("it is whole, without user, and without a fragment where it is no page for people")
    func shape() {
        for bad: JSON? in [nil, .null, 7, ["https://as.example"], "", "/x", "as.example", "https://u@as.example/"] {
            #expect(SuppliedURI.read(bad, by: Self.remote, isPage: true) == nil)
        }
        #expect(SuppliedURI.read("https://as.example/#f", by: Self.remote) == nil)
        #expect(SuppliedURI.read("https://as.example/#f", by: Self.remote, isPage: true) != nil)
    }
}
