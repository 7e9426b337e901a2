import PurserAPI
import PurserEngine
import Wire

extension Route {
    /// What our API says of itself as a protected resource (RFC 9728 3): whose tokens it takes, and what they may reach.
    static let protectedResource = Route(
        "getProtectedResource", "GET", "/.well-known/oauth-protected-resource", .everybody,
        "What this API is called, and whose tokens it takes (RFC 9728).",
        replies: [
            Reply(
                status: 200, words: "RFC 9728 2.",
                schema: .object(
                    .must("resource", .text.saying("What this API is called.")),
                    .must("resource_name", .text),
                    .must("bearer_methods_supported", .list(of: .word(["header"]))),
                    .must("scopes_supported", .list(of: .word(Scope.allCases.map(\.rawValue)))),
                    .may(
                        "authorization_servers",
                        .list(of: .text).saying("Issuers whose access tokens (RFC 9068) are taken beside our own.")),
                    .may("dpop_signing_alg_values_supported", .list(of: .text)),
                    .may("dpop_bound_access_tokens_required", .flag)))
        ],
        worksSealed: true, run: { call throws(Problem) in .json(metadata(call.web)) })

    /// Answered to everybody.
    static let open: Set<String> = [document.path, protectedResource.path]

    private static func metadata(_ web: Web) -> JSON {
        var out = JSONObject([
            ("resource", .string(web.facts.address)), ("resource_name", "Purser"),
            ("bearer_methods_supported", ["header"]),
            ("scopes_supported", .array(Scope.allCases.map { .string($0.rawValue) })),
        ])
        let issuers = web.signed.issuers
        guard !issuers.isEmpty else { return .object(out) }
        out["authorization_servers"] = .array(issuers.map { .string($0.issuer) })
        out["dpop_signing_alg_values_supported"] = .array(
            SignedTokens.proofAlgorithms.split(separator: " ").map { .string(String($0)) })
        out["dpop_bound_access_tokens_required"] = false
        return .object(out)
    }
}
