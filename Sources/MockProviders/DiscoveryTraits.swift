internal import Wire

/// How a server's discovery document differs from what OpenID Connect Discovery and RFC 8414 say.
struct DiscoveryTraits: Sendable, Hashable {
    /// It stands at its address with a slash at the end; without one there is a redirect.
    let hasSlash: Bool
    /// Members that it leaves out, though there is something to say.
    let omits: [String]

    init(_ json: JSON?) throws(MockProblem) {
        let shape = try Shape(json ?? [:], at: "authorization.json/discovery", knows: ["slash", "omits"])
        hasSlash = try shape.bool("slash", default: false)
        omits = try shape.texts("omits") ?? []
    }
}
