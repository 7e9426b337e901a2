import Crypto
import Testing
import Wire

@testable import PurserEngine

/// Authorization responses that the server signs (JARM 2.4), by table.
@Suite("Signed authorization responses") struct SignedResponseTests {
    private let key: SigningKey
    private let keys: JWKSet

    init() throws {
        key = try SigningKey.generate(.ed25519)
        keys = try JWKSet(["keys": [key.publicJWK]])
    }

    private static let now = Fixture.now

    private func claims(_ changes: [(String, JSON?)]) -> JSONObject {
        var object = JSONObject([
            ("iss", "https://as.example"), ("aud", "purser"), ("exp", .int(Self.now.seconds + 600)), ("state", "s"),
            ("code", "c"),
        ])
        for (name, value) in changes { object[name] = value }
        return object
    }

    private func signed(_ changes: [(String, JSON?)] = [], type: String? = "JWT") throws -> String {
        try JWS.sign(JSON.object(claims(changes)).bytes, with: key, type: type)
    }

    /// What comes of a callback: `code …`, `error …`, `refused: …`, or `unread: …` before any key is looked at.
    private func found(_ query: Form, keys: JWKSet? = nil, _ algorithm: SignatureAlgorithm = .ed25519) -> String {
        switch SignedResponse.read(query, issuer: "https://as.example", clientID: "purser", now: Self.now) {
        case .refused(let why): return "unread: \(why)"
        case .toBeVerified(let response):
            do throws(IDTokenProblem) {
                switch try response.verified(keys ?? self.keys, algorithm) {
                case .code(let code): return "code \(code)"
                case let other: return other.description
                }
            } catch { return "refused: \(SignedResponse.words(error))" }
        }
    }

    private func found(_ compact: String) -> String { found(Form([("response", compact)])) }

    struct Row: Sendable, CustomTestStringConvertible {
        let changes: [(String, JSON?)]
        let words: String
        var testDescription: String { "\(changes) \(words)" }

        init(_ words: String, _ changes: (String, JSON?)...) {
            self.changes = changes
            self.words = words
        }
    }

    private static func at(_ seconds: Int64) -> JSON { .int(now.seconds + seconds) }

    static let rows: [Row] = [
        Row("code c"),
        Row("code c", ("aud", ["purser"])), Row("code c", ("session_state", "x"), ("scope", ["a"])),
        Row("code c", ("exp", at(-59))), Row("code c", ("nbf", at(59))),
        Row("error access_denied", ("code", nil), ("error", "access_denied"), ("error_description", "no")),
        // Of whom, for whom, until when: before any key is looked at.
        Row("unread: the signed response is of another issuer", ("iss", nil)),
        Row("unread: the signed response is of another issuer", ("iss", "https://as.example/")),
        Row("unread: the signed response is of another issuer", ("iss", ["https://as.example"])),
        Row("unread: the signed response is for another client", ("aud", nil)),
        Row("unread: the signed response is for another client", ("aud", "another")),
        Row("unread: the signed response is for another client", ("aud", ["purser", "another"])),
        Row("unread: the signed response is for another client", ("aud", [])),
        Row("unread: the signed response was given out to another client", ("azp", "another")),
        Row("unread: the signed response has expired", ("exp", nil)),
        Row("unread: the signed response has expired", ("exp", at(-60))),
        Row("unread: the signed response has expired", ("exp", .string("\(now.seconds + 600)"))),
        Row("unread: the signed response is not valid yet", ("nbf", at(61))),
        Row(
            "unread: the signed response is of another issuer", ("iss", "https://evil.example"), ("aud", "another"),
            ("exp", nil)),
        Row("unread: the signed response is for another client", ("aud", "another"), ("exp", nil)),
        // What is said inside.
        Row("refused: the response carries a code and an error", ("error", "access_denied")),
        Row("refused: the response carries neither", ("code", nil)),
        Row("refused: the code is empty", ("code", "")),
        Row("refused: code of the signed response is no text", ("code", 1)),
        Row("refused: error of the signed response is no text", ("code", nil), ("error", nil), ("error", ["x"])),
        Row("refused: the response carries access_token", ("access_token", "at")),
        Row("refused: the response carries id_token", ("id_token", "a.b.c")),
        Row("refused: the response carries response", ("response", "a.b.c")),
    ]

    @Test(
        "C25: what is inside has one meaning, and nothing of it counts for another issuer, client or time",
        arguments: rows)
    func inside(_ row: Row) throws {
        let found = found(try signed(row.changes))
        #expect(found.hasPrefix(row.words), "\(found)")
    }

    @Test("C25: what is signed comes alone, once, and a plain response is none")
    func outside() throws {
        let compact = try signed()
        for (name, value) in [
            ("code", "c"), ("state", "s"), ("error", "x"), ("error_description", "x"), ("access_token", "at"),
            ("id_token", "a.b.c"), ("token_type", "bearer"),
        ] {
            let found = found(Form([("response", compact), (name, value)]))
            #expect(found == "unread: the response carries \(name) beside what is signed")
        }
        #expect(found(Form([("response", compact), ("response", compact)])).contains("came twice"))
        #expect(found(Form([("response", compact), ("x", "1"), ("x", "2")])) == "code c")
        #expect(found(Form([("code", "c"), ("state", "s"), ("iss", "https://as.example")])).contains("is not signed"))
        #expect(found(Form([("error", "access_denied"), ("state", "s")])).contains("is not signed"))
        #expect(found(Form()).contains("is not signed"))
        // The issuer inside is the one that counts (RFC 9207 2.4); a wrong one beside it is a mix-up all the same.
        #expect(found(Form([("response", compact), ("iss", "https://as.example")])) == "code c")
        #expect(found(Form([("response", compact), ("iss", "https://evil.example")])).contains("another issuer"))
        let evil = try signed([("iss", "https://evil.example")])
        #expect(found(Form([("response", evil), ("iss", "https://as.example")])).contains("another issuer"))
    }

    @Test("only the algorithm of the folder, and only a key of the server, makes a response: never none, never an HMAC")
    func signatures() throws {
        let good = try signed()
        #expect(
            found(Form([("response", good)]), .es256).hasPrefix("refused: the signed response is signed in another"))
        #expect(found(Form([("response", good)]), .es256).hasSuffix("(authorizationAlgorithm)"))
        let payload = good.split(separator: ".")[1]
        for header in [#"{"alg":"none"}"#, #"{"alg":"HS256"}"#, #"{"alg":"none","typ":"JWT"}"#] {
            let head = Base64URL.encode(Array(header.utf8))
            #expect(found("\(head).\(payload).").contains("signed in another way"), "\(header)")
        }
        let stranger = try SigningKey.generate(.ed25519)
        #expect(
            found(try JWS.sign(JSON.object(claims([])).bytes, with: stranger))
                == "refused: the signed response's signature does not hold")
        let forged = Base64URL.encode(JSON.object(claims([("code", "other")])).bytes)
        let parts = good.split(separator: ".")
        #expect(found("\(parts[0]).\(forged).\(parts[2])").contains("signature does not hold"))
        #expect(found(try signed(type: nil)) == "code c")
        for type in ["at+jwt", "logout+jwt", "oauth-authz-req+jwt"] {
            #expect(found(try signed(type: type)).contains("another kind of token"), "\(type)")
        }
    }

    @Test("no text of three parts around an object of unique names: malformed")
    func malformed() throws {
        let twice = Base64URL.encode(Array(#"{"iss":"https://as.example","iss":"https://as.example"}"#.utf8))
        let list = Base64URL.encode(Array("[]".utf8))
        let long = String(repeating: "A", count: Limits.tokenBytes)
        for text in [
            "", "x", "e30.e30", "e30.\(twice).c2ln", "e30.\(list).c2ln", "e30.e30.c2ln.AAAA.AAAA", "e30.!.x", long,
        ] {
            #expect(found(text) == "unread: the signed response is malformed", "\(text.prefix(40))")
        }
        // Whole, and too large for a token: nobody's either.
        let large = try signed([("x", .string(String(repeating: "x", count: Limits.tokenBytes)))])
        #expect(found(large) == "unread: the signed response is malformed")
        #expect(AuthorizationResponse.anyState(Form([("response", large)])) == nil)
    }

    @Test("state first: it is inside, unless it came plainly, once, and a text")
    func state() throws {
        func state(_ fields: [(String, String)]) -> String? { AuthorizationResponse.anyState(Form(fields)) }
        let compact = try signed()
        #expect(state([("response", compact)]) == "s")
        #expect(state([("state", "outer"), ("response", compact)]) == "outer")
        #expect(state([("state", ""), ("response", compact)]) == nil)
        #expect(state([("response", compact), ("response", compact)]) == nil)
        #expect(state([("response", try signed([("state", nil)]))]) == nil)
        #expect(state([("response", try signed([("state", 7)]))]) == nil)
        #expect(state([("response", try signed([("state", "")]))]) == nil)
        #expect(state([("response", try signed([("state", .string(String(repeating: "s", count: 513)))]))]) == nil)
        #expect(state([("response", "x")]) == nil)
        #expect(state([]) == nil)
    }

    @Test("it prints nothing of what is inside")
    func silent() throws {
        let compact = try signed([("code", "sEcReT")])
        guard
            case .toBeVerified(let response) = SignedResponse.read(
                Form([("response", compact)]), issuer: "https://as.example", clientID: "purser", now: Self.now)
        else { return #expect(Bool(false)) }
        var dumped = ""
        dump(response, to: &dumped)
        for secret in ["sEcReT", compact] {
            #expect(!"\(response) \(String(reflecting: response)) \(dumped)".contains(secret))
        }
    }

    @Test("what was asked for is remembered with the request, and goes with it")
    func asked() throws {
        let provider = Fixture.provider()
        for mode in ResponseMode.allCases {
            let request = AuthorizationRequest(
                redirectURI: "http://127.0.0.1/cb", responseMode: mode, randomness: CountingRandomness())
            let sent = request.parameters(Fixture.client(provider), provider.manifest.authorization)
            // What a code comes by anyway is not asked for.
            #expect(sent.first { $0.0 == "response_mode" }?.1 == (mode == .query ? nil : mode.rawValue))
            let kept = AuthorizationRequest.Kept(request.kept(for: Fixture.metadata()))
            #expect(kept?.isSigned == mode.rawValue.hasSuffix("jwt"), "\(mode)")
            #expect(kept?.isPosted == mode.rawValue.hasPrefix("form_post"), "\(mode)")
            #expect(kept.flatMap { AuthorizationRequest.Kept($0.kept) }?.isPosted == kept?.isPosted)
        }
    }

    @Test(
        "a server that says what it offers is asked for nothing else",
        arguments: [
            (nil, nil, nil), (["query", "jwt"], ["PS256", "Ed25519"], nil), (["jwt"], ["EdDSA"], nil),
            (["query", "query.jwt"], nil, "does not offer signed responses"),
            ([], nil, "does not offer signed responses"), (nil, ["PS256"], "does not sign its responses with EdDSA"),
        ] as [([String]?, [String]?, String?)])
    func lack(_ modes: [String]?, _ algorithms: [String]?, _ words: String?) {
        var metadata = Fixture.metadata()
        (metadata.responseModes, metadata.responseAlgorithms) = (modes, algorithms)
        let asks = SignedMessages(
            responseMode: .jwt, responseAlgorithm: .edDSA, namedAlgorithm: nil, signsRequests: false)
        let lack = asks.lack(in: metadata, of: Fixture.client())
        #expect(words.map { lack?.contains($0) == true } ?? (lack == nil), "\(lack ?? "")")
        let plain = SignedMessages(
            responseMode: .query, responseAlgorithm: .edDSA, namedAlgorithm: nil, signsRequests: false)
        #expect(plain.lack(in: metadata, of: Fixture.client()) == nil)
    }

    @Test(
        "a form is asked for where it is offered, or nothing is said of it; keys matter only for a signed one",
        arguments: [
            (.formPost, ["query", "form_post"], nil), (.formPost, nil, nil),
            (.formPost, ["query", "form_post.jwt"], "does not offer responses in a form (response_mode form_post)"),
            (.formPostJWT, ["form_post", "form_post.jwt"], "publishes no keys"),
            (.formPostJWT, ["form_post", "jwt"], "does not offer signed responses (response_mode form_post.jwt)"),
            (.query, ["form_post"], nil),
        ] as [(ResponseMode, [String]?, String?)])
    func formLack(_ mode: ResponseMode, _ modes: [String]?, _ words: String?) {
        var metadata = ServerMetadata(
            issuer: "i", authorizationEndpoint: nil, tokenEndpoint: URI("https://as.example/t")!, jwksURI: nil,
            userinfoEndpoint: nil, revocationEndpoint: nil, sendsIssuer: true, challengeMethods: nil)
        metadata.responseModes = modes
        let asks = SignedMessages(
            responseMode: mode, responseAlgorithm: .edDSA, namedAlgorithm: nil, signsRequests: false)
        let lack = asks.lack(in: metadata, of: Fixture.client())
        #expect(words.map { lack?.contains($0) == true } ?? (lack == nil), "\(lack ?? "")")
    }

    @Test("a response comes by one way: nothing of it stands in the address that its form was sent to")
    func oneWay() {
        let form = Form([("code", "c"), ("state", "s")])
        let arrived = ArrivedResponse.posted(form, to: Form([("tenant", "7")]))
        #expect(arrived?.isPosted == true && arrived?.parameters == form)
        for name in ["code", "state", "iss", "error", "error_description", "response", "id_token", "access_token"] {
            #expect(ArrivedResponse.posted(form, to: Form([(name, "x")])) == nil, "\(name)")
        }
        var dumped = ""
        dump(ArrivedResponse(Form([("code", "sEcReT")])), to: &dumped)
        #expect(!"\(ArrivedResponse(Form([("code", "sEcReT")]))) \(dumped)".contains("sEcReT"))
    }

    @Test("without keys to check by nobody is asked to sign")
    func keyless() {
        let metadata = ServerMetadata(
            issuer: "i", authorizationEndpoint: nil, tokenEndpoint: URI("https://as.example/t")!, jwksURI: nil,
            userinfoEndpoint: nil, revocationEndpoint: nil, sendsIssuer: true, challengeMethods: nil)
        let asks = SignedMessages(
            responseMode: .jwt, responseAlgorithm: .edDSA, namedAlgorithm: nil, signsRequests: false)
        #expect(asks.lack(in: metadata, of: Fixture.client())?.contains("publishes no keys") == true)
    }
}
