import Crypto
import Wire

/// Why metadata or keys could not be had.
enum ShelfError: Error, Sendable, Hashable {
    /// The server could not be reached or failed: worth another try.
    case unavailable(String)
    /// It answered something we refuse.
    case violation(String)
}

/// Discovery documents and key sets, kept for a while: the one thing trips share in memory.
///
/// Bounded by the catalogue: one document and one key set a provider. Each is fetched by one at a time, for all who need
/// it, and used for as long as its `Cache-Control` says (`Freshness`). What can no longer be fetched is used on
/// (stale-if-error), until it is too old even for that. Keys are fetched at most once a minute, failed fetches counted; in
/// between the failure is the answer. Ages are counted by uptime, so that no set clock makes anything younger. Documents
/// are kept beyond a start (`KeptDocuments`), for as long as they may be stale.
actor MetadataShelf {
    private let clock: any Clock
    private let transport: any Transport
    private var documents: [String: Drawer<ServerMetadata>] = [:]
    private var keys: [String: Drawer<JWKSet>] = [:]
    private var transmitters: [String: Drawer<TransmitterMetadata>] = [:]
    private let kept: KeptDocuments?
    /// Of all providers there are.
    private let issuers: [String]
    /// What of each provider is durable, and since when.
    private var durable: [String: (document: [UInt8], at: Uptime)] = [:]

    init(clock: any Clock, transport: any Transport, kept: KeptDocuments? = nil, issuers: [String] = []) {
        self.issuers = issuers
        self.clock = clock
        self.transport = transport
        self.kept = kept
    }

    /// The authorization server's metadata.
    ///
    /// - Parameter recalls: whether what was kept from before a start will do while they cannot be had. It settles what was
    ///   begun; nothing new is begun with it.
    func metadata(of provider: Provider, recalls: Bool = true) async throws(ShelfError) -> ServerMetadata {
        let authorization = provider.manifest.authorization
        if case .none(let endpoints) = authorization.discovery {
            var metadata = ServerMetadata(
                issuer: authorization.issuer, authorizationEndpoint: endpoints.authorization,
                tokenEndpoint: endpoints.token, jwksURI: endpoints.jwks, userinfoEndpoint: endpoints.userinfo,
                revocationEndpoint: endpoints.revocation, deviceAuthorizationEndpoint: endpoints.device,
                sendsIssuer: false, challengeMethods: nil)
            metadata.introspectionEndpoint = endpoints.introspection
            metadata.isAskedAboutTokens = authorization.introspection != nil
            return metadata
        }
        let name = provider.manifest.name
        var came: [UInt8]?
        do {
            let metadata = try await document(of: Publisher(provider)) { json, body throws(ShelfError) in
                came = body
                return try Self.read(json, authorization, among: issuers)
            }
            if let came { await keep(came, of: provider) }
            return metadata
        } catch {
            guard recalls, let drawer = documents[name], drawer.value == nil,
                let old = await kept?.recall(name, issuer: authorization.issuer),
                drawer.limits.mayUse(old.ageMilliseconds, despite: error)
            else { throw error }
            return try Self.read(old.document, authorization, among: issuers)
        }
    }

    /// The metadata of an authorization server that is no provider.
    func metadata(of publisher: Publisher) async throws(ShelfError) -> ServerMetadata {
        try await document(of: publisher) { json, _ throws(ShelfError) in
            do throws(ProtocolViolation) {
                return try ServerMetadata.read(json, issuer: publisher.issuer, grant: .clientCredentials)
            } catch { throw .violation(error.description) }
        }
    }

    private func document(
        of publisher: Publisher, _ read: (JSON, [UInt8]) throws(ShelfError) -> ServerMetadata
    ) async throws(ShelfError) -> ServerMetadata {
        guard let place = publisher.location else {
            throw .violation("the issuer is no URI that metadata can be found under")
        }
        let drawer =
            documents[publisher.name].flatMap { $0.origin == publisher.issuer ? $0 : nil }
            ?? Drawer(of: publisher.issuer, .documents)
        documents[publisher.name] = drawer
        return try await value(of: drawer, .usual, place, "the discovery document", publisher, read)
    }

    private static func read(
        _ document: JSON, _ authorization: Manifest.Authorization, among issuers: [String]
    ) throws(ShelfError) -> ServerMetadata {
        do throws(ProtocolViolation) {
            var metadata = try ServerMetadata.read(
                document, issuer: authorization.issuer, grant: authorization.grant,
                parameters: authorization.parameters.map(\.0))
            if !authorization.usesCertificate { metadata.aliases = [:] }
            let beside = authorization.besideDiscovery
            try metadata.take(\.revocationEndpoint, named: beside.revocation, "revocation")
            try metadata.take(\.introspectionEndpoint, named: beside.introspection, "introspection")
            metadata.isAskedAboutTokens = authorization.introspection != nil
            metadata.useAliases()
            try metadata.checkTokenEndpoint(among: issuers)
            return metadata
        } catch {
            throw .violation(error.description)
        }
    }

    /// Made durable where it is not: the first time, when it changed, and once a day.
    private func keep(_ document: [UInt8], of provider: Provider) async {
        let name = provider.manifest.name
        if let last = durable[name], last.document == document,
            clock.uptime.milliseconds(since: last.at).map({ $0 < 86_400_000 }) == true
        {
            return
        }
        let asked = clock.uptime
        guard await kept?.keep(document, of: name, issuer: provider.manifest.authorization.issuer) == true else {
            return
        }
        durable[name] = (document, asked)
    }

    /// The keys the provider signs with.
    ///
    /// - Parameter need: since when: nothing is judged a forgery by keys that may be older than it.
    func keySet(
        of publisher: Publisher, _ metadata: ServerMetadata, _ need: Newness = .usual
    ) async throws(ShelfError) -> JWKSet {
        guard let place = metadata.jwksURI else { throw .violation("the provider publishes no keys (jwks_uri)") }
        return try await keySet(of: publisher, at: place, publisher.name, need)
    }

    /// The metadata of whoever transmits a provider's signals.
    func transmitter(
        of provider: Provider, _ signals: SharedSignals
    ) async throws(ShelfError) -> TransmitterMetadata {
        guard let place = TransmitterMetadata.location(signals.transmitter) else {
            throw .violation("the transmitter is no URI that its document can be found under")
        }
        let (name, issuer) = (provider.manifest.name, signals.transmitter)
        let drawer =
            transmitters[name].flatMap { $0.origin == issuer ? $0 : nil } ?? Drawer(of: issuer, .documents)
        transmitters[name] = drawer
        return try await value(of: drawer, .usual, place, "the transmitter's document", Publisher(provider)) {
            json, _ throws(ShelfError) in
            do throws(ProtocolViolation) { return try TransmitterMetadata.read(json, issuer: issuer) } catch {
                throw .violation(error.description)
            }
        }
    }

    /// The keys that signals are signed with.
    func keySet(
        of provider: Provider, _ metadata: TransmitterMetadata, _ need: Newness
    ) async throws(ShelfError) -> JWKSet {
        try await keySet(of: Publisher(provider), at: metadata.jwksURI, provider.manifest.name + " signals", need)
    }

    private func keySet(
        of publisher: Publisher, at place: URI, _ name: String, _ need: Newness
    ) async throws(ShelfError) -> JWKSet {
        let drawer = keys[name].flatMap { $0.origin == place.text ? $0 : nil } ?? Drawer(of: place.text, .keys)
        keys[name] = drawer
        return try await value(of: drawer, need, place, "the key set", publisher) {
            json, _ throws(ShelfError) in
            do { return try JWKSet(json) } catch {
                throw .violation("the provider's key set is not one we can use")
            }
        }
    }

    /// What is in a drawer, fetched first where that is needed and may be done.
    private func value<Value: Sendable>(
        of drawer: Drawer<Value>, _ need: Newness, _ place: URI, _ what: String, _ publisher: Publisher,
        _ read: (JSON, [UInt8]) throws(ShelfError) -> Value
    ) async throws(ShelfError) -> Value {
        while drawer.isBusy { await withCheckedContinuation { drawer.wait($0) } }
        let asked = clock.uptime
        switch drawer.step(need, at: asked) {
        case .use:
            if let value = drawer.value { return value }
        case .fail(let error): throw error
        case .tooSoon(let milliseconds):
            throw .unavailable("\(what) was fetched just now, and is fetched again in \(milliseconds / 1000 + 1) s")
        case .fetch: break
        }
        drawer.begin()
        do {
            let response = try await fetched(place, what, publisher)
            let value = try read(response.json, response.body)
            drawer.came(value, asked: asked, fresh: Freshness.milliseconds(response.headers))
            return value
        } catch {
            if let value = drawer.failed(error, need, at: clock.uptime) { return value }
            throw error
        }
    }

    private func fetched(
        _ uri: URI, _ what: String, _ publisher: Publisher
    ) async throws(ShelfError) -> (json: JSON, body: [UInt8], headers: HTTPHeaders) {
        var request = ProviderRequest(
            "GET", uri, headers: ["Accept": "application/json"], answerBytes: Limits.jwksBytes)
        request.tls = publisher.authorities.map { TLSTerms(authorities: $0, identity: nil) }
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch {
            throw .unavailable("\(what) could not be fetched: \(error.words)")
        }
        if (300..<400).contains(response.status) {
            throw .unavailable("\(what) answered HTTP \(response.status), a redirect, and none is followed")
        }
        guard response.status == 200 else { throw .unavailable("\(what) answered HTTP \(response.status)") }
        do { return (try JSON.parse(response.body), response.body, response.headers) } catch {
            throw .unavailable("\(what) is not JSON")
        }
    }
}

/// What came of checking something that a provider signed.
enum Judged<Value: Sendable>: Sendable {
    case holds(Value)
    case not(IDTokenProblem)
    /// The keys are out of reach.
    case later(String)
}

extension MetadataShelf {
    /// Checks something with the provider's keys. A signature that does not hold may be of a key we have not seen: it is
    /// judged by keys that were asked for after it came, or not yet.
    nonisolated func judged<Value: Sendable>(
        by provider: Provider, _ metadata: ServerMetadata, _ check: (JWKSet) throws(IDTokenProblem) -> Value
    ) async -> Judged<Value> {
        await judged(by: Publisher(provider), metadata, check)
    }

    nonisolated func judged<Value: Sendable>(
        by publisher: Publisher, _ metadata: ServerMetadata, _ check: (JWKSet) throws(IDTokenProblem) -> Value
    ) async -> Judged<Value> {
        await judged(check) { need throws(ShelfError) in try await keySet(of: publisher, metadata, need) }
    }

    /// The same with the keys that its signals are signed with.
    nonisolated func judged<Value: Sendable>(
        by provider: Provider, _ metadata: TransmitterMetadata, _ check: (JWKSet) throws(IDTokenProblem) -> Value
    ) async -> Judged<Value> {
        await judged(check) { need throws(ShelfError) in try await keySet(of: provider, metadata, need) }
    }

    private nonisolated func judged<Value: Sendable>(
        _ check: (JWKSet) throws(IDTokenProblem) -> Value, by keySet: (Newness) async throws(ShelfError) -> JWKSet
    ) async -> Judged<Value> {
        let begun = clock.uptime
        var need = Newness.usual
        while true {
            let keys: JWKSet
            do { keys = try await keySet(need) } catch { return .later(error.words) }
            do { return .holds(try check(keys)) } catch {
                guard error == .signature, need == .usual else { return .not(error) }
                need = .since(begun)
            }
        }
    }
}

extension TransportError {
    /// What happened, for a cause shown to people.
    var words: String {
        switch self {
        // A trouble of our own is known by how it begins, and the way there is not to blame.
        case .notSent(let what) where LocalTrouble.of(what) != nil: what
        case .notSent(let what): "\(LinkCondition.unreachable) (\(what))"
        case .untrusted(let what): "\(LinkCondition.untrusted) (\(what))"
        case .noAnswer(let what): "no answer (\(what))"
        case .tooLarge: "the answer is too large"
        case .cut(let part): "the answer came in part (HTTP \(part.status), \(part.why))"
        }
    }
}
