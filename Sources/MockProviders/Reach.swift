internal import Wire

/// What a client asks for beside scopes: APIs (`resource`, RFC 8707) and rights there (`authorization_details`, RFC 9396).
struct AskedFor: Sendable, Hashable {
    var resources: [String] = []
    var details: JSON?
}

/// What of it a pretended server knows. What it has never heard of it ignores, as servers do.
struct ReachTraits: Sendable {
    /// Nil: `resource` means nothing here.
    let resources: [String]?
    /// Nil: neither does `authorization_details`.
    let detailTypes: [String]?

    init(_ shape: Shape) throws(MockProblem) {
        resources = try shape.texts("resources")
        detailTypes = try shape.texts("detailTypes")
    }

    /// What an authorization request asks for.
    func asked(_ form: Form) throws(OAuthRefusal) -> AskedFor {
        var out = AskedFor()
        if let resources {
            out.resources = form.all("resource")
            guard out.resources.allSatisfy(resources.contains) else { throw Self.target("no such API is offered") }
        }
        if let detailTypes, let text = form["authorization_details"] {
            guard let json = try? JSON.parse(text), let items = json.array, !items.isEmpty,
                items.allSatisfy({ $0["type"]?.string.map(detailTypes.contains) ?? false })
            else {
                throw OAuthRefusal(
                    code: "invalid_authorization_details", words: "no list of details of types that are offered")
            }
            out.details = json
        }
        return out
    }

    /// What a client asks for in its own name, at one time with the token: where there are several APIs it says which.
    func own(_ form: Form) throws(OAuthRefusal) -> AskedFor {
        let out = try asked(form)
        guard resources == nil || !out.resources.isEmpty else { throw Self.target("for which API is not said") }
        guard out.resources.count < 2 else { throw Self.target("a token is for one API") }
        return out
    }

    /// A token request names the one that its token is for, of those that were consented to (RFC 8707 2.2).
    func check(_ form: Form, against granted: AskedFor) throws(OAuthRefusal) {
        guard resources != nil else { return }
        let asked = form.all("resource")
        guard asked.allSatisfy(granted.resources.contains) else { throw Self.target("more than was consented to") }
        guard granted.resources.isEmpty || !asked.isEmpty else { throw Self.target("for which API is not said") }
        guard asked.count < 2 else { throw Self.target("a token is for one API") }
    }

    private static func target(_ words: String) -> OAuthRefusal { OAuthRefusal(code: "invalid_target", words: words) }
}

extension Form {
    /// A parameter that stands more than once and may not; `resource` may (RFC 8707 2).
    var repeated: String? { repeatedNames.first { $0 != "resource" } }
}
