public import Crypto
public import Wire

/// One request to a provider.
public struct ProviderRequest: Sendable {
    /// How the request may travel.
    public enum Sending: Sendable, Hashable {
        /// Any pooled connection; the client may send again what was provably not sent.
        case pooled
        /// At most once: a body that cannot be rewound, so that no dead pooled connection makes the client send twice.
        case once
        /// At most once and on a connection of its own (strict rotation).
        case onceFresh
    }

    public var method: String
    public var uri: URI
    public var headers: HTTPHeaders
    /// The whole value of the Authorization header.
    public var authorization: Secret?
    public var body: Secret?
    public var sending: Sending
    public var answerBytes: Int
    public var deadlineSeconds: Int64

    public init(
        _ method: String, _ uri: URI, headers: HTTPHeaders = [:], authorization: Secret? = nil, body: Secret? = nil,
        sending: Sending = .pooled, answerBytes: Int = Limits.answerBytes,
        deadlineSeconds: Int64 = Limits.answerSeconds
    ) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.authorization = authorization
        self.body = body
        self.sending = sending
        self.answerBytes = answerBytes
        self.deadlineSeconds = deadlineSeconds
    }
}

/// Why there is no whole answer. Words without secrets.
public enum TransportError: Error, Sendable, Hashable {
    /// Nothing was sent: DNS, connect, TLS, certificate.
    case notSent(String)
    /// Something was sent and no whole answer came: the server may have acted.
    case noAnswer(String)
    /// The answer is larger than allowed; it was cut.
    case tooLarge
}

/// The way to providers. https only (http to a loopback literal), redirects never followed, no cookies, no netrc,
/// answers bounded. One call is one request: nothing here retries.
public protocol Transport: Sendable {
    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse
}
