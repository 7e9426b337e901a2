import Crypto
import Wire

/// Whether a client setting fits its provider: a pure check.
enum ClientCheck {
    private static let mostBytes = 4096

    static func problem(_ setting: ClientSetting, _ provider: Provider) -> String? {
        let authorization = provider.manifest.authorization
        // RFC 6749 Appendix A.1, A.2: visible characters and space.
        guard !setting.clientID.isEmpty, setting.clientID.utf8.count <= mostBytes,
            setting.clientID.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { return "a client id is made of visible ASCII characters (RFC 6749 A.1)" }
        if authorization.quirks.contains(.rawBasic), setting.clientID.contains(":") {
            return "a client id with a colon cannot stand in a Basic header as it is (the provider's quirk raw-basic)"
        }
        if let secret = setting.secret {
            guard authorization.clientAuthentication.needsSecret else {
                return
                    "\(provider.manifest.name) takes no client secret (\(authorization.clientAuthentication.rawValue))"
            }
            guard isSecretText(secret) else {
                return "a client secret is made of visible ASCII characters (RFC 6749 A.2)"
            }
        }
        if let key = setting.key, let problem = keyProblem(key, provider) { return problem }
        if let scopes = setting.scopes {
            guard scopes.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isNQCHAR) }) else {
                return "a scope is made of visible ASCII without quote and backslash (RFC 6749 3.3)"
            }
            if case .idToken = authorization.identity, !scopes.contains("openid") {
                return "\(provider.manifest.name) tells who was linked by an ID token, so the scopes must hold openid"
            }
        }
        if setting.redirectURI != nil, provider.manifest.isFeed {
            return "\(provider.manifest.name) sends nobody back here, so there is no redirect URI to register"
        }
        if let uri = setting.redirectURI { return redirectProblem(uri) }
        return nil
    }

    /// RFC 6749 Appendix A.2.
    static func isSecretText(_ secret: Secret) -> Bool {
        (1...mostBytes).contains(secret.count) && secret.withBytes { $0.allSatisfy { (0x20...0x7e).contains($0) } }
    }

    private static func keyProblem(_ key: Secret, _ provider: Provider) -> String? {
        let authorization = provider.manifest.authorization
        if authorization.usesCertificate {
            return certificateProblem(key).map { "the file \($0)" }
        }
        guard authorization.clientAuthentication.needsKeys else {
            return "\(provider.manifest.name) takes no key (\(authorization.clientAuthentication.rawValue))"
        }
        guard let keys = ClientKeys(key) else {
            return "the file holds no private JWK set, each key with a kid (RFC 7517 5), RSA of 2048 bits or more"
        }
        return Profile.lack(of: keys, for: authorization)
    }

    /// Why a text is no certificate and its own key, both PEM, that can be shown to anybody; nil: it is one.
    static func certificateProblem(_ pair: Secret) -> String? {
        do { _ = try CertificatePair.check(certificate: pair.withBytes { Array($0) }, key: pair) } catch {
            return switch error {
            case .weakKey: "holds a key that is too short: RSA has 2048 bits or more, an elliptic curve 224 or more"
            case .encryptedKey: "holds an encrypted key, and nobody can be asked for its passphrase"
            case .noCertificate, .noKey, .strangers: "holds no certificate with its own key, both as PEM"
            }
        }
        return nil
    }

    /// When a certificate ends; nil: it is none with its own key.
    static func certificateEnd(_ pair: Secret) -> Instant? {
        try? CertificatePair.check(certificate: pair.withBytes { Array($0) }, key: pair)
    }

    /// Why a certificate is shown to nobody, in words; nil: it may be, or there is none.
    static func unfit(_ tls: TLSTerms?, now: Instant) -> String? {
        guard let identity = tls?.identity else { return nil }
        guard let end = tls?.identityEndsAt else {
            return "\(LocalTrouble.certificateUnusable.rawValue): it \(certificateProblem(identity) ?? "is none")"
        }
        return end <= now ? "\(LocalTrouble.certificateOver.rawValue) since \(end.rfc3339)" : nil
    }

    /// What a client of this provider cannot be without, and has not; nil: nothing.
    static func lack(of authorization: Manifest.Authorization, _ name: String) -> String? {
        let method = authorization.clientAuthentication.rawValue
        if authorization.clientAuthentication.needsSecret {
            return "\(name) wants a client secret (\(method)): give it with --client-secret-file"
        }
        if authorization.usesCertificate {
            return "\(name) wants a certificate with its key (\(method)): give both, as PEM, with --key-file"
        }
        if authorization.clientAuthentication.needsKeys {
            return "\(name) wants a key (\(method)): make one with purser client keygen \(name), or give --key-file"
        }
        return nil
    }

    /// RFC 6749 3.1.2: absolute, without a fragment.
    private static func redirectProblem(_ text: String) -> String? {
        guard text.utf8.count <= mostBytes, let uri = URI(text) else {
            return "a redirect URI is an absolute http or https URI"
        }
        if uri.fragment != nil { return "a redirect URI has no fragment (RFC 6749 3.1.2)" }
        if uri.userinfo != nil { return "a redirect URI holds no user name" }
        return nil
    }

    /// RFC 6749 Appendix A: of scopes, and of a server's nonces (RFC 9449 8.1).
    static func isNQCHAR(_ byte: UInt8) -> Bool {
        byte == 0x21 || (0x23...0x5b).contains(byte) || (0x5d...0x7e).contains(byte)
    }
}
