import Wire

/// The sign-in that an API asks for before it answers (RFC 9470 3): of another kind, or a newer one.
///
/// It is the API's word and not its folder's, so it is bounded, and changes nothing but how the person signs in.
struct StepUp: Sendable, Hashable {
    /// Kinds of sign-in, one of which is wanted (`acr_values`).
    let contexts: [String]
    /// Seconds since the sign-in, at most (`max_age`).
    let maxAge: Int64?

    private static let error = "insufficient_user_authentication"
    private static let mostContexts = 8
    private static let longestContext = 200

    /// What a 401 asks for; nil: it asks for no other sign-in.
    init?(_ response: HTTPResponse) {
        guard response.status == 401, let asking = response.challenge(Self.error) else { return nil }
        self.init(asking.parameters)
    }

    /// What a link's note says, as `note` wrote it.
    init?(note: String) {
        guard note.hasPrefix(Self.words) else { return nil }
        let challenge = "X error=\"\"" + note.dropFirst(Self.words.count)
        guard let parameters = HeaderGrammar.challenges(challenge)?.first?.parameters else { return nil }
        self.init(parameters)
    }

    private init(_ parameters: [String: String]) {
        let values = parameters["acr_values"]?.split(separator: " ").map(String.init) ?? []
        contexts = Array(values.filter(Self.isContext).prefix(Self.mostContexts))
        maxAge = parameters["max_age"].flatMap { Int64($0) }.flatMap { (0...Self.longest).contains($0) ? $0 : nil }
    }

    private static let longest: Int64 = 10 * 366 * 86_400

    private static func isContext(_ value: String) -> Bool {
        value.utf8.count <= longestContext && value.utf8.allSatisfy(ClientCheck.isNQCHAR)
    }

    private static let words = "the provider wants another sign-in before it shows these accounts"

    /// It in words for the person, from which it can be read again.
    var note: String {
        parameters.reduce(Self.words) { $0 + ", \($1.0)=\"\($1.1)\"" }
    }

    /// What the authorization request says of it (RFC 9470 4).
    var parameters: [(String, String)] {
        var out: [(String, String)] = []
        if !contexts.isEmpty { out.append(("acr_values", contexts.joined(separator: " "))) }
        if let maxAge { out.append(("max_age", String(maxAge))) }
        return out
    }

}

extension Manifest.Authorization {
    /// The folder's own parameters of an authorization request, with what a step-up asks in place of what they say of the
    /// sign-in.
    func parameters(for stepUp: StepUp?) -> [(String, String)] {
        guard let wanted = stepUp?.parameters else { return parameters }
        return parameters.filter { own in !wanted.contains { $0.0 == own.0 } } + wanted
    }
}
