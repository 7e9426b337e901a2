/// What an API's `insufficient_scope` comes to (RFC 6750 3.1). The scope that it names is what a request needs, and not
/// what is missing: some of that may have been granted. Pure.
enum ScopeLack: Sendable, Hashable {
    /// It does not say which.
    case unnamed
    /// All of it was granted, and it refuses all the same.
    case granted([String])
    /// This was asked for and not granted: another consent can bring it.
    case refused([String])
    /// This is not asked for: nobody's consent brings it before the client or its folder asks.
    case notAsked([String])

    /// - Parameters:
    ///   - needs: as the API names it; what was cut off ends in an ellipsis, and says nothing.
    ///   - asked: what a link that is made now asks for.
    static func decide(needs: String?, granted: [String], asked: [String]) -> ScopeLack {
        let named = (needs ?? "").split(separator: " ").map(String.init).filter { !$0.hasSuffix("…") }
        guard !named.isEmpty else { return .unnamed }
        let missing = named.filter { !granted.contains($0) }
        guard !missing.isEmpty else { return .granted(named) }
        let beyond = missing.filter { !asked.contains($0) }
        return beyond.isEmpty ? .refused(missing) : .notAsked(beyond)
    }

    var words: String {
        switch self {
        case .unnamed: "the granted scope does not reach"
        case .granted(let named):
            "the scope \(Self.list(named)) was granted, and the provider says that it does not reach"
        case .refused(let missing): "the scope \(Self.list(missing)) is missing"
        case .notAsked(let missing): "the scope \(Self.list(missing)) is missing, \(Self.nobodyAsks)"
        }
    }

    /// What is said of a scope that no consent brings contains these words.
    static let nobodyAsks = "and nobody asks for it"

    /// How a link stands that this keeps from everything; nil: its person's consent is what it needs.
    var condition: LinkCondition? {
        guard case .notAsked(let missing) = self else { return nil }
        return LocalTrouble.scopeNotAsked.condition(
            "\(Self.list(missing)); the provider's folder or purser client set --scope can ask for it")
    }

    private static func list(_ scopes: [String]) -> String { scopes.joined(separator: " ") }
}
