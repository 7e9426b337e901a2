import Crypto
import Wire

/// What an authorization request sets out with and its response must come back to (RFC 6749 4.1.1, RFC 7636, OpenID
/// Connect Core 3.1.2.1).
///
/// `state`, nonce and verifier are 256 random bits each, used once. The verifier, the nonce and the redirect URI wait
/// sealed in the pending link; of `state` only the hash is kept.
struct AuthorizationRequest: Sendable, CustomStringConvertible, CustomReflectable {
    let state: String
    let nonce: String
    let codeVerifier: String
    let redirectURI: String
    /// What the tokens will be bound to (RFC 9449); nil: they are Bearer tokens.
    let proofKey: ProofKey?
    /// The sign-in that the API asked for; nil: what the folder says.
    let stepUp: StepUp?
    /// How the response is to come.
    let responseMode: ResponseMode

    init(
        redirectURI: String, proofKey: ProofKey? = nil, stepUp: StepUp? = nil, responseMode: ResponseMode = .query,
        randomness: any Randomness
    ) {
        self.proofKey = proofKey
        self.responseMode = responseMode
        self.stepUp = stepUp
        state = Base64URL.encode(randomness.bytes(32))
        nonce = Base64URL.encode(randomness.bytes(32))
        codeVerifier = Base64URL.encode(randomness.bytes(32))
        self.redirectURI = redirectURI
    }

    // State, nonce and verifier are secrets: none of them is ever printed.
    var description: String { "authorization request" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    var stateHash: [UInt8] { Self.hash(ofState: state) }

    static func hash(ofState state: String) -> [UInt8] { Hash.sha256(Array(state.utf8)) }

    /// S256 (RFC 7636 4.2); `plain` is never used.
    var codeChallenge: String { Base64URL.encode(Hash.sha256(Array(codeVerifier.utf8))) }

    /// All of it (RFC 6749 4.1.1), in order.
    func parameters(
        _ client: ClientRegistration, _ authorization: Manifest.Authorization
    ) -> [(String, String)] {
        var parameters = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", redirectURI), ("state", state),
            ("code_challenge", codeChallenge), ("code_challenge_method", "S256"),
        ]
        if !client.scopes.isEmpty { parameters.append(("scope", client.scopes.joined(separator: " "))) }
        if client.scopes.contains("openid") { parameters.append(("nonce", nonce)) }
        if let proofKey { parameters.append(("dpop_jkt", proofKey.thumbprint)) }
        if responseMode != .query { parameters.append(("response_mode", responseMode.rawValue)) }
        parameters += client.reach.parameters
        return parameters + authorization.parameters(for: stepUp)
    }

    /// What the client sets itself, here and in token requests; a manifest that names one could undo a defence.
    static let ownParameters = [
        "response_type", "client_id", "redirect_uri", "state", "nonce", "scope", "code_challenge",
        "code_challenge_method", "response_mode", "request", "request_uri", "client_secret", "code", "password",
        "username", "grant_type", "dpop_jkt", "client_assertion", "client_assertion_type", "device_code", "resource",
        "authorization_details",
    ]

    /// Which parameter a request would have twice, as an endpoint's own query has it already (RFC 6749 3.1); nil: none.
    /// Of a query that cannot be read nobody can tell which, and it is named as a whole.
    static func repeated(in endpoint: URI, _ more: [String]) -> String? {
        guard let query = endpoint.query else { return nil }
        guard let names = Form(parsing: query)?.fields.map(\.name) else { return "what cannot be read" }
        return (ownParameters + more).first(where: names.contains)
    }

    /// Where the browser goes once the request was pushed: with the client and the reference, and nothing else
    /// (RFC 9126 4).
    static func uri(_ metadata: ServerMetadata, _ client: ClientRegistration, pushed reference: String) -> URI? {
        metadata.authorizationEndpoint?.appending([("client_id", client.id), ("request_uri", reference)])
    }

    /// Where the browser goes. A query the endpoint has of its own stays (RFC 6749 3.1). Nil when the whole is longer
    /// than a URI may be, or there is no such endpoint.
    func uri(
        _ metadata: ServerMetadata, _ client: ClientRegistration, _ authorization: Manifest.Authorization
    ) -> URI? {
        metadata.authorizationEndpoint?.appending(parameters(client, authorization))
    }

    // What the pending link keeps, as JSON inside the seal.

    func kept(for metadata: ServerMetadata) -> Secret {
        var kept = Kept(
            nonce: nonce, codeVerifier: codeVerifier, redirectURI: redirectURI, proofKey: proofKey, stepUp: stepUp)
        kept.endpoints = EndpointsThen(metadata)
        (kept.isSigned, kept.isPosted) = (responseMode.isSigned, responseMode.isPosted)
        return kept.kept
    }

    /// What is left of a request once its response came: all but `state`.
    struct Kept: Sendable, CustomStringConvertible, CustomReflectable {
        let nonce: String
        let codeVerifier: String
        let redirectURI: String
        let proofKey: ProofKey?
        let stepUp: StepUp?
        /// Of the code that came; nil until then.
        var codeHash: CodeHash?
        /// Whether the server was asked to sign its response: it must then, whatever the folder says by now.
        var isSigned = false
        /// Whether it was asked to have the browser post it.
        var isPosted = false
        /// Nil: an older Purser kept none.
        var endpoints: EndpointsThen?

        init(nonce: String, codeVerifier: String, redirectURI: String, proofKey: ProofKey?, stepUp: StepUp?) {
            self.stepUp = stepUp
            self.nonce = nonce
            self.codeVerifier = codeVerifier
            self.redirectURI = redirectURI
            self.proofKey = proofKey
        }

        init?(_ secret: Secret) {
            guard let text = secret.text(), let json = try? JSON.parse(text), let nonce = json["nonce"]?.string,
                let verifier = json["verifier"]?.string, let redirect = json["redirectURI"]?.string
            else { return nil }
            self.nonce = nonce
            codeVerifier = verifier
            redirectURI = redirect
            if let text = json["proofKey"]?.string {
                guard let bytes = Base64URL.decode(text), let key = ProofKey(Secret(copying: bytes, locked: true))
                else { return nil }
                proofKey = key
            } else {
                proofKey = nil
            }
            stepUp = json["stepUp"]?.string.flatMap { StepUp(note: $0) }
            codeHash = json["codeHash"].flatMap(CodeHash.init)
            isSigned = json["signed"]?.bool ?? false
            isPosted = json["posted"]?.bool ?? false
            endpoints = EndpointsThen(json)
        }

        var kept: Secret {
            var json = JSONObject([
                ("nonce", .string(nonce)), ("verifier", .string(codeVerifier)), ("redirectURI", .string(redirectURI)),
            ])
            if let proofKey {
                json["proofKey"] = .string(proofKey.record.withBytes { Base64URL.encode(Array($0)) })
            }
            json["stepUp"] = stepUp.map { .string($0.note) }
            json["codeHash"] = codeHash?.json
            if isSigned { json["signed"] = true }
            if isPosted { json["posted"] = true }
            endpoints?.put(into: &json)
            return Secret(JSON.object(json).text)
        }

        var description: String { "authorization request" }
        var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}
