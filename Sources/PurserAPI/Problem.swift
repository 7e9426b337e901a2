public import Wire

/// An error of our API (RFC 9457 problem details): what happened, what it means, what to do.
public struct Problem: Error, Sendable, Hashable {
    /// Stable, for programs: the last part of the problem's `type`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case badRequest = "bad-request"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case unauthorized = "unauthorized"
        /// The token is good and its scope does not reach.
        case insufficientScope = "insufficient-scope"
        /// Only the daemon's own socket is answered.
        case socketOnly = "socket-only"
        /// The token that was asked for would be stronger than the one it is made with.
        case tooStrong = "too-strong"
        case tooMany = "too-many"
        case timeout
        case bodyTooLarge = "body-too-large"
        case targetTooLong = "target-too-long"
        case mediaType = "media-type"
        case headersTooLarge = "headers-too-large"
        case tooManyRequests = "too-many-requests"
        case unknownProvider = "unknown-provider"
        case providerBroken = "provider-broken"
        case cannotTry = "cannot-try"
        case cannotLink = "cannot-link"
        case cannotRegister = "cannot-register"
        case providerUnavailable = "provider-unavailable"
        case tooSoon = "too-soon"
        case notActive = "not-active"
        case sealed
        /// Whether a signed token is good cannot be told: its issuer's keys are out of reach.
        case issuerUnavailable = "issuer-unavailable"
        /// A root key that does not fit, or keys that are being replaced already.
        case keyRefused = "key-refused"
        case storeFailed = "store-failed"
        case stopping

        public var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .insufficientScope, .socketOnly, .tooStrong: 403
            case .notFound, .unknownProvider: 404
            case .methodNotAllowed: 405
            case .timeout: 408
            case .providerBroken, .cannotTry, .cannotLink, .cannotRegister, .notActive, .tooMany, .keyRefused: 409
            case .bodyTooLarge: 413
            case .targetTooLong: 414
            case .mediaType: 415
            case .tooSoon, .tooManyRequests: 429
            case .headersTooLarge: 431
            case .providerUnavailable: 502
            case .sealed, .stopping, .issuerUnavailable: 503
            case .storeFailed: 507
            }
        }

        /// The problem's `type` (RFC 9457 3.1.1).
        public var type: String { Problem.base + rawValue }
    }

    public static let mediaType = "application/problem+json"
    private static let base = "urn:purser:problem:"

    public let kind: Kind
    /// One sentence: what happened.
    public let title: String
    /// What it means and what to do; nil when the title says it all.
    public let detail: String?
    /// The scope that would have reached, for `insufficientScope`.
    public let scope: String?
    /// Header fields that go with it: `Allow`, `Retry-After`, `WWW-Authenticate`.
    public var headers: HTTPHeaders = [:]

    public init(_ kind: Kind, _ title: String, detail: String? = nil, scope: String? = nil) {
        self.kind = kind
        self.title = title
        self.detail = detail
        self.scope = scope
    }

    /// The same with a header field.
    public func with(_ name: String, _ value: String) -> Problem {
        var copy = self
        copy.headers[name] = value
        return copy
    }

    public var json: JSON {
        var object = JSONObject([
            ("type", .string(kind.type)), ("title", .string(title)), ("status", .int(kind.status)),
        ])
        if let detail { object["detail"] = .string(detail) }
        if let scope { object["scope"] = .string(scope) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let type = json["type"]?.string, type.hasPrefix(Self.base),
            let kind = Kind(rawValue: String(type.dropFirst(Self.base.count))), let title = json["title"]?.string
        else { return nil }
        self.init(kind, title, detail: json["detail"]?.string, scope: json["scope"]?.string)
    }

    public var response: HTTPResponse {
        var response = HTTPResponse.json(json, status: kind.status, type: Self.mediaType)
        for field in headers.fields { response.headers.append(field.name, field.value) }
        return response
    }

    public static let schema = Schema.object(
        .must("type", .word(Kind.allCases.map(\.type)).saying("Stable, for programs.")),
        .must("title", .text.saying("What happened.")), .must("status", .number(400...599)),
        .may("detail", .text.saying("What it means and what to do.")),
        .may("scope", .text.saying("The scope that would have reached.")))
}
