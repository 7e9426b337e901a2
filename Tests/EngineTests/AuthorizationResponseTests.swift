import Testing
import Wire

@testable import PurserEngine

@Suite struct AuthorizationResponseTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let query: String
        /// `code …`, `error …` or `refused`, of a server that does not announce `iss`, and of one that does.
        let quiet: String
        let announced: String

        init(_ query: String, _ quiet: String, _ announced: String? = nil) {
            self.query = query
            self.quiet = quiet
            self.announced = announced ?? quiet
        }

        var testDescription: String { String(query.prefix(80)) }
    }

    static let iss = "iss=https%3A%2F%2Fas.example"

    static let rows: [Row] = [
        Row("state=s&code=c&\(iss)", "code c"),
        Row("\(iss)&code=c&state=s&session_state=x&scope=a", "code c"),
        Row("state=s&code=a%2Fb%2B%3D&\(iss)", "code a/b+="),
        Row("state=s&code=c", "code c", "refused"),
        // RFC 9207 2.4: another issuer, however alike, on success and on error.
        Row("state=s&code=c&iss=https%3A%2F%2Fevil.example", "refused"),
        Row("state=s&code=c&iss=https%3A%2F%2Fas.example%2F", "refused"),
        Row("state=s&code=c&iss=https%3A%2F%2FAS.example", "refused"),
        Row("state=s&code=c&iss=https%3A%2F%2Fas.example%3A443", "refused"),
        Row("state=s&code=c&iss=http%3A%2F%2Fas.example", "refused"),
        Row("state=s&code=c&iss=", "refused"),
        Row("state=s&code=c&iss", "refused"),
        Row("state=s&error=access_denied&iss=https%3A%2F%2Fevil.example", "refused"),
        Row("state=s&error=access_denied", "error access_denied", "refused"),
        Row("state=s&error=access_denied&\(iss)", "error access_denied"),
        // Twice, even with the same value (RFC 6749 3.1).
        Row("state=s&code=c&code=c&\(iss)", "refused"),
        Row("state=s&state=s&code=c&\(iss)", "refused"),
        Row("state=s&code=c&\(iss)&\(iss)", "refused"),
        Row("state=s&code=c&\(iss)&iss=https%3A%2F%2Fevil.example", "refused"),
        Row("state=s&error=a&error=b&\(iss)", "refused"),
        Row("state=s&error=a&error_description=x&error_description=y&\(iss)", "refused"),
        Row("state=s&code=c&\(iss)&response=x&response=y", "refused"),
        Row("state=s&code=c&\(iss)&scope=a&scope=b", "code c"),
        // Both, neither, nothing.
        Row("state=s&code=c&error=access_denied&\(iss)", "refused"),
        Row("state=s&code=&error=access_denied&\(iss)", "refused"),
        Row("state=s&code=c&error=&\(iss)", "refused"),
        Row("state=s&\(iss)", "refused"),
        Row("", "refused"),
        Row("state=s&code=&\(iss)", "refused"),
        Row("state=s&code&\(iss)", "refused"),
        Row("state=s&access_token=at&token_type=bearer&\(iss)", "refused"),
        Row("state=s&CODE=c&\(iss)", "refused"),
        // Of a response type or mode that was never asked for: implicit, hybrid, JARM.
        Row("state=s&code=c&\(iss)&id_token=a.b.c", "refused"),
        Row("state=s&code=c&\(iss)&access_token=at&token_type=bearer", "refused"),
        Row("state=s&code=c&\(iss)&token_type=bearer", "refused"),
        Row("state=s&code=c&\(iss)&response=a.b.c", "refused"),
        Row("state=s&error=access_denied&\(iss)&access_token=", "refused"),
        Row("state=s&\(iss)&code=" + String(repeating: "c", count: 4096), "code long"),
        Row("state=s&\(iss)&code=" + String(repeating: "c", count: 4097), "refused"),
    ]

    @Test("C24, C25, C27, C29: Every authorization response has one meaning", arguments: rows)
    func decides(_ row: Row) throws {
        let query = try #require(Form(parsing: row.query))
        for (sendsIssuer, wanted) in [(false, row.quiet), (true, row.announced)] {
            let found: String
            switch AuthorizationResponse.decide(query, issuer: "https://as.example", sendsIssuer: sendsIssuer) {
            case .code(let code): found = code.utf8.count > 100 ? "code long" : "code \(code)"
            case .error(let code, _): found = "error \(code)"
            case .refused: found = "refused"
            case .unjudged: found = "unjudged"
            }
            #expect(found == wanted, "iss announced: \(sendsIssuer)")
        }
    }

    @Test("C27: The issuer is compared byte for byte, not letter by letter")
    func exactIssuer() {
        // KELVIN SIGN: canonically equivalent to K.
        let query = Form([("code", "c"), ("iss", "https://as.example/\u{212A}")])
        guard case .refused = AuthorizationResponse.decide(query, issuer: "https://as.example/K", sendsIssuer: true)
        else {
            Issue.record("another issuer was taken for ours")
            return
        }
    }

    @Test("C24, C26: A state is there exactly once, is not empty and is no novel")
    func state() throws {
        func state(_ text: String) throws -> String? { AuthorizationResponse.state(try #require(Form(parsing: text))) }
        #expect(try state("state=abc&code=c") == "abc")
        #expect(try state("code=c") == nil)
        #expect(try state("state=&code=c") == nil)
        #expect(try state("state=a&state=a") == nil)
        #expect(try state("state=a&state=b") == nil)
        #expect(try state("State=a") == nil)
        #expect(try state("state=" + String(repeating: "s", count: 512)) != nil)
        #expect(try state("state=" + String(repeating: "s", count: 513)) == nil)
    }

    @Test("C11, C29: The server's own words are made harmless and bounded")
    func words() {
        let long = String(repeating: "x", count: 5000)
        let query = Form([
            ("error", "access\u{1B}[2Jdenied " + long),
            ("error_description", "no\r\nSet-Cookie: a=b\u{202E}txt" + long),
        ])
        guard
            case .error(let code, let text?) = AuthorizationResponse.decide(query, issuer: "i", sendsIssuer: false)
        else {
            Issue.record("no error")
            return
        }
        #expect(code.unicodeScalars.count == 65 && code.hasPrefix("access [2Jdenied"))
        #expect(text.unicodeScalars.count == 201 && text.hasPrefix("no  Set-Cookie: a=btxt"))
    }
}

@Suite struct HarmlessTests {
    @Test(
        "What a server repeats of a secret is left out, and its words stay",
        arguments: [
            ("no such token: d8f3Q-_x9aLw27TbnKpZ0", "no such token: …"),
            ("token=\"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIx.c2ln\" refused", "token=\"…\" refused"),
            ("code AAAAAAAAAAAAAAAAAAAA is used", "code … is used"),
            ("unsupported_token_type for this endpoint", "unsupported_token_type for this endpoint"),
            ("try again in 30 s (error 17)", "try again in 30 s (error 17)"), ("", ""),
        ])
    func repeated(_ raw: String, _ shown: String) {
        #expect(Harmless.words(raw) == shown)
    }

    @Test("C11: No control character, line end or directional mark comes through")
    func everyScalar() {
        var bad: [UInt32] = Array(0..<32) + Array(127..<160) + [0x2028, 0x2029, 0xFEFF, 0x61C, 0x180E, 0xAD]
        bad += Array(0x200B...0x200F) + Array(0x202A...0x202E) + Array(0x2060...0x206F) + Array(0xFFF9...0xFFFB)
        bad += [0xE0001, 0xE0041, 0xE007F]
        for value in bad {
            let raw = "a" + String(Character(Unicode.Scalar(value)!)) + "b"
            let text = Harmless.text(raw)
            #expect(text == "ab" || text == "a b", "U+\(String(value, radix: 16))")
        }
    }

    @Test("Words stay words", arguments: ["Plain text.", "ÅÄÖ åäö", "日本語", "قهوة", "👩‍🚀", "a\u{301}"])
    func words(_ text: String) {
        // A joiner inside an emoji goes; the emoji stay.
        let joined = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0x200D }))
        #expect(Harmless.text(text) == joined)
    }

    @Test("A text is cut at the limit and says so, at the limit it is whole")
    func limits() {
        #expect(Harmless.text("abcd", limit: 4) == "abcd")
        #expect(Harmless.text("abcde", limit: 4) == "abcd…")
        #expect(Harmless.text("", limit: 4).isEmpty)
        #expect(Harmless.text(String(repeating: "e\u{301}", count: 300)).unicodeScalars.count == 201)
    }

    @Test("C11: An error response is one only with a code that is a text")
    func oauthError() throws {
        #expect(OAuthError(["error": "x"])?.words == "x")
        #expect(OAuthError(["error": "x", "error_description": "why"])?.words == "x: why")
        #expect(OAuthError(["error": "x", "error_description": 7])?.words == "x")
        #expect(OAuthError(["error": "a\u{0}\u{202E}b"])?.code == "a b")
        for none: JSON in [["error": ""], ["error": nil], ["error": 1], ["error": ["x"]], [:], [], "error", nil] {
            #expect(OAuthError(none) == nil, "\(none)")
        }
    }
}
