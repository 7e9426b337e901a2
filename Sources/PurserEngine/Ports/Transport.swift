public import Crypto
public import Wire

/// What a connection to a provider is made with beside what the system knows.
public struct TLSTerms: Sendable {
    /// Certificates to trust beside the system's, PEM.
    public let authorities: [UInt8]?
    /// Who we are (RFC 8705): our certificate, with those between it and its authority, and its key; PEM.
    public let identity: Secret?
    /// When that certificate ends; nil: there is none with its own key.
    public let identityEndsAt: Instant?

    public init(authorities: [UInt8]?, identity: Secret?) {
        self.authorities = authorities
        self.identity = identity
        identityEndsAt = identity.flatMap(ClientCheck.certificateEnd)
    }
}

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
    /// Nil: what the system knows, and nobody in particular.
    public var tls: TLSTerms?
    /// What it is to be signed with each time it is sent. Nil by the time it reaches a `Transport` that sends.
    public var signing: RequestSigning?

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
    /// Nothing was sent: DNS, connect, TLS.
    case notSent(String)
    /// Nothing was sent: whoever answers there does not prove to be the provider, by its certificate.
    case untrusted(String)
    /// Something was sent and no whole answer came: the server may have acted.
    case noAnswer(String)
    /// The answer is larger than allowed; it was cut.
    case tooLarge
    /// An answer began and did not come whole: to a request that may be sent once only, what came is handed over, so
    /// that it can be kept. Never an answer.
    case cut(CutAnswer)
}

/// The beginning of an answer: at most its first 64 KiB. There may be a secret in it, so it does not print.
public struct CutAnswer: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let status: Int
    public let headers: HTTPHeaders
    public let body: [UInt8]
    /// What cut it, in words.
    public let why: String

    public init(status: Int, headers: HTTPHeaders, body: some Sequence<UInt8>, why: String) {
        self.status = status
        self.headers = headers
        self.body = Array(body.prefix(Limits.tokenAnswerBytes))
        self.why = why
    }

    public var description: String { "HTTP \(status), \(body.count) bytes: \(why)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [("cut", description)]) }
}

/// The way to providers. https only (http to a loopback literal), redirects never followed, no cookies, no netrc,
/// answers bounded. One call is one request: nothing here retries.
public protocol Transport: Sendable {
    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse
}
