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
    /// Whether every code is bound to a key from the start (RFC 9449 10): a request that names none is refused.
    let bindsCodes: Bool
    /// By how much the clock is off that a proof's `iat` is held against.
    let clockSeconds: Int64

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(
            json, at: "authorization.json/dpop",
            knows: ["required", "nonces", "nonceSeconds", "algorithms", "bindsCodes", "clockSeconds"])
        isRequired = try shape.bool("required", default: true)
        bindsCodes = try shape.bool("bindsCodes", default: false)
        clockSeconds = Int64(try shape.int("clockSeconds", in: -86_400...86_400) ?? 0)
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
            let isServer = access == nil
            let good = [now, now.adding(seconds: -traits.nonceSeconds)].map {
                nonce(traits, isServer: isServer, now: $0)
            }
            guard let shown = claims["nonce"]?.string, good.contains(shown) else { throw .nonce }
        } else {
            let here = now.seconds + traits.clockSeconds
            guard let iat = claims["iat"]?.number.flatMap({ Int64($0.text) }), abs(iat - here) <= 60 else {
                throw .wrong("the proof is too old or lies ahead")
            }
        }
        guard let jti = claims["jti"]?.string, !jti.isEmpty, seen.takes("proof " + thumbprint + " " + jti) else {
            throw .wrong("the proof was shown before, or has no jti")
        }
        return thumbprint
    }

    /// The nonce of a span of time. The API's is none at the authorization server, nor the other way round: to a client they
    /// are two servers (RFC 9449 9).
    private func nonce(_ traits: ProofTraits, isServer: Bool, now: Instant) -> String {
        let (span, place) = (now.seconds / traits.nonceSeconds, isServer ? "server" : "api")
        return Base64URL.encode(Array(Hash.sha256(Array("\(issuer) \(place) \(seed) \(span)".utf8)).prefix(16)))
    }

    /// Every answer brings the newest nonce where nonces are wanted (RFC 9449 8.2).
    func withNonce(_ response: HTTPResponse, _ endpoint: Endpoint, now: Instant) -> HTTPResponse {
        guard let traits = traits.proofs else { return response }
        let (isHere, isServer): (Bool, Bool)
        switch endpoint {
        case .token, .push: (isHere, isServer) = ([.token, .both].contains(traits.nonces), true)
        case .api, .userinfo, .streams, .streamStatus, .streamVerification, .streamSubjects, .poll:
            (isHere, isServer) = ([.api, .both].contains(traits.nonces), false)
        case .discovery, .webfinger, .authorize, .device, .revoke, .introspect, .jwks, .logout, .register,
            .configuration, .transmitter:
            (isHere, isServer) = (false, false)
        }
        guard isHere else { return response }
        var response = response
        response.headers["DPoP-Nonce"] = nonce(traits, isServer: isServer, now: now)
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
