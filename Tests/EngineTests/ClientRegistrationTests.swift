import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

@Suite struct ClientRegistrationTests {
    @Test("C73: Basic authentication form-encodes before base64 (RFC 6749 2.3.1)", .enabled(if: Vectors.arePresent))
    func basic() throws {
        let rows = try #require(try Vectors.json("rfc/rfc6749-encoding.json")["client_secret_basic"]?.array)
        #expect(!rows.isEmpty)
        for row in rows {
            let id = try #require(row["client_id"]?.string)
            let secret = try #require(row["client_secret"]?.string)
            let client = Fixture.client(Fixture.provider("client_secret_basic", id: id, secret: secret))
            var form = Form([("grant_type", "refresh_token")])
            let made = try #require(client.authenticate(&form, at: Fixture.issuer))
            #expect(try decoded(made.authorization?.text()) == decoded(row["authorization"]?.string), "\(id)")
            #expect(form == Form([("grant_type", "refresh_token")]), "one method, never two")
        }
    }

    /// Identifier and secret of a Basic value, compared after decoding: encoders differ on `-._~*`.
    private func decoded(_ value: String?) throws -> [String] {
        let value = try #require(value)
        #expect(value.hasPrefix("Basic "))
        let pair = String(decoding: try #require(Base64.decode(String(value.dropFirst(6)))), as: UTF8.self)
        let halves = pair.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        try #require(halves.count == 2)
        return try halves.map { try #require(Form(parsing: $0)).fields.first?.name ?? "" }
    }

    @Test("C73: Post authentication puts both into the body, once")
    func post() throws {
        let client = Fixture.client(Fixture.provider("client_secret_post", id: "a b", secret: "s&c=%"))
        var form = Form()
        let made = try #require(client.authenticate(&form, at: Fixture.issuer))
        #expect(form == Form([("client_id", "a b"), ("client_secret", "s&c=%")]))
        #expect(form.encoded == "client_id=a+b&client_secret=s%26c%3D%25")
        #expect(made.authorization == nil && made.assertion == nil)
    }

    @Test("A public client says only who it is")
    func publicClient() throws {
        var form = Form()
        let made = try #require(Fixture.client().authenticate(&form, at: Fixture.issuer))
        #expect(form == Form([("client_id", "purser")]))
        #expect(made.authorization == nil)
    }

    static let proofs: [(method: String, file: String, shipped: String)] = [
        ("private_key_jwt", "keyFile", "railpass/client-keys.json"),
        ("tls_client_auth", "certificateFile", "metrorent/client-certificate.pem"),
        ("self_signed_tls_client_auth", "certificateFile", "metrorent/client-certificate.pem"),
    ]

    @Test("A client that proves itself with a key does so, and without one by nothing weaker", arguments: proofs)
    func keyed(_ method: String, _ file: String, _ shipped: String) throws {
        let text = try #require(Fixture.shipped(shipped))
        let preset = JSON.object(JSONObject([("id", "purser"), (file, "secret")]))
        let whole = Fixture.provider(Fixture.manifest(authentication: method, client: preset), secret: text)
        var form = Form()
        let made = try #require(Fixture.client(whole).authenticate(&form, at: Fixture.issuer))
        #expect(form == Form([("client_id", "purser")]))
        #expect((made.assertion != nil) == (method == "private_key_jwt") && made.authorization == nil)
        let bare = Provider(manifest: whole.manifest, mapping: whole.mapping, source: "test", clientSecret: nil)
        var empty = Form()
        #expect(Fixture.client(bare).authenticate(&empty, at: Fixture.issuer) == nil)
        #expect(empty.fields.isEmpty)
    }

    @Test("raw-basic sends both as they are, and nobody whose id has a colon")
    func rawBasic() throws {
        func header(_ id: String) throws -> String? {
            var manifest = try #require(
                Fixture.manifest(
                    authentication: "client_secret_basic", client: ["id": .string(id), "secretFile": "secret"]
                )
                .object)
            var authorization = try #require(manifest["authorization"]?.object)
            authorization["quirks"] = ["raw-basic"]
            manifest["authorization"] = .object(authorization)
            var form = Form()
            let client = Fixture.client(Fixture.provider(.object(manifest), secret: "p:%+ s"))
            return client.authenticate(&form, at: Fixture.issuer)?.authorization?.text()
        }
        #expect(try header("a+b c") == "Basic " + Base64.encode(Fixture.bytes("a+b c:p:%+ s")))
        #expect(try header("a:b") == nil)
    }

    @Test("A secret that is no text authenticates nobody", arguments: ["client_secret_basic", "client_secret_post"])
    func brokenSecret(_ method: String) {
        let provider = Fixture.provider(method, id: "a", secret: "s")
        let broken = Provider(
            manifest: provider.manifest, mapping: provider.mapping, source: "test",
            clientSecret: Secret(copying: [0xff, 0xfe]))
        let none = Provider(manifest: provider.manifest, mapping: provider.mapping, source: "test", clientSecret: nil)
        var form = Form()
        #expect(Fixture.client(broken).authenticate(&form, at: Fixture.issuer) == nil)
        #expect(Fixture.client(none).authenticate(&form, at: Fixture.issuer) == nil)
        #expect(form.fields.isEmpty)
    }
}

@Suite struct TokenRequestTests {
    static let policies: [(RotationPolicy, Int64, ProviderRequest.Sending)] = [
        (.none, 30, .once), (.graceUntilUsed(capSeconds: 600), 30, .once), (.grace(seconds: 20), 10, .once),
        (.grace(seconds: 30), 15, .once), (.grace(seconds: 60), 30, .once), (.grace(seconds: 3600), 30, .once),
        (.grace(seconds: 19), 90, .onceFresh), (.strict, 90, .onceFresh), (.sometimes, 90, .onceFresh),
    ]

    @Test("C21: a refresh waits and travels as its policy asks, and asks for no scope", arguments: policies)
    func refresh(_ policy: RotationPolicy, _ seconds: Int64, _ sending: ProviderRequest.Sending) throws {
        let request = try #require(
            TokenRequest.refresh(HeldToken(Secret("r+t/1="), nil), Fixture.metadata(), Fixture.client(), policy))
        #expect(request.deadlineSeconds == seconds && request.sending == sending)
        #expect(request.method == "POST" && request.uri.text == "https://as.example/token")
        #expect(
            request.body?.text() == "grant_type=refresh_token&refresh_token=r%2Bt%2F1%3D&client_id=purser")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(request.headers["Accept"] == "application/json")
        #expect(request.answerBytes == 64 << 10)
    }

    @Test("C35: A code is exchanged with its verifier and the redirect URI it came to, on a connection of its own")
    func exchange() throws {
        let sent = AuthorizationRequest(redirectURI: "http://127.0.0.1:1/callback/x", randomness: CountingRandomness())
        let kept = try #require(AuthorizationRequest.Kept(sent.kept(for: Fixture.metadata())))
        let request = try #require(
            TokenRequest.exchange(code: "c&d", kept, Fixture.metadata(), Fixture.client()))
        let body = try #require(request.body?.text())
        let form = try #require(Form(parsing: body))
        #expect(
            form
                == Form([
                    ("grant_type", "authorization_code"), ("code", "c&d"),
                    ("redirect_uri", "http://127.0.0.1:1/callback/x"), ("code_verifier", sent.codeVerifier),
                    ("client_id", "purser"),
                ]))
        #expect(request.sending == .onceFresh && request.deadlineSeconds == 30)
        #expect(request.uri.query == nil)
    }

    @Test("A revocation names the token and its kind, and is sent at most once")
    func revoke() throws {
        let endpoint = try #require(URI("https://as.example/revoke"))
        let request = try #require(
            TokenRequest.revoke(
                Secret("t"), hint: "refresh_token", endpoint, Fixture.metadata(), Fixture.client()))
        #expect(request.body?.text() == "token=t&token_type_hint=refresh_token&client_id=purser")
        #expect(request.sending == .once && request.uri == endpoint)
    }

    @Test("C73: Nothing goes out without the authentication the client is registered for")
    func unauthenticated() throws {
        let client = Fixture.client(
            Provider(
                manifest: Fixture.provider("client_secret_post", id: "a", secret: "s").manifest,
                mapping: Fixture.provider().mapping, source: "test", clientSecret: nil))
        #expect(TokenRequest.refresh(HeldToken(Secret("t"), nil), Fixture.metadata(), client, .strict) == nil)
        let endpoint = try #require(URI("https://as.example/revoke"))
        #expect(TokenRequest.revoke(Secret("t"), hint: "x", endpoint, Fixture.metadata(), client) == nil)
        #expect(
            TokenRequest.refresh(HeldToken(Secret(copying: [0xff]), nil), Fixture.metadata(), Fixture.client(), .none)
                == nil)
    }

    @Test("A basic client's secret stands in the Authorization header alone")
    func basicRefresh() throws {
        let client = Fixture.client(Fixture.provider("client_secret_basic", id: "id", secret: "hush"))
        let request = try #require(TokenRequest.refresh(HeldToken(Secret("t"), nil), Fixture.metadata(), client, .none))
        #expect(request.authorization?.text() == "Basic " + Base64.encode(Fixture.bytes("id:hush")))
        #expect(request.body?.text() == "grant_type=refresh_token&refresh_token=t")
    }

    @Test("Only strict and sometimes lose a grant on replay")
    func replay() {
        #expect(RotationPolicy.strict.losesOnReplay && RotationPolicy.sometimes.losesOnReplay)
        for policy: RotationPolicy in [.none, .grace(seconds: 30), .graceUntilUsed(capSeconds: 60)] {
            #expect(!policy.losesOnReplay)
        }
        #expect(RotationPolicy.grace(seconds: 19).losesOnReplay)
    }

    @Test("A failing server leaves the outcome open wherever a spent token ends, be it after a grace")
    func ends() {
        for policy: RotationPolicy in [.strict, .sometimes, .grace(seconds: 30)] { #expect(policy.endsOnceSpent) }
        for policy: RotationPolicy in [.none, .graceUntilUsed(capSeconds: 60)] { #expect(!policy.endsOnceSpent) }
    }
}

@Suite struct RevocationTests {
    @Test("C76: Every answer of a revocation endpoint has one meaning")
    func decides() {
        let rows: [(Int, String, Receipt.Answer)] = [
            (200, "", .revoked), (204, "", .revoked), (200, "<html>", .revoked), (503, "", .pending),
            (500, "", .pending), (429, "", .pending), (408, "", .pending), (425, "", .pending),
            (400, #"{"error":"unsupported_token_type"}"#, .unsupported),
            (400, #"{"error":"invalid_request"}"#, .gaveUp),
            (401, #"{"error":"invalid_client"}"#, .gaveUp), (403, "<html>", .gaveUp), (404, "", .gaveUp),
            (302, "", .gaveUp),
        ]
        for (status, body, answer) in rows {
            let response = HTTPResponse(status: status, body: Fixture.bytes(body))
            #expect(Revoke.decide(response).answer == answer, "\(status) \(body)")
        }
    }

    @Test("C76: what each token was answered makes one receipt: a grant is over once its first token is")
    func verdicts() {
        let cannot = RevocationAnswer(answer: .unsupported, detail: "unsupported_token_type")
        let done = RevocationAnswer(answer: .revoked, detail: nil)
        let rows: [([(String, RevocationAnswer)], Receipt.Answer, String?)] = [
            ([("refresh_token", done), ("access_token", done)], .revoked, nil),
            ([("access_token", done)], .revoked, nil),
            (
                [("refresh_token", done), ("access_token", cannot)], .revoked,
                "refresh token: revoked; access token: unsupported_token_type"
            ),
            (
                [("refresh_token", cannot), ("access_token", done)], .gaveUp,
                "refresh token: unsupported_token_type; access token: revoked"
            ),
            (
                [("refresh_token", cannot), ("access_token", cannot)], .gaveUp,
                "refresh token: unsupported_token_type; access token: unsupported_token_type"
            ),
            ([("access_token", cannot)], .gaveUp, "access token: unsupported_token_type"),
        ]
        for (answers, answer, detail) in rows {
            #expect(Revoke.verdict(answers) == RevocationAnswer(answer: answer, detail: detail))
        }
    }

    @Test("A receipt's words are harmless")
    func words() {
        let response = HTTPResponse(
            status: 400, body: Fixture.bytes(#"{"error":"x","error_description":"a\u001b[0m\u202eb"}"#))
        #expect(Revoke.decide(response).detail == "x: a [0mb")
        #expect(Revoke.decide(HTTPResponse(status: 418)).detail == "HTTP 418")
    }
}
