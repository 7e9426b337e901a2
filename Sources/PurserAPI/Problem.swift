public import Wire

/// An error of our API (RFC 9457 problem details): what happened, what it means, what to do.
public struct Problem: Error, Sendable, Hashable {
    /// Stable, for programs: the last part of the problem's `type`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case badRequest = "bad-request"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case unauthorized = "unauthorized"
        case unknownProvider = "unknown-provider"
        case providerBroken = "provider-broken"
        case cannotLink = "cannot-link"
        case providerUnavailable = "provider-unavailable"
        case tooSoon = "too-soon"
        case notActive = "not-active"
        case sealed
        case storeFailed = "store-failed"
        case stopping

        public var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .notFound, .unknownProvider: 404
            case .methodNotAllowed: 405
            case .providerBroken, .cannotLink, .notActive: 409
            case .tooSoon: 429
            case .providerUnavailable: 502
            case .sealed, .stopping: 503
            case .storeFailed: 507
            }
        }
    }

    public static let mediaType = "application/problem+json"
    private static let base = "urn:purser:problem:"

    public let kind: Kind
    /// One sentence: what happened.
    public let title: String
    /// What it means and what to do; nil when the title says it all.
    public let detail: String?

    public init(_ kind: Kind, _ title: String, detail: String? = nil) {
        self.kind = kind
        self.title = title
        self.detail = detail
    }

    public var json: JSON {
        var object = JSONObject([
            ("type", .string(Self.base + kind.rawValue)), ("title", .string(title)), ("status", .int(kind.status)),
        ])
        if let detail { object["detail"] = .string(detail) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let type = json["type"]?.string, type.hasPrefix(Self.base),
            let kind = Kind(rawValue: String(type.dropFirst(Self.base.count))), let title = json["title"]?.string
        else { return nil }
        self.init(kind, title, detail: json["detail"]?.string)
    }

    public var response: HTTPResponse { .json(json, status: kind.status, type: Self.mediaType) }
}
