internal import Wire

// By which way an authorization response comes back, beside the suite's one module of that.

extension Module {
    private static let prefix = "purser-client-test-form-post"
    private static let posts = Change("responseModes", ["query", "form_post"])
    private static let asks = Change("authorization/responseMode", "form_post")

    static let responseModes: [Module] = [
        Module(
            prefix, "nothing: the response comes in a form, as was asked for", server: [posts], client: [asks],
            asking: ["authorize", "jwks", "token", "api"], then: .works),
        Module(
            prefix + "-signed", "nothing: the response comes signed in a form, as was asked for", by: .messages,
            server: [posts], client: [Change("authorization/responseMode", "form_post.jwt")],
            asking: ["push", "jwks", "token", "api"], then: .works),
        Module(
            prefix + "-not-offered", "the metadata know of no responses in a form", client: [asks],
            then: .stopsAtDiscovery),
        Module(
            prefix + "-in-query", "the response comes in the address, where a form was asked for",
            ["match": ["endpoint": "authorize"], "ignoreQuery": ["response_mode"]], server: [posts], client: [asks],
            then: .stopsAtResponse),
        Module(
            prefix + "-unasked", "the response comes in a form that nobody asked for",
            server: [Change("responseModes", ["form_post"])], then: .stopsAtResponse),
        Module(
            prefix + "-plain", "the form is not signed, where a signed one was asked for",
            ["match": ["endpoint": "authorize"], "ignoreQuery": ["response_mode"]],
            server: [Change("responseModes", ["form_post", "query"]), Change("signing/response", "RS256")],
            client: [Change("authorization/responseMode", "form_post.jwt")], then: .stopsAtResponse),
        Module(
            prefix + "-code-twice", "two codes come back in the form",
            Twist.response(["set": ["code": ["ac_1", "ac_2"]]]), server: [posts], client: [asks],
            then: .stopsAtResponse),
        Module(
            prefix + "-other-iss", "the form is of another issuer",
            Twist.response(["set": ["iss": "https://op.example/"]]), server: [posts], client: [asks],
            then: .stopsAtResponse),
        Module(
            prefix + "-no-state", "the form answers no request", Twist.response(["remove": ["state"]]),
            server: [posts], client: [asks], then: .stopsAtResponse),
    ]
}
