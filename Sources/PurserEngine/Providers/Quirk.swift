/// A named deviation of a server from what is written, each with a test. A folder lists them; none is guessed.
public enum Quirk: String, Sendable, Hashable, CaseIterable {
    /// It takes client id and secret as they are in a Basic header, not form-encoded before base64 as RFC 6749 2.3.1
    /// has it.
    case rawBasic = "raw-basic"
    /// Its discovery document stands at the address of OpenID Connect Discovery 4 or RFC 8414 3.1 with a slash at the
    /// end, and nowhere else. Redirects are not followed, so the slash must be asked for.
    case discoverySlash = "discovery-slash"

    /// Its API answers 403 without a challenge to an access token that is over, where RFC 6750 3.1 has 401. Such a 403
    /// then costs a refresh, as a 401 does.
    case forbiddenToken = "forbidden-token"

    /// Its token endpoint answers 400 `invalid_request` to a refresh token that it no longer has, where RFC 6749 5.2 has
    /// `invalid_grant`. At a refresh the one then means what the other does: a suspicion against the grant.
    case invalidRequestGrant = "invalid-request-grant"

    /// It wants client assertions of the type `client-authentication+jwt` (draft-ietf-oauth-rfc7523bis 4), not of `JWT`.
    case typedAssertion = "typed-assertion"

    static func read(
        _ node: Node, _ authentication: ClientAuthentication?, _ discovery: Discovery?
    ) -> Set<Quirk> {
        var out: Set<Quirk> = []
        for name in node.texts("quirks") ?? [] {
            guard let quirk = Quirk(rawValue: name) else {
                node.refuse(
                    "quirks", "unknown quirk \(name)",
                    "a quirk is named in providers/README.md, and has a test: "
                        + allCases.map(\.rawValue).joined(separator: ", "))
                continue
            }
            if quirk == .rawBasic, authentication != .clientSecretBasic {
                node.refuse("quirks", "raw-basic is about client_secret_basic, which this provider does not take")
            }
            if quirk == .typedAssertion, authentication != .privateKeyJWT {
                node.refuse("quirks", "typed-assertion is about private_key_jwt, which this provider does not take")
            }
            if quirk == .discoverySlash, case .none? = discovery {
                node.refuse("quirks", "discovery-slash is about a discovery document, and this folder asks for none")
            }
            out.insert(quirk)
        }
        return out
    }
}
