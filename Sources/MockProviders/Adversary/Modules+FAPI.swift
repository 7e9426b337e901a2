internal import Wire

// The suite's modules for FAPI clients, each played by a client that keeps to FAPI 2.0: those of FAPI 2.0 with proofs, those
// of FAPI 1.0 with a certificate.

extension Module {
    private static let prefix = "fapi2-security-profile-final-client-test"
    private static let first = "fapi1-advanced-final-client-test"

    /// Whole flows, and ID tokens.
    static let fapi: [Module] = [
        Module(
            prefix + "-happy-path", "nothing", by: .proofs,
            asking: ["discovery", "push", "authorize", "token", "jwks", "api"],
            then: .works),
        Module(
            prefix + "-happy-path-no-dpop-nonce", "no nonces for DPoP: no request is made twice",
            by: .proofs, server: [Change("dpop/nonces", "none")], asking: ["push"], most: ["push": 1, "token": 2],
            then: .works),
        Module(
            prefix + "-discovery-issuer-mismatch", "the metadata is of another issuer",
            Twist.discovery(["pointer": "/issuer", "value": "https://other.example"]), by: .proofs,
            then: .stopsAtDiscovery),
        Module(
            prefix + "-invalid-iss", "the ID token is of another issuer",
            Twist.idToken(["claims": ["iss": "https://other.example"]]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-aud", "the ID token is for another client",
            Twist.idToken(["claims": ["aud": "another"]]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-secondary-aud", "the ID token is for another client, too",
            Twist.idToken(["list": ["aud": ["another"]]]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-iss", "the ID token is of no issuer", Twist.idToken(["remove": ["iss"]]),
            by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-aud", "the ID token is for nobody", Twist.idToken(["remove": ["aud"]]),
            by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-exp", "the ID token never ends", Twist.idToken(["remove": ["exp"]]),
            by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-expired-exp", "the ID token ended more than five minutes ago",
            Twist.idToken(["shift": ["exp": -660]]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-valid-aud-as-array", "the ID token is for a list of one client",
            Twist.idToken(["list": ["aud": []]]), by: .proofs, then: .works),
        Module(
            prefix + "-invalid-null-alg", "the ID token is not signed", Twist.idToken(["unsigned": true]),
            by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-alternate-alg", "PS256 is registered, RS256 comes",
            Twist.idToken(["algorithm": "RS256"]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-nonce", "the ID token answers another request",
            Twist.idToken(["claims": ["nonce": "another"]]), by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-missing-nonce", "the ID token answers no request", Twist.idToken(["remove": ["nonce"]]),
            by: .proofs, then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-openbanking-intent-id", "the ID token is of another intent than was asked for",
            Twist.idToken(["claims": ["openbanking_intent_id": "another"]]), by: .proofs, client: [Self.intent],
            then: .stopsAtIDToken),
        Module(
            "purser-client-test-intent-id", "the ID token is of the intent that was asked for",
            Twist.idToken(["claims": ["openbanking_intent_id": "intent-7"]]), by: .proofs, client: [Self.intent],
            then: .works),
        Module(
            "purser-client-test-intent-id-absent", "the ID token is of no intent, and one was asked for", by: .proofs,
            client: [Self.intent], then: .stopsAtIDToken),
        Module(
            "purser-client-test-intent-id-unasked", "the ID token is of an intent, and none was asked for",
            Twist.idToken(["claims": ["openbanking_intent_id": "another"]]), by: .proofs, then: .works),
        Module(
            "fapi2-security-profile-final-client-refresh-token-test",
            "the API refuses a token that has not ended: refreshed, and once more for the next pull",
            ["match": ["endpoint": "api"], "after": 1, "times": 1, "replace": refusal],
            ["match": ["endpoint": "api"], "after": 3, "times": 1, "replace": refusal],
            by: .proofs, server: [Change("accessTokenSeconds", 86_400), Change("dpop/nonces", "token")], refreshes: 2,
            then: .works),
        Module(
            first + "-iat-is-week-in-past", "the ID token was issued a week ago",
            Twist.idToken(["shift": ["iat": -604_800]]), by: .certificate, then: .stopsAtIDToken),
        Module(
            first + "-encrypted-idtoken-usingrsa15", "the ID token is encrypted, by a way that is broken",
            Twist.idToken(["whole": .string(Self.encrypted)]), by: .certificate, then: .stopsAtIDToken),
        Module(
            first + "-no-scope-in-token-endpoint-response", "the tokens come without a scope",
            Twist.tokens(["pointer": "/scope", "remove": true]), by: .certificate, then: .works),
    ]

    /// A folder that ties its consent to an intent.
    private static let intent = Change(
        "authorization/parameters",
        ["claims": #"{"id_token":{"openbanking_intent_id":{"essential":true,"value":"intent-7"}}}"#])

    private static let refusal: JSON = [
        "status": 401, "headers": ["WWW-Authenticate": "DPoP error=\"invalid_token\""], "body": "{}",
        "unprocessed": true,
    ]

    /// The second answer of the API, when the access token is old enough to be renewed for a 401.
    private static let asksNonce: JSON = [
        "match": ["endpoint": "api"], "after": 1, "times": 1,
        "replace": [
            "status": 401,
            "headers": ["WWW-Authenticate": "dPOP error=\"use_dpop_nonce\"", "DPoP-Nonce": "wanted-here"], "body": "{}",
            "unprocessed": true,
        ],
    ]

    /// `{"alg":"RSA1_5","enc":"A128CBC-HS256"}` and four parts of nothing.
    private static let encrypted =
        "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.AAAA.AAAA.AAAA.AAAA"

    /// Authorization and token responses.
    static let responses: [Module] = [
        Module(
            prefix + "-invalid-authorization-response-iss", "the response is of another issuer",
            Twist.response(["set": ["iss": "https://op.example/"]]), by: .proofs, then: .stopsAtResponse),
        Module(
            prefix + "-remove-authorization-response-iss", "the response is of no issuer, though the metadata says iss",
            Twist.response(["remove": ["iss"]]), by: .proofs, then: .stopsAtResponse),
        Module(
            prefix + "-ensure-authorization-response-with-invalid-state-fails", "the response answers another request",
            Twist.response(["set": ["state": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]]),
            by: .proofs, then: .stopsAtResponse),
        Module(
            prefix + "-ensure-authorization-response-with-invalid-missing-state-fails",
            "the response answers no request", Twist.response(["remove": ["state"]]), by: .proofs,
            then: .stopsAtResponse),
        Module(
            prefix + "-token-endpoint-response-without-expires_in", "nobody says how long the tokens live",
            Twist.tokens(["pointer": "/expires_in", "remove": true]), by: .proofs, then: .works),
        Module(
            prefix + "-token-type-case-insensitivity", "the tokens are of the type dpOP",
            Twist.tokens(["pointer": "/token_type", "value": "dpOP"]), by: .proofs, then: .works),
        Module(
            prefix + "-rs-dpop-auth-scheme-case-insensitivity",
            "the API speaks of dPOP when it asks for a nonce: it gets one, and no token is renewed for it", asksNonce,
            by: .proofs, server: [Change("accessTokenSeconds", 86_400), Change("dpop/nonces", "none")], refreshes: 0,
            most: ["token": 1], then: .works),
    ]

    /// Signed responses. What is wrong inside is seen before any key is fetched; a signature takes the keys.
    static let jarm: [Module] = [
        signed("-ensure-jarm-without-iss-fails", "the signed response is of no issuer", ["remove": ["iss"]]),
        signed(
            "-ensure-jarm-with-invalid-iss-fails", "the signed response is of another issuer",
            ["claims": ["iss": "https://op.example/"]]),
        signed("-ensure-jarm-without-aud-fails", "the signed response is for nobody", ["remove": ["aud"]]),
        signed(
            "-ensure-jarm-with-invalid-aud-fails", "the signed response is for another client",
            ["claims": ["aud": "another"]]),
        signed("-ensure-jarm-without-exp-fails", "the signed response never ends", ["remove": ["exp"]]),
        signed(
            "-ensure-jarm-with-expired-exp-fails", "the signed response is over", ["shift": ["exp": -1260]]),
        signed(
            "-ensure-jarm-with-invalid-sig-fails", "the signature of the response does not hold",
            ["breakSignature": true], asking: ["jwks"]),
        signed(
            "-ensure-jarm-signature-is-not-none", "the response is signed with none", ["unsigned": true],
            asking: ["jwks"]),
    ]

    private static func signed(_ name: String, _ words: String, _ twist: JSON, asking: [String] = []) -> Module {
        Module(
            prefix + name, words, ["match": ["endpoint": "authorize"], "response": twist], by: .messages,
            asking: asking, then: .stopsAtResponse)
    }
}
