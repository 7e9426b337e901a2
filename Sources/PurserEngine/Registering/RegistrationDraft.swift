import Crypto
import Wire

/// A registration as it is asked for, and as it is saved once the provider has told what became of it.
struct RegistrationDraft {
    let wallet: Wallet
    let provider: Provider
    /// Keys or a certificate of our own; nil: the provider gives out a secret, or nothing.
    let proof: Secret?
    /// Exactly as it is registered; nil: nobody is sent away.
    let redirectURI: String?

    private var name: String { provider.manifest.name }
    private var authorization: Manifest.Authorization { provider.manifest.authorization }
    private var keys: ClientKeys? {
        authorization.clientAuthentication.needsKeys ? proof.flatMap { ClientKeys($0) } : nil
    }

    var metadata: ClientMetadata {
        ClientMetadata(
            authorization: authorization, redirectURI: redirectURI, loggedOutURI: wallet.loggedOutURI(of: name),
            backChannelURI: wallet.callbackBase + "/backchannel-logout/" + name, keys: keys, version: wallet.version)
    }

    func fit(
        _ told: ClientInformation, _ server: ServerMetadata, present: RegistrationFit.Present? = nil, now: Instant
    ) throws(ClientProblem) -> RegistrationFit {
        let asked = RegistrationFit.Asked(
            authorization: authorization, redirectURI: redirectURI,
            requestAlgorithm: authorization.messages.signsRequests ? keys?.keys.first?.algorithm : nil,
            hasPushEndpoint: server.pushedRequestEndpoint != nil)
        do { return try RegistrationFit.judge(told, asked, present: present, now: now) } catch {
            throw .refused("\(name): \(error.words)")
        }
    }

    /// Saves it in the place of whatever client counted before.
    func save(
        _ told: ClientInformation, _ fit: RegistrationFit, _ access: ConfigurationAccess?
    ) async throws(ClientProblem) -> ClientChange {
        let now = wallet.world.clock.now
        let turn = DynamicRegistration.Turn(
            dueAt: SecretRenewal.due(since: now, endsAt: fit.secretEndsAt), fence: now.milliseconds)
        let dynamic = DynamicRegistration(
            authentication: fit.authentication, registeredAt: now, sealedAccess: nil, secretSince: now,
            secretEndsAt: fit.secretEndsAt, turn: turn)
        let setting = ClientSetting(
            clientID: told.clientID, secret: nil, redirectURI: redirectURI, scopes: fit.scopes)
        return try await RegisterClient(wallet: wallet).put(
            provider, setting, fit.keepsSecret ? told.secret : proof, dynamic, access)
    }
}
