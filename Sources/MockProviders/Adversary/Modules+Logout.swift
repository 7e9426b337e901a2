internal import Wire

// The suite's modules for clients that log out (RP-Initiated Logout 1.0) or are told of a logout (Back-Channel Logout 1.0),
// and some of ours.

extension Module {
    private static let prefix = "oidcc-client-test"
    private static let hears = prefix + "-rp-backchannel-rpinitlogout"

    static let logout: [Module] = rpInitiated + backChannel + ourLogouts + frontChannel

    /// At a server where people log out; in `client` and `server` what else is changed.
    private static func leaving(
        _ name: String, _ words: String, _ faults: JSON..., server: [Change] = [], client: [Change] = [],
        never: [String] = [], leaves logout: Scenario.Logout, but absence: Absence? = nil, then outcome: Outcome
    ) -> Module {
        Module(
            name, words, faults: faults, server: [Change("logout", true)] + server, client: client, asking: ["logout"],
            never: never, logout: logout, but: absence, then: outcome)
    }

    private static let rpInitiated: [Module] = [
        leaving(prefix + "-rp-init-logout", "the session ends at the client's wish", leaves: .atClient, then: .logsOut),
        leaving(
            prefix + "-rp-init-logout-no-state", "who comes back has no state",
            Twist.returning(["remove": ["state"]]), leaves: .atClient, then: .doubtsReturn),
        leaving(
            prefix + "-rp-init-logout-other-state", "who comes back has another state",
            Twist.returning(["set": ["state": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]]), leaves: .atClient,
            then: .doubtsReturn),
    ]

    private static func told(
        _ ending: String, _ words: String, _ twist: JSON, then outcome: Outcome = .refusesLogout
    ) -> Module {
        leaving(hears + ending, words, Twist.logoutToken(twist), leaves: .atServer(tokens: 1), then: outcome)
    }

    private static let backChannel: [Module] = [
        leaving(hears, "the server tells that a session has ended", leaves: .atServer(tokens: 1), then: .endsAtLogout),
        told("-alg-none", "the logout token is not signed", ["unsigned": true]),
        told("-no-event", "the logout token tells of nothing", ["remove": ["events"]]),
        told("-wrong-event", "the logout token tells of something else", ["claims": ["events": ["urn:other": [:]]]]),
        told("-with-nonce", "the logout token has a nonce", ["claims": ["nonce": "n"]]),
        told("-wrong-alg", "RS256 is registered, ES256 comes", ["algorithm": "ES256"]),
        told("-wrong-aud", "the logout token is for another client", ["claims": ["aud": "another"]]),
        told("-wrong-iss", "the logout token is of another issuer", ["claims": ["iss": "https://op.example/"]]),
    ]

    private static let own = "purser-client-test-logout"

    private static let ourLogouts: [Module] = [
        leaving(
            own + "-offline", "the grant reaches beyond the session: offline_access",
            server: [Change("scopes/offline_access", "go on when you are away")],
            client: [Change("authorization/scopes", ["openid", "profile", "points.read", "offline_access"])],
            leaves: .atServer(tokens: 1), then: .outlivesLogout),
        leaving(
            own + "-again", "the logout token comes twice, and is refused the second time",
            leaves: .atServer(tokens: 2),
            then: .endsAtLogout),
        leaving(
            own + "-of-another", "somebody else has logged out",
            Twist.logoutToken(["claims": ["sub": "member-2"], "remove": ["sid"]]), leaves: .atServer(tokens: 1),
            then: .logsNobodyOut),
        leaving(
            own + "-of-another-session", "the person has logged out in another session",
            Twist.logoutToken(["claims": ["sid": "another"]]), leaves: .atServer(tokens: 1), then: .logsNobodyOut),
        leaving(
            own + "-of-a-session", "the logout token names the session and nobody",
            Twist.logoutToken(["remove": ["sub"]]), leaves: .atServer(tokens: 1), then: .endsAtLogout),
        leaving(
            own + "-of-nobody", "the logout token names neither session nor person",
            Twist.logoutToken(["remove": ["sub", "sid"]]), leaves: .atServer(tokens: 1), then: .refusesLogout),
        leaving(
            own + "-old", "the logout token was issued a quarter of an hour ago",
            Twist.logoutToken(["shift": ["iat": -900]]), leaves: .atServer(tokens: 1), then: .refusesLogout),
        leaving(
            own + "-over", "the logout token has ended", Twist.logoutToken(["shift": ["exp": -300]]),
            leaves: .atServer(tokens: 1), then: .refusesLogout),
        leaving(
            own + "-unnamed", "the logout token has no identifier", Twist.logoutToken(["remove": ["jti"]]),
            leaves: .atServer(tokens: 1), then: .refusesLogout),
        leaving(
            own + "-stranger", "the right name on a key that was never published",
            Twist.logoutToken(["stranger": true]), leaves: .atServer(tokens: 1), then: .refusesLogout),
        Module(
            own + "-nowhere", "the server has no page for logging out", faults: [], logout: .atClient,
            then: .doubtsReturn),
    ]

    private static let offersFrontChannel = Twist.discovery([
        ["pointer": "/frontchannel_logout_supported", "value": true],
        ["pointer": "/frontchannel_logout_session_supported", "value": true],
    ])

    /// What a server's page would have the browser load, if there were such an address here.
    private static let noFrontChannel = Absence(
        "no address here ends anything by a browser",
        knocks: ["/frontchannel-logout/suite", "/logout/suite"].map {
            Absence.Knock($0, [("iss", "https://op.example"), ("sid", "AAAAAAAAAAAAAAAA")], gets: 404)
        } + [Absence.Knock("/callback/suite", [("error", "login_required")], gets: 400)])

    private static let frontChannel: [Module] = [
        leaving(
            prefix + "-rp-frontchannel-rpinitlogout",
            "the browser would be told of the end of a session, which the client wishes", offersFrontChannel,
            leaves: .atClient, but: noFrontChannel, then: .logsOut),
        leaving(
            prefix + "-rp-frontchannel-opinitlogout",
            "the browser would be told of the end of a session; the client is told behind it", offersFrontChannel,
            leaves: .atServer(tokens: 1), but: noFrontChannel, then: .endsAtLogout),
        leaving(
            prefix + "-session-management", "a page of the server's in a frame would tell whether the session goes on",
            Twist.discovery(["pointer": "/check_session_iframe", "value": "https://op.example/check_session"]),
            Twist.response(["set": ["session_state": "c2Vzc2lvbg.c2FsdA"]]), never: ["/check_session"],
            leaves: .atClient,
            but: Absence(
                "no page is framed, neither the server's nor one of ours",
                knocks: [Absence.Knock("/callback/suite", [("error", "login_required")], gets: 400)]),
            then: .logsOut),
    ]
}
