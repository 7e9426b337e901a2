import Crypto
import Wire

/// What a resource server's answer means for a pull (RFC 6750 3.1, RELIABILITY.md B): one pure table.
enum PullOutcome: Sendable, Equatable {
    case answer(JSON)
    /// The access token is refused: one refresh, then once more.
    case unauthorized
    /// The grant does not reach this far; the scope that is needed, where it is named.
    case forbidden(scope: String?)
    /// Another sign-in is wanted: no other token of this one would fare better.
    case stepUp(StepUp)
    case rateLimited(until: Instant?)
    /// It was not sent: its turn has not come.
    case notNow(Delay)
    /// It was not sent: the link was unlinked, suspended or taken over meanwhile, and nothing more is asked for it.
    case over
    case failed(String)

    var wasSent: Bool {
        switch self {
        case .notNow, .over: false
        default: true
        }
    }

    /// How whoever asked stands when this is no answer, and when it may go on.
    func trouble(with request: String) -> (condition: LinkCondition, until: Instant?) {
        switch self {
        case .rateLimited(let until):
            return (
                LinkCondition(.rateLimited, cause: "\(request): the provider asked us to wait", until: until), until
            )
        case .notNow(let delay): return (delay.condition, delay.until)
        case .over: return (LinkCondition(.degraded, cause: "\(request): the work on it has ended"), nil)
        case .forbidden(let scope):
            return (LinkCondition(.degraded, cause: "\(request): \(Self.notAllowed(scope))"), nil)
        case .stepUp(let wanted): return (LinkCondition(.degraded, cause: "\(request): \(wanted.note)"), nil)
        case .failed(let why): return (LinkCondition(.degraded, cause: "\(request): \(why)"), nil)
        case .unauthorized: return (LinkCondition(.degraded, cause: "\(request): the access token is refused"), nil)
        case .answer: return (.ok, nil)
        }
    }

    /// What is said of a request that the grant does not reach begins with these words.
    static let notAllowed = "not allowed"

    static func notAllowed(_ scope: String?) -> String {
        notAllowed + (scope.map { ", it needs the scope \($0)" } ?? "")
    }

    static func decide(
        _ response: HTTPResponse, now: Instant, failure: RequestTemplate.Failure? = nil, quirks: Set<Quirk> = []
    ) -> PullOutcome {
        switch response.status {
        case 200...299:
            guard let json = try? JSON.parse(response.body) else { return .failed("the answer is not JSON") }
            return inside(json, failure) ?? .answer(json)
        case 304: return .failed("HTTP 304 to a request that did not ask for it")
        case 300...399: return .failed("it redirects (HTTP \(response.status)), which is never followed")
        case 401 where NonceChallenge.isForResource(response):
            // No token is at fault, and another one would fare no better.
            return .failed("it asks for a proof with a nonce again and again (use_dpop_nonce)")
        case 401: return StepUp(response).map { .stepUp($0) } ?? .unauthorized
        case 403 where quirks.contains(.forbiddenToken) && response.headers["WWW-Authenticate"] == nil:
            return .unauthorized
        case 403: return forbidden(response)
        case 429: return .rateLimited(until: RetryAfter.until(response.headers, now: now))
        case 503 where response.headers["Retry-After"] != nil:
            return .rateLimited(until: RetryAfter.until(response.headers, now: now))
        default: return .failed("HTTP \(response.status)")
        }
    }

    /// Whether something before the provider answered in its stead, and a second try may well reach it.
    static func isPassing(_ response: HTTPResponse) -> Bool {
        [502, 503, 504].contains(response.status) && response.headers["Retry-After"] == nil
    }

    /// A 403 is about scope only where it says so; else the provider keeps us out for reasons of its own, for now.
    private static func forbidden(_ response: HTTPResponse) -> PullOutcome {
        guard let challenge = response.challenge("insufficient_scope") else { return .failed("HTTP 403") }
        return .forbidden(scope: challenge.parameters["scope"].map { Harmless.text($0, limit: 100) })
    }

    private static func inside(_ json: JSON, _ failure: RequestTemplate.Failure?) -> PullOutcome? {
        guard let failure, let value = JSONPointer.resolve(failure.at, in: json), !value.isNull else { return nil }
        switch FieldText.of(value).flatMap({ failure.map[$0] }) ?? failure.otherwise {
        case .rateLimited: return .rateLimited(until: nil)
        case .needsConsent: return .forbidden(scope: nil)
        case .degraded: return .failed("the answer reports an error")
        }
    }
}
