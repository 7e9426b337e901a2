internal import Wire

// The suite's modules for FAPI clients. What concerns an ID token or an authorization response alone is played with a
// client that has no FAPI profile: the result must be the same.

extension Module {
    private static let prefix = "fapi2-security-profile-final-client-test"
    private static let first = "fapi1-advanced-final-client-test"
    private static let noProfile = "no PAR, and no tokens bound by DPoP or mutual TLS"

    /// Whole flows, and ID tokens.
    static let fapi: [Module] = [
        Module(prefix + "-happy-path", "nothing", notBuilt: noProfile),
        Module(prefix + "-happy-path-no-dpop-nonce", "no nonces for DPoP", notBuilt: noProfile),
        Module(
            prefix + "-discovery-issuer-mismatch", "the metadata is of another issuer",
            Twist.discovery(["pointer": "/issuer", "value": "https://other.example"]), then: .stopsAtDiscovery),
        Module(
            prefix + "-invalid-iss", "the ID token is of another issuer",
            Twist.idToken(["claims": ["iss": "https://other.example"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-aud", "the ID token is for another client",
            Twist.idToken(["claims": ["aud": "another"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-secondary-aud", "the ID token is for another client, too",
            Twist.idToken(["list": ["aud": ["another"]]]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-iss", "the ID token is of no issuer", Twist.idToken(["remove": ["iss"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-aud", "the ID token is for nobody", Twist.idToken(["remove": ["aud"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-exp", "the ID token never ends", Twist.idToken(["remove": ["exp"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-expired-exp", "the ID token ended more than five minutes ago",
            Twist.idToken(["shift": ["exp": -660]]), then: .stopsAtIDToken),
        Module(
            prefix + "-valid-aud-as-array", "the ID token is for a list of one client",
            Twist.idToken(["list": ["aud": []]]), then: .works),
        Module(
            prefix + "-invalid-null-alg", "the ID token is not signed", Twist.idToken(["unsigned": true]),
            server: [Change("signing/idToken", "PS256")],
            client: [Change("authorization/idTokenAlgorithm", "PS256")], then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-alternate-alg", "PS256 is registered, RS256 comes",
            Twist.idToken(["algorithm": "RS256"]), server: [Change("signing/idToken", "PS256")],
            client: [Change("authorization/idTokenAlgorithm", "PS256")], then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-nonce", "the ID token answers another request",
            Twist.idToken(["claims": ["nonce": "another"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-nonce", "the ID token answers no request", Twist.idToken(["remove": ["nonce"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-openbanking-intent-id", "the ID token is of another intent",
            notBuilt: "one ecosystem's own claim"),
        Module(
            "fapi2-security-profile-final-client-refresh-token-test",
            "the API refuses a token that has not ended: refreshed, and once more for the next pull",
            ["match": ["endpoint": "api"], "after": 1, "times": 1, "replace": refusal],
            ["match": ["endpoint": "api"], "after": 3, "times": 1, "replace": refusal],
            server: [Change("accessTokenSeconds", 86_400)], refreshes: 2, then: .works),
        Module(
            first + "-iat-is-week-in-past", "the ID token was issued a week ago",
            Twist.idToken(["shift": ["iat": -604_800]]), then: .stopsAtIDToken),
        Module(
            first + "-encrypted-idtoken-usingrsa15", "the ID token is encrypted, by a way that is broken",
            Twist.idToken(["whole": .string(Self.encrypted)]), then: .stopsAtIDToken),
        Module(
            first + "-no-scope-in-token-endpoint-response", "the tokens come without a scope",
            Twist.tokens(["pointer": "/scope", "remove": true]), then: .works),
    ]

    private static let refusal: JSON = [
        "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "{}",
        "unprocessed": true,
    ]

    /// `{"alg":"RSA1_5","enc":"A128CBC-HS256"}` and four parts of nothing.
    private static let encrypted =
        "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.AAAA.AAAA.AAAA.AAAA"

    /// Authorization and token responses.
    static let responses: [Module] = [
        Module(
            prefix + "-invalid-authorization-response-iss", "the response is of another issuer",
            Twist.response(["set": ["iss": "https://op.example/"]]), then: .stopsAtResponse),
        Module(
            prefix + "-remove-authorization-response-iss", "the response is of no issuer, though the metadata says iss",
            Twist.response(["remove": ["iss"]]), then: .stopsAtResponse),
        Module(
            prefix + "-ensure-authorization-response-with-invalid-state-fails", "the response answers another request",
            Twist.response(["set": ["state": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]]),
            then: .stopsAtResponse),
        Module(
            prefix + "-ensure-authorization-response-with-invalid-missing-state-fails",
            "the response answers no request", Twist.response(["remove": ["state"]]), then: .stopsAtResponse),
        Module(
            prefix + "-token-endpoint-response-without-expires_in", "nobody says how long the tokens live",
            Twist.tokens(["pointer": "/expires_in", "remove": true]), then: .works),
        Module(
            prefix + "-token-type-case-insensitivity", "the tokens are of the type bEARER",
            Twist.tokens(["pointer": "/token_type", "value": "bEARER"]), then: .works),
        Module(
            prefix + "-rs-dpop-auth-scheme-case-insensitivity", "the API speaks of dPOP", notBuilt: noProfile),
    ]

    static let jarm: [Module] =
        [
            "without-iss", "with-invalid-iss", "without-aud", "with-invalid-aud", "without-exp", "with-expired-exp",
            "with-invalid-sig",
        ].map {
            Module("\(prefix)-ensure-jarm-\($0)-fails", "a signed response that must not be taken", notBuilt: "no JARM")
        } + [
            Module(
                prefix + "-ensure-jarm-signature-is-not-none", "a response signed with none", notBuilt: "no JARM")
        ]

    /// Shared signals.
    static let signals: [Module] = [
        "happypath", "stream-create-delete", "stream-status-update", "stream-verification",
        "unsolicited-stream-verification", "stream-supported-events", "stream-caep-interop",
    ].map {
        Module("openid-ssf-receiver-\($0)", "the server tells of events in a stream", notBuilt: "no shared signals")
    }
}
