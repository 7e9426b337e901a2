import Crypto
import Wire

/// A client information response (RFC 7591 3.2.1, RFC 7592 3): what the provider registered, which may be other than what
/// was asked for. It does not print: there are secrets in it.
struct ClientInformation: Sendable, CustomStringConvertible, CustomReflectable {
    /// Until when a client secret lives (`client_secret_expires_at`).
    enum SecretEnd: Sendable, Hashable {
        case never
        case at(Instant)
        /// It is not said, though it must be where there is a secret.
        case unsaid
        case unreadable
    }

    let clientID: String
    let secret: Secret?
    let secretEnd: SecretEnd
    let access: AccessOffer
    /// What was registered, by the names of the metadata.
    let registered: JSON

    /// Nil: it is no object, or names no client.
    init?(_ json: JSON, near server: [URI]) {
        guard let clientID = json["client_id"]?.string, !clientID.isEmpty else { return nil }
        self.clientID = clientID
        secret = json["client_secret"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        secretEnd = Self.end(json["client_secret_expires_at"])
        access = AccessOffer.read(json, near: server)
        registered = json
    }

    /// Whole seconds since 1970; 0: never.
    private static func end(_ json: JSON?) -> SecretEnd {
        guard let json, !json.isNull else { return .unsaid }
        guard let seconds = json.number.flatMap({ Int64($0.text) }), seconds >= 0 else { return .unreadable }
        return seconds == 0 ? .never : .at(Instant(seconds: seconds))
    }

    var description: String { "client information" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What an endpoint of registration answered: a pure table.
enum RegistrationOutcome: Sendable {
    case told(ClientInformation)
    /// The provider says no, in words; nothing was done there.
    case refused(String)
    /// The token that was shown is missing, wrong or over, or the client is gone (RFC 7592 2.1).
    case unauthorized(String)
    /// Nothing was done there, and it may be asked again.
    case later(String)
    /// Nothing came that says what was done there.
    case unclear(String)

    static func decide(_ asked: Asked, near server: [URI]) -> RegistrationOutcome {
        switch asked {
        case .notNow(let delay): .later(delay.words)
        case .failed(.notSent(let why)): .later(TransportError.notSent(why).words)
        case .failed(.untrusted(let why)): .later(TransportError.untrusted(why).words)
        case .failed(let error): .unclear(error.words)
        case .answered(let response): decide(response, near: server)
        }
    }

    private static func decide(_ response: HTTPResponse, near server: [URI]) -> RegistrationOutcome {
        let json = try? JSON.parse(response.body, limits: .token)
        let error = json.flatMap { OAuthError($0) }
        let said = error?.words ?? "HTTP \(response.status)"
        switch response.status {
        case 200, 201:
            if let error { return .refused(error.words) }
            guard let information = json.flatMap({ ClientInformation($0, near: server) }) else {
                return .unclear("the answer names no client")
            }
            return .told(information)
        case 300...399: return .refused("it redirects (HTTP \(response.status)), which is never followed")
        case 401: return .unauthorized(said)
        case 429: return .later("it asked us to wait (\(said))")
        case 503 where response.headers["Retry-After"] != nil: return .later("it asked us to wait (\(said))")
        case 408, 425, 500...599: return .unclear(said)
        case 400...499: return .refused(said)
        default: return .unclear(said)
        }
    }

    /// What deleting it came to (RFC 7592 2.3); nil: it is gone there. Else why not, in words.
    static func whyNotDeleted(_ asked: Asked) -> String? {
        switch asked {
        case .notNow(let delay): return delay.words
        case .failed(let error): return error.words
        case .answered(let response):
            switch response.status {
            case 200, 204: return nil
            case 401: return "the provider takes the registration token no longer, or does not know the client any more"
            case 405: return "the provider lets nobody take a registration back"
            default: return OAuthError(response)?.words ?? "HTTP \(response.status)"
            }
        }
    }
}
