internal import Crypto
public import Wire

/// One provider's folder with its `mock/`, read and checked. It does no I/O: whoever has the files gives them.
public struct MockFolder: Sendable {
    public let name: String
    public let manifest: JSON
    /// The day `members.json` tells the truth of.
    public let dayZero: Instant
    /// The port of the manifest's issuer, where the provider is served unless told otherwise.
    public let port: Int
    let issuer: URI
    let apiPath: String
    private(set) var traits: ServerTraits
    let cast: Cast
    let routes: Routes
    let keys: [SigningKey]

    /// - Parameters:
    ///   - manifest: `manifest.json`; only `authorization.issuer` and `api.base` are looked at.
    ///   - authorization: `mock/authorization.json`.
    ///   - members: `mock/members.json`.
    ///   - routes: `mock/routes.json`.
    ///   - keys: `mock/keys.json`: private JWKs, public on purpose.
    public init(
        name: String, manifest: JSON, authorization: JSON, members: JSON, routes: JSON, keys: JSON
    ) throws(MockProblem) {
        guard let issuer = manifest["authorization"]?["issuer"]?.string.flatMap({ URI($0) }) else {
            throw MockProblem(place: "manifest.json/authorization/issuer", words: "an absolute URI is needed")
        }
        guard let base = manifest["api"]?["base"]?.string.flatMap({ URI($0) }), base.origin == issuer.origin else {
            throw MockProblem(
                place: "manifest.json/api/base", words: "a mock's API and its authorization server share one origin")
        }
        self.name = name
        self.manifest = manifest
        self.issuer = issuer
        port = issuer.port
        apiPath = base.path == "/" ? "" : base.path
        traits = try ServerTraits(authorization)
        cast = try Cast(members)
        dayZero = Instant(cast.dayZero)
        self.routes = try Routes(routes)
        let shape = try Shape(keys, at: "keys.json", knows: ["keys"])
        var signing: [SigningKey] = []
        for (index, json) in try shape.list("keys").enumerated() {
            guard let key = SigningKey(privateJWK: json), key.kid != nil else {
                throw MockProblem(
                    place: "keys.json/keys/\(index)", words: "this is no whole private key with a kid that can sign")
            }
            signing.append(key)
        }
        for algorithm in traits.isOpenID ? traits.signing.algorithms : []
        where !signing.contains(where: { $0.algorithm == algorithm }) {
            throw shape.problem("keys", "a key that signs with \(algorithm.rawValue) is needed")
        }
        self.keys = signing
    }

    /// The same provider with other rotation, written as in `authorization.json`.
    public func with(rotation: JSON, limits: JSON?) throws(MockProblem) -> MockFolder {
        var out = self
        if let limits { out.traits.limits = try Quota.Terms(limits) }
        (out.traits.rotation, out.traits.replay) = try ServerTraits.rotation(rotation)
        return out
    }

    /// The same provider, asked about tokens and answering like this (`Introspects`).
    public func with(introspection name: String) throws(MockProblem) -> MockFolder {
        guard let introspects = Introspects(rawValue: name) else {
            throw MockProblem(place: "introspection", words: "one of \(Introspects.allCases.map(\.rawValue))")
        }
        var out = self
        out.traits.introspects = introspects
        return out
    }

    /// Whether it is served over https: its manifest says so.
    public var isSecure: Bool { issuer.scheme == "https" }

    /// Whether nobody signs in there: clients get tokens in their own name alone (RFC 6749 4.4).
    public var isForBusinesses: Bool { traits.grantTypes == ["client_credentials"] }

    /// Whether it gives out codes to be entered on another device (RFC 8628).
    public var offersDevices: Bool { traits.isForDevices }

    /// Where it is asked about tokens, for a manifest that names its endpoints itself.
    public var introspectionEndpoint: String { issuer.text + traits.paths.introspect }

    /// The issuer as it is when the provider is served at `origin`, such as `http://127.0.0.1:40123`.
    public func issuer(at origin: String) -> String {
        issuer.text.hasPrefix(issuer.origin) ? origin + issuer.text.dropFirst(issuer.origin.utf8.count) : origin
    }

    /// The manifest for a provider that is served at `origin`: every text that starts with the manifest's own origin
    /// is moved there.
    public func manifest(at origin: String) -> JSON { Self.moved(manifest, from: issuer.origin, to: origin) }

    private static func moved(_ json: JSON, from: String, to: String) -> JSON {
        switch json {
        case .string(let text):
            guard text.hasPrefix(from) else { return json }
            let rest = text.dropFirst(from.count)
            return rest.isEmpty || rest.hasPrefix("/") ? .string(to + rest) : json
        case .array(let items): return .array(items.map { moved($0, from: from, to: to) })
        case .object(let object):
            return .object(JSONObject(object.members.map { ($0.name, moved($0.value, from: from, to: to)) }))
        default: return json
        }
    }
}
