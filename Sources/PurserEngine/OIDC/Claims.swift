import Crypto
import Wire

/// Why a signed token of a provider is not believed. The first check that fails is the one named; the signature comes
/// first.
enum IDTokenProblem: Error, Sendable, Hashable, CaseIterable {
    /// Not a compact JWS, too large, or a payload that is no object of unique names.
    case malformed
    /// `none`, an HMAC, or any other algorithm than the one registered.
    case algorithm
    /// Its header demands what is not understood (`crit`), or brings a key of its own.
    case header
    /// Another kind of token: by its `typ`, or because it is about a logout.
    case kind
    /// No published key fits the one it names, or the signature does not hold: worth one fetch of newer keys.
    case signature
    /// It names no key, and the provider publishes several that fit.
    case ambiguousKey
    case issuer
    case audience
    /// `azp` names another client (OpenID Connect Core 3.1.3.7 5).
    case authorizedParty
    case expired
    case notYet
    case issuedAt
    case nonce
    case accessTokenHash
    case codeHash
    /// `auth_time` is missing though `max_age` was sent, too long ago, in the future, or no time.
    case authenticationTime
    /// `acr` is none of those asked for.
    case authenticationContext
    /// A claim that was asked for as essential has another value than asked for.
    case claim
    case subject

    var words: String {
        switch self {
        case .malformed: "the ID token is malformed"
        case .algorithm: "the ID token is signed in another way than the provider's folder says (idTokenAlgorithm)"
        case .header: "the ID token's header asks for what is never done (crit, or a key of its own)"
        case .kind: "what came is not an ID token but another kind of token"
        case .signature: "the ID token's signature does not hold"
        case .ambiguousKey: "the ID token does not say which of the provider's keys signed it"
        case .issuer: "the ID token is of another issuer"
        case .audience: "the ID token is for another client"
        case .authorizedParty: "the ID token was given out to another client (azp)"
        case .expired: "the ID token has expired"
        case .notYet: "the ID token is not valid yet"
        case .issuedAt: "the ID token's time of issue cannot be"
        case .nonce: "the ID token answers another request (nonce)"
        case .accessTokenHash: "the ID token belongs to another access token (at_hash)"
        case .codeHash: "the ID token belongs to another code (c_hash)"
        case .authenticationTime:
            "the sign-in at the provider is older than asked for, or nobody says when it was (max_age)"
        case .authenticationContext: "the sign-in at the provider was not of the kind asked for (acr_values)"
        case .claim: "the ID token does not say what was asked of it (claims)"
        case .subject: "the ID token names nobody"
        }
    }
}

extension IDTokenProblem {
    init(_ error: JWSError) {
        switch error {
        case .malformed, .tooLarge: self = .malformed
        case .algorithmNotAllowed: self = .algorithm
        case .critical, .embeddedKey: self = .header
        case .wrongType: self = .kind
        case .noKey, .badSignature: self = .signature
        case .ambiguousKey: self = .ambiguousKey
        }
    }
}

/// Why something that a provider signed is not what it should be: in a way that any signed token may be wrong, or in one of
/// its own kind.
protocol SignedTextProblem: Error, Sendable {
    var ofAnyToken: IDTokenProblem? { get }
}

/// The checks that all signed texts of a provider share: ID tokens, signed UserInfo, logout tokens, signed responses.
enum Claims {
    /// The claims of a token whose signature holds. No exemption for having come over TLS.
    static func verified(
        _ compact: String, keys: JWKSet, algorithm: SignatureAlgorithm, types: Set<String?>
    ) throws(IDTokenProblem) -> (claims: JSON, jws: JWS) {
        guard compact.utf8.count <= Limits.tokenBytes else { throw .malformed }
        let jws: JWS
        do { jws = try JWS.verify(compact, keys: keys, allowed: algorithm.names, types: types) } catch {
            throw IDTokenProblem(error)
        }
        guard let claims = try? JSON.parse(jws.payload), claims.object != nil else { throw .malformed }
        return (claims, jws)
    }

    /// A check with problems of its own, for whoever judges by keys: what newer keys cannot mend comes as a result.
    static func apart<Value, Problem: SignedTextProblem>(
        _ check: () throws(Problem) -> Value
    ) throws(IDTokenProblem) -> Result<Value, Problem> {
        do throws(Problem) { return .success(try check()) } catch {
            if let problem = error.ofAnyToken { throw problem }
            return .failure(error)
        }
    }

    /// Issuer byte for byte, and the client as the audience with nobody else beside it: an audience we do not know is
    /// not trusted.
    static func checkParties(_ claims: JSON, issuer: String, clientID: String) throws(IDTokenProblem) {
        guard Exactly.same(claims["iss"]?.string, issuer) else { throw .issuer }
        switch claims["aud"] {
        case .some(.string(let one)): guard Exactly.same(one, clientID) else { throw .audience }
        case .some(.array(let many)):
            guard !many.isEmpty, many.allSatisfy({ Exactly.same($0.string, clientID) }) else { throw .audience }
        default: throw .audience
        }
        if let party = claims["azp"] {
            guard Exactly.same(party.string, clientID) else { throw .authorizedParty }
        }
    }

    /// Whether one of ours is among the audiences named, whoever else is: a text, or a list of texts.
    static func isFor(_ audience: JSON?, anyOf ours: [String]) -> Bool {
        let named: [String]
        switch audience {
        case .some(.string(let one)): named = [one]
        case .some(.array(let many)) where many.allSatisfy({ $0.string != nil }): named = many.compactMap(\.string)
        default: return false
        }
        return named.contains { name in ours.contains { Exactly.same($0, name) } }
    }

    /// `exp` not over, `nbf` (where present) begun, `iat` not in the future and within `window` seconds; a minute's
    /// skew each.
    static func checkTimes(_ claims: JSON, _ now: Instant, window: Int64) throws(IDTokenProblem) {
        try checkLife(claims, now)
        try checkIssued(claims, now, window: window)
    }

    /// `iat` and `exp` there, and in their order, whatever the time is.
    static func checkSpan(_ claims: JSON) throws(IDTokenProblem) {
        guard let issued = seconds(claims["iat"]) else { throw .issuedAt }
        guard let expiry = seconds(claims["exp"]), issued <= expiry else { throw .expired }
    }

    /// `iat` there, not in the future and within `window` seconds.
    static func checkIssued(_ claims: JSON, _ now: Instant, window: Int64) throws(IDTokenProblem) {
        let skew = Limits.clockSkewSeconds
        guard let issued = seconds(claims["iat"]) else { throw .issuedAt }
        guard issued <= now.seconds + skew, issued >= now.seconds - window else { throw .issuedAt }
    }

    /// `exp` not over and `nbf` (where present) begun, with a minute's skew.
    static func checkLife(_ claims: JSON, _ now: Instant) throws(IDTokenProblem) {
        let skew = Limits.clockSkewSeconds
        guard let expiry = seconds(claims["exp"]), now.seconds < expiry + skew else { throw .expired }
        if let begin = claims["nbf"] {
            guard let begin = seconds(begin), begin <= now.seconds + skew else { throw .notYet }
        }
    }

    /// 1 to 255 printable ASCII characters (OpenID Connect Core 2).
    static func subject(_ claims: JSON) throws(IDTokenProblem) -> String {
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { throw .subject }
        return subject
    }

    /// `at_hash` and `c_hash`, where present, tie a token to what it came with (OpenID Connect Core 3.1.3.8, 3.3.2.11): the
    /// left half of the hash that its algorithm signs with. For EdDSA that is SHA-512, the hash of Ed25519.
    static func holds(_ said: JSON?, _ half: [UInt8]) -> Bool {
        said.map { Exactly.same($0.string, Base64URL.encode(half)) } ?? true
    }

    /// NumericDate: a JSON number, fractions dropped, within four thousand years.
    static func seconds(_ value: JSON?) -> Int64? {
        guard let text = value?.decimal?.text, let whole = Int64(text.prefix { $0 != "." }),
            (0...130_000_000_000).contains(whole)
        else { return nil }
        return whole
    }
}
