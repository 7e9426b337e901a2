import Crypto
import Wire

/// A security profile that a manifest switches on whole. What is below it is refused: in the folder when it is read, in
/// the provider's metadata before anybody is sent there.
public enum Profile: String, Sendable, Hashable, CaseIterable {
    /// FAPI 2.0 Security Profile, the clauses for clients (5.3.3).
    case fapi2

    /// What ID tokens are signed with where the manifest does not say (FAPI 2.0 5.4).
    var idTokenAlgorithm: SignatureAlgorithm { .ps256 }

    /// Signatures that the profile takes (FAPI 2.0 5.4).
    static let algorithms: Set<SignatureAlgorithm> = [.ps256, .es256, .edDSA, .ed25519]

    /// Something of a manifest that is below the profile.
    struct Lack: Sendable, Hashable {
        let key: String
        let what: String
        let hint: String
    }

    /// What of a manifest is below it.
    func lacks(_ authorization: Manifest.Authorization) -> [Lack] {
        var out: [Lack] = []
        func lack(_ key: String, _ what: String, _ hint: String) {
            out.append(Lack(key: key, what: "below the profile fapi2: " + what, hint: hint))
        }
        if authorization.grant != .authorizationCode {
            lack("grant", "a person's grant comes by the code flow (5.3.3.2)", "authorization_code")
        }
        if !authorization.clientAuthentication.provesWithKey {
            lack(
                "clientAuthentication", "a client proves itself with a key, not with a secret (5.3.3.1)",
                "private_key_jwt, tls_client_auth or self_signed_tls_client_auth")
        }
        if authorization.senderConstrained == nil {
            lack("senderConstrained", "tokens are bound to a key (5.3.3.1)", "dpop or mtls")
        }
        if case .none = authorization.discovery {
            lack("discovery", "endpoints come from the server's metadata alone (5.3.3.1)", "oidc or oauth")
        } else if authorization.besideDiscovery != Discovery.Beside() {
            lack("endpoints", "endpoints come from the server's metadata alone (5.3.3.1)", "leave them out")
        }
        for (key, algorithm) in [
            ("idTokenAlgorithm", authorization.idTokenAlgorithm),
            ("userinfoAlgorithm", authorization.userinfoAlgorithm),
            ("authorizationAlgorithm", authorization.messages.namedAlgorithm),
            ("introspectionAlgorithm", named(authorization.introspection?.algorithm, beside: authorization)),
        ] where algorithm.map({ !Self.algorithms.contains($0) }) ?? false {
            lack(key, "\(algorithm?.rawValue ?? "") is not among its algorithms (5.4)", "PS256, ES256 or EdDSA")
        }
        return out
    }

    /// What is signed otherwise than ID tokens are: those are looked at by their own name.
    private func named(_ algorithm: SignatureAlgorithm?, beside authorization: Manifest.Authorization)
        -> SignatureAlgorithm?
    {
        algorithm == authorization.idTokenAlgorithm ? nil : algorithm
    }

    /// Why a link by a device code is below the profile, in words; nil: it is not.
    static func lackOfCodes(_ authorization: Manifest.Authorization) -> String? {
        guard authorization.profile != nil else { return nil }
        return "below the profile fapi2: a person's grant comes by the code flow (5.3.3.2), and not by a code that is "
            + "entered elsewhere; link in a browser, or with --paste"
    }

    /// What of a client's own keys is below the profile of its provider, in words; nil: nothing. How long a key must be
    /// (5.4) needs no word here: no shorter one is read, nor a certificate of one.
    static func lack(of keys: ClientKeys, for authorization: Manifest.Authorization) -> String? {
        guard authorization.profile != nil,
            let key = keys.keys.first(where: { !algorithms.contains($0.algorithm) })
        else { return nil }
        return "below the profile fapi2: the key \(Harmless.text(key.kid ?? "", limit: 60)) signs by "
            + "\(key.algorithm.rawValue), which is not among its algorithms (5.4): PS256, ES256, EdDSA. "
            + "An RSA key signs by RS256 unless its alg says PS256"
    }

    /// What a server's metadata lack of what the manifest relies on, in words; nil: nothing.
    static func lack(of authorization: Manifest.Authorization, in metadata: ServerMetadata) -> String? {
        guard authorization.profile != nil else {
            guard metadata.requiresPushedRequests, metadata.pushedRequestEndpoint == nil else { return nil }
            return "the provider takes pushed authorization requests only, and does not say where (RFC 9126)"
        }
        if metadata.pushedRequestEndpoint == nil {
            return "the provider does not offer pushed authorization requests, which its profile (fapi2) needs"
        }
        if !metadata.sendsIssuer {
            return "the provider does not name itself in its answers (RFC 9207), which its profile (fapi2) needs"
        }
        return nil
    }
}
