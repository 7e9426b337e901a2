import Crypto
import Wire

/// What a request is signed with at the moment it is sent: anew each time, so that no assertion and no proof is ever
/// seen twice (RFC 7523 3, RFC 9449 4.3).
public struct RequestSigning: Sendable {
    /// Proof of possession (RFC 9449).
    struct Proof: Sendable {
        let key: ProofKey
        /// The access token that it is shown with; nil: it goes to the authorization server.
        let access: Secret?
    }

    /// The client's proof of who it is (RFC 7523 2.2).
    struct Assertion: Sendable {
        let key: SigningKey
        let client: String
        /// The issuer, and nothing beside it: what one server is shown is of no use at another.
        let audience: String
        /// `typ` of its header.
        var type = "JWT"
    }

    var proof: Proof?
    var assertion: Assertion?
    var object: RequestObject?
}

extension RequestSigning.Assertion {
    /// `client_assertion` and its type, as they are added to a form.
    func parameters(now: Instant, _ randomness: any Randomness) throws(CryptoError) -> String {
        let claims: JSON = [
            "iss": .string(client), "sub": .string(client), "aud": .string(audience),
            "jti": .string(Base64URL.encode(randomness.bytes(16))), "iat": .int(now.seconds),
            "exp": .int(now.seconds + Limits.assertionSeconds),
        ]
        let compact = try JWS.sign(claims.bytes, with: key, type: type)
        return "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
            + "&client_assertion=" + compact
    }
}

extension ProviderRequest {
    mutating func prove(_ key: ProofKey, access: Secret?) {
        var signing = self.signing ?? RequestSigning()
        signing.proof = RequestSigning.Proof(key: key, access: access)
        self.signing = signing
    }

    /// As it goes over the wire once.
    func signed(
        nonce: String?, now: Instant, _ randomness: any Randomness
    ) throws(CryptoError) -> ProviderRequest {
        var out = self
        out.signing = nil
        if let proof = signing?.proof {
            out.headers["DPoP"] = try proof.key.proof(
                self, access: proof.access, nonce: nonce, now: now, randomness)
        }
        var added: [String] = []
        if let object = signing?.object { added.append("request=" + (try object.signed(now: now, randomness))) }
        if let assertion = signing?.assertion { added.append(try assertion.parameters(now: now, randomness)) }
        for added in added {
            let before = out.body.map { $0.count > 0 ? [$0, Secret("&")] : [] } ?? []
            out.body = Secret.concatenating(before + [Secret(added)])
        }
        return out
    }
}

/// The way to providers with every request signed that is to be, and the servers' nonces remembered.
struct SignedTransport: Transport {
    let base: any Transport
    let clock: any Clock
    let randomness: any Randomness
    let nonces = Nonces()

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        // The provider would end the connection, perhaps only after it had read a request that must be sent once.
        if let unfit = ClientCheck.unfit(request.tls, now: clock.now) { throw .notSent(unfit) }
        guard let signing = request.signing else { return try await base.send(request) }
        let place = signing.proof.map { Nonces.Place(request.uri, isResource: $0.access != nil) }
        var nonce: String?
        if let place { nonce = await nonces.newest(at: place) }
        let signed: ProviderRequest
        do { signed = try request.signed(nonce: nonce, now: clock.now, randomness) } catch {
            throw .notSent("the request could not be signed")
        }
        let response = try await base.send(signed)
        if let place, let new = NonceChallenge.nonce(response) { await nonces.keep(new, at: place) }
        return response
    }
}

/// The newest nonce of each server (RFC 9449 8.2), authorization and resource servers apart. Bounded.
actor Nonces {
    struct Place: Hashable, Sendable {
        let origin: String
        let isResource: Bool

        init(_ uri: URI, isResource: Bool) {
            origin = uri.origin
            self.isResource = isResource
        }
    }

    private static let most = 256
    private var kept: [Place: String] = [:]

    func newest(at place: Place) -> String? { kept[place] }

    func keep(_ nonce: String, at place: Place) {
        if kept.count >= Self.most, kept[place] == nil { kept = [:] }
        kept[place] = nonce
    }
}

/// A server's wish for a proof with a nonce of its own (RFC 9449 8, 9).
enum NonceChallenge {
    private static let mostBytes = 1024

    /// The nonce an answer brings, whatever its status: exactly one, of the characters RFC 9449 8.1 allows.
    static func nonce(_ response: HTTPResponse) -> String? {
        let all = response.headers.all("DPoP-Nonce")
        guard all.count == 1, let nonce = all.first, !nonce.isEmpty, nonce.utf8.count <= mostBytes,
            nonce.utf8.allSatisfy(ClientCheck.isNQCHAR)
        else { return nil }
        return nonce
    }

    /// Whether the request is to be sent once more, with the nonce that came: it was turned away before anything was
    /// made of it. Without a nonce there is nothing to send it with.
    static func asks(_ response: HTTPResponse, of request: ProviderRequest) -> Bool {
        guard let proof = request.signing?.proof, nonce(response) != nil else { return false }
        return proof.access == nil ? isForServer(response) : isForResource(response)
    }

    private static func isForServer(_ response: HTTPResponse) -> Bool {
        (response.status == 400 || response.status == 401) && OAuthError(response)?.code == "use_dpop_nonce"
    }

    /// The scheme is compared without regard to case, by the grammar.
    static func isForResource(_ response: HTTPResponse) -> Bool {
        response.status == 401 && response.challenge("use_dpop_nonce", of: ["dpop"]) != nil
    }
}

extension HTTPResponse {
    /// The first challenge of these schemes with this error (RFC 6750 3, RFC 9449 7.1); nil: there is none.
    func challenge(_ error: String, of schemes: Set<String> = ["bearer", "dpop"]) -> HeaderGrammar.Challenge? {
        headers.all("WWW-Authenticate").flatMap { HeaderGrammar.challenges($0) ?? [] }.first {
            schemes.contains($0.scheme) && $0.parameters["error"] == error
        }
    }
}
