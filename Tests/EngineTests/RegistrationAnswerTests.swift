import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What is said and heard at the endpoints of registration (RFC 7591, RFC 7592).
@Suite("Registering: what is said and heard")
struct RegistrationAnswerTests {
    private static let server = [URI("https://as.example/register")!]
    private static let place = "https://as.example/register/c1"

    static let offers: [(uri: JSON?, token: JSON?, lack: String?)] = [
        (.string(place), "rt", nil), ("https://as.example:444/c?id=1", "rt", nil),
        (nil, nil, "offers no management"), (.null, .null, "offers no management"),
        (.string(place), nil, "gave no token"), (nil, "rt", "named no place"), (7, "rt", "named no place"),
        (.string(place), "a b", "none that could be sent"), (.string(place), "", "none that could be sent"),
        ("http://as.example/c1", "rt", "no https"), ("https://u@as.example/c1", "rt", "no https"),
        ("https://as.example/c1#f", "rt", "no https"), ("register/c1", "rt", "no https"),
        ("https://other.example/c1", "rt", "another host"), ("http://127.0.0.1:80/c1", "rt", "no https"),
        ("https://as.example.evil.example/c1", "rt", "another host"),
    ]

    @Test(
        "C78: only one of registration URI and token, or a place elsewhere, and nothing manages it", arguments: offers)
    func offer(_ uri: JSON?, _ token: JSON?, _ lack: String?) {
        var json = JSONObject([("client_id", "c1")])
        json["registration_client_uri"] = uri
        json["registration_access_token"] = token
        let offer = AccessOffer.read(.object(json), near: Self.server)
        if let lack {
            #expect(offer.lack?.contains(lack) == true, "\(offer.lack ?? "taken")")
        } else {
            #expect(offer.lack == nil)
        }
        #expect((offer.following(nil) == nil) == (lack != nil))
    }

    @Test("A loopback provider's registration is on its own host")
    func loopback() {
        let json: JSON = ["registration_client_uri": "http://127.0.0.1:7902/r/1", "registration_access_token": "t"]
        #expect(AccessOffer.read(json, near: [URI("http://127.0.0.1:7902/identity")!]).lack == nil)
        #expect(AccessOffer.read(json, near: [URI("http://127.0.0.2:7902/")!]).lack != nil)
    }

    @Test("A token that came takes the old one's place, whatever else did not; what did not come leaves the old")
    func following() throws {
        let old = ConfigurationAccess(endpoint: URI(Self.place)!, token: Secret("old"))
        func next(_ json: JSON) -> ConfigurationAccess? { AccessOffer.read(json, near: Self.server).following(old) }
        #expect(next([:])?.token == Secret("old"))
        #expect(next(["registration_client_uri": "https://as.example/new"])?.token == Secret("old"))
        let rotated = next(["registration_access_token": "new"])
        #expect(rotated?.token == Secret("new") && rotated?.endpoint.text == Self.place)
        let moved = next([
            "registration_access_token": "new", "registration_client_uri": "https://other.example/",
        ])
        #expect(moved?.token == Secret("new") && moved?.endpoint.text == Self.place, "never sent elsewhere")
        let both = next(["registration_access_token": "n", "registration_client_uri": "https://as.example/r/2"])
        #expect(both?.endpoint.text == "https://as.example/r/2")
        let kept = try #require(ConfigurationAccess(old.kept))
        #expect(kept.endpoint == old.endpoint && kept.token == old.token)
        #expect(ConfigurationAccess(Secret("no line")) == nil)
        #expect("\(old)" == "client configuration endpoint" && !"\(String(reflecting: old))".contains("old"))
    }

    static let outcomes: [(status: Int, body: String, kind: String)] = [
        (201, #"{"client_id":"c"}"#, "told"), (200, #"{"client_id":"c"}"#, "told"),
        (201, #"{"client_id":""}"#, "unclear"), (201, "[]", "unclear"), (201, "<h1>", "unclear"), (201, "", "unclear"),
        (200, #"{"error":"invalid_client_metadata"}"#, "refused"), (204, "", "unclear"), (202, "{}", "unclear"),
        (302, "", "refused"), (400, #"{"error":"invalid_redirect_uri","error_description":"no"}"#, "refused"),
        (403, "<html>", "refused"), (404, "", "refused"), (405, "", "refused"), (401, "", "unauthorized"),
        (401, #"{"error":"invalid_token"}"#, "unauthorized"), (408, "", "unclear"), (429, "", "later"),
        (500, #"{"error":"server_error"}"#, "unclear"), (502, "<html>", "unclear"), (503, "", "unclear"),
    ]

    @Test("Every answer has one meaning", arguments: outcomes)
    func outcome(_ status: Int, _ body: String, _ kind: String) {
        let answer = Asked.answered(HTTPResponse(status: status, body: Fixture.bytes(body)))
        #expect(Self.kind(RegistrationOutcome.decide(answer, near: Self.server)) == kind)
    }

    @Test("What was not sent is asked again; what was lost may have been done")
    func lost() {
        func kind(_ asked: Asked) -> String { Self.kind(RegistrationOutcome.decide(asked, near: Self.server)) }
        #expect(kind(.failed(.notSent("x"))) == "later")
        #expect(kind(.failed(.noAnswer("x"))) == "unclear" && kind(.failed(.tooLarge)) == "unclear")
        let cut = CutAnswer(status: 201, headers: [:], body: Fixture.bytes("{"), why: "cut")
        #expect(kind(.failed(.cut(cut))) == "unclear")
        var wait = HTTPResponse(status: 503)
        wait.headers["Retry-After"] = "5"
        #expect(kind(.answered(wait)) == "later")
    }

    private static func kind(_ outcome: RegistrationOutcome) -> String {
        switch outcome {
        case .told: "told"
        case .refused: "refused"
        case .unauthorized: "unauthorized"
        case .later: "later"
        case .unclear: "unclear"
        }
    }

    @Test("It is gone there when the provider says so, and in no other case (RFC 7592 2.3)")
    func deleted() {
        for status in [200, 204] { #expect(RegistrationOutcome.whyNotDeleted(.answered(.init(status: status))) == nil) }
        for status in [201, 302, 400, 401, 403, 404, 405, 500] {
            #expect(RegistrationOutcome.whyNotDeleted(.answered(.init(status: status))) != nil, "\(status)")
        }
        #expect(RegistrationOutcome.whyNotDeleted(.failed(.noAnswer("x"))) != nil)
    }

    @Test("An answer prints nothing of its secrets")
    func silent() throws {
        let told = try #require(
            ClientInformation(
                ["client_id": "c", "client_secret": "hush-hush", "registration_access_token": "rt-hush"], near: []))
        #expect("\(told) \(String(reflecting: told))".contains("hush") == false)
    }

    // What is said

    private static func said(
        _ authorization: Manifest.Authorization, keys: ClientKeys? = nil, _ metadata: ServerMetadata? = nil
    ) -> JSONObject {
        let isCode = authorization.grant == .authorizationCode
        return ClientMetadata(
            authorization: authorization, redirectURI: isCode ? "http://127.0.0.1:1/callback/testair" : nil,
            loggedOutURI: "http://127.0.0.1:1/loggedout/testair", backChannelURI: "https://w.example/backchannel",
            keys: keys, version: "1.2"
        ).json(metadata ?? Fixture.metadata())
    }

    @Test("What the folder asks for is said, and nothing else")
    func plain() throws {
        let said = Self.said(try RegistrationFitTests.authorization())
        let expected: JSON = [
            "software_id": .string(ClientMetadata.softwareID), "client_name": "Purser",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "software_version": "1.2", "redirect_uris": ["http://127.0.0.1:1/callback/testair"],
            "application_type": "native", "scope": "openid read", "id_token_signed_response_alg": "RS256",
        ]
        #expect(JSON.object(said) == expected)
        var metadata = Fixture.metadata()
        metadata.endSessionEndpoint = URI("https://as.example/logout")
        metadata.deviceAuthorizationEndpoint = URI("https://as.example/device")
        let more = Self.said(try RegistrationFitTests.authorization(), metadata)
        #expect(more["post_logout_redirect_uris"] == ["http://127.0.0.1:1/loggedout/testair"])
        #expect(more["backchannel_logout_uri"] == "https://w.example/backchannel")
        #expect(more["grant_types"]?.array?.last == .string(ClientMetadata.deviceGrant))
    }

    @Test("Keys, bindings and signatures are said where the folder says so, and of keys only what is public")
    func whole() throws {
        let keys = ClientKeys(keys: [try SigningKey.generate(.es256)])
        let authorization = try RegistrationFitTests.authorization(
            "private_key_jwt",
            [
                ("senderConstrained", "dpop"), ("profile", "fapi2"), ("responseMode", "jwt"), ("requestObject", true),
                ("authorizationAlgorithm", "PS256"), ("userinfoAlgorithm", "ES256"),
            ])
        let said = Self.said(authorization, keys: keys)
        #expect(said["jwks"] == keys.published && said["jwks"]?["keys"]?[0]?["d"] == nil)
        #expect(said["dpop_bound_access_tokens"] == true && said["require_pushed_authorization_requests"] == true)
        #expect(said["tls_client_certificate_bound_access_tokens"] == nil)
        for name in ["token_endpoint_auth_signing_alg", "request_object_signing_alg", "userinfo_signed_response_alg"] {
            #expect(said[name] == "ES256", "\(name)")
        }
        for name in ["authorization_signed_response_alg", "id_token_signed_response_alg"] {
            #expect(said[name] == "PS256", "\(name)")
        }
        let mtls = try RegistrationFitTests.authorization("none", [("senderConstrained", "mtls")])
        #expect(Self.said(mtls)["tls_client_certificate_bound_access_tokens"] == true)
    }

    @Test("An initial token stands in the header alone, and only if it can stand there")
    func initial() throws {
        let request = ConfigurationAccess.request(
            "POST", Self.server[0], Secret("it-1"), JSONObject([("a", "b")]), Fixture.provider())
        #expect(request.authorization == Secret("Bearer it-1") && request.body == Secret(#"{"a":"b"}"#))
        #expect(request.headers["Content-Type"] == "application/json" && request.sending == .onceFresh)
        #expect(request.uri.text == "https://as.example/register")
        for bad in ["", "a b", "a\nb", "ä"] { #expect(!ConfigurationAccess.isBearer(Secret(bad))) }
        #expect(
            RegisterItself.problem(Fixture.provider(), nil, Secret("a b"))?.contains("initial access token") == true)
        #expect(RegisterItself.problem(Fixture.provider(), nil, Secret("ab")) == nil)
        let file = try #require(Fixture.shipped("metrorent/client-certificate.pem"))
        let certified = Fixture.provider(
            Fixture.manifest(
                authentication: "tls_client_auth", client: ["id": "purser", "certificateFile": "secret"]), secret: file)
        #expect(RegisterItself.problem(certified, nil, nil)?.contains("wants a certificate") == true)
    }

    // When

    @Test("A secret is renewed a third of its life before its end, and two weeks at most")
    func due() {
        let since = Fixture.now
        func ahead(_ life: Int64) -> Int64? {
            let end = since.adding(seconds: life)
            return SecretRenewal.due(since: since, endsAt: end).map { end.milliseconds(since: $0) / 1000 }
        }
        #expect(SecretRenewal.due(since: since, endsAt: nil) == nil)
        #expect(ahead(3600) == 1200 && ahead(86_400) == 28_800)
        #expect(ahead(90 * 86_400) == 14 * 86_400 && ahead(0) == 0 && ahead(-5) == 0)
        #expect(SecretRenewal.due(since: since, endsAt: Instant(milliseconds: .max)) != nil)
    }

    @Test("Whether an answer was enough, and what is done where nobody can be asked")
    func steps() {
        let now = Fixture.now
        let (soon, far) = (now.adding(seconds: 60), now.adding(seconds: 90 * 86_400))
        #expect(SecretRenewal.progress(since: now, endsAt: nil, now: now) == .renewed)
        #expect(SecretRenewal.progress(since: now, endsAt: far, now: now) == .renewed)
        #expect(SecretRenewal.progress(since: now.adding(seconds: -600), endsAt: soon, now: now) == .unchanged)
        #expect(SecretRenewal.step(canAsk: true, endsAt: soon, now: now) == .ask)
        #expect(SecretRenewal.step(canAsk: false, endsAt: soon, now: now) == .tell(again: soon))
        #expect(SecretRenewal.step(canAsk: false, endsAt: far, now: now) == .tell(again: now.adding(seconds: 86_400)))
        #expect(SecretRenewal.step(canAsk: false, endsAt: now, now: now) == .tell(again: nil))
        #expect(SecretRenewal.advice("x", endsAt: far, now: now).contains(far.date.iso))
        #expect(SecretRenewal.advice("x", endsAt: now, now: now).contains("ended on"))
        let often = SecretRenewal.again(isFirm: false, failures: 1, now: now, CountingRandomness())
        let seldom = SecretRenewal.again(isFirm: true, failures: 1, now: now, CountingRandomness())
        #expect(often <= now.adding(seconds: 30) && seldom >= now.adding(seconds: 70_000))
    }
}
