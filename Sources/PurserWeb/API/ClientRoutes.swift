import Crypto
import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let clients: [Route] = [
        Route(
            "listClients", "GET", "/v1/clients", .scope(.admin),
            "Who Purser is at every provider, and what to register at each one's portal. Never a secret.",
            replies: [.json(200, "Clients", "By provider.")], isSocketOnly: true,
            run: { call throws(Problem) in try await ClientRoutes(call).all() }),
        Route(
            "setClient", "PUT", "/v1/clients/{provider}", .scope(.admin),
            "Register who Purser is at a provider, for all wallets, in place of its folder's preset.",
            body: ClientShown.settingSchema,
            replies: [.json(200, "ClientChanged", "The registration, and what it did to links.")],
            problems: [.unknownProvider], isSocketOnly: true,
            run: { call throws(Problem) in try await ClientRoutes(call).set() }),
        Route(
            "makeClientKey", "POST", "/v1/clients/{provider}/keys", .scope(.admin),
            "Make a key that Purser proves itself with at a provider (private_key_jwt), or put the newest one in use.",
            body: ClientKeysShown.requestSchema,
            replies: [.json(200, "ClientKeys", "The public key set to register there.")], problems: [.unknownProvider],
            isSocketOnly: true,
            run: { call throws(Problem) in try await ClientRoutes(call).makeKey() }),
        Route(
            "registerClient", "POST", "/v1/clients/{provider}/registration", .scope(.admin),
            "Have Purser register itself at a provider (RFC 7591), for all wallets, in place of its folder's preset.",
            body: RegistrationShown.requestSchema,
            replies: [.json(200, "ClientChanged", "What the provider registered, and what it did to links.")],
            problems: [.unknownProvider, .cannotRegister, .providerUnavailable], isSocketOnly: true,
            run: { call throws(Problem) in try await ClientRoutes(call).register() }),
        Route(
            "removeClient", "DELETE", "/v1/clients/{provider}", .scope(.admin),
            "Go back to the preset of the provider's folder; a client that registered itself is taken back there.",
            replies: [.json(200, "ClientChanged", "What counts now, and what it did to links.")],
            problems: [.notFound], isSocketOnly: true,
            run: { call throws(Problem) in try await ClientRoutes(call).remove() }),
    ]
}

/// `/v1/clients`: they belong to whoever runs the daemon, so only its own socket may ask.
struct ClientRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func all() async throws(Problem) -> HTTPResponse {
        .json(["clients": .array(try await facts().map { shown($0).json })])
    }

    func set() async throws(Problem) -> HTTPResponse {
        let (name, door, object) = (call["provider"], try call.door, try call.object())
        guard let id = object["clientId"]?.string else { throw Problem(.badRequest, "clientId must be a text") }
        let setting = ClientSetting(
            clientID: id, secret: try text(object, "clientSecret").map { Secret($0) },
            key: try text(object, "clientKey").map { Secret($0) },
            redirectURI: try text(object, "redirectUri"), scopes: try scopes(object))
        let change: ClientChange
        do { change = try await door.setClient(name, setting) } catch {
            throw Problem(error, known: call.visibleProviders)
        }
        return try await answer(name, change)
    }

    func makeKey() async throws(Problem) -> HTTPResponse {
        let (name, door, object) = (call["provider"], try call.door, try call.object())
        let named = try text(object, "algorithm") ?? SignatureAlgorithm.es256.rawValue
        guard let algorithm = ClientKeysShown.algorithms.contains(named) ? SignatureAlgorithm(rawValue: named) : nil
        else {
            throw Problem(
                .badRequest, "algorithm is one of \(ClientKeysShown.algorithms.joined(separator: ", "))")
        }
        let facts: ClientKeysFacts
        do {
            facts = try await door.clientKey(name, algorithm, activate: object["activate"]?.bool ?? false)
        } catch { throw Problem(error, known: call.visibleProviders) }
        return .json(
            ClientKeysShown(
                provider: facts.provider, clientID: facts.clientID, jwks: facts.published, inUse: facts.inUse,
                next: facts.next
            ).json)
    }

    func register() async throws(Problem) -> HTTPResponse {
        let (name, door, object) = (call["provider"], try call.door, try call.object())
        let initial = try text(object, "initialToken").map { Secret($0) }
        let change: ClientChange
        do { change = try await door.registerClient(name, initial: initial) } catch {
            throw Problem(error, known: call.visibleProviders)
        }
        return try await answer(name, change)
    }

    func remove() async throws(Problem) -> HTTPResponse {
        let (name, door) = (call["provider"], try call.door)
        let change: ClientChange?
        do { change = try await door.removeClient(name) } catch {
            throw Problem(error, known: call.visibleProviders)
        }
        guard let change else {
            throw Problem(.notFound, "no client was registered here for \(name)", detail: "run: purser client show")
        }
        return try await answer(name, change)
    }

    private func text(_ object: JSONObject, _ name: String) throws(Problem) -> String? {
        guard let value = object[name] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw Problem(.badRequest, "\(name) must be a text") }
        return text
    }

    private func scopes(_ object: JSONObject) throws(Problem) -> [String]? {
        guard let value = object["scopes"] else { return nil }
        guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
            throw Problem(.badRequest, "scopes must be a list of texts")
        }
        return list.compactMap(\.string)
    }

    private func facts() async throws(Problem) -> [ClientFacts] {
        do { return try await call.door.clients() } catch let error as StoreError { throw Problem(error) } catch {
            throw error as? Problem ?? Problem(.storeFailed, "the clients cannot be read")
        }
    }

    private func answer(_ name: String, _ change: ClientChange) async throws(Problem) -> HTTPResponse {
        call.web.poke()
        let found = try await facts().first { $0.provider == name }
        let client =
            found.map(shown)
            ?? ClientShown(
                provider: name, clientID: nil, source: .none, authentication: "none", hasSecret: false,
                redirectURI: call.web.facts.address + "/callback/" + name, listens: .daemon, scopes: [], changedAt: nil)
        return .json(
            ClientChanged(
                client: client, suspended: change.suspended, calledOff: change.calledOff, remarks: change.remarks
            ).json)
    }

    private func shown(_ facts: ClientFacts) -> ClientShown {
        let listens = facts.redirectURI.map { text in URI(text).map { call.web.listens(at: $0) } ?? .nobody }
        return ClientShown(
            provider: facts.provider, clientID: facts.clientID,
            source: facts.clientID == nil ? .none : facts.isPreset ? .folder : .registered,
            authentication: facts.authentication.rawValue, hasSecret: facts.hasSecret,
            certificateEndsAt: facts.certificateEndsAt, redirectURI: facts.redirectURI,
            listens: facts.isOwnRedirect ? .daemon : listens, scopes: facts.scopes, changedAt: facts.changedAt,
            registration: facts.registration.map {
                RegistrationShown(
                    registeredAt: $0.registeredAt, isManaged: $0.isManaged, secretEndsAt: $0.secretEndsAt,
                    renewsAt: $0.renewsAt, trouble: $0.trouble)
            })
    }
}
