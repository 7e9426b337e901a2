internal import Crypto
internal import Wire

/// A client registered at a pretended authorization server (RFC 6749 2).
struct MockClient: Sendable {
    enum Authentication: String, Sendable {
        case none
        case basic = "client_secret_basic"
        /// Read as it stands, not form-decoded: what some servers do.
        case rawBasic = "client_secret_basic raw"
        case post = "client_secret_post"
        case privateKeyJWT = "private_key_jwt"
        case tls = "tls_client_auth"
        case selfSigned = "self_signed_tls_client_auth"

        /// As metadata have it.
        var name: String { self == .rawBasic ? Self.basic.rawValue : rawValue }
    }

    let id: String
    let title: String
    let authentication: Authentication
    let secret: String?
    /// What its assertions are signed with (`private_key_jwt`).
    let keys: JWKSet?
    /// The thumbprint of its certificate (`x5t#S256`, RFC 8705).
    let certificate: String?
    let redirectURIs: [URI]
    /// Where people may be sent after they have logged out (RP-Initiated Logout 1.0 3.1).
    let postLogoutURIs: [URI]
    /// Where logout tokens are sent (Back-Channel Logout 1.0 2.2); nil: nowhere.
    let backChannelURI: URI?
    /// Whose data a token shows that it gets in its own name (RFC 6749 4.4); nil: it gets none.
    let speaksFor: String?

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(
            json, at: place,
            knows: [
                "id", "title", "authentication", "secret", "jwks", "certificate", "redirectUris", "speaksFor",
                "postLogoutRedirectUris", "backchannelLogoutUri",
            ])
        id = try shape.text("id")
        title = try shape.optionalText("title") ?? id
        guard let authentication = Authentication(rawValue: try shape.optionalText("authentication") ?? "none") else {
            throw shape.problem("authentication", "one of those of RFC 7591 2, save client_secret_jwt")
        }
        self.authentication = authentication
        secret = try shape.optionalText("secret")
        let needsSecret = [.basic, .rawBasic, .post].contains(authentication)
        guard needsSecret == (secret != nil) else {
            throw shape.problem("secret", "a secret is there exactly when the client authenticates with one")
        }
        if authentication == .privateKeyJWT {
            guard let set = shape["jwks"].flatMap({ try? JWKSet($0) }), !set.keys.isEmpty else {
                throw shape.problem("jwks", "a client that proves itself with a key has a public key set")
            }
            keys = set
        } else {
            keys = nil
        }
        let isTLS = authentication == .tls || authentication == .selfSigned
        certificate = try shape.optionalText("certificate")
        guard isTLS == (certificate != nil) else {
            throw shape.problem("certificate", "a thumbprint is there exactly when the client shows a certificate")
        }
        redirectURIs = try Self.addresses(shape, "redirectUris", shape.texts("redirectUris") ?? [])
        postLogoutURIs = try Self.addresses(
            shape, "postLogoutRedirectUris", shape.texts("postLogoutRedirectUris") ?? [])
        let told = try shape.optionalText("backchannelLogoutUri").map { [$0] } ?? []
        backChannelURI = try Self.addresses(shape, "backchannelLogoutUri", told).first
        speaksFor = try shape.optionalText("speaksFor")
    }

    private static func addresses(_ shape: Shape, _ name: String, _ texts: [String]) throws(MockProblem) -> [URI] {
        var uris: [URI] = []
        for text in texts {
            guard let uri = URI(text), uri.fragment == nil, uri.userinfo == nil else {
                throw shape.problem(name, "\(text) is no absolute http or https URI without a fragment")
            }
            uris.append(uri)
        }
        return uris
    }

    /// Exact comparison (RFC 9700 4.1.3), save that the port of an http loopback literal is free (RFC 8252 7.3).
    func allows(_ text: String, among registered: KeyPath<MockClient, [URI]> = \.redirectURIs) -> Bool {
        guard let uri = URI(text), uri.fragment == nil, uri.userinfo == nil else { return false }
        return self[keyPath: registered].contains { registered in
            if registered.text == text { return true }
            guard registered.scheme == "http", registered.isLoopback, uri.scheme == "http" else { return false }
            let bare = "http://\(registered.host)"
            return [bare, bare + ":\(uri.port)"].contains { $0 + registered.target == text }
        }
    }
}

/// An answer of the token or revocation endpoint that says no (RFC 6749 5.2).
struct OAuthRefusal: Error, Sendable {
    let code: String
    let words: String
    var status = 400

    func response(realm: String) -> HTTPResponse {
        var answer = HTTPResponse.json(["error": .string(code), "error_description": .string(words)], status: status)
        answer.neverStored()
        if status == 401 { answer.headers["WWW-Authenticate"] = "Basic realm=\"\(realm)\"" }
        return answer
    }

    static func request(_ words: String) -> OAuthRefusal { OAuthRefusal(code: "invalid_request", words: words) }
    static func grant(_ words: String) -> OAuthRefusal { OAuthRefusal(code: "invalid_grant", words: words) }
    static func client(_ words: String) -> OAuthRefusal {
        OAuthRefusal(code: "invalid_client", words: words, status: 401)
    }
}

extension HTTPResponse {
    /// As every answer with a token or about one must be (RFC 6749 5.1).
    mutating func neverStored() {
        headers["Cache-Control"] = "no-store"
        headers["Pragma"] = "no-cache"
    }
}

extension MockProvider {
    /// The client of a token or revocation request that has a secret or nothing, by its one method of authentication
    /// (RFC 6749 2.3).
    func simpleClient(_ request: HTTPRequest, _ form: Form, now: Instant) throws(OAuthRefusal) -> MockClient {
        let client = try named(request, form)
        if client.secret != nil, newcomers.contains(where: { $0.id == client.id && $0.isOver(at: now) }) {
            throw .client("the client secret has ended")
        }
        return client
    }

    private func named(_ request: HTTPRequest, _ form: Form) throws(OAuthRefusal) -> MockClient {
        if let header = request.headers["Authorization"] {
            guard form["client_secret"] == nil else { throw .request("two ways of client authentication at once") }
            guard let read = Self.basic(header) else { throw .client("the Authorization header is not Basic") }
            let client = clients.first { client in
                switch client.authentication {
                case .basic: client.id == read.decoded?.id && client.secret == read.decoded?.secret
                case .rawBasic: client.id == read.raw.id && client.secret == read.raw.secret
                default: false
                }
            }
            guard let client else { throw .client("client authentication failed") }
            if let named = form["client_id"], named != client.id { throw .request("two clients are named") }
            return client
        }
        guard let id = form["client_id"] else { throw .client("no client is named") }
        guard let client = clients.first(where: { $0.id == id }) else { throw .client("no such client") }
        switch client.authentication {
        case .none where form["client_secret"] == nil: return client
        case .post where form["client_secret"] == client.secret: return client
        default: throw .client("client authentication failed")
        }
    }

    private typealias Pair = (id: String, secret: String)

    /// What a Basic header holds as it stands, and with both form-decoded, as RFC 6749 2.3.1 has it.
    private static func basic(_ header: String) -> (raw: Pair, decoded: Pair?)? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1])),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        let raw = (id: String(text[..<colon]), secret: String(text[text.index(after: colon)...]))
        let (id, secret) = (Form(parsing: "v=" + raw.id)?["v"], Form(parsing: "v=" + raw.secret)?["v"])
        guard let id, let secret else { return (raw, nil) }
        return (raw, (id, secret))
    }
}
