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
/// Bounded by the catalogue: one document and one key set a provider. A document that can no longer be fetched is used
/// on (stale-if-error); a key set is fetched at most once a minute, failed fetches counted, and fails closed between.
actor MetadataShelf {
    private struct Kept<Value: Sendable> {
        let value: Value
        let fetchedAt: Instant
    }

    private let clock: any Clock
    private let transport: any Transport
    private var documents: [String: Kept<ServerMetadata>] = [:]
    private var keys: [String: Kept<JWKSet>] = [:]
    /// When keys were last fetched, and what failed then.
    private var keyTries: [String: (at: Instant, error: ShelfError?)] = [:]
    /// Who waits for the fetch that is on its way; no entry: none is.
    private var keyWaiters: [String: [CheckedContinuation<Void, Never>]] = [:]

    init(clock: any Clock, transport: any Transport) {
        self.clock = clock
        self.transport = transport
    }

    /// The authorization server's metadata, fetched when not known or older than an hour.
    func metadata(of provider: Provider) async throws(ShelfError) -> ServerMetadata {
        let authorization = provider.manifest.authorization
        if case .none(let endpoints) = authorization.discovery {
            return ServerMetadata(
                issuer: authorization.issuer, authorizationEndpoint: endpoints.authorization,
                tokenEndpoint: endpoints.token, jwksURI: endpoints.jwks, userinfoEndpoint: endpoints.userinfo,
                revocationEndpoint: endpoints.revocation, deviceAuthorizationEndpoint: endpoints.device,
                sendsIssuer: false, challengeMethods: nil)
        }
        let kept = documents[provider.manifest.name]
        if let kept, kept.value.issuer == authorization.issuer, isFresh(kept.fetchedAt) { return kept.value }
        do {
            let metadata = try await fetched(authorization)
            documents[provider.manifest.name] = Kept(value: metadata, fetchedAt: clock.now)
            return metadata
        } catch {
            if case .unavailable = error, let kept, kept.value.issuer == authorization.issuer { return kept.value }
            throw error
        }
    }

    private func fetched(_ authorization: Manifest.Authorization) async throws(ShelfError) -> ServerMetadata {
        guard let place = ServerMetadata.location(issuer: authorization.issuer, authorization.discovery) else {
            throw .violation("the issuer is no URI that metadata can be found under")
        }
        let document = try await fetch(place, "the discovery document")
        do {
            return try ServerMetadata.read(document, issuer: authorization.issuer, grant: authorization.grant)
        } catch {
            throw .violation(error.description)
        }
    }

    /// The keys the provider signs with. `refetch`: a signature named a key that is not among them, or did not hold.
    ///
    /// One fetch at a time, which all who ask wait for. After it, good or failed, none for a minute: whoever needs
    /// newer keys meanwhile gets those that came, or the failure again. Keys that grew old stay in use when newer ones
    /// cannot be had, but are no answer to `refetch`: nothing is judged a forgery by keys that may have been replaced.
    func keySet(of provider: Provider, _ metadata: ServerMetadata, refetch: Bool) async throws(ShelfError) -> JWKSet {
        let name = provider.manifest.name
        while keyWaiters[name] != nil {
            await withCheckedContinuation { keyWaiters[name]?.append($0) }
        }
        let kept = keys[name]
        if !refetch, let kept, isFresh(kept.fetchedAt) { return kept.value }
        if let tried = keyTries[name], isCoolingDown(since: tried.at) {
            guard let error = tried.error else {
                if let kept { return kept.value }
                throw .unavailable("the key set could not be fetched")
            }
            if !refetch, let kept, case .unavailable = error { return kept.value }
            throw error
        }
        keyWaiters[name] = []
        defer { for waiter in keyWaiters.removeValue(forKey: name) ?? [] { waiter.resume() } }
        do {
            let set = try await fetchedKeys(metadata)
            keys[name] = Kept(value: set, fetchedAt: clock.now)
            keyTries[name] = (clock.now, nil)
            return set
        } catch {
            keyTries[name] = (clock.now, error)
            if !refetch, let kept, case .unavailable = error { return kept.value }
            throw error
        }
    }

    private func isCoolingDown(since instant: Instant) -> Bool {
        (0..<Limits.jwksCooldownSeconds * 1000).contains(clock.now.milliseconds(since: instant))
    }

    private func fetchedKeys(_ metadata: ServerMetadata) async throws(ShelfError) -> JWKSet {
        guard let place = metadata.jwksURI else { throw .violation("the provider publishes no keys (jwks_uri)") }
        let document = try await fetch(place, "the key set")
        do { return try JWKSet(document) } catch { throw .violation("the provider's key set is not one we can use") }
    }

    private func isFresh(_ fetchedAt: Instant) -> Bool {
        (0..<Limits.metadataSeconds * 1000).contains(clock.now.milliseconds(since: fetchedAt))
    }

    private func fetch(_ uri: URI, _ what: String) async throws(ShelfError) -> JSON {
        let request = ProviderRequest(
            "GET", uri, headers: ["Accept": "application/json"], answerBytes: Limits.jwksBytes)
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch {
            throw .unavailable("\(what) could not be fetched: \(error.words)")
        }
        guard response.status == 200 else { throw .unavailable("\(what) answered HTTP \(response.status)") }
        do { return try JSON.parse(response.body) } catch { throw .unavailable("\(what) is not JSON") }
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
    /// Checks something with the provider's keys. A signature that does not hold may be of a key we have not seen: one
    /// fetch of newer keys, then the verdict.
    nonisolated func judged<Value: Sendable>(
        by provider: Provider, _ metadata: ServerMetadata, _ check: (JWKSet) throws(IDTokenProblem) -> Value
    ) async -> Judged<Value> {
        var refetch = false
        while true {
            let keys: JWKSet
            do { keys = try await keySet(of: provider, metadata, refetch: refetch) } catch {
                return .later(error.words)
            }
            do { return .holds(try check(keys)) } catch {
                guard error == .signature, !refetch else { return .not(error) }
                refetch = true
            }
        }
    }
}

extension TransportError {
    /// What happened, for a cause shown to people.
    var words: String {
        switch self {
        case .notSent(let what): "\(LinkCondition.unreachable) (\(what))"
        case .noAnswer(let what): "no answer (\(what))"
        case .tooLarge: "the answer is too large"
        case .cut(let part): "the answer came in part (HTTP \(part.status), \(part.why))"
        }
    }
}
