import Crypto
import Wire

/// What the person consented to, as 32 bytes, from the configuration of that time.
///
/// It stands before every token inside the ciphertext. When today's configuration gives other bytes the token is not
/// sent: a changed folder or a changed discovery document cannot ship tokens elsewhere (PROTOCOL.md E 6).
enum ConsentFingerprint {
    static let count = 32

    /// The token of an opened record, if it was given for this configuration, or one of these.
    static func token(in whole: Secret, expecting fingerprints: [[UInt8]]) throws(UnsealProblem) -> HeldToken {
        guard whole.count > count else { throw .broken }
        let (fingerprint, kept) = parts(of: whole)
        guard fingerprints.contains(fingerprint.withBytes { Array($0) }) else { throw .fingerprint }
        guard let token = HeldToken(kept: kept) else { throw .broken }
        return token
    }

    /// An opened record longer than a fingerprint: that, and the token behind it.
    static func parts(of whole: Secret) -> (fingerprint: Secret, token: Secret) {
        whole.withBytes { bytes in
            (
                Secret(copying: bytes.prefix(count)),
                Secret(copying: bytes.dropFirst(count), locked: bytes[count] == 0)
            )
        }
    }

    /// For an access token: it goes to the API and to UserInfo, which needs no discovery to know.
    static func ofAccess(_ manifest: Manifest, _ client: ClientRegistration) -> [UInt8] {
        Hash.sha256(
            SealedPlace.joined(["access", manifest.authorization.issuer, client.id, manifest.api.base.text]))
    }

    /// For a token of our own: another client or API, or another wish, and it is asked for anew.
    static func ofOwn(_ manifest: Manifest, _ client: ClientRegistration) -> [UInt8] {
        Hash.sha256(
            SealedPlace.joined(
                ["own", manifest.authorization.issuer, client.id, manifest.api.base.text] + client.scopes
                    + GrantReach.asked(client.reach)))
    }

    /// For a refresh token: it goes to the token and revocation endpoints, and where a folder has tokens asked about, to
    /// the introspection endpoint.
    static func ofRefresh(_ metadata: ServerMetadata, _ client: ClientRegistration) -> [UInt8] {
        ofRefresh(metadata, client, asking: metadata.isAskedAboutTokens ? metadata.introspectionEndpoint : nil)
    }

    /// Those that a refresh token may be spent or revoked by: today's first, then that of a folder which asks about no
    /// tokens where today's does, or the other way round. That a folder begins to ask, or ceases, is no reason to ask the
    /// person; another endpoint is.
    static func ofRefreshes(_ metadata: ServerMetadata, _ client: ClientRegistration) -> [[UInt8]] {
        let usual = ofRefresh(metadata, client)
        guard let endpoint = metadata.introspectionEndpoint else { return [usual] }
        return [usual, ofRefresh(metadata, client, asking: metadata.isAskedAboutTokens ? nil : endpoint)]
    }

    private static func ofRefresh(
        _ metadata: ServerMetadata, _ client: ClientRegistration, asking introspection: URI?
    ) -> [UInt8] {
        let places = [
            "refresh", metadata.issuer, metadata.tokenEndpoint.text, metadata.revocationEndpoint?.text ?? "", client.id,
            client.authentication.rawValue, client.redirectURI ?? "",
        ]
        return Hash.sha256(SealedPlace.joined(places + (introspection.map { [$0.text] } ?? [])))
    }
}
