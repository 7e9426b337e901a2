import TestSupport
import Testing
import Wire

@Suite struct HeaderTests {
    @Test("C69: all challenges of the vectors", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
    func challenges() throws {
        let vectors = try #require(try Vectors.json("http/www-authenticate.json")["vectors"]?.array)
        #expect(vectors.count == 54)
        for vector in vectors {
            let header = try #require(vector["header"]?.string)
            let found = HeaderGrammar.challenges(header)
            guard let expected = vector["expected"]?.array else {
                #expect(found == nil, "\(header)")
                continue
            }
            #expect(found?.count == expected.count, "\(header)")
            for (challenge, one) in zip(found ?? [], expected) {
                #expect(challenge.scheme == one["scheme"]?.string, "\(header)")
                #expect(challenge.token68 == one["token68"]?.string, "\(header)")
                let parameters = one["parameters"]?.object?.members.map { ($0.name, $0.value.string ?? "") } ?? []
                #expect(challenge.parameters == Dictionary(uniqueKeysWithValues: parameters), "\(header)")
            }
        }
    }

    @Test(
        "C69: a scheme may have a space and a comma after it, and the next one is still seen",
        arguments: [
            ("Basic , DPoP error=\"x\"", ["basic", "dpop"]), ("Basic ,DPoP error=x", ["basic", "dpop"]),
            ("A ,, B", ["a", "b"]), ("A\t,", ["a"]), ("A , realm=x", ["a"]), ("A , r=x , B", ["a", "b"]),
            ("A B", ["a"]), ("A , B C", ["a", "b"]), ("A r=x B", nil), ("A r=x s=y", nil), ("A B C", nil),
            ("A B C=d", nil),
        ] as [(String, [String]?)])
    func bareSchemes(value: String, schemes: [String]?) {
        #expect(HeaderGrammar.challenges(value)?.map(\.scheme) == schemes)
    }

    @Test("Links are read as RFC 8288 has it")
    func links() {
        let links = HeaderGrammar.links(
            "<https://h/a,b?c=1;d>; rel=\"next prev\"; title=\"a \\\"b\\\", c\",</x> ;rel = last;rel=first; flag, <?p=3>"
        )
        #expect(links.map(\.target) == ["https://h/a,b?c=1;d", "/x", "?p=3"])
        #expect(links.first?.relations == ["next", "prev"])
        #expect(links.first?.parameters["title"] == "a \"b\", c")
        #expect(links.dropFirst().first?.parameters == ["rel": "last", "flag": ""])
        #expect(links.last?.relations == [])
        #expect(HeaderGrammar.links("<a>; REL=NEXT").first?.relations == ["next"])
    }

    @Test(
        "An unreadable link ends the list",
        arguments: [
            ("", 0), ("a", 0), ("<a", 0), ("<a>, b, <c>", 1), ("<a>; rel=\"x, <c>", 0), ("<a>,<b>", 2),
            (" , <a> ,, ", 1),
        ])
    func brokenLinks(header: String, count: Int) { #expect(HeaderGrammar.links(header).count == count) }

    @Test("Retry-After is seconds or a date")
    func retryAfter() throws {
        let now = try #require(Instant(rfc3339: "2026-11-23T09:30:00Z"))
        #expect(HeaderGrammar.retryAfter("120", now: now)?.rfc3339 == "2026-11-23T09:32:00Z")
        #expect(HeaderGrammar.retryAfter("0", now: now) == now)
        #expect(HeaderGrammar.retryAfter("Mon, 23 Nov 2026 10:00:00 GMT", now: now)?.rfc3339 == "2026-11-23T10:00:00Z")
        for unreadable in ["", "-1", "1.5", "soon", "999999999999", "99999999999999999999999", "+5", "1e3", " "] {
            #expect(HeaderGrammar.retryAfter(unreadable, now: now) == nil, "\(unreadable)")
        }
    }

    @Test(
        "The media type is bare and in lower case",
        arguments: [
            ("application/json", "application/json"), ("Application/JSON; charset=UTF-8", "application/json"),
            ("  text/html ;a=b", "text/html"), ("", ""), (";", ""),
        ])
    func mediaType(value: String, expected: String) { #expect(HeaderGrammar.mediaType(value) == expected) }

    @Test("Header fields are found without regard to case, and kept in order")
    func fields() {
        var headers: HTTPHeaders = ["Content-Type": "a", "X": "1"]
        headers.append("x", "2")
        #expect(headers["content-type"] == "a")
        #expect(headers.all("X") == ["1", "2"])
        headers["X"] = "3"
        #expect(headers.all("x") == ["3"])
        headers["CONTENT-TYPE"] = nil
        #expect(headers.fields.map(\.name) == ["X"])
        #expect(headers["\u{212a}"] == nil)
        headers.append("K", "v")
        #expect(headers["\u{212a}"] == nil, "only ASCII has a case here")
    }

    @Test("A request's target is a path and a query")
    func target() {
        let request = HTTPRequest("GET", "/a%20b?x=1&y=a?b")
        #expect(request.path == "/a%20b")
        #expect(request.query?["y"] == "a?b")
        #expect(HTTPRequest("GET", "/").query?.fields.isEmpty == true)
        #expect(HTTPRequest("GET", "/?%").query == nil)
    }

    @Test("Ready-made responses say what they are")
    func responses() {
        #expect(HTTPResponse.json(["a": 1]).headers["Content-Type"] == "application/json")
        #expect(
            HTTPResponse.json(["a": 1], status: 400, type: "application/problem+json").body == Array("{\"a\":1}".utf8))
        #expect(HTTPResponse.redirect("/x").status == 303)
        #expect(HTTPResponse.redirect("/x", status: 302).headers["Location"] == "/x")
        #expect(HTTPResponse.html("<p>").headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(HTTPResponse.text("t", status: 404).status == 404)
    }
}
