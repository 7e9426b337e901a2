import PurserAPI
import PurserEngine
import Wire

/// What a request shows to be let in (RFC 6750 2.1), read without judging it.
enum Credentials: Hashable {
    /// None, or of a scheme that is not spoken here.
    case none
    case token(String)
    /// A Bearer header that is none.
    case malformed
    /// In a place where a token must not stand: more than one header, or the address.
    case refused(String)

    static func read(_ request: HTTPRequest) -> Credentials {
        // Also where the rest of the query does not parse.
        let query = request.target.drop { $0 != "?" }.dropFirst().split(separator: "&")
        if query.contains(where: { $0 == "access_token" || $0.hasPrefix("access_token=") }) {
            return .refused("a token in an address is read by whatever keeps addresses: revoke it, make another")
        }
        let fields = request.headers.all("Authorization")
        guard let field = fields.first else { return .none }
        guard fields.count == 1 else { return .refused("Authorization is given more than once") }
        let words = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard words[0].lowercased() == "bearer" else { return .none }
        let text = words.count == 2 ? words[1].drop { $0 == " " } : ""
        return text.isEmpty || !text.utf8.allSatisfy(isTokenByte) ? .malformed : .token(String(text))
    }

    /// b64token.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}

/// What `WWW-Authenticate` says (RFC 6750 3).
enum Challenge {
    /// Nothing was shown: no error code then.
    case absent
    case invalidToken
    case insufficientScope(String)

    private static let realm = "Bearer realm=\"purser\""

    var text: String {
        switch self {
        case .absent: Self.realm
        case .invalidToken: Self.realm + ", error=\"invalid_token\""
        case .insufficientScope(let scope): Self.realm + ", error=\"insufficient_scope\", scope=\"\(scope)\""
        }
    }
}

extension Web {
    /// Whom a request on TCP is from. The token is looked up by its hash and by nothing else, before anything is
    /// counted against its address: whoever shares an address with a guesser is not kept out by the guesses.
    func caller(_ request: HTTPRequest, from peer: String) async throws(Problem) -> Caller {
        let text: String
        switch Credentials.read(request) {
        case .none:
            throw Problem(
                .unauthorized, "a token is needed here",
                detail: "send Authorization: Bearer …; to make one: purser token new --scope balances:read"
            ).with("WWW-Authenticate", Challenge.absent.text)
        case .refused(let why): throw Problem(.badRequest, "this request is not looked at", detail: why)
        case .malformed: text = ""
        case .token(let given): text = given
        }
        let found: APIToken?
        do { found = try await tokens.token(text) } catch { throw Problem(error) }
        let now = world.clock.now
        guard let token = found else { throw wrongToken(from: peer, now) }
        if let wait = limits.use(of: token.id, now: now) {
            throw Self.tooMany("this token asks too often", wait)
        }
        tokens.touch(token)
        return .token(token)
    }

    private func wrongToken(from peer: String, _ now: Instant) -> Problem {
        if let wait = limits.wrongToken(from: peer, now: now) {
            return Self.tooMany("too many wrong tokens came from this address", wait)
        }
        if limits.mayLogWrongToken(now: now) { world.log.write(.warning, "wrong token", [("from", peer)]) }
        return Problem(
            .unauthorized, "this token is not good", detail: "it is wrong, expired or revoked; purser token list tells"
        ).with("WWW-Authenticate", Challenge.invalidToken.text)
    }

    private static func tooMany(_ words: String, _ seconds: Int64) -> Problem {
        Problem(.tooManyRequests, words, detail: "nothing was done; again in \(seconds) s")
            .with("Retry-After", "\(seconds)")
    }
}
