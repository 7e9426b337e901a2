internal import Wire

// What a hostile server beside an honest one tries, or one person with another's link: mix-up (RFC 9700 4.4), the takeover of
// another tool's connection (COAT), fixation across users, injected audiences.

extension Module {
    private static let prefix = "purser-client-test"
    private static let silent = [Change("sendsIssuer", false)]
    private static let elsewhere: JSON = "https://honest.example/token"

    /// A client that signs assertions, at a server that takes pushed requests, so that it is shown one before anybody consents.
    private static let pushing = [Change("push", "required")]
    private static let asserting = [
        Change("authorization/client", ["id": "purser-fapi", "keyFile": "client-keys.json"]),
        Change("authorization/clientAuthentication", "private_key_jwt"),
    ]

    static let crossed: [Module] = mixUps + takeovers + fixations + audiences

    private static let mixUps: [Module] = [
        Module(
            crossing: Crossing(.passesOn(backAt: .honest), honest: silent, asking: ["authorize"]), prefix + "-mix-up",
            "its page passes people on to the honest server: that one's code comes to that one's callback, with a state of "
                + "the hostile one, and nobody says who it is from",
            server: silent, asking: ["authorize"], then: .stopsAtResponse),
        Module(
            crossing: Crossing(.passesOn(backAt: .hostile), asking: ["authorize"]), prefix + "-mix-up-iss-wrong",
            "the same where both servers know one callback: the response says that it is the honest one's",
            server: silent, asking: ["authorize"], then: .stopsAtResponse),
        Module(
            crossing: Crossing(.passesOn(backAt: .hostile), honest: silent, asking: ["authorize"]),
            prefix + "-mix-up-iss-missing",
            "the same, and the response does not say whose it is, though the metadata say that it would",
            asking: ["authorize"], then: .stopsAtResponse),
        Module(
            crossing: Crossing(), prefix + "-mix-up-token-endpoint",
            "its metadata have the code sent to the honest server",
            Twist.discovery(["pointer": "/token_endpoint", "value": elsewhere]), then: .stopsAtDiscovery),
        Module(
            crossing: Crossing(), prefix + "-mix-up-token-endpoint-alias",
            "its metadata have it sent there by clients with a certificate",
            Twist.discovery(["pointer": "/mtls_endpoint_aliases", "value": ["token_endpoint": elsewhere]]),
            by: .certificate, then: .stopsAtDiscovery),
    ]

    private static let takeovers: [Module] = [
        Module(
            crossing: Crossing(
                .wrongCallback(of: .honest, thenRight: false), honest: silent,
                asking: ["discovery", "push", "authorize"]),
            prefix + "-coat",
            "the honest server's response, code and state, is brought to the hostile one's callback", server: silent,
            then: .stopsAtResponse),
        Module(
            crossing: Crossing(.wrongCallback(of: .hostile, thenRight: true), honest: silent),
            prefix + "-coat-reversed",
            "its response is brought to the honest server's callback, and then to its own", server: silent,
            asking: ["token", "api"], then: .works),
    ]

    private static let fixations: [Module] = [
        Module(
            crossing: Crossing(.people(.whoBegan)), prefix + "-cross-user",
            "nothing: two people link at once, and each brings their own response; then the other brings it again",
            asking: ["token", "api"], then: .works),
        Module(
            crossing: Crossing(.people(.whoBegan)), prefix + "-cross-user-state-twice",
            "the same while UserInfo fails, so that both links wait on: a state that was taken is not taken again",
            ["match": ["endpoint": "userinfo"], "times": 2, "replace": ["status": 503]], asking: ["token", "api"],
            then: .works),
        Module(
            crossing: Crossing(.people(.theOther)), prefix + "-cross-user-fixation",
            "two people link at once, and each is led to bring the other's response", then: .stopsAtResponse),
        Module(
            crossing: Crossing(.people(.nobody)), prefix + "-cross-user-fixation-no-session",
            "the response to a link that a session began comes from a browser that is in none",
            then: .stopsAtResponse),
    ]

    private static let audiences: [Module] = [
        Module(
            crossing: Crossing(asking: ["push"]), prefix + "-audience-sole",
            "each client assertion that it is shown is shown to the honest server at once, which knows the same key and is "
                + "not strict: it is for the one issuer alone", server: pushing, client: asserting,
            asking: ["push", "token", "api"], then: .works),
        Module(
            crossing: Crossing(), prefix + "-audience-injection",
            "its metadata name the honest server's token endpoint, as whom assertions may be for, and its own push endpoint",
            Twist.discovery(["pointer": "/token_endpoint", "value": elsewhere]), server: pushing, client: asserting,
            then: .stopsAtDiscovery),
        Module(
            crossing: Crossing(), prefix + "-audience-injection-issuer",
            "its metadata are of the honest server's issuer",
            Twist.discovery(["pointer": "/issuer", "value": "https://honest.example"]), server: pushing,
            client: asserting, then: .stopsAtDiscovery),
        Module(
            crossing: Crossing(isKnown: false, asking: ["push", "token"]), prefix + "-audience-injection-unknown",
            "its metadata name the token endpoint of a server that the client has no folder of: what the hostile one is "
                + "shown is no good there, nor is what comes there",
            Twist.discovery(["pointer": "/token_endpoint", "value": elsewhere]), server: pushing, client: asserting,
            asking: ["push", "authorize"], then: .stopsAtTokens),
        Module(
            crossing: Crossing(asking: ["push"]), prefix + "-audience-injection-push",
            "its metadata have requests pushed to the honest server, which takes none with an assertion for another",
            Twist.discovery([
                "pointer": "/pushed_authorization_request_endpoint", "value": "https://honest.example/push",
            ]), server: pushing, client: asserting, then: .stopsAtPush),
    ]
}
