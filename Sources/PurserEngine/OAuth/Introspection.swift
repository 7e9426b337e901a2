import Crypto
import Wire

/// What an authorization server says of one of our own tokens (RFC 7662 2.2), once we have looked at it ourselves.
///
/// It only ever informs when something is sent. It is no verdict: a server may not know its refresh tokens, or lie, and no
/// link is to end for that.
enum Introspection: Sendable, Hashable {
    case active
    /// The server says so, or the end that it names is past.
    case inactive
    /// Nothing that counts, and why: then all goes on as if nobody had been asked.
    case notSaid(String)

    /// Whose answer it must be, and about what.
    struct Terms: Sendable {
        let issuer: String
        let clientID: String
        /// The key that the token is bound to (`jkt`, RFC 9449 6.2); nil: to none.
        let proofKey: String?
        /// The certificate that it is bound to (`x5t#S256`, RFC 8705 3.2); nil: to none.
        let certificate: String?
        let now: Instant
    }

    /// What an answer may be taken for, before a signature is looked at.
    enum Reading: Sendable, Hashable {
        case said(Introspection)
        /// Signed, as was asked for.
        case toBeVerified(String)
    }

    /// An answer in the form that was asked for: one in the other form says nothing, whatever stands in it.
    static func read(_ response: HTTPResponse, as form: IntrospectionForm, _ terms: Terms) -> Reading {
        guard response.status == 200 else { return .said(.notSaid("HTTP \(response.status)")) }
        guard response.body.count <= Limits.tokenAnswerBytes else { return .said(.notSaid("the answer is too large")) }
        guard response.headers["Content-Type"].map(HeaderGrammar.mediaType) == form.mediaType else {
            return .said(.notSaid("the answer is not of the type \(form.mediaType)"))
        }
        switch form {
        case .json:
            guard let json = try? JSON.parse(response.body, limits: .token) else {
                return .said(.notSaid("the answer is not JSON"))
            }
            return .said(meaning(json, terms))
        case .jwt:
            guard let compact = String(validating: response.body, as: UTF8.self) else {
                return .said(.notSaid("the answer is malformed"))
            }
            return .toBeVerified(compact)
        }
    }

    /// A signed answer (RFC 9701 5), by the keys of the server. What counts stands in `token_introspection`; the same
    /// names outside of it mean nothing.
    static func verified(
        _ compact: String, keys: JWKSet, _ algorithm: SignatureAlgorithm, _ terms: Terms
    ) throws(IDTokenProblem) -> Introspection {
        let claims = try Claims.verified(
            compact, keys: keys, algorithm: algorithm, types: ["token-introspection+jwt"]
        ).claims
        try Claims.checkParties(claims, issuer: terms.issuer, clientID: terms.clientID)
        try Claims.checkIssued(claims, terms.now, window: Limits.introspectionAgeSeconds)
        // Such an answer has no end of its own (5), so that nobody takes it for an access token.
        if claims["exp"] != nil || claims["nbf"] != nil { try Claims.checkLife(claims, terms.now) }
        guard let inside = claims["token_introspection"] else { return .notSaid("token_introspection is missing") }
        return meaning(inside, terms)
    }

    /// In words of an introspection answer, what is wrong with it as with any signed token.
    static func words(_ problem: IDTokenProblem) -> String {
        problem.words.replacing("ID token", with: "introspection answer")
            .replacing("idTokenAlgorithm", with: "introspectionAlgorithm")
    }

    private static func meaning(_ json: JSON, _ terms: Terms) -> Introspection {
        guard json.object != nil else { return .notSaid("the answer is no object") }
        guard let isActive = json["active"]?.bool else { return .notSaid("active is neither true nor false") }
        if let client = json["client_id"], !Exactly.same(client.string, terms.clientID) {
            return .notSaid("it is about another client's token")
        }
        if let issuer = json["iss"], !Exactly.same(issuer.string, terms.issuer) {
            return .notSaid("it is about another issuer's token")
        }
        guard isActive else { return .inactive }
        if let problem = otherKey(json["cnf"], terms) { return .notSaid(problem) }
        if let begin = json["nbf"] {
            guard let begin = Claims.seconds(begin), begin <= terms.now.seconds + Limits.clockSkewSeconds else {
                return .notSaid("the token is not good yet (nbf)")
            }
        }
        if let end = json["exp"] {
            guard let end = Claims.seconds(end) else { return .notSaid("exp is no time") }
            guard terms.now.seconds < end + Limits.clockSkewSeconds else { return .inactive }
        }
        return .active
    }

    /// Why a token that is bound like this is not ours; nil: it may be. What a refresh token of a confidential client is
    /// bound to need not be said.
    private static func otherKey(_ bound: JSON?, _ terms: Terms) -> String? {
        guard let bound else { return nil }
        guard bound.object != nil else { return "cnf is no object" }
        for (name, ours) in [("jkt", terms.proofKey), ("x5t#S256", terms.certificate)] {
            guard let said = bound[name] else { continue }
            guard let ours, Exactly.same(said.string, ours) else {
                return "the token is bound to another key (\(name))"
            }
        }
        return nil
    }
}
