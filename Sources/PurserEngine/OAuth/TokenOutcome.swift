import Crypto
import Wire

/// What a token endpoint's answer means (RELIABILITY.md A.4): one pure table.
enum TokenOutcome: Sendable {
    case tokens(TokenResponse)
    /// The grant or code is refused (`invalid_grant`).
    case refused(OAuthError)
    /// The operator's fault: client, scope or request are wrong. No link is at fault.
    case misconfigured(OAuthError)
    /// Come back later; the token was not spent.
    case throttled(until: Instant?)
    /// The server or something before it failed, and nothing was spent.
    case failed(String)
    /// Nothing left this machine.
    case notSent(String)
    /// Nothing came, or something that is no token response: the server may have rotated. What came is kept.
    case unclear(String)

    /// Everything that can become of a request to a token endpoint.
    static func decide(
        _ answer: Result<HTTPResponse, TransportError>, now: Instant, endsOnceSpent: Bool, type: TokenType = .bearer,
        quirks: Set<Quirk> = []
    ) -> TokenOutcome {
        switch answer {
        case .success(let response):
            decide(
                status: response.status, headers: response.headers, body: response.body, now: now,
                endsOnceSpent: endsOnceSpent, type: type, quirks: quirks)
        case .failure(.notSent(let why)): .notSent(TransportError.notSent(why).words)
        case .failure(.untrusted(let why)): .notSent(TransportError.untrusted(why).words)
        case .failure(let error):
            Plant.isIn("silence-is-clean") ? .failed(error.words) : .unclear(error.words)
        }
    }

    /// - Parameters:
    ///   - endsOnceSpent: whether a token that a failure in the middle spent is good no longer, or only for a while.
    ///   - quirks: the server's, where a refresh token was sent; `invalid-request-grant` is about no other grant.
    static func decide(
        status: Int, headers: HTTPHeaders, body: [UInt8], now: Instant, endsOnceSpent: Bool, type: TokenType = .bearer,
        quirks: Set<Quirk> = []
    ) -> TokenOutcome {
        let json = try? JSON.parse(body, limits: .token)
        if let json, let error = OAuthError(json) {
            return decide(error, status: status, headers, now, endsOnceSpent, quirks)
        }
        switch status {
        case 200...299:
            guard let json else { return .unclear("the answer is not JSON") }
            guard let tokens = TokenResponse(json, type) else {
                return .unclear("the answer is no token response with a token of type \(type.rawValue)")
            }
            return .tokens(tokens)
        case 300...399: return .failed("the token endpoint redirects (HTTP \(status)), which is never followed")
        case 429: return .throttled(until: RetryAfter.until(headers, now: now))
        case 503 where headers["Retry-After"] != nil: return .throttled(until: RetryAfter.until(headers, now: now))
        case 500...599: return serverFailed("the token endpoint failed (HTTP \(status))", endsOnceSpent)
        default:
            if Plant.isIn("html-is-refused"), let error = OAuthError(["error": "invalid_grant"]) {
                return .refused(error)
            }
            return .failed("something before the token endpoint answered HTTP \(status)")
        }
    }

    /// A JSON body with `error` decides, whatever the status (some report dead tokens as 200).
    private static func decide(
        _ error: OAuthError, status: Int, _ headers: HTTPHeaders, _ now: Instant, _ endsOnceSpent: Bool,
        _ quirks: Set<Quirk>
    ) -> TokenOutcome {
        switch error.code {
        case "invalid_grant": return .refused(error)
        case "invalid_request" where quirks.contains(.invalidRequestGrant) && status == 400: return .refused(error)
        case "temporarily_unavailable", "slow_down": return .throttled(until: RetryAfter.until(headers, now: now))
        // It was asked for one already (RFC 9449 8): the request was turned away before anything was made of it.
        case "use_dpop_nonce": return .failed("the token endpoint asks for a proof with a nonce again and again")
        case "server_error": return serverFailed("the token endpoint says server_error", endsOnceSpent)
        default:
            if status == 429 { return .throttled(until: RetryAfter.until(headers, now: now)) }
            if status >= 500 { return serverFailed("the token endpoint failed (HTTP \(status))", endsOnceSpent) }
            return Plant.isIn("client-error-is-refused") ? .refused(error) : .misconfigured(error)
        }
    }

    /// A server that failed may have rotated before it did: nobody knows, and where a grace runs there is no time to wait
    /// as for a server that is merely down.
    private static func serverFailed(_ why: String, _ endsOnceSpent: Bool) -> TokenOutcome {
        endsOnceSpent ? .unclear(why) : .failed(why)
    }
}

/// An error response of an authorization server (RFC 6749 5.2): the server said so.
public struct OAuthError: Error, Sendable, Hashable {
    public let code: String
    /// Made harmless, and without anything that may be a secret.
    public let text: String?

    init?(_ json: JSON) {
        guard let code = json["error"]?.string, !code.isEmpty else { return nil }
        self.code = Harmless.words(code, limit: 64)
        text = json["error_description"]?.string.map { Harmless.words($0) }
    }

    /// Of an answer that carries one, whatever its status.
    init?(_ response: HTTPResponse) {
        guard let json = try? JSON.parse(response.body, limits: .token) else { return nil }
        self.init(json)
    }

    /// The code, and the server's words if it has any.
    public var words: String { text.map { "\(code): \($0)" } ?? code }
}
