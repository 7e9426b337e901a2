public import Crypto

/// What of a manifest says that messages between client and authorization server are signed: its responses (JARM).
public struct SignedMessages: Sendable, Hashable {
    /// Nil: responses come plain.
    public let responseMode: ResponseMode?
    /// What the server signs them with: registered, never read from one.
    public let responseAlgorithm: SignatureAlgorithm
    /// The same, where the manifest itself says so.
    let namedAlgorithm: SignatureAlgorithm?

    static let keys = ["responseMode", "authorizationAlgorithm"]

    /// - Parameter usual: what ID tokens are signed with, and responses where nothing else is said.
    static func read(_ node: Node, _ grant: GrantType?, usual: SignatureAlgorithm) -> SignedMessages {
        let mode = node.choice("responseMode", ResponseMode.self)
        if node["responseMode"] != nil, let grant, grant != .authorizationCode {
            node.refuse("responseMode", "has no meaning with \(grant.rawValue): nobody is sent back")
        }
        let algorithm = Manifest.Authorization.readAlgorithm(node, "authorizationAlgorithm")
        if node["authorizationAlgorithm"] != nil, node["responseMode"] == nil {
            node.refuse("authorizationAlgorithm", "has no meaning without responseMode", "\"responseMode\": \"jwt\"")
        }
        return SignedMessages(
            responseMode: mode, responseAlgorithm: algorithm ?? usual, namedAlgorithm: algorithm)
    }

    /// What a server's metadata lack of what the manifest relies on, in words; nil: nothing.
    func lack(in metadata: ServerMetadata) -> String? {
        guard let responseMode else { return nil }
        if let modes = metadata.responseModes, !modes.contains(responseMode.rawValue) {
            return "the provider does not offer signed responses (response_mode \(responseMode.rawValue)), "
                + "which its folder asks for (responseMode)"
        }
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
