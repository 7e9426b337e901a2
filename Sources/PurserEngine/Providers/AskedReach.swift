public import Wire

/// What a folder asks for beside scopes: the API that its tokens are for (`resource`, RFC 8707), and what may be done there
/// (`authorization_details`, RFC 9396).
public struct AskedReach: Sendable, Hashable {
    /// An absolute URI, sent as `resource`. One: a token for several APIs could be used at any of them by any other (RFC
    /// 8707 3), and a folder is pulled from one.
    public var resource: String?
    /// A list of objects, each with a type; nil: none.
    public var details: JSON?

    /// What the authorization request says of it.
    var parameters: [(String, String)] {
        resourceParameters + (details.map { [("authorization_details", $0.text)] } ?? [])
    }

    /// What each token request says again (RFC 8707 2.2).
    var resourceParameters: [(String, String)] { resource.map { [("resource", $0)] } ?? [] }

    var types: [String] { details?.array?.compactMap { $0["type"]?.string } ?? [] }

    private static let most = 16

    static func read(_ node: Node) -> AskedReach {
        var out = AskedReach()
        out.resource = node.text("resource")
        if let text = out.resource, URI(text).map({ $0.fragment != nil || $0.userinfo != nil }) ?? true {
            node.refuse("resource", "\(text) is no absolute URI without a fragment (RFC 8707 2)")
        }
        guard let details = node["authorizationDetails"] else { return out }
        let items = details.array ?? []
        if items.isEmpty || items.count > most || !items.allSatisfy({ $0["type"]?.string?.isEmpty == false }) {
            node.refuse(
                "authorizationDetails", "must be a list of objects, each with a type, at most \(most) (RFC 9396 2)",
                #"[{"type": "accounts", "actions": ["read"]}]"#)
        }
        out.details = details
        return out
    }

    /// What the server's metadata say that it does not know; nil: nothing.
    func lack(in metadata: ServerMetadata) -> String? {
        guard let known = metadata.detailTypes, let other = types.first(where: { !known.contains($0) }) else {
            return nil
        }
        return "the provider knows no authorization_details of type \(Harmless.text(other, limit: 60)) (RFC 9396 10)"
    }
}
