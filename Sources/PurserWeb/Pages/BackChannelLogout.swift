import PurserEngine
import Wire

/// Where providers tell that somebody has logged out there (OpenID Connect Back-Channel Logout 1.0 2.5, 2.8). Whoever can
/// reach the daemon may send here; what counts is what the provider signed.
struct BackChannelLogout: Sendable {
    static let path = "/backchannel-logout/"

    let web: Web

    /// 200 with nothing in it, or 400 and why (2.8): whether anybody is linked there is not told.
    func answer(_ provider: String, _ request: HTTPRequest) async -> HTTPResponse {
        guard let token = Self.token(in: request) else {
            return Self.refused("invalid_request", "a form body with one logout_token belongs here")
        }
        guard let door = web.wallet else {
            return Self.refused("temporarily_unavailable", "purser is sealed; send the token again later")
        }
        switch await door.takeLogout(provider, token) {
        case .taken: return Self.never(HTTPResponse(status: 200))
        case .refused(let why): return Self.refused("invalid_request", why)
        case .later(let why): return Self.refused("temporarily_unavailable", why)
        }
    }

    /// The one `logout_token` of a form body; other parameters mean nothing (2.5).
    private static func token(in request: HTTPRequest) -> String? {
        guard let tokens = request.form?.all("logout_token"), tokens.count == 1 else { return nil }
        return tokens[0]
    }

    private static func refused(_ code: String, _ words: String) -> HTTPResponse {
        never(.json(["error": .string(code), "error_description": .string(words)], status: 400))
    }

    private static func never(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
