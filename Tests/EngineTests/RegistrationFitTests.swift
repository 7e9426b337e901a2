import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What of a registration answer we can live with (RFC 7591 3.2.1).
@Suite("What a provider registered")
struct RegistrationFitTests {
    private static let redirect = "http://127.0.0.1:7878/callback/testair"
    private static let now = Fixture.now

    /// A folder without a client of its own, some of its keys changed.
    static func authorization(
        _ method: String = "client_secret_basic", _ changes: [(String, JSON)] = []
    ) throws -> Manifest.Authorization {
        var manifest = try #require(Fixture.manifest(authentication: method).object)
        var authorization = try #require(manifest["authorization"]?.object)
        authorization["client"] = nil
        for (name, value) in changes { authorization[name] = value }
        manifest["authorization"] = .object(authorization)
        return Fixture.provider(.object(manifest)).manifest.authorization
    }

    /// A good answer to it, some members changed or (nil) left out.
    static func answer(_ changes: [(String, JSON?)] = []) -> JSON {
        var object = JSONObject([
            ("client_id", "c1"), ("client_secret", "s3cret"), ("client_secret_expires_at", 0),
            ("redirect_uris", [.string(redirect)]), ("grant_types", ["authorization_code", "refresh_token"]),
            ("response_types", ["code"]), ("token_endpoint_auth_method", "client_secret_basic"),
            ("scope", "openid read"),
        ])
        for (name, value) in changes { object[name] = value }
        return .object(object)
    }

    private static func judged(
        _ changes: [(String, JSON?)], of authorization: Manifest.Authorization,
        present: RegistrationFit.Present? = nil, signs: SignatureAlgorithm? = nil, pushes: Bool = true
    ) throws -> Result<RegistrationFit, RegistrationFit.Problem> {
        let told = try #require(ClientInformation(answer(changes), near: []))
        let isCode = authorization.grant == .authorizationCode
        let asked = RegistrationFit.Asked(
            authorization: authorization, redirectURI: isCode ? redirect : nil, requestAlgorithm: signs,
            hasPushEndpoint: pushes)
        do throws(RegistrationFit.Problem) {
            return .success(try RegistrationFit.judge(told, asked, present: present, now: now))
        } catch { return .failure(error) }
    }

    /// The words of a refusal, or nil.
    private static func refusal(
        _ changes: [(String, JSON?)], _ authorization: Manifest.Authorization? = nil,
        present: RegistrationFit.Present? = nil, signs: SignatureAlgorithm? = nil, pushes: Bool = true
    ) throws -> String? {
        let whole = try authorization ?? self.authorization()
        switch try judged(changes, of: whole, present: present, signs: signs, pushes: pushes) {
        case .success: return nil
        case .failure(let problem): return problem.words
        }
    }

    @Test("What came as it was asked for is used as it is")
    func plain() throws {
        let fit = try Self.judged([], of: try Self.authorization()).get()
        #expect(
            fit
                == RegistrationFit(
                    authentication: .clientSecretBasic, scopes: nil, keepsSecret: true, secretEndsAt: nil, remarks: []))
    }

    static let methods: [(asked: String, answered: JSON?, used: ClientAuthentication?)] = [
        ("client_secret_basic", nil, .clientSecretBasic), ("client_secret_basic", .null, .clientSecretBasic),
        ("client_secret_basic", "client_secret_post", .clientSecretPost),
        ("client_secret_post", "client_secret_basic", .clientSecretBasic),
        ("none", "client_secret_post", .clientSecretPost), ("none", "none", ClientAuthentication.none),
        ("client_secret_basic", "none", nil), ("client_secret_basic", "private_key_jwt", nil),
        ("client_secret_basic", "tls_client_auth", nil), ("client_secret_basic", "client_secret_jwt", nil),
        ("client_secret_basic", "CLIENT_SECRET_BASIC", nil), ("client_secret_basic", 7, nil),
        ("private_key_jwt", "private_key_jwt", .privateKeyJWT), ("private_key_jwt", "client_secret_basic", nil),
        ("private_key_jwt", "none", nil),
    ]

    @Test("C78: a changed authentication method is used where it is as strong, and refused else", arguments: methods)
    func method(_ asked: String, _ answered: JSON?, _ used: ClientAuthentication?) throws {
        let authorization = try Self.authorization(asked)
        let judged = try Self.judged([("token_endpoint_auth_method", answered)], of: authorization)
        #expect((try? judged.get())?.authentication == used)
        let isOther = used != nil && used != authorization.clientAuthentication
        #expect((try? judged.get())?.remarks.isEmpty != isOther)
    }

    @Test("C78: a profile takes no other method than the folder's")
    func profile() throws {
        let authorization = try Self.authorization(
            "private_key_jwt", [("senderConstrained", "dpop"), ("profile", "fapi2"), ("idTokenAlgorithm", "PS256")])
        #expect(try Self.refusal([("token_endpoint_auth_method", "private_key_jwt")], authorization) == nil)
        for other in ["client_secret_basic", "none", "self_signed_tls_client_auth"] as [JSON] {
            #expect(try Self.refusal([("token_endpoint_auth_method", other)], authorization) != nil)
        }
    }

    static let later = now.adding(seconds: 3600).seconds
    static let secrets: [(changes: [(String, JSON?)], words: String?)] = [
        ([("client_secret_expires_at", .int(later))], nil),
        ([("client_secret", nil)], "gave no client secret"), ([("client_secret", "")], "gave no client secret"),
        ([("client_secret", "a\u{7}b")], "none that could be sent"),
        ([("client_secret_expires_at", nil)], "does not say until when"),
        ([("client_secret_expires_at", .null)], "does not say until when"),
        ([("client_secret_expires_at", .int(now.seconds))], "has ended already"),
        ([("client_secret_expires_at", 1)], "has ended already"),
        ([("client_secret_expires_at", -1)], "no whole number"),
        ([("client_secret_expires_at", "0")], "no whole number"),
        ([("client_secret_expires_at", false)], "no whole number"),
        // Whoever proves nothing has no use for a secret.
        ([("token_endpoint_auth_method", "client_secret_post"), ("client_secret", nil)], "gave no client secret"),
    ]

    @Test("C78: no secret, a secret that is over, one whose end is not said", arguments: secrets)
    func secret(_ changes: [(String, JSON?)], _ words: String?) throws {
        let refusal = try Self.refusal(changes)
        if let words {
            #expect(refusal?.contains(words) == true, "\(refusal ?? "taken")")
        } else {
            #expect(refusal == nil)
        }
        // It does not matter to a client that proves nothing.
        let none = ("token_endpoint_auth_method", "none" as JSON?)
        let method = changes.contains { $0.0 == "token_endpoint_auth_method" }
        if !method { #expect(try Self.refusal(changes + [none], try Self.authorization("none")) == nil) }
    }

    @Test("C78: a secret that ends is kept with its end, and a public client keeps none")
    func ends() throws {
        let fit = try Self.judged([("client_secret_expires_at", .int(Self.later))], of: Self.authorization()).get()
        #expect(fit.secretEndsAt == Instant(seconds: Self.later) && fit.keepsSecret)
        let open = try Self.judged(
            [("token_endpoint_auth_method", "none"), ("client_secret_expires_at", .int(Self.later))],
            of: Self.authorization("none")
        ).get()
        #expect(open.secretEndsAt == nil && !open.keepsSecret)
    }

    @Test("Of a client that is there the method stays; a secret without an end is taken, since the old one is gone")
    func present() throws {
        let end = Self.now.adding(seconds: 99)
        let present = RegistrationFit.Present(authentication: .clientSecretPost, secretEndsAt: end)
        let post = ("token_endpoint_auth_method", "client_secret_post" as JSON?)
        func judged(_ changes: [(String, JSON?)]) throws -> Result<RegistrationFit, RegistrationFit.Problem> {
            try Self.judged([post] + changes, of: Self.authorization(), present: present)
        }
        #expect(try judged([]).get().secretEndsAt == nil)
        #expect(try judged([("client_secret_expires_at", nil)]).get().secretEndsAt == end)
        #expect(try judged([("client_secret_expires_at", "soon")]).get().secretEndsAt == end)
        #expect(try judged([("client_secret", nil), ("client_secret_expires_at", nil)]).get().secretEndsAt == end)
        let told = Self.now.adding(seconds: 7)
        let newEnd = ("client_secret_expires_at", JSON.int(told.seconds) as JSON?)
        #expect(try judged([("client_secret", nil), newEnd]).get().secretEndsAt == Instant(seconds: told.seconds))
        #expect(try judged([("client_secret_expires_at", 5)]).isRefused)
        #expect(try judged([("token_endpoint_auth_method", "client_secret_basic")]).isRefused)
        #expect(try judged([("token_endpoint_auth_method", nil)]).get().authentication == .clientSecretPost)
    }

    static let places: [(changes: [(String, JSON?)], isTaken: Bool)] = [
        ([("redirect_uris", nil)], false), ([("redirect_uris", [])], false),
        ([("redirect_uris", ["http://127.0.0.1:7878/callback/testair/"])], false),
        ([("redirect_uris", [.string(redirect), "https://other.example/"])], true),
        ([("grant_types", nil)], true), ([("grant_types", ["authorization_code"])], true),
        ([("grant_types", ["refresh_token", "implicit"])], false), ([("grant_types", [])], false),
        ([("response_types", nil)], true), ([("response_types", ["token"])], false),
        ([("scope", nil)], true), ([("scope", "read openid write")], true), ([("scope", "read")], true),
        ([("scope", "write")], false), ([("scope", "")], false),
    ]

    @Test("C78: a redirect URI, grant type or scope that was dropped", arguments: places)
    func dropped(_ changes: [(String, JSON?)], _ isTaken: Bool) throws {
        #expect((try Self.refusal(changes) == nil) == isTaken)
    }

    @Test("Fewer scopes are used as they came, and more are not asked for; no refresh tokens are told of")
    func remarks() throws {
        let fewer = try Self.judged([("scope", "read write")], of: Self.authorization()).get()
        #expect(fewer.scopes == ["read"] && fewer.remarks.count == 1 && fewer.remarks[0].contains("openid"))
        #expect(try Self.judged([("scope", "x read openid")], of: Self.authorization()).get().scopes == nil)
        let short = try Self.judged([("grant_types", ["authorization_code"])], of: Self.authorization()).get()
        #expect(short.remarks.first?.contains("no refresh tokens") == true)
        let told = try Self.authorization("client_secret_basic", [("identity", ["from": "idToken"])])
        #expect(try Self.refusal([("scope", "read")], told)?.contains("openid") == true)
    }

    @Test("Tokens are bound as the folder says, and requests come as we can send them")
    func boundaries() throws {
        let plain = try Self.authorization()
        let proofs = try Self.authorization("client_secret_basic", [("senderConstrained", "dpop")])
        let bound = [("dpop_bound_access_tokens", true as JSON?)]
        #expect(try Self.refusal(bound, plain) != nil)
        #expect(try Self.refusal(bound, proofs) == nil)
        #expect(try Self.refusal([("dpop_bound_access_tokens", false)], proofs) == nil, "a proof is sent all the same")
        let certificate = [("tls_client_certificate_bound_access_tokens", true as JSON?)]
        #expect(try Self.refusal(certificate, plain) != nil)
        let mtls = try Self.authorization("none", [("senderConstrained", "mtls")])
        let none = ("token_endpoint_auth_method", "none" as JSON?)
        #expect(try Self.refusal(certificate + [none], mtls) == nil)
        #expect(try Self.refusal([("tls_client_certificate_bound_access_tokens", false), none], mtls) != nil)
        let secret = [("token_endpoint_auth_method", "client_secret_post" as JSON?)]
        #expect(try Self.refusal(secret, mtls) != nil, "a client has one proof of who it is")
        let pushed = [("require_pushed_authorization_requests", true as JSON?)]
        #expect(try Self.refusal(pushed, pushes: true) == nil)
        #expect(try Self.refusal(pushed, pushes: false)?.contains("pushed") == true)
    }

    @Test("What is signed is signed with what the folder says")
    func signatures() throws {
        let plain = try Self.authorization()
        #expect(try Self.refusal([("id_token_signed_response_alg", "RS256")], plain) == nil)
        #expect(try Self.refusal([("id_token_signed_response_alg", "ES256")], plain) != nil)
        #expect(try Self.refusal([("id_token_signed_response_alg", "none")], plain) != nil)
        #expect(try Self.refusal([("userinfo_signed_response_alg", "RS256")], plain) != nil)
        #expect(try Self.refusal([("request_object_signing_alg", "ES256")], plain) != nil)
        #expect(try Self.refusal([("request_object_signing_alg", "ES256")], plain, signs: .es256) == nil)
        #expect(try Self.refusal([("request_object_signing_alg", "RS256")], plain, signs: .es256) != nil)
        #expect(try Self.refusal([("authorization_signed_response_alg", "RS512")], plain) == nil, "nobody asks for it")
        let jarm = try Self.authorization("client_secret_basic", [("responseMode", "jwt")])
        #expect(try Self.refusal([("authorization_signed_response_alg", "RS512")], jarm) != nil)
        #expect(try Self.refusal([("authorization_signed_response_alg", "RS256")], jarm) == nil)
    }
}

extension Result {
    fileprivate var isRefused: Bool { if case .failure = self { true } else { false } }
}
