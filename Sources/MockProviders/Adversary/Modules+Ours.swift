internal import Wire

// What the suite has no module for: the edge cases of authorization and token responses, of headers and of metadata.

extension Module {
    private static let prefix = "purser-client-test"

    /// A folder whose client signs its requests, and no more.
    private static let signing = [
        Change("authorization/client", ["id": "purser-fapi", "keyFile": "client-keys.json"]),
        Change("authorization/clientAuthentication", "private_key_jwt"), Change("authorization/requestObject", true),
    ]

    static let ours: [Module] = [
        Module(
            prefix + "-response-code-twice", "two codes come back",
            Twist.response(["set": ["code": ["ac_1", "ac_2"]]]), then: .stopsAtResponse),
        Module(
            prefix + "-response-iss-twice", "two issuers come back",
            Twist.response(["set": ["iss": ["https://op.example", "https://op.example"]]]), then: .stopsAtResponse),
        Module(
            prefix + "-response-code-and-error", "a code and an error come back",
            Twist.response(["set": ["error": "access_denied"]]), then: .stopsAtResponse),
        Module(
            prefix + "-response-jarm-unasked", "a signed response comes back that nobody asked for",
            Twist.response(["set": ["response": "e30.e30.c2ln"]]), then: .stopsAtResponse),
        Module(
            prefix + "-request-object", "nothing: it takes signed requests only",
            server: [Change("requestObjects", "required")], client: signing, asking: ["token", "api"], then: .works),
        Module(
            prefix + "-request-object-not-signed", "it takes signed requests only, and the folder signs none",
            server: [Change("requestObjects", "required")], then: .stopsAtDiscovery),
        Module(
            prefix + "-request-object-other-algorithm", "it takes requests that are signed in another way",
            Twist.discovery(["pointer": "/request_object_signing_alg_values_supported", "value": ["none", "RS256"]]),
            server: [Change("requestObjects", "required")], client: signing, then: .stopsAtDiscovery),
        Module(
            prefix + "-request-object-not-taken", "it takes no signed requests", client: signing,
            then: .stopsAtDiscovery),
        Module(
            prefix + "-response-signed", "nothing: the response is signed, as was asked for", by: .messages,
            asking: ["push", "jwks", "token", "api"], then: .works),
        Module(
            prefix + "-response-plain", "a plain response, where a signed one was asked for",
            ["match": ["endpoint": "authorize"], "ignoreQuery": ["response_mode"]],
            server: [Change("signing/response", "RS256")], client: [Change("authorization/responseMode", "query.jwt")],
            then: .stopsAtResponse),
        Module(
            prefix + "-response-signed-and-plain", "a code beside the signed response",
            Twist.response(["set": ["code": "ac_1"]]), by: .messages, then: .stopsAtResponse),
        Module(
            prefix + "-response-signed-other-algorithm", "the response is signed with another key of the server",
            ["match": ["endpoint": "authorize"], "response": ["algorithm": "RS256"]], by: .messages,
            asking: ["jwks"], then: .stopsAtResponse),
        Module(
            prefix + "-response-signing-not-offered", "the metadata know of no signed responses",
            client: [Change("authorization/responseMode", "jwt")], then: .stopsAtDiscovery),
        Module(
            prefix + "-tokens-html", "a page instead of tokens",
            Twist.instead(200, "<h1>Welcome</h1>", headers: ["Content-Type": "text/html"]), then: .stopsAtTokens),
        Module(
            prefix + "-tokens-twice", "two access tokens in one response",
            Twist.instead(
                200, "{\"access_token\":\"at_1\",\"access_token\":\"at_2\",\"token_type\":\"Bearer\"}",
                headers: ["Content-Type": "application/json"]), then: .stopsAtTokens),
        Module(
            prefix + "-tokens-error-200", "an error with the status of a success",
            Twist.instead(200, ["error": "server_error", "access_token": "at_1", "token_type": "Bearer"]),
            then: .stopsAtTokens),
        Module(
            prefix + "-tokens-other-type", "tokens of a type that is not Bearer",
            Twist.tokens(["pointer": "/token_type", "value": "mac"]), then: .stopsAtTokens),
        Module(
            prefix + "-tokens-elsewhere", "the token endpoint sends the code elsewhere",
            Twist.instead(307, .null, headers: ["Location": "https://op.example/elsewhere"]), never: ["/elsewhere"],
            then: .stopsAtTokens),
        Module(
            prefix + "-id-token-absent", "no ID token comes", Twist.tokens(["pointer": "/id_token", "remove": true]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-own-key", "the ID token brings the key that signed it",
            Twist.idToken([
                "header": ["jwk": ["kty": "OKP", "crv": "Ed25519", "x": "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"]]
            ]), then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-key-elsewhere", "the ID token says where its key is",
            Twist.idToken(["header": ["jku": "https://op.example/elsewhere"]]), never: ["/elsewhere"],
            then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-critical", "the ID token asks for something that nobody knows",
            Twist.idToken(["header": ["crit": ["exp"], "exp": 0]]), then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-stranger", "the right name on a key that was never published",
            Twist.idToken(["stranger": true]), then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-other-kind", "an access token in the place of the ID token",
            Twist.idToken(["header": ["typ": "at+jwt"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-logout", "a logout token in the place of the ID token",
            Twist.idToken(["claims": ["events": ["http://schemas.openid.net/event/backchannel-logout": [:]]]]),
            then: .stopsAtIDToken),
        Module(
            prefix + "-id-token-azp", "the ID token was given out to another client",
            Twist.idToken(["claims": ["azp": "another"]]), then: .stopsAtIDToken),
        Module(
            prefix + "-userinfo-unsigned", "UserInfo is to be signed and is not",
            client: [Change("authorization/userinfoAlgorithm", "RS256")], then: .stopsAtUserInfo),
        Module(
            prefix + "-userinfo-signed-unasked", "UserInfo is signed and need not be",
            server: [Change("signing/userinfo", "RS256")], then: .stopsAtUserInfo),
        Module(
            prefix + "-userinfo-signed-for-another", "UserInfo is signed for another client",
            Twist.userinfo(["claims": ["aud": "another"]]), server: [Change("signing/userinfo", "RS256")],
            client: [Change("authorization/userinfoAlgorithm", "RS256")], then: .stopsAtUserInfo),
        Module(
            prefix + "-discovery-plain-http", "a token endpoint without TLS",
            Twist.discovery(["pointer": "/token_endpoint", "value": "http://op.example/token"]),
            then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-on-this-machine", "a token endpoint on the client's own machine, without TLS",
            Twist.discovery(["pointer": "/token_endpoint", "value": "http://127.0.0.1:631/token"]),
            then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-in-this-network", "keys at an address of the client's own network",
            Twist.discovery(["pointer": "/jwks_uri", "value": "https://192.168.1.1/jwks"]), then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-loopback-lookalike", "a page that only looks like one on this machine",
            Twist.discovery(["pointer": "/authorization_endpoint", "value": "http://127.0.0.1@other.example/"]),
            then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-shell", "a page that is a command line",
            Twist.discovery(["pointer": "/authorization_endpoint", "value": "https://op.example/$(id) -x"]),
            then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-plain-challenge", "PKCE by plain alone",
            Twist.discovery(["pointer": "/code_challenge_methods_supported", "value": ["plain"]]),
            then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-redirect", "the metadata is elsewhere",
            [
                "match": ["endpoint": "discovery"],
                "replace": ["status": 302, "headers": ["Location": "https://op.example/elsewhere"]],
            ], never: ["/elsewhere"], then: .stopsAtDiscovery),
        Module(
            prefix + "-discovery-bomb", "the metadata is larger than anybody reads",
            ["match": ["endpoint": "discovery"], "bodyRepeat": ["text": "[", "count": 2_097_152]],
            then: .stopsAtDiscovery),
        Module(
            prefix + "-slow-drip-discovery", "the metadata come byte by byte, for hours",
            ["match": ["endpoint": "discovery"], "dripMilliseconds": 10_000], then: .stopsAtDiscovery),
        Module(
            prefix + "-slow-drip-bomb", "the same, without an end",
            ["match": ["endpoint": "discovery"], "bodyRepeat": ["text": "[", "count": 2_097_152]],
            ["match": ["endpoint": "discovery"], "dripMilliseconds": 1], then: .stopsAtDiscovery),
        Module(
            prefix + "-slow-drip-tokens", "the tokens come byte by byte, for hours",
            ["match": ["endpoint": "token"], "dripMilliseconds": 10_000], then: .stopsAtTokens),
        Module(
            prefix + "-slow-drip-api", "an answer of the API comes byte by byte, for hours",
            ["match": ["endpoint": "api"], "times": 1, "dripMilliseconds": 10_000], asking: ["api"], then: .works),
        Module(
            prefix + "-discovery-swap-after-consent", "once consent is given, tokens are to go elsewhere",
            [
                "match": ["endpoint": "discovery"], "after": 1,
                "patch": ["pointer": "/token_endpoint", "value": "https://op.example/elsewhere"],
            ], server: [Change("signing/metadataCache", "no-store")], never: ["/elsewhere"], then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-wider-scope", "a refresh brings more scope than was asked for",
            Twist.tokens(
                ["pointer": "/scope", "value": "openid profile email points.read points.spend"], with: "refresh_token"),
            then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-other-auth-time", "the ID token of a refresh is of another sign-in",
            Twist.idToken(["claims": ["auth_time": 1_700_000_000]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-other-nonce", "the ID token of a refresh answers another request",
            Twist.idToken(["claims": ["nonce": "another"]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-unsigned", "the ID token of a refresh is not signed",
            Twist.idToken(["unsigned": true], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-missing-iat", "the ID token of a refresh does not say when it was issued",
            Twist.idToken(["remove": ["iat"]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-missing-exp", "the ID token of a refresh does not say when it ends",
            Twist.idToken(["remove": ["exp"]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-old-id-token", "the ID token of a refresh is of a time before the link",
            Twist.idToken(["claims": ["iat": 1_700_000_000]], with: "refresh_token"), then: .stopsAtRefresh),
        Module(
            prefix + "-refresh-without-id-token", "no ID token comes with a refresh",
            Twist.tokens(["pointer": "/id_token", "remove": true], with: "refresh_token"), then: .works),
        Module(
            prefix + "-fapi2-certificate", "FAPI 2.0, with a certificate in the place of proofs", by: .certificate,
            asking: ["push", "token", "api"], then: .works),
        Module(
            prefix + "-fapi2-bearer", "tokens that are bound to nothing, where proofs were sent",
            Twist.tokens(["pointer": "/token_type", "value": "Bearer"]), by: .proofs, then: .stopsAtTokens),
        Module(
            prefix + "-fapi2-push-refused", "the push fails: nothing goes by the address instead",
            [
                "match": ["endpoint": "push"],
                "replace": ["status": 400, "body": ["error": "invalid_request"], "unprocessed": true],
            ], by: .proofs, asking: ["push"], then: .stopsAtPush),
    ]
}
