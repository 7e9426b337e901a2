public import Wire

extension Discovery {
    /// Endpoints that a manifest names for a server whose discovery document leaves them out.
    public struct Beside: Sendable, Hashable {
        public var revocation: URI?
        public var introspection: URI?
    }

    /// - Parameter names: what `endpoints` may name where there is no document.
    static func readBeside(_ node: Node, _ discovery: Discovery?, names: [String]) -> Beside {
        let kind: String
        switch discovery {
        case .oidc?: kind = "oidc"
        case .oauth?: kind = "oauth"
        case .some(.none), nil: return Beside()
        }
        let open = ["revocation", "introspection"]
        guard let object = node["endpoints"] else { return Beside() }
        let needed = open.contains { object[$0] != nil } ? [] : ["revocation"]
        guard let inner = node.object("endpoints", names, required: needed) else { return Beside() }
        for name in names where !open.contains(name) && inner[name] != nil {
            inner.refuse(name, "has no meaning with discovery \(kind): the document says it")
        }
        return Beside(revocation: inner.uri("revocation"), introspection: inner.uri("introspection"))
    }
}
