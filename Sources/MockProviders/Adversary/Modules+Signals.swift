internal import Wire

// The suite's modules for receivers of shared signals, and some of ours. The receiver is a confidential client that polls.

extension Module {
    private static let prefix = "openid-ssf-receiver-"
    private static let own = "purser-client-test-ssf-"

    private static let server = [
        Change("signals", [:]), Change("grants", ["authorization_code", "refresh_token", "client_credentials"]),
    ]
    private static let client = [
        Change("authorization/client", ["id": "purser suite:1", "secretFile": "client-secret"]),
        Change("authorization/clientAuthentication", "client_secret_basic"), Change("authorization/sharedSignals", [:]),
    ]

    private static func listening(
        _ name: String, _ words: String, _ faults: JSON..., server more: [Change] = [], told: [JSON] = [],
        asks: [String] = [], heard: [String] = [], then outcome: Outcome
    ) -> Module {
        Module(
            name, words, faults: faults, server: server + more, client: client,
            signals: Scenario.Signals(told: told, asks: asks, heard: heard), then: outcome)
    }

    private static let created = ["POST /ssf/streams", "DELETE /ssf/streams"]
    private static let verified = "acknowledged verification"

    static let signals: [Module] = [
        listening(
            prefix + "happypath",
            "the answer to the making of a stream is lost, and the server forgets an event when it is put in its place",
            ["match": ["endpoint": "streams"], "after": 1, "times": 1, "cutAfterBytes": 0],
            ["match": ["endpoint": "streams"], "after": 4, "times": 1, "patch": forgotten],
            asks: created + ["GET /ssf/streams", "PATCH /ssf/streams", "PUT /ssf/streams"], heard: [verified],
            then: .followsStream),
        listening(
            prefix + "stream-create-delete", "a stream is made, and deleted when nobody is linked any more",
            asks: created, then: .followsStream),
        listening(
            prefix + "stream-status-update",
            "the server pauses the stream, and holds back what it is asked to go on with",
            told: [
                ["event": "stream-updated", "content": ["status": "paused", "reason": "nobody asked"]],
                of("risk-level-change"),
            ],
            asks: created + ["GET /ssf/status", "POST /ssf/status"],
            heard: ["acknowledged stream-updated", "acknowledged risk-level-change"], then: .outlivesSignal),
        listening(
            prefix + "stream-verification", "the stream shows that it works when it is asked to",
            asks: created + ["POST /ssf/verify"], heard: [verified], then: .followsStream),
        listening(
            prefix + "unsolicited-stream-verification", "the stream shows that it works without being asked",
            told: [["event": "verification"]], asks: created, heard: [verified, verified], then: .outlivesSignal),
        listening(
            prefix + "stream-supported-events", "the server tells of everything there is, asked for or not",
            told: EventType.all.map { of($0, ["unasked": true]) }, asks: created,
            heard: EventType.all.map { "acknowledged \($0)" }, then: .endsAtSignal),
        listening(
            prefix + "stream-caep-interop", "people are named in all the ways of the profile",
            told: ["session-revoked", "credential-change", "device-compliance-change", "risk-level-change"].flatMap {
                [of($0, ["subject": email]), of($0), of($0, ["subject": complex])]
            }, asks: created + ["GET /ssf/streams", "GET /ssf/status", "POST /ssf/verify"],
            heard: [verified]
                + ["session-revoked", "credential-change", "device-compliance-change", "risk-level-change"].flatMap {
                    Array(repeating: "acknowledged \($0)", count: 3)
                }, then: .suspends),
    ]

    private static let forgotten: JSON = ["pointer": "/events_requested/0", "remove": true]
    private static let email: JSON = ["format": "email", "email": "ines.castro@members.example"]
    private static let person: JSON = ["format": "iss_sub", "iss": "https://op.example", "sub": "member-1"]
    private static let complex: JSON = [
        "format": "complex", "user": person, "tenant": ["format": "opaque", "id": "everybody"],
    ]

    /// Of the member who is linked.
    private static func of(_ event: String, _ more: JSON = [:]) -> JSON {
        var out = JSONObject([("event", .string(event)), ("member", "member-1")])
        for member in more.object?.members ?? [] { out[member.name] = member.value }
        return .object(out)
    }

    private static func refused(_ ending: String, _ words: String, _ more: JSON, _ code: String) -> Module {
        listening(
            own + ending, words, told: [of("account-disabled", more)], heard: ["refused \(code)"],
            then: .refusesSignal)
    }

    private static func twisted(
        _ ending: String, _ words: String, _ twist: JSON, _ code: String = "invalid_request"
    ) -> Module {
        refused(ending, words, ["twist": twist], code)
    }

    static let ourSignals: [Module] = hostileTokens + meanings + transmitters

    private static let hostileTokens: [Module] = [
        twisted(
            "wrong-iss", "the event token is of another issuer", ["claims": ["iss": "https://op.example/"]],
            "invalid_issuer"),
        twisted("wrong-aud", "the event token is for another", ["claims": ["aud": "another"]], "invalid_audience"),
        twisted("no-aud", "the event token is for nobody", ["remove": ["aud"]], "invalid_audience"),
        twisted("wrong-typ", "the event token says that it is an ID token", ["header": ["typ": "JWT"]]),
        twisted("no-typ", "the event token does not say what it is", ["removeHeader": ["typ"]]),
        twisted("alg-none", "the event token is not signed", ["unsigned": true], "invalid_key"),
        twisted("hmac", "the event token is signed with what everybody knows", ["hmac": true], "invalid_key"),
        twisted("stranger", "the right name on a key that was never published", ["stranger": true], "invalid_key"),
        twisted("bad-signature", "the event token's signature does not hold", ["breakSignature": true], "invalid_key"),
        twisted("wrong-alg", "RS256 is registered, ES256 comes", ["algorithm": "ES256"], "invalid_key"),
        twisted("with-sub", "the event token has a sub, as an ID token has", ["claims": ["sub": "member-1"]]),
        twisted("with-exp", "the event token ends, as an ID token does", ["shift": ["exp": 300]]),
        twisted("from-tomorrow", "the event token was issued tomorrow", ["shift": ["iat": 86_400]]),
        twisted("no-iat", "nobody knows when the event token was issued", ["remove": ["iat"]]),
        twisted("other-jti", "the event token came under another name", ["claims": ["jti": "another"]]),
        twisted("no-events", "the event token tells of nothing", ["remove": ["events"]]),
        twisted(
            "two-events", "the event token tells of two events",
            [
                "claims": [
                    "events": [
                        "https://schemas.openid.net/secevent/risc/event-type/account-disabled": [:],
                        "https://schemas.openid.net/secevent/risc/event-type/account-enabled": [:],
                    ]
                ]
            ]),
        listening(
            own + "other-state", "the stream shows that it works, and answers another request",
            [
                "match": ["endpoint": "streamVerification"], "times": 1,
                "replace": ["status": 200, "body": "{}", "unprocessed": true],
            ],
            told: [["event": "verification", "content": ["state": "another"]]], heard: ["refused invalid_state"],
            then: .refusesSignal),
        listening(
            own + "other-stream", "what is told of the stream is of another stream",
            told: [
                [
                    "event": "stream-updated", "content": ["status": "disabled"],
                    "subject": ["format": "opaque", "id": "another"],
                ]
            ], heard: ["refused invalid_request"], then: .refusesSignal),
    ]

    private static let meanings: [Module] = [
        listening(
            own + "token-revoked", "the server has revoked the grant", told: [of("token-revoked")],
            heard: ["acknowledged token-revoked"], then: .endsAtSignal),
        listening(
            own + "account-enabled", "the account is enabled again", told: [of("account-enabled")],
            heard: ["acknowledged account-enabled"], then: .outlivesSignal),
        listening(
            own + "credential-added", "the person has one more way to sign in",
            told: [of("credential-change", ["content": ["change_type": "create"]])],
            heard: ["acknowledged credential-change"], then: .outlivesSignal),
        listening(
            own + "of-another", "it is somebody else's account",
            told: [
                of(
                    "account-disabled",
                    ["subject": ["format": "iss_sub", "iss": "https://op.example", "sub": "member-2"]])
            ],
            heard: ["acknowledged account-disabled"], then: .outlivesSignal),
        listening(
            own + "of-another-issuer", "another issuer calls somebody the same",
            told: [
                of(
                    "account-disabled",
                    ["subject": ["format": "iss_sub", "iss": "https://other.example", "sub": "member-1"]])
            ],
            heard: ["acknowledged account-disabled"], then: .outlivesSignal),
        listening(
            own + "critical-member", "the event is about a member of its subject that must be understood",
            server: [Change("signals", ["criticalMembers": ["tenant"]])],
            told: [of("account-disabled", ["subject": complex])], heard: ["acknowledged account-disabled"],
            then: .outlivesSignal),
        listening(
            own + "earlier", "what the server tells of happened before the person signed in",
            told: [of("account-disabled", ["content": ["event_timestamp": 1_700_000_000]])],
            heard: ["acknowledged account-disabled"], then: .outlivesSignal),
        listening(
            own + "replay", "the same event comes twice",
            told: [of("account-disabled", ["id": "again"]), of("account-disabled", ["id": "again"])],
            heard: ["acknowledged account-disabled", "acknowledged account-disabled"], then: .suspends),
        listening(
            own + "flood", "a thousand events come at once", told: [of("risk-level-change", ["times": 1000])],
            heard: Array(repeating: "acknowledged risk-level-change", count: 1000), then: .outlivesSignal),
    ]

    private static let transmitters: [Module] = [
        of(
            "issuer", "the transmitter's document is of another issuer",
            ["pointer": "/issuer", "value": "https://other.example"]),
        of(
            "push-only", "the transmitter tells of events to those alone who can be reached",
            ["pointer": "/delivery_methods_supported/0", "value": "urn:ietf:rfc:8935"]),
        of(
            "no-configuration", "nobody says where streams are made",
            ["pointer": "/configuration_endpoint", "remove": true]),
        of("no-keys", "nobody says what events are signed with", ["pointer": "/jwks_uri", "remove": true]),
        stream(
            "other-host", "the stream is to be polled on another host",
            ["pointer": "/delivery/endpoint_url", "value": "https://other.example/poll"]),
        stream("other-iss", "the stream is of another issuer", ["pointer": "/iss", "value": "https://other.example"]),
        stream(
            "pushed", "a stream was made that pushes",
            ["pointer": "/delivery/method", "value": "urn:ietf:rfc:8935"]),
    ]

    private static func of(_ ending: String, _ words: String, _ patch: JSON) -> Module {
        listening(
            own + "transmitter-" + ending, words, ["match": ["endpoint": "transmitter"], "patch": patch],
            then: .opensNoStream)
    }

    private static func stream(_ ending: String, _ words: String, _ patch: JSON) -> Module {
        listening(
            own + "stream-" + ending, words, ["match": ["endpoint": "streams"], "patch": patch], then: .opensNoStream)
    }
}
