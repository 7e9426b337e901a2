internal import Wire

// The suite's modules for OpenID Connect clients: the basic, configuration, dynamic and hybrid plans.

extension Module {
    private static let prefix = "oidcc-client-test"

    static let basic: [Module] = [
        Module(
            prefix, "nothing", asking: ["discovery", "authorize", "token", "jwks", "userinfo", "api"], then: .works),
        Module(
            prefix + "-invalid-iss", "the ID token is of another issuer",
            Twist.idToken(["claims": ["iss": "https://op.example/"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-aud", "the ID token is for another client",
            Twist.idToken(["claims": ["aud": "another"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-missing-aud", "the ID token is for nobody", Twist.idToken(["remove": ["aud"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-missing-iat", "the ID token does not say when it was issued", Twist.idToken(["remove": ["iat"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-missing-sub", "the ID token is of nobody", Twist.idToken(["remove": ["sub"]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-nonce-invalid", "the ID token answers another request",
            Twist.idToken(["claims": ["nonce": "another"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-nonce-unless-code-flow", "a nonce is needed: without one that was sent no ID token holds",
            then: .works),
        Module(
            prefix + "-invalid-athash", "the ID token belongs to another access token",
            Twist.idToken(["claims": ["at_hash": "LDktKdoQak3Pk0cnXxCltA"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-missing-athash",
            "an access token comes with the browser, beside an ID token that does not know it (implicit, hybrid)",
            Twist.response(["set": ["access_token": "at_1", "token_type": "Bearer", "id_token": "e30.e30.c2ln"]]),
            then: .stopsAtResponse),
        Module(
            prefix + "-invalid-chash", "the ID token belongs to another code",
            Twist.idToken(["claims": ["c_hash": "LDktKdoQak3Pk0cnXxCltA"]]),
            server: [Change("signing/codeHash", true)], then: .stopsAtIDToken),
        Module(
            prefix + "-missing-chash",
            "the code comes with the browser, beside an ID token that does not know it (hybrid)",
            Twist.response(["set": ["id_token": "e30.e30.c2ln"]]), then: .stopsAtResponse),
        Module(
            prefix + "-scope-userinfo-claims", "UserInfo tells what the scopes profile and email ask for",
            Twist.userinfo(["claims": ["name": "Ines Castro", "email": "ines.castro@members.example"]]),
            asking: ["userinfo"], then: .works),
        Module(
            prefix + "-client-secret-basic",
            "an identifier and a secret that must be form-encoded before they are base64",
            client: [
                Change("authorization/client", ["id": "purser suite:1", "secretFile": "client-secret"]),
                Change("authorization/clientAuthentication", "client_secret_basic"),
            ], then: .works),
        Module(
            prefix + "-form-post-error", "an error comes back in a form",
            Twist.response(["set": ["error": "invalid_request", "error_description": "not today"], "remove": ["code"]]),
            server: [Change("responseModes", ["query", "form_post"])],
            client: [Change("authorization/responseMode", "form_post")], asking: ["authorize"],
            then: .stopsAtResponse),
    ]

    /// Signatures, and the keys they are made with.
    static let keys: [Module] = [
        Module(prefix + "-idtoken-sig-rs256", "signed with RS256", then: .works),
        Module(
            prefix + "-idtoken-sig-none", "the ID token is not signed", Twist.idToken(["unsigned": true]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-sig-rs256", "an RS256 signature that does not hold",
            Twist.idToken(["breakSignature": true]), then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-sig-es256", "an ES256 signature that does not hold",
            Twist.idToken(["breakSignature": true]),
            server: [Change("signing/idToken", "ES256")],
            client: [Change("authorization/idTokenAlgorithm", "ES256")], then: .stopsAtIDToken),
        Module(
            prefix + "-invalid-sig-hs256", "HS256, over the public key that everybody has",
            Twist.idToken(["hmac": true]), then: .stopsAtIDToken),
        Module(
            prefix + "-kid-absent-single-jwks", "the ID token names no key, and one fits",
            Twist.idToken(["removeHeader": ["kid"]]), then: .works),
        Module(
            prefix + "-kid-absent-multiple-jwks", "the ID token names no key, and more than one fits",
            Twist.idToken(["removeHeader": ["kid"]]), Twist.keys(.announce), then: .stopsAtIDToken),
        Module(
            prefix + "-signing-key-rotation", "another key signs what comes with a refresh, under a name of its own",
            Twist.keys(.next, with: "refresh_token"), server: [Change("signing/keysCache", "max-age=86400")],
            then: .works),
        Module(
            prefix + "-signing-key-rotation-just-before-signing",
            "each token response is signed with another key, under the name of the one before",
            Twist.keys(.inPlace), server: [Change("signing/keysCache", "max-age=86400")], then: .works),
    ]

    static let userinfo: [Module] = [
        Module(
            prefix + "-userinfo-bearer-header", "UserInfo takes the token in the header alone", asking: ["userinfo"],
            then: .works),
        Module(
            prefix + "-userinfo-bearer-body", "a token in a form body is not looked at: it is never sent there",
            asking: ["userinfo"], then: .works),
        Module(
            prefix + "-userinfo-signed", "UserInfo is signed", server: [Change("signing/userinfo", "RS256")],
            client: [Change("authorization/userinfoAlgorithm", "RS256")], asking: ["userinfo"], then: .works),
        Module(
            prefix + "-userinfo-invalid-sub", "UserInfo is of somebody else",
            Twist.userinfo(["claims": ["sub": "member-2"]]), then: .stopsAtUserInfo),
        Module(
            prefix + "-aggregated-claims", "UserInfo brings claims that another one signed",
            Twist.userinfo([
                "claims": [
                    "_claim_names": ["address": "other"], "_claim_sources": ["other": ["JWT": "e30.e30.c2ln"]],
                ]
            ]), then: .works),
        Module(
            prefix + "-distributed-claims", "UserInfo says where else there are claims",
            Twist.userinfo([
                "claims": [
                    "_claim_names": ["address": "other"],
                    "_claim_sources": ["other": ["endpoint": "https://op.example/claims", "access_token": "at_2"]],
                ]
            ]), never: ["/claims"], then: .works),
    ]

    static let metadata: [Module] = [
        Module(prefix + "-discovery-openid-config", "nothing", asking: ["discovery"], then: .works),
        Module(prefix + "-discovery-jwks-uri-keys", "nothing", asking: ["jwks"], then: .works),
        Module(
            prefix + "-discovery-issuer-mismatch", "the metadata is of another issuer",
            Twist.discovery(["pointer": "/issuer", "value": "https://op.example/other"]), then: .stopsAtDiscovery),
        Module(
            registering: prefix + "-dynamic-registration", "it knows no client, and lets everybody register",
            asking: ["token", "api"], then: .works),
        Module(
            prefix + "-mtls-endpoint-aliases", "other endpoints for clients with certificates, and for nobody else",
            by: .certificate, server: [Change("aliases", true)], asking: ["push", "token", "userinfo"],
            never: ["/push", "/token", "/userinfo"], then: .works),
    ]

    static let refresh: [Module] = [
        Module(prefix + "-refresh-token", "nothing", refreshes: 2, then: .works),
        Module(
            prefix + "-refresh-token-invalid-issuer", "the ID token of a refresh is of another issuer",
            Twist.idToken(["claims": ["iss": "https://op.example/"]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-token-invalid-sub", "the ID token of a refresh is of somebody else",
            Twist.idToken(["claims": ["sub": "member-2"]], with: "refresh_token"), then: .stopsAtRefresh),
    ]
}
