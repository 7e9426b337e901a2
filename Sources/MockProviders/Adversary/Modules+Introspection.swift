internal import Wire

// What a server says of an access token that its API has refused, once. Whoever believes it to be active renews nothing, and
// whoever asks again each time asks too often.

extension Module {
    private static let prefix = "purser-client-test-introspection"

    private static func asking(
        _ name: String, _ words: String, _ faults: JSON..., form: JSON = "json", server: [Change] = [],
        refreshes: Int = 1
    ) -> Module {
        Module(
            prefix + name, words,
            faults: [
                [
                    "match": ["endpoint": "api"], "after": 1, "times": 1,
                    "replace": [
                        "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""],
                        "unprocessed": true,
                    ],
                ]
            ] + faults,
            server: [Change("introspection", "honest"), Change("accessTokenSeconds", 86_400)] + server,
            client: [Change("authorization/introspection", form)], refreshes: refreshes, asking: ["introspect"],
            most: ["introspect": 1], then: .works)
    }

    private static func twisted(_ twist: JSON) -> JSON {
        ["match": ["endpoint": "introspect"], "introspection": twist]
    }

    private static let signing = [Change("signing/introspection", "RS256")]

    static let introspection: [Module] = [
        asking("", "nothing: the token is active, and the API was wrong", refreshes: 0),
        asking("-signed", "nothing: it says so signed, as was asked for", form: "jwt", server: signing, refreshes: 0),
        asking(
            "-active-text", "active is the text \"true\"", twisted(["claims": ["active": "true"]])),
        asking("-active-missing", "active is missing", twisted(["remove": ["active"]])),
        asking(
            "-signed-unasked", "the answer is signed, and JSON was asked for",
            [
                "match": ["endpoint": "introspect"],
                "replace": [
                    "status": 200, "headers": ["Content-Type": "application/token-introspection+jwt"],
                    "body": "e30.eyJhY3RpdmUiOnRydWV9.c2ln",
                ],
            ]),
        asking("-unsigned", "the answer is JSON, and a signed one was asked for", form: "jwt"),
        asking(
            "-other-client", "the answer is about another client's token",
            twisted(["claims": ["client_id": "another"]])),
        asking(
            "-other-issuer", "the answer is about another server's token", twisted(["claims": ["iss": "https://a"]])),
        asking("-expired", "the answer names an end that is past", twisted(["claims": ["exp": 1_700_000_000]])),
        asking(
            "-signed-for-another", "the answer is signed for another client", twisted(["claims": ["aud": "another"]]),
            form: "jwt", server: signing),
        asking(
            "-signed-other-kind", "an ID token's type on the answer", twisted(["header": ["typ": "JWT"]]), form: "jwt",
            server: signing),
        asking(
            "-signed-by-stranger", "the answer is signed with a key that was never published",
            twisted(["stranger": true]), form: "jwt", server: signing),
    ]
}
