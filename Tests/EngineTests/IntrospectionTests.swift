import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What a server says of a token (RFC 7662 2.2, RFC 9701 5), by table.
@Suite("What a server says of a token") struct IntrospectionTests {
    private static let now = Fixture.now
    private static let terms = Introspection.Terms(
        issuer: "https://as.example", clientID: "purser", proofKey: "jkt-1", certificate: "x5t-1", now: now)

    private static func at(_ seconds: Int64) -> JSON { .int(now.seconds + seconds) }

    /// `active`, `inactive`, or why nothing is said; `signed` where a signature is to be looked at.
    private static func found(
        _ body: String, type: String? = "application/json", status: Int = 200, as form: IntrospectionForm = .json,
        _ terms: Introspection.Terms = terms
    ) -> String {
        var response = HTTPResponse(status: status, body: Array(body.utf8))
        response.headers["Content-Type"] = type
        switch Introspection.read(response, as: form, terms) {
        case .said(let answer): return words(answer)
        case .toBeVerified: return "signed"
        }
    }

    private static func words(_ answer: Introspection) -> String {
        switch answer {
        case .active: "active"
        case .inactive: "inactive"
        case .notSaid(let why): why
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let members: [(String, JSON?)]
        let wanted: String
        var testDescription: String { "\(members) \(wanted)" }

        init(_ wanted: String, _ members: (String, JSON?)...) {
            self.members = members
            self.wanted = wanted
        }

        /// Active, with these members changed.
        var object: JSONObject {
            var object = JSONObject([("active", true)])
            for (name, value) in members { object[name] = value }
            return object
        }
    }

    static let rows: [Row] = [
        Row("active"), Row("inactive", ("active", false)),
        // A truth value, and nothing that looks like one.
        Row("active is neither", ("active", "true")), Row("active is neither", ("active", "false")),
        Row("active is neither", ("active", nil)), Row("active is neither", ("active", 1)),
        Row("active is neither", ("active", .null)), Row("active is neither", ("active", [true])),
        // Of whose token.
        Row("active", ("client_id", "purser"), ("iss", "https://as.example"), ("token_type", "anything")),
        Row("it is about another client's token", ("client_id", "another")),
        Row("it is about another client's token", ("client_id", ["purser"])),
        Row("it is about another client's token", ("active", false), ("client_id", "another")),
        Row("it is about another issuer's token", ("iss", "https://as.example/")),
        Row("it is about another issuer's token", ("active", false), ("iss", "https://evil.example")),
        // When.
        Row("active", ("exp", at(-59))), Row("inactive", ("exp", at(-60))), Row("active", ("exp", at(9_000_000))),
        Row("exp is no time", ("exp", "soon")), Row("exp is no time", ("exp", -1)),
        Row("active", ("nbf", at(60))), Row("the token is not good yet", ("nbf", at(61))),
        Row("the token is not good yet", ("nbf", "now")),
        Row("inactive", ("active", false), ("nbf", at(61)), ("exp", "soon")),
        // Bound to what.
        Row("active", ("cnf", ["jkt": "jkt-1"])), Row("active", ("cnf", ["x5t#S256": "x5t-1"])),
        Row("active", ("cnf", ["jkt": "jkt-1", "x5t#S256": "x5t-1"])), Row("active", ("cnf", [:])),
        Row("the token is bound to another key (jkt)", ("cnf", ["jkt": "jkt-2"])),
        Row("the token is bound to another key (x5t#S256)", ("cnf", ["jkt": "jkt-1", "x5t#S256": "x5t-2"])),
        Row("the token is bound to another key (jkt)", ("cnf", ["jkt": 1])),
        Row("cnf is no object", ("cnf", "jkt-1")), Row("cnf is no object", ("cnf", .null)),
        // What stands in a signed answer alone.
        Row("active is neither", ("active", nil), ("token_introspection", ["active": true])),
    ]

    @Test("C77: active is a truth value, of our own token, of now and of our key", arguments: rows)
    func plain(_ row: Row) {
        let found = Self.found(JSON.object(row.object).text)
        #expect(found.hasPrefix(row.wanted), "\(found)")
    }

    @Test("a token that is bound to nothing here is not one that is bound")
    func unbound() {
        let terms = Introspection.Terms(
            issuer: "https://as.example", clientID: "purser", proofKey: nil, certificate: nil, now: Self.now)
        for (name, words) in [("jkt", "(jkt)"), ("x5t#S256", "(x5t#S256)")] {
            let found = Self.found("{\"active\":true,\"cnf\":{\"\(name)\":\"k\"}}", terms)
            #expect(found.hasSuffix(words), "\(found)")
        }
        #expect(Self.found("{\"active\":true}", terms) == "active")
    }

    @Test("C77: an answer that is no answer, or in another form than was asked for, says nothing")
    func forms() {
        let good = "{\"active\":true}"
        #expect(Self.found(good, type: "application/json; charset=utf-8") == "active")
        for status in [201, 204, 206, 302, 400, 401, 404, 429, 500, 503] {
            #expect(Self.found(good, status: status) == "HTTP \(status)")
        }
        for type in [nil, "text/html", "application/jwt", "application/token-introspection+jwt", "text/json"] {
            #expect(Self.found(good, type: type) == "the answer is not of the type application/json", "\(type ?? "")")
        }
        let signed = IntrospectionForm.jwt(.es256)
        #expect(Self.found(good, as: signed).contains("token-introspection+jwt"))
        #expect(Self.found("a.b.c", type: "application/jwt", as: signed).contains("token-introspection+jwt"))
        #expect(Self.found("a.b.c", type: "application/token-introspection+jwt", as: signed) == "signed")
        for body in ["", "true", "[true]", "{\"active\":true", "{\"active\":false,\"active\":true}", "<html>"] {
            #expect(!["active", "inactive"].contains(Self.found(body)), "\(body)")
        }
        let long = "{\"active\":true,\"x\":\"" + String(repeating: "x", count: Limits.tokenAnswerBytes) + "\"}"
        #expect(Self.found(long) == "the answer is too large")
    }

    // Signed.

    private static let key = try! SigningKey.generate(.ed25519)
    private static let keys = try! JWKSet(["keys": [key.publicJWK]])

    private static func signed(
        _ changes: [(String, JSON?)] = [], type: String? = "token-introspection+jwt", by key: SigningKey = key
    ) throws -> String {
        var object = JSONObject([
            ("iss", "https://as.example"), ("aud", "purser"), ("iat", at(0)),
            ("token_introspection", ["active": true, "client_id": "purser"]),
        ])
        for (name, value) in changes { object[name] = value }
        return try JWS.sign(JSON.object(object).bytes, with: key, type: type)
    }

    private static func verified(_ compact: String, _ algorithm: SignatureAlgorithm = .ed25519) -> String {
        do throws(IDTokenProblem) {
            return words(try Introspection.verified(compact, keys: keys, algorithm, terms))
        } catch { return Introspection.words(error) }
    }

    static let signedRows: [Row] = [
        Row("active"), Row("inactive", ("token_introspection", ["active": false])),
        Row("active", ("aud", ["purser"])), Row("active", ("iat", at(60))), Row("active", ("iat", at(-300))),
        Row("active", ("exp", at(0)), ("nbf", at(0))),
        Row("the introspection answer is of another issuer", ("iss", nil)),
        Row("the introspection answer is of another issuer", ("iss", "https://as.example/")),
        Row("the introspection answer is for another client", ("aud", nil)),
        Row("the introspection answer is for another client", ("aud", "https://api.example")),
        Row("the introspection answer is for another client", ("aud", ["purser", "another"])),
        Row("the introspection answer's time of issue cannot be", ("iat", nil)),
        Row("the introspection answer's time of issue cannot be", ("iat", at(61))),
        Row("the introspection answer's time of issue cannot be", ("iat", at(-301))),
        Row("the introspection answer has expired", ("exp", at(-60))),
        Row("the introspection answer has expired", ("nbf", at(0))),
        Row("the introspection answer is not valid yet", ("exp", at(99)), ("nbf", at(61))),
        // Outside nothing counts, whatever it is called.
        Row("token_introspection is missing", ("token_introspection", nil), ("active", true)),
        Row("inactive", ("token_introspection", ["active": false]), ("active", true)),
        Row("active is neither", ("token_introspection", [:]), ("active", true)),
        Row("the answer is no object", ("token_introspection", "active"), ("active", true)),
        // Inside it is as it is in JSON.
        Row("active is neither", ("token_introspection", ["active": "true"])),
        Row("it is about another client's token", ("token_introspection", ["active": true, "client_id": "another"])),
        Row("inactive", ("token_introspection", ["active": true, "exp": at(-60)])),
    ]

    @Test("C77: a signed answer is its server's, for us, of now, and what counts stands inside", arguments: signedRows)
    func inside(_ row: Row) throws {
        let found = Self.verified(try Self.signed(row.members))
        #expect(found.hasPrefix(row.wanted), "\(found)")
    }

    @Test("C77: no other kind of token, and no other signature than the folder's, is an introspection answer")
    func signatures() throws {
        for type in [nil, "JWT", "at+jwt", "logout+jwt", "token-introspection"] {
            let found = Self.verified(try Self.signed(type: type))
            #expect(found == "what came is not an introspection answer but another kind of token", "\(type ?? "")")
        }
        #expect(Self.verified(try Self.signed(type: "application/token-introspection+jwt")) == "active")
        #expect(Self.verified(try Self.signed(), .es256).hasSuffix("folder says (introspectionAlgorithm)"))
        let stranger = try SigningKey.generate(.ed25519)
        #expect(Self.verified(try Self.signed(by: stranger)) == "the introspection answer's signature does not hold")
        let parts = try Self.signed().split(separator: ".")
        for header in [#"{"alg":"none","typ":"token-introspection+jwt"}"#, #"{"alg":"HS256"}"#] {
            let found = Self.verified(Base64URL.encode(Array(header.utf8)) + ".\(parts[1]).")
            #expect(found.contains("signed in another way"), "\(found)")
        }
        let other = Base64URL.encode(Array("{\"token_introspection\":{\"active\":true}}".utf8))
        #expect(Self.verified("\(parts[0]).\(other).\(parts[2])").hasSuffix("signature does not hold"))
        for text in ["", "a.b.c", "{\"active\":true}"] { #expect(Self.verified(text).contains("malformed"), "\(text)") }
    }

    @Test("a question names the token and its kind, asks for one form, and is sent at most once")
    func request() throws {
        let endpoint = try #require(URI("https://as.example/about"))
        for (form, type) in [
            (IntrospectionForm.json, "application/json"), (.jwt(.es256), "application/token-introspection+jwt"),
        ] {
            let request = try #require(
                TokenRequest.introspect(
                    Secret("t"), hint: "refresh_token", endpoint, as: form, Fixture.metadata(), Fixture.client()))
            #expect(request.body?.text() == "token=t&token_type_hint=refresh_token&client_id=purser")
            #expect(request.sending == .once && request.uri == endpoint && request.method == "POST")
            #expect(request.headers.all("Accept") == [type])
            #expect(request.deadlineSeconds == Limits.introspectionSeconds)
        }
        let client = Fixture.client(Fixture.provider("client_secret_basic", id: "id", secret: "hush"))
        let request = TokenRequest.introspect(
            Secret("t"), hint: "access_token", endpoint, as: .json, Fixture.metadata(), client)
        #expect(request?.authorization?.text() == "Basic " + Base64.encode(Fixture.bytes("id:hush")))
        #expect(request?.body?.text() == "token=t&token_type_hint=access_token")
    }

    @Test("a server that cannot be asked as its folder says is told before anybody is sent there")
    func lacks() {
        func lack(
            _ form: IntrospectionForm, endpoint: String? = "https://as.example/about", algorithms: [String]? = nil,
            keys: Bool = true
        ) -> String? {
            var metadata = ServerMetadata(
                issuer: "https://as.example", authorizationEndpoint: nil,
                tokenEndpoint: URI("https://as.example/token")!,
                jwksURI: keys ? URI("https://as.example/jwks") : nil, userinfoEndpoint: nil, revocationEndpoint: nil,
                sendsIssuer: true, challengeMethods: nil)
            metadata.introspectionEndpoint = endpoint.flatMap { URI($0) }
            metadata.introspectionAlgorithms = algorithms
            return form.lack(in: metadata)
        }
        #expect(lack(.json) == nil && lack(.json, algorithms: [], keys: false) == nil)
        #expect(lack(.json, endpoint: nil)?.contains("(introspection_endpoint, RFC 7662)") == true)
        #expect(lack(.jwt(.es256)) == nil && lack(.jwt(.es256), algorithms: ["RS256", "ES256"]) == nil)
        #expect(lack(.jwt(.es256), algorithms: ["RS256"])?.contains("(introspectionAlgorithm)") == true)
        #expect(lack(.jwt(.es256), keys: false)?.contains("(jwks_uri)") == true)
    }
}
