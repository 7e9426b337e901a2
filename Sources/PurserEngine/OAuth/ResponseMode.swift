public import Wire

/// How an authorization response is asked to come back (OAuth 2.0 Multiple Response Type Encoding Practices 2.1, OAuth 2.0
/// Form Post Response Mode 2, JARM 2.3).
public enum ResponseMode: String, Sendable, Hashable, CaseIterable {
    /// Plain, in the query: how a code comes where nothing is asked for, so that nothing is.
    case query
    /// Plain, in a form that the browser sends.
    case formPost = "form_post"
    /// Signed; the server's own way of bringing it, which is the query for a code.
    case jwt
    /// Signed, in the query.
    case queryJWT = "query.jwt"
    /// Signed, in a form that the browser sends.
    case formPostJWT = "form_post.jwt"

    public var isSigned: Bool { [.jwt, .queryJWT, .formPostJWT].contains(self) }

    /// Whether it comes by POST: then it never stands in an address, and there is none to paste.
    public var isPosted: Bool { [.formPost, .formPostJWT].contains(self) }
}

/// What came to a redirect URI, and by which way. Nothing of it is believed yet.
public struct ArrivedResponse: Sendable, CustomStringConvertible, CustomReflectable {
    public let parameters: Form
    /// In the body of a POST; else in the query of a GET.
    public let isPosted: Bool

    public init(_ parameters: Form, isPosted: Bool = false) {
        self.parameters = parameters
        self.isPosted = isPosted
    }

    /// A form, and the query of the address that it was sent to: a redirect URI may have one of its own. Nil when something
    /// of a response stands in the address as well: it comes by one way.
    public static func posted(_ form: Form, to address: Form) -> ArrivedResponse? {
        let belongs = AuthorizationResponse.singular.union(AuthorizationResponse.unasked)
        return address.fields.contains { belongs.contains($0.name) } ? nil : ArrivedResponse(form, isPosted: true)
    }

    // A code is inside.
    public var description: String { isPosted ? "response in a form" : "response in a query" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
