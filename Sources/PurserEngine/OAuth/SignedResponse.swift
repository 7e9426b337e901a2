import Crypto
import Wire

/// An authorization response that the server signs (JARM 2.1): one parameter, `response`, with all others inside.
///
/// Checked in the order of JARM 2.4: `state` (which pending link it is), issuer, audience, expiry, and the signature last.
/// Until that holds, nothing inside is more than a claim.
struct SignedResponse: Sendable, CustomStringConvertible, CustomReflectable {
    private let compact: String
    private let claims: JSON

    // A code is inside.
    var description: String { "signed response" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Nil: no signed text of an object.
    private init?(_ compact: String) {
        guard compact.utf8.count <= Limits.tokenBytes else { return nil }
        let parts = compact.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(String(parts[1])),
            let claims = try? JSON.parse(payload), claims.object != nil
        else { return nil }
        self.compact = compact
        self.claims = claims
    }

    /// What a callback may be taken for where a signed response was asked for, before its signature is looked at.
    enum Reading: Sendable {
        /// It is for this client, of this issuer, and not over: if it is signed.
        case toBeVerified(SignedResponse)
        case refused(String)
    }

    static func read(_ query: Form, issuer: String, clientID: String, now: Instant) -> Reading {
        if let name = query.repeatedNames.first(where: AuthorizationResponse.singular.contains) {
            return .refused("the parameter \(name) came twice")
        }
        guard let compact = query["response"] else {
            return .refused("the response is not signed, which was asked for (JARM)")
        }
        // An issuer beside it says nothing that counts, but a wrong one is a mix-up (RFC 9207 2.4).
        if let named = query["iss"], !Exactly.same(named, issuer) {
            return .refused("the response is of another issuer (iss)")
        }
        if let name = outside.first(where: { query[$0] != nil }) {
            return .refused("the response carries \(name) beside what is signed")
        }
        guard let response = SignedResponse(compact) else { return .refused("the signed response is malformed") }
        do throws(IDTokenProblem) {
            try Claims.checkParties(response.claims, issuer: issuer, clientID: clientID)
            try Claims.checkLife(response.claims, now)
        } catch { return .refused(words(error)) }
        return .toBeVerified(response)
    }

    /// What belongs inside, and nowhere else.
    private static let outside = [
        "state", "code", "error", "error_description", "access_token", "id_token", "token_type",
    ]

    /// What the response says, by the keys of the server. `algorithm` is the one registered; `none` is none.
    func verified(_ keys: JWKSet, _ algorithm: SignatureAlgorithm) throws(IDTokenProblem) -> AuthorizationResponse {
        let claims = try Claims.verified(compact, keys: keys, algorithm: algorithm, types: [nil, "jwt"]).claims
        var inside = Form()
        for (name, value) in claims.object?.members.map({ ($0.name, $0.value) }) ?? []
        where AuthorizationResponse.singular.contains(name) || AuthorizationResponse.unasked.contains(name) {
            guard let text = value.string else { return .refused("\(name) of the signed response is no text") }
            inside.fields.append(Form.Field(name: name, value: text))
        }
        return AuthorizationResponse.meaning(inside)
    }

    /// In words of a response, what is wrong with it as with any signed token.
    static func words(_ problem: IDTokenProblem) -> String {
        problem.words.replacing("ID token", with: "signed response")
            .replacing("idTokenAlgorithm", with: "authorizationAlgorithm")
    }

    /// Whom a response answers, by what is inside and not yet believed.
    fileprivate static func state(_ compact: String) -> String? { SignedResponse(compact)?.claims["state"]?.string }
}

extension AuthorizationResponse {
    /// The `state` of a callback: its own, or the one inside a signed response. A forged one finds a link only if whoever
    /// forged it knows its state, as with a plain response.
    static func anyState(_ query: Form) -> String? {
        guard query["state"] == nil else { return state(query) }
        let all = query.all("response")
        guard all.count == 1, let inner = SignedResponse.state(all[0]) else { return nil }
        return state(Form([("state", inner)]))
    }
}
