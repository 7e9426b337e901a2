internal import Crypto
internal import Wire

/// What a pretended server does about proofs of possession (RFC 9449): `dpop` in `mock/authorization.json`.
struct ProofTraits: Sendable {
    /// When a proof must carry a nonce of the server's (RFC 9449 8, 9).
    enum Nonces: String, Sendable { case none, token, api, both }

    let isRequired: Bool
    let nonces: Nonces
    /// How long a nonce is the newest one; the one before it is taken still.
    let nonceSeconds: Int64
    let algorithms: [SignatureAlgorithm]

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(
            json, at: "authorization.json/dpop", knows: ["required", "nonces", "nonceSeconds", "algorithms"])
        isRequired = try shape.bool("required", default: true)
        guard let nonces = Nonces(rawValue: try shape.optionalText("nonces") ?? "none") else {
            throw shape.problem("nonces", "none, token, api or both")
        }
        self.nonces = nonces
        nonceSeconds = Int64(try shape.int("nonceSeconds", in: 1...86_400) ?? 300)
        var algorithms: [SignatureAlgorithm] = []
        for name in try shape.texts("algorithms") ?? ["ES256", "EdDSA"] {
            guard let algorithm = SignatureAlgorithm(rawValue: name) else {
                throw shape.problem("algorithms", "\(name) is not known here")
            }
            algorithms.append(algorithm)
        }
        self.algorithms = algorithms
    }
}

/// Why a proof is not taken.
enum ProofRefusal: Error, Sendable {
    case wrong(String)
    /// A nonce is wanted.
    case nonce
}

extension MockProvider {
    /// The thumbprint of the key that a request proves possession of. Nil: it has no proof, and none is needed.
    ///
    /// - Parameter access: the token that it must be for; nil at the authorization server.
    mutating func proof(_ request: HTTPRequest, access: String?, now: Instant) throws(ProofRefusal) -> String? {
        let all = request.headers.all("DPoP")
        guard let traits = traits.proofs else { return nil }
        guard all.count <= 1 else { throw .wrong("two proofs came with the request") }
        guard let compact = all.first else {
            if traits.isRequired || access != nil { throw .wrong("no proof came with the request") }
            return nil
        }
        let payload: [UInt8]
        let thumbprint: String
        do {
            (payload, thumbprint) = try JWS.proof(compact, type: "dpop+jwt", allowed: Set(traits.algorithms))
        } catch { throw .wrong("the proof does not hold: \(error)") }
        guard let claims = try? JSON.parse(payload), claims["htm"]?.string == request.method,
            claims["htu"]?.string == origin + request.path
        else { throw .wrong("the proof is for another request") }
        if let access {
            guard claims["ath"]?.string == Base64URL.encode(Hash.sha256(Array(access.utf8))) else {
                throw .wrong("the proof is for another access token")
            }
        }
        let wantsNonce =
            access == nil ? [.token, .both].contains(traits.nonces) : [.api, .both].contains(traits.nonces)
        if wantsNonce {
            let good = [nonce(traits, now: now), nonce(traits, now: now.adding(seconds: -traits.nonceSeconds))]
            guard let shown = claims["nonce"]?.string, good.contains(shown) else { throw .nonce }
        } else {
            guard let iat = claims["iat"]?.number.flatMap({ Int64($0.text) }), abs(iat - now.seconds) <= 60 else {
                throw .wrong("the proof is too old or lies ahead")
            }
        }
        guard let jti = claims["jti"]?.string, !jti.isEmpty, seen.takes("proof " + thumbprint + " " + jti) else {
            throw .wrong("the proof was shown before, or has no jti")
        }
        return thumbprint
    }

    /// The nonce of a span of time.
    func nonce(_ traits: ProofTraits, now: Instant) -> String {
        let span = now.seconds / traits.nonceSeconds
        return Base64URL.encode(Array(Hash.sha256(Array("\(issuer) \(seed) \(span)".utf8)).prefix(16)))
    }

    /// Every answer brings the newest nonce where nonces are wanted (RFC 9449 8.2).
    func withNonce(_ response: HTTPResponse, _ endpoint: Endpoint, now: Instant) -> HTTPResponse {
        guard let traits = traits.proofs else { return response }
        let isHere: Bool
        switch endpoint {
        case .token, .push: isHere = [.token, .both].contains(traits.nonces)
        case .api, .userinfo, .streams, .streamStatus, .streamVerification, .streamSubjects, .poll:
            isHere = [.api, .both].contains(traits.nonces)
        case .discovery, .webfinger, .authorize, .device, .revoke, .introspect, .jwks, .logout, .register,
            .configuration, .transmitter:
            isHere = false
        }
        guard isHere else { return response }
        var response = response
        response.headers["DPoP-Nonce"] = nonce(traits, now: now)
        return response
    }

    /// The same at an endpoint of the authorization server, refused as those refuse.
    mutating func serverProof(_ request: HTTPRequest, now: Instant) throws(OAuthRefusal) -> String? {
        do { return try proof(request, access: nil, now: now) } catch {
            switch error {
            case .nonce: throw OAuthRefusal(code: "use_dpop_nonce", words: "a proof carries the server's nonce here")
            case .wrong(let words): throw OAuthRefusal(code: "invalid_dpop_proof", words: words)
            }
        }
    }

    var origin: String { URI(issuer)?.origin ?? issuer }
}
