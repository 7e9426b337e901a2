import Testing
import Wire

@Suite struct URITests {
    @Test("A URI is taken apart")
    func parts() throws {
        let uri = try #require(URI("HTTPS://User:pw@Example.COM:8443/a/%2F?x=1&y=?#top"))
        #expect(uri.text == "HTTPS://User:pw@Example.COM:8443/a/%2F?x=1&y=?#top")
        #expect(uri.scheme == "https")
        #expect(uri.userinfo == "User:pw")
        #expect(uri.host == "example.com")
        #expect(uri.port == 8443)
        #expect(uri.path == "/a/%2F")
        #expect(uri.query == "x=1&y=?")
        #expect(uri.fragment == "top")
        #expect(uri.origin == "https://example.com:8443")
        #expect(uri.target == "/a/%2F?x=1&y=?")
    }

    @Test(
        "What is not said has its default",
        arguments: [
            ("http://h", 80, "/", nil), ("https://h", 443, "/", nil), ("http://h:", 80, "/", nil),
            ("https://h:443/", 443, "/", nil),
            ("http://h?q", 80, "/", "q"), ("http://h/?", 80, "/", ""), ("http://h#f", 80, "/", nil),
            ("http://h/a?b/c", 80, "/a", "b/c"),
        ] as [(String, Int, String, String?)])
    func defaults(text: String, port: Int, path: String, query: String?) throws {
        let uri = try #require(URI(text))
        #expect(uri.port == port && uri.path == path && uri.query == query)
        #expect(uri.origin == text.prefix { $0 != ":" } + "://h")
    }

    @Test(
        "C40, C44: What could be read in two ways is refused",
        arguments: [
            "", "h", "/a", "//h/", "ftp://h/", "javascript:alert(1)", "http:/h", "http:h", "http://", "http:///a",
            "http://:80/",
            "http://h\\@evil/", "http://h/\\a", "http://h/a b", " http://h/", "http://h/\n", "http://h\t/",
            "http://h/\u{e9}",
            "http://\u{e9}.example/", "http://h/\u{0}", "http://h/\u{7f}", "http://h/<a>", "http://h/\"",
            "http://h/{a}", "http://h/a|b",
            "http://h/^", "http://h/`", "http://%68/", "http://a@b@h/", "http://h:65536/", "http://h:-1/",
            "http://h:+80/", "http://h:8a/",
            "http://h:080000/", "http://h:0000080/", "http://[::1]x80/", "http://h:80:80/", "http://[::1", "http://[]/",
            "http://[::g]/", "http://[::1]x/",
            "http://[::1%25lo]/",
            "http://::1/", "http://a,b/", "http://a_b$/",
        ])
    func refused(text: String) { #expect(URI(text) == nil) }

    @Test("A URI of 8 KiB is taken, a longer one not")
    func length() {
        #expect(URI("http://h/" + String(repeating: "a", count: 8183)) != nil)
        #expect(URI("http://h/" + String(repeating: "a", count: 8184)) == nil)
        #expect(URI("http://" + String(repeating: "a", count: 254) + "/") == nil)
    }

    @Test(
        "C44: Only literals are loopback",
        arguments: [
            ("http://127.0.0.1/", true), ("http://127.255.0.9:8080/", true), ("http://[::1]:3/", true),
            ("http://localhost/", false),
            ("http://127.0.0.1.example/", false), ("http://127.1/", false), ("http://127.0.0.01/", false),
            ("http://127.0.0.256/", false),
            ("http://0.0.0.0/", false), ("http://[::]/", false), ("http://[::ffff:127.0.0.1]/", false),
            ("http://2130706433/", false),
            ("http://128.0.0.1/", false), ("http://127.0.0.1@h/", false), ("http://127.0.0..1/", false),
            ("http://127.0.0.1./", false), ("http://[7f00::1]/", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        let uri = try #require(URI(text))
        #expect(uri.isLoopback == isLoopback)
        #expect(uri.isSecureOrLoopback == isLoopback)
        #expect(URI("https" + text.dropFirst(4))?.isSecureOrLoopback == true)
    }

    @Test(
        "References are resolved as RFC 3986 5.4 has it",
        arguments: [
            ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"), ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"), ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/../x", "http://a/b/c/g#s/../x"),
            ("https://h/x", "https://h/x"), ("?next=https://h/x", "http://a/b/c/d;p?next=https://h/x"),
            ("g?u=a:b", "http://a/b/c/g?u=a:b"),
        ])
    func resolving(reference: String, expected: String) throws {
        let base = try #require(URI("http://a/b/c/d;p?q"))
        #expect(base.resolving(reference)?.text == expected)
    }

    @Test(
        "C40: A reference with another scheme leads nowhere",
        arguments: ["javascript:alert(1)", "mailto:a@b", "ftp://h/", "g:h", "http:g", "data:,x", "/a b", "//"])
    func nowhere(reference: String) throws {
        #expect(try #require(URI("http://a/b/c/d;p?q")).resolving(reference) == nil)
    }

    @Test("Parameters are appended to those there are, and the fragment stays")
    func appending() throws {
        func appended(_ text: String) throws -> String? {
            let uri = try #require(URI(text))
            return uri.appending([("a", "x y"), ("b", "&")])?.text
        }
        #expect(try appended("https://h/p") == "https://h/p?a=x+y&b=%26")
        #expect(try appended("https://h/p?q=1") == "https://h/p?q=1&a=x+y&b=%26")
        #expect(try appended("https://h/p?") == "https://h/p?a=x+y&b=%26")
        #expect(try appended("https://u@h:8443/p?q#f") == "https://u@h:8443/p?q&a=x+y&b=%26#f")
        #expect(URI("https://h/p?q#f")?.appending([])?.text == "https://h/p?q#f")
        #expect(URI("https://h/p")?.appending([("a", String(repeating: "x", count: 8192))]) == nil)
    }

    @Test("Percent-encoding leaves the unreserved characters only")
    func percent() {
        #expect(URI.percentEncode("aZ09-._~ /?+%\u{e9}") == "aZ09-._~%20%2F%3F%2B%25%C3%A9")
        #expect(URI.percentDecode("a%20%2f+%C3%A9") == "a /+\u{e9}")
        for broken in ["%", "%2", "a%g0", "%ff"] { #expect(URI.percentDecode(broken) == nil) }
    }
}
