import PurserAPI
import PurserEngine
import Wire

/// What a request shows to be let in (RFC 6750 2.1), read without judging it.
enum Credentials: Hashable {
    /// None, or of a scheme that is not spoken here.
    case none
    case token(String, ShownToken.Scheme)
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
        let scheme: ShownToken.Scheme
        switch words[0].lowercased() {
        case "bearer": scheme = .bearer
        case "dpop": scheme = .dpop
        default: return .none
        }
        let text = words.count == 2 ? words[1].drop { $0 == " " } : ""
        return text.isEmpty || !text.utf8.allSatisfy(isTokenByte) ? .malformed : .token(String(text), scheme)
    }

    /// b64token.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}

/// What `WWW-Authenticate` says (RFC 6750 3, RFC 9728 5.1).
enum Challenge {
    /// Nothing was shown: no error code then.
    case absent
    case invalidToken
    case insufficientScope(String)

    /// - Parameter resource: where our metadata lie.
    func text(_ resource: String) -> String {
        "Bearer realm=\"purser\"" + error + ", resource_metadata=\"\(resource)\""
    }

    private var error: String {
        switch self {
        case .absent: ""
        case .invalidToken: ", error=\"invalid_token\""
        case .insufficientScope(let scope): ", error=\"insufficient_scope\", scope=\"\(scope)\""
        }
    }
}

extension Web {
    /// What a 401 or 403 carries. Where bound tokens are taken, so is how their proofs may be signed (RFC 9449 7.1).
    func challenge(_ challenge: Challenge) -> String {
        let bearer = challenge.text(facts.address + Route.protectedResource.path)
        return signed.issuers.isEmpty ? bearer : bearer + ", DPoP algs=\"\(SignedTokens.proofAlgorithms)\""
    }

    /// Whom a request on TCP is from. A token of ours is looked up by its hash and by nothing else, before anything is
    /// counted against its address: whoever shares an address with a guesser is not kept out by the guesses.
    func caller(_ request: HTTPRequest, from peer: String) async throws(Problem) -> Caller {
        switch Credentials.read(request) {
        case .none: throw absent
        case .token(_, .dpop) where signed.issuers.isEmpty: throw absent
        case .refused(let why): throw Problem(.badRequest, "this request is not looked at", detail: why)
        case .malformed: throw wrongToken(from: peer)
        case .token(let text, let scheme) where signed.mayBe(text):
            return try await signedCaller(text, scheme, request, from: peer)
        case .token(_, .dpop): throw wrongToken(from: peer)
        case .token(let text, .bearer): return try await ownCaller(text, from: peer)
        }
    }

    private var absent: Problem {
        Problem(
            .unauthorized, "a token is needed here",
            detail: "send Authorization: Bearer …; to make one: purser token new --scope balances:read"
        ).with("WWW-Authenticate", challenge(.absent))
    }

    private func ownCaller(_ text: String, from peer: String) async throws(Problem) -> Caller {
        let found: APIToken?
        do { found = try await tokens.token(text) } catch { throw Problem(error) }
        guard let token = found else { throw wrongToken(from: peer) }
        if let wait = limits.use(of: token.id, now: world.clock.now) { throw Self.tooOften(wait) }
        tokens.touch(token)
        return .token(token)
    }

    /// A token of an issuer that whoever runs the daemon has named.
    private func signedCaller(
        _ text: String, _ scheme: ShownToken.Scheme, _ request: HTTPRequest, from peer: String
    ) async throws(Problem) -> Caller {
        let shown = ShownToken(
            text, scheme, proofs: request.headers.all("DPoP"), method: request.method,
            address: facts.address + request.path)
        switch await signed.judge(shown) {
        case .refused(let why): throw wrongToken(from: peer, why)
        case .later(let why):
            throw Problem(
                .issuerUnavailable, "the token cannot be checked at the moment: \(why)", detail: "try again in a minute"
            )
        case .good(let access):
            let who = [access.issuer, access.subject, access.clientID].joined(separator: "\n")
            if let wait = limits.use(ofSigned: who, now: world.clock.now) { throw Self.tooOften(wait) }
            return .signed(access)
        }
    }

    private func wrongToken(
        from peer: String, _ why: String = "it is wrong, expired or revoked; purser token list tells"
    ) -> Problem {
        let now = world.clock.now
        if let wait = limits.wrongToken(from: peer, now: now) {
            return Self.tooMany("too many wrong tokens came from this address", wait)
        }
        if limits.mayLogWrongToken(now: now) { world.log.write(.warning, "wrong token", [("from", peer)]) }
        return Problem(.unauthorized, "this token is not good", detail: why)
            .with("WWW-Authenticate", challenge(.invalidToken))
    }

    private static func tooOften(_ seconds: Int64) -> Problem { tooMany("this token asks too often", seconds) }

    private static func tooMany(_ words: String, _ seconds: Int64) -> Problem {
        Problem(.tooManyRequests, words, detail: "nothing was done; again in \(seconds) s")
            .with("Retry-After", "\(seconds)")
    }
}
