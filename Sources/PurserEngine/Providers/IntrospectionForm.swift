public import Crypto
import Wire

/// In which form a provider is asked what has become of a token of ours: where a manifest names none, it is never asked.
public enum IntrospectionForm: Sendable, Hashable {
    /// RFC 7662.
    case json
    /// Signed with this (RFC 9701): registered, never read from an answer.
    case jwt(SignatureAlgorithm)

    static let keys = ["introspection", "introspectionAlgorithm"]

    /// The media type that is asked for, and that the answer must have.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .jwt: "application/token-introspection+jwt"
        }
    }

    /// What answers are signed with; nil: with nothing.
    var algorithm: SignatureAlgorithm? {
        switch self {
        case .json: nil
        case .jwt(let algorithm): algorithm
        }
    }

    private enum Name: String, CaseIterable { case json, jwt }

    /// - Parameter usual: what ID tokens are signed with, and answers where nothing else is said.
    static func read(
        _ node: Node, _ grant: GrantType?, _ discovery: Discovery?, usual: SignatureAlgorithm
    ) -> IntrospectionForm? {
        let name = node.choice("introspection", Name.self)
        let algorithm = Manifest.Authorization.readAlgorithm(node, "introspectionAlgorithm")
        if node["introspectionAlgorithm"] != nil, node["introspection"] == nil || name == .json {
            node.refuse(
                "introspectionAlgorithm", "has no meaning without an introspection that is signed",
                "\"introspection\": \"jwt\"")
        }
        if node["introspection"] != nil, grant == .clientCredentials {
            node.refuse("introspection", "has no meaning with client_credentials: nothing is refreshed")
        }
        if node["introspection"] == nil, node["endpoints"]?["introspection"] != nil {
            node.reader.refuse(
                node.at("endpoints") + "/introspection", "has no meaning without introspection", "\"json\" or \"jwt\"")
        }
        if node["introspection"] != nil, case .some(.none(let endpoints)) = discovery, endpoints.introspection == nil {
            node.reader.refuse(
                node.at("endpoints") + "/introspection", "missing: introspection needs an endpoint to ask")
        }
        switch name {
        case nil: return nil
        case .json: return .json
        case .jwt: return .jwt(algorithm ?? usual)
        }
    }

    /// What a server's metadata lack of what the manifest relies on, in words; nil: nothing.
    func lack(in metadata: ServerMetadata) -> String? {
        guard metadata.introspectionEndpoint != nil else {
            return "the provider does not say where it can be asked about tokens (introspection_endpoint, RFC 7662), "
                + "which its folder asks for (introspection)"
        }
        guard let algorithm else { return nil }
        if let names = metadata.introspectionAlgorithms,
            !names.contains(where: { name in algorithm.names.contains { $0.rawValue == name } })
        {
            return "the provider does not sign what it says about tokens with \(algorithm.rawValue), "
                + "as its folder says (introspectionAlgorithm)"
        }
        guard metadata.jwksURI != nil else {
            return "the provider publishes no keys (jwks_uri) to check what it says about tokens by"
        }
        return nil
    }
}
