import Crypto
import Wire

/// How a registration is managed (RFC 7592): the client configuration endpoint, and the registration access token that opens
/// it. Both are sealed at rest; neither prints.
struct ConfigurationAccess: Sendable, CustomStringConvertible, CustomReflectable {
    let endpoint: URI
    let token: Secret

    init(endpoint: URI, token: Secret) {
        self.endpoint = endpoint
        self.token = token
    }

    /// From what `kept` made.
    init?(_ kept: Secret) {
        guard let text = kept.text(), let line = text.utf8.firstIndex(of: 10), let endpoint = URI(String(text[..<line]))
        else { return nil }
        self.init(endpoint: endpoint, token: Secret(String(text[text.index(after: line)...])))
    }

    /// To be sealed: neither part has a line break.
    var kept: Secret { Secret.concatenating([Secret(endpoint.text + "\n"), token]) }

    /// A request to the client configuration endpoint (RFC 7592 2). Any of them may replace the token, so that each is
    /// sent at most once, a GET too.
    func request(_ method: String, _ metadata: JSONObject? = nil, _ provider: Provider) -> ProviderRequest {
        Self.request(method, endpoint, token, metadata, provider)
    }

    /// The same to any endpoint of registration: JSON, with a bearer token where there is one.
    static func request(
        _ method: String, _ uri: URI, _ token: Secret?, _ metadata: JSONObject?, _ provider: Provider
    ) -> ProviderRequest {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if metadata != nil { headers["Content-Type"] = "application/json" }
        var request = ProviderRequest(
            method, uri, headers: headers, authorization: token.map { Secret.concatenating([Secret("Bearer "), $0]) },
            body: metadata.map { Secret(JSON.object($0).text) }, sending: .onceFresh,
            answerBytes: Limits.tokenAnswerBytes)
        request.tls = provider.authorities.map { TLSTerms(authorities: $0, identity: nil) }
        return request
    }

    /// A token that fits into an Authorization header (RFC 6750 2.1).
    static func isBearer(_ token: Secret) -> Bool {
        (1...4096).contains(token.count) && token.withBytes { $0.allSatisfy { (0x21...0x7e).contains($0) } }
    }

    // The address is a capability at some servers.
    var description: String { "client configuration endpoint" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What an answer says of managing the registration.
enum AccessOffer: Sendable {
    case both(ConfigurationAccess)
    /// A token, and no endpoint that it may be sent to.
    case token(Secret, why: String)
    /// No token that could be sent.
    case nothing(why: String)

    /// Reads `registration_client_uri` and `registration_access_token` (RFC 7591 3.2.1, RFC 7592 3).
    ///
    /// - Parameter server: endpoints of the provider: the token goes to a host among theirs and to no other, whatever an
    ///   answer names.
    static func read(_ json: JSON, near server: [URI]) -> AccessOffer {
        let (named, token) = (json["registration_client_uri"], json["registration_access_token"]?.string)
        guard let token = token.map({ Secret($0) }), ConfigurationAccess.isBearer(token) else {
            return .nothing(
                why: json["registration_access_token"]?.string == nil
                    ? named?.string == nil
                        ? "the provider offers no management of it (RFC 7592)"
                        : "the provider named a place to manage it and gave no token (registration_access_token)"
                    : "its registration_access_token is none that could be sent")
        }
        guard named?.string != nil else {
            return .token(
                token, why: "the provider gave a token to manage it and named no place (registration_client_uri)")
        }
        guard let uri = SuppliedURI.read(named, by: server) else {
            return .token(token, why: "its registration_client_uri is no https address")
        }
        guard server.contains(where: { $0.scheme == uri.scheme && $0.host == uri.host }) else {
            return .token(token, why: "its registration_client_uri is on another host than the provider")
        }
        return .both(ConfigurationAccess(endpoint: uri, token: token))
    }

    /// What is kept from now on: a token that came takes the place of the old one, whatever else did not come.
    func following(_ old: ConfigurationAccess?) -> ConfigurationAccess? {
        switch self {
        case .both(let new): new
        case .token(let token, why: _): old.map { ConfigurationAccess(endpoint: $0.endpoint, token: token) }
        case .nothing: old
        }
    }

    /// Why nothing here can manage it; nil: it can.
    var lack: String? {
        switch self {
        case .both: nil
        case .token(_, let why), .nothing(let why): why
        }
    }
}
