import Crypto
import Wire

/// Providers at which this process is registering now: two at once would leave one client there that nobody here knows.
actor Registering {
    private var underWay: Set<String> = []

    func begin(_ provider: String) -> Bool { underWay.insert(provider).inserted }
    func end(_ provider: String) { underWay.remove(provider) }
}

/// A client that registers itself (RFC 7591), and takes itself back (RFC 7592 2.3).
///
/// Between the provider's answer and the transaction that keeps it there is no way to be safe: a registration has no number
/// that could be noted before. If the process dies there, a client stays at the provider that nobody here knows; it has no
/// grant. What can be tried before is: that there is room, and that this can seal.
struct RegisterItself {
    let wallet: Wallet

    private var world: World { wallet.world }

    /// - Parameter initial: the initial access token (RFC 7591 3), for a provider that does not let everybody register.
    func run(_ name: String, initial: Secret?) async throws(ClientProblem) -> ClientChange {
        let clients = RegisterClient(wallet: wallet)
        let provider = try clients.known(name)
        let stored = try await clients.stored(name)
        if let problem = Self.problem(provider, stored, initial) { throw .unfit(problem) }
        guard await wallet.registering.begin(name) else { throw .unfit("purser is registering at \(name) already") }
        do throws(ClientProblem) {
            let change = try await register(provider, stored, initial)
            await wallet.registering.end(name)
            return change
        } catch {
            await wallet.registering.end(name)
            throw error
        }
    }

    /// What is wrong before anybody is asked; nil: nothing.
    static func problem(_ provider: Provider, _ stored: RegisteredClient?, _ initial: Secret?) -> String? {
        let (name, authorization) = (provider.manifest.name, provider.manifest.authorization)
        if stored?.dynamic != nil {
            return "\(name): client \(stored?.clientID ?? "") registered itself already; "
                + "to take that back: purser client remove \(name)"
        }
        if authorization.clientAuthentication.needsCertificate {
            return
                "\(name) wants a certificate (\(authorization.clientAuthentication.rawValue)), which is registered at "
                + "its portal and set with purser client set"
        }
        if let initial, !ConfigurationAccess.isBearer(initial) {
            return "an initial access token is made of visible ASCII characters without a space (RFC 6750 2.1)"
        }
        return nil
    }

    private func register(
        _ provider: Provider, _ stored: RegisteredClient?, _ initial: Secret?
    ) async throws(ClientProblem) -> ClientChange {
        let (name, authorization) = (provider.manifest.name, provider.manifest.authorization)
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider, recalls: false) } catch {
            throw .unavailable(error.words)
        }
        guard let endpoint = metadata.registrationEndpoint else {
            throw .refused(
                "\(name) lets no client register itself (its metadata name no registration_endpoint); "
                    + "register at its portal, then: purser client set \(name) --client-id ID")
        }
        let proof = try proof(provider, stored)
        let draft = RegistrationDraft(
            wallet: wallet, provider: provider, proof: proof,
            redirectURI: authorization.grant == .authorizationCode ? wallet.ownCallback(of: name) : nil)
        if let problem = world.escrow.problem() { throw .failed("\(problem); nothing was sent") }
        let request = ConfigurationAccess.request(
            "POST", endpoint, initial, draft.metadata.json(metadata), provider)
        let asked = await wallet.traffic.ask(request, wallet.registrationPassage(provider))
        let told: ClientInformation
        switch RegistrationOutcome.decide(asked, near: metadata.ownEndpoints) {
        case .told(let information): told = information
        case .refused(let why): throw .refused("\(name) refuses the registration: \(why)")
        case .unauthorized(let why):
            throw .refused(
                initial == nil
                    ? "\(name) lets nobody register without an initial access token (\(why)): give it with --initial-token-file"
                    : "\(name) does not take this initial access token (\(why))")
        case .later(let why): throw .unavailable("\(why); nothing was registered")
        case .unclear(let why):
            throw .unavailable(
                "\(why); nothing was saved here. \(name) may have registered a client that nobody here knows: it can do "
                    + "nothing in your name. Try again")
        }
        return try await keep(told, draft, metadata)
    }

    /// What the client will prove itself with beside what comes back: keys, or the certificate that is set already.
    private func proof(_ provider: Provider, _ stored: RegisteredClient?) throws(ClientProblem) -> Secret? {
        let (name, authorization) = (provider.manifest.name, provider.manifest.authorization)
        let held = stored?.secret(wallet.keyring, issuer: authorization.issuer)
        if authorization.usesCertificate {
            guard let certificate = held ?? provider.clientSecret else {
                throw .unfit(ClientCheck.lack(of: authorization, name) ?? "a certificate is needed")
            }
            return certificate
        }
        guard authorization.clientAuthentication.needsKeys else { return nil }
        // Keys that wait for a client are for this one; those of another client are that one's.
        if let stored, stored.registeredID == nil, let held, ClientKeys(held) != nil { return held }
        do { return try ClientKeys(keys: [try SigningKey.generate(.es256)]).secret() } catch {
            throw .failed(error.what)
        }
    }

    private func keep(
        _ told: ClientInformation, _ draft: RegistrationDraft, _ metadata: ServerMetadata
    ) async throws(ClientProblem) -> ClientChange {
        let name = draft.provider.manifest.name
        let access = told.access.following(nil)
        do throws(ClientProblem) {
            let fit = try draft.fit(told, metadata, now: world.clock.now)
            var change = try await draft.save(told, fit, access)
            change.remarks = fit.remarks
            if let lack = told.access.lack { change.remarks.append("\(lack): \(Self.unmanaged)") }
            return change
        } catch {
            // What cannot be used, or could not be saved, is not left there.
            let undone: String
            if let access {
                let why = await wallet.delete(access, draft.provider)
                undone =
                    why.map { "\(Self.left(told, name)): \($0)" } ?? "it was taken back there, and nothing changed here"
            } else {
                undone = "\(Self.left(told, name)), since it cannot be taken back from here"
            }
            throw error.adding("; " + undone)
        }
    }

    static let unmanaged = "it can be used, and neither changed nor taken back from here"

    private static func left(_ told: ClientInformation, _ name: String) -> String {
        "client \(Harmless.text(told.clientID, limit: 80)) stays registered at \(name)"
    }
}

extension Wallet {
    func registrationPassage(_ provider: Provider) -> Passage {
        .asked(.token, provider.manifest, .nobody, RegisteredClient.keyOwner(of: provider.manifest.name))
    }

    /// Takes a registration back at its provider (RFC 7592 2.3). Nil: it is gone there; else why not.
    func delete(_ access: ConfigurationAccess, _ provider: Provider) async -> String? {
        let request = access.request("DELETE", nil, provider)
        return RegistrationOutcome.whyNotDeleted(await traffic.ask(request, registrationPassage(provider)))
    }
}

extension ServerMetadata {
    /// Hosts of the provider's own.
    var ownEndpoints: [URI] { [registrationEndpoint, tokenEndpoint, URI(issuer)].compactMap(\.self) }
}

extension ClientProblem {
    /// The same with more words.
    func adding(_ more: String) -> ClientProblem {
        switch self {
        case .unfit(let why): .unfit(why + more)
        case .refused(let why): .refused(why + more)
        case .unavailable(let why): .unavailable(why + more)
        case .failed(let why): .failed(why + more)
        case .store(let error): .failed(error.description + more)
        case .unknownProvider: self
        }
    }
}
