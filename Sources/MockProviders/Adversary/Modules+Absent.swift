internal import Wire

// The suite's modules for what this client does not do: it works all the same, and what the server offers does no harm.

extension Module {
    private static let prefix = "oidcc-client-test"
    private static let finger = "/.well-known/webfinger"

    static let absent: [Module] = webFinger + references + initiation

    private static let webFinger: [Module] = ["acct", "url"].map { kind in
        Module(
            "\(prefix)-discovery-webfinger-\(kind)",
            "WebFinger would tell the issuer of \(kind == "url" ? "a URL" : "an address")",
            server: [Change("webfinger", .string(kind))], asking: ["discovery", "api"], never: [finger],
            but: Absence("the issuer is the folder's, and WebFinger is never asked"), then: .works)
    }

    /// What a server says that would take a request by reference.
    private static func byReference(_ algorithm: String, registered: Bool = false) -> JSON {
        Twist.discovery([
            ["pointer": "/request_uri_parameter_supported", "value": true],
            ["pointer": "/require_request_uri_registration", "value": .bool(registered)],
            ["pointer": "/request_parameter_supported", "value": true],
            ["pointer": "/request_object_signing_alg_values_supported", "value": [.string(algorithm)]],
        ])
    }

    private static let unsent = ["request", "request_uri"]

    private static let references: [Module] = [
        Module(
            prefix + "-request-uri-signed-none", "the request may lie at an address, unsigned", byReference("none"),
            asking: ["authorize", "api"],
            but: Absence("no request lies at an address, and none is an unsigned object", unsent: unsent),
            then: .works),
        Module(
            prefix + "-request-uri-signed-rs256", "the request may lie at an address, signed", byReference("RS256"),
            asking: ["authorize", "api"], but: Absence("no request lies at an address", unsent: unsent), then: .works),
        Module(
            "purser-client-test-request-uri-registered", "requests may lie at addresses that were registered before",
            byReference("RS256", registered: true), asking: ["authorize", "api"],
            but: Absence("no request lies at an address", unsent: unsent), then: .works),
        Module(
            "purser-client-test-request-uri-pushed",
            "requests may lie at addresses that were registered before, and must be pushed",
            byReference("PS256", registered: true), by: .proofs, asking: ["push", "authorize", "api"],
            but: Absence("the one reference is the server's own, to what was pushed", unsent: ["request"]),
            then: .works),
    ]

    private static let initiates = "/initiate-login/suite"
    private static let op = ("iss", "https://op.example")
    private static let others = [
        ("login_hint", "member-2@op.example"), ("target_link_uri", "https://evil.example/account"),
    ]

    private static let initiation: [Module] = [
        Module(
            prefix + "-3rd-party-init-login", "somebody else's page wants a sign-in begun",
            but: Absence(
                "it is told how a link is begun, and none is",
                knocks: [
                    Absence.Knock(initiates, [op], gets: 200, says: "purser link suite"),
                    Absence.Knock(initiates, [op] + others, gets: 200, says: "purser link suite"),
                    Absence.Knock(initiates, [op] + others, by: "POST", gets: 200, says: "purser link suite"),
                    Absence.Knock(initiates, [("iss", "https://op.example/")], gets: 400, says: "another provider"),
                    Absence.Knock(initiates, [("iss", "https://OP.example")], gets: 400, says: "another provider"),
                    Absence.Knock(initiates, others, by: "POST", gets: 400, says: "which provider"),
                    Absence.Knock(initiates, [op, op], gets: 400, says: "came twice"),
                    Absence.Knock("/initiate-login/another", [op], gets: 400, says: "another provider"),
                    Absence.Knock(initiates, [op], by: "PUT", gets: 405),
                ]), then: .works)
    ]
}
