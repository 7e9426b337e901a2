public import Crypto
import Wire

/// What of a manifest says how messages between client and authorization server travel: by which way its responses come
/// back, and whether those (JARM) and our requests (RFC 9101) are signed.
public struct SignedMessages: Sendable, Hashable {
    public let responseMode: ResponseMode
    /// What the server signs them with: registered, never read from one.
    public let responseAlgorithm: SignatureAlgorithm
    /// The same, where the manifest itself says so.
    let namedAlgorithm: SignatureAlgorithm?
    /// Whether authorization requests are signed with the client's first key.
    public let signsRequests: Bool

    static let keys = ["responseMode", "authorizationAlgorithm", "requestObject"]

    /// - Parameter usual: what ID tokens are signed with, and responses where nothing else is said.
    static func read(
        _ node: Node, _ grant: GrantType?, _ authentication: ClientAuthentication?, usual: SignatureAlgorithm
    ) -> SignedMessages {
        let mode = node.choice("responseMode", ResponseMode.self)
        if node["responseMode"] != nil, let grant, grant != .authorizationCode {
            node.refuse("responseMode", "has no meaning with \(grant.rawValue): nobody is sent back")
        }
        let algorithm = Manifest.Authorization.readAlgorithm(node, "authorizationAlgorithm")
        if node["authorizationAlgorithm"] != nil, node["responseMode"] == nil || mode?.isSigned == false {
            node.refuse(
                "authorizationAlgorithm", "has no meaning without a responseMode that is signed",
                "\"responseMode\": \"jwt\"")
        }
        return SignedMessages(
            responseMode: mode ?? .query, responseAlgorithm: algorithm ?? usual, namedAlgorithm: algorithm,
            signsRequests: readRequestObject(node, grant, authentication))
    }

    private static func readRequestObject(
        _ node: Node, _ grant: GrantType?, _ authentication: ClientAuthentication?
    ) -> Bool {
        guard node.bool("requestObject") == true else { return false }
        if let authentication, !authentication.needsKeys {
            node.refuse(
                "requestObject", "a request is signed with the client's key, and \(authentication.rawValue) has none",
                "\"clientAuthentication\": \"private_key_jwt\"")
        }
        if let grant, grant != .authorizationCode {
            node.refuse("requestObject", "has no meaning with \(grant.rawValue): nobody is sent there")
        }
        for name in node["parameters"]?.object?.members.map(\.name) ?? [] where RequestObject.reserved.contains(name) {
            node.reader.refuse(
                Reader.child(node.at("parameters"), name), "says in a signed request who signs it, and for whom")
        }
        return true
    }

    /// What a server's metadata lack of what the manifest relies on, or want beyond it, in words; nil: nothing.
    func lack(in metadata: ServerMetadata, of client: ClientRegistration) -> String? {
        requestLack(metadata, client) ?? responseLack(metadata)
    }

    private func requestLack(_ metadata: ServerMetadata, _ client: ClientRegistration) -> String? {
        guard signsRequests else {
            guard metadata.requiresRequestObject else { return nil }
            return "the provider takes signed authorization requests only (require_signed_request_object), "
                + "and its folder does not say that they are signed (requestObject)"
        }
        guard let key = client.signingKey else { return "the client has no key to sign its requests with" }
        if let names = metadata.requestObjectAlgorithms, !names.contains(key.algorithm.rawValue) {
            return "the provider takes no authorization requests signed with \(key.algorithm.rawValue), "
                + "as the client's first key signs (request_object_signing_alg_values_supported)"
        }
        if metadata.takesRequestObject == false, metadata.pushedRequestEndpoint == nil {
            return "the provider takes no signed authorization requests (request_parameter_supported), "
                + "which its folder asks for (requestObject)"
        }
        return nil
    }

    private func responseLack(_ metadata: ServerMetadata) -> String? {
        // What a code comes by anyway is not looked for: some servers leave it out.
        guard responseMode != .query else { return nil }
        if let modes = metadata.responseModes, !modes.contains(responseMode.rawValue) {
            let what = responseMode.isSigned ? "signed responses" : "responses in a form"
            return "the provider does not offer \(what) (response_mode \(responseMode.rawValue)), "
                + "which its folder asks for (responseMode)"
        }
        guard responseMode.isSigned else { return nil }
        if let names = metadata.responseAlgorithms,
            !names.contains(where: { name in responseAlgorithm.names.contains { $0.rawValue == name } })
        {
            return "the provider does not sign its responses with \(responseAlgorithm.rawValue), "
                + "as its folder says (authorizationAlgorithm)"
        }
        if metadata.jwksURI == nil {
            return "the provider publishes no keys (jwks_uri) to check its signed responses by"
        }
        return nil
    }
}
