public import Crypto
public import Wire

/// The door. Everything Purser does begins with one of these verbs:
///
/// - **link**: `startLink` → the provider's own consent page → `completeLink` (Linking/)
/// - **tick**: due links are claimed and worked on, each on its own (Pulling/); `recover` first, once, at the start
/// - **feeds**: what points are worth, pulled in our own name by the same tick (Feeds/)
/// - **registrations**: who we are at a provider, registered by ourselves, and renewed by the same tick (Registering/)
/// - **accounts**: the merged view, from what is stored (Ledger/)
///
/// and `requestPull` and `unlink`, by which a user hurries the one and ends the other.
public struct Wallet: Sendable {
    let world: World
    let catalogue: Catalogue
    let keyring: Keyring
    let shelf: MetadataShelf
    let traffic: Traffic
    let deadGrants = DeadGrants()
    let logouts = Logouts()
    let introspections = Introspections()
    let ownTokens = OwnTokens()
    let registering = Registering()
    /// Where this daemon's callback listens: `http://127.0.0.1:7878`.
    let callbackBase: String
    /// Of this Purser, as providers are told when a client registers; nil: it is not told.
    let version: String?

    public init(
        _ world: World, _ catalogue: Catalogue, _ keyring: Keyring, callbackBase: String, version: String? = nil
    ) {
        var world = world
        world.transport = SignedTransport(
            base: world.transport, clock: world.clock, randomness: world.randomness)
        self.world = world
        self.catalogue = catalogue
        self.keyring = keyring
        self.callbackBase = callbackBase
        self.version = version
        shelf = MetadataShelf(
            clock: world.clock, transport: world.transport, kept: KeptDocuments(world: world, keyring: keyring),
            issuers: catalogue.providers.sorted { $0.key < $1.key }.map(\.value.manifest.authorization.issuer))
        traffic = Traffic(world: world)
    }

    /// Begins a link: saves it as pending and says where the person consents.
    ///
    /// - Parameter device: in any browser, by a code (RFC 8628), though the provider could send the browser back here.
    public func startLink(
        _ provider: String, in wallet: WalletID, by starter: Starter, device: Bool = false
    ) async throws(StartLinkProblem) -> StartedLink {
        try await StartLink(wallet: self).run(provider, in: wallet, by: starter, device: device)
    }

    /// Begins a new consent for a link that there is. Abandoned or denied, it leaves that link as it was.
    public func relink(
        _ link: LinkID, in wallet: WalletID, by starter: Starter, device: Bool = false
    ) async throws(StartLinkProblem) -> StartedLink {
        try await StartLink(wallet: self).renew(link, in: wallet, by: starter, device: device)
    }

    /// Whether a link with this provider is begun by a device code when nobody asks for one.
    public func isDeviceOnly(_ provider: String) -> Bool {
        catalogue[provider]?.manifest.authorization.grant == .deviceCode
    }

    /// Takes an authorization response that arrived at a provider's callback, and follows it to its end.
    public func completeLink(
        _ provider: String, _ response: ArrivedResponse, by finisher: Starter?
    ) async -> LinkEnding {
        await CompleteLink(wallet: self).run(provider, response, by: finisher)
    }

    /// Whether a provider's responses come by POST, as its folder asks for.
    public func postsResponses(_ provider: String) -> Bool {
        catalogue[provider]?.manifest.authorization.messages.responseMode.isPosted ?? false
    }

    /// Takes a logout token that a provider sent (OpenID Connect Back-Channel Logout 1.0 2.5).
    public func takeLogout(_ provider: String, _ token: String) async -> LogoutEnding {
        await TakeLogout(wallet: self).run(provider, token)
    }

    /// Takes the address at which a person's browser ended, pasted by hand by whoever began the link.
    public func pasteLink(
        _ address: String, for link: LinkID, in wallet: WalletID, by finisher: Starter
    ) async throws(StoreError) -> PasteEnding {
        try await PasteLink(wallet: self).run(address, for: link, in: wallet, by: finisher)
    }

    /// Settles what an earlier life began to spend, and spreads out what came due meanwhile. Once, before the first tick.
    @discardableResult
    public func recover() async throws(StoreError) -> (settled: Int, unknown: Int) {
        let settled = try await Recover(wallet: self).run()
        try await CatchUp(wallet: self).run()
        return settled
    }

    /// Claims as many due links as there are free slots and starts work on each; no slow link holds up another.
    public func tick(freeSlots: Int) async throws(StoreError) -> Tick.Outcome {
        try await Tick(wallet: self).run(freeSlots: freeSlots)
    }

    /// The wall clock was set back by so much (`ClockSteps`): what was put off until then comes as much earlier.
    public func clockWentBack(by milliseconds: Int64) async throws(StoreError) {
        world.log.write(.warning, "clock set back", [("seconds", "\(milliseconds / 1000)")])
        let (flows, now) = (await traffic.remembered, world.clock.now)
        try await world.store.write { verbs throws(StoreError) in
            try verbs.moveDue(earlierBy: milliseconds, now: now)
            // What was written since the clock was set had the right time already.
            for flow in flows { try verbs.keepFlow(flow) }
        }
    }

    /// Runs a folder's requests once, for whoever writes it; stores nothing.
    ///
    /// - Parameter showsAll: answers as they came, instead of redacted.
    public func tryFolder(
        _ folder: ProviderFolder, _ check: FolderCheck, in wallet: WalletID, link: LinkID?, showsAll: Bool
    ) async throws(TrialProblem) -> Trial {
        try await TryFolder(wallet: self, showsAll: showsAll).run(folder, check, in: wallet, link)
    }

    /// Makes a valuation provider's feed due now.
    public func requestFeed(_ provider: String) async throws(StoreError) -> PullRequest {
        let now = world.clock.now
        return try await world.store.write { verbs throws(StoreError) in
            try verbs.requestFeed(provider, now: now)
        }
    }

    /// Makes a link due now.
    public func requestPull(_ wallet: WalletID, _ link: LinkID) async throws(StoreError) -> PullRequest {
        let now = world.clock.now
        return try await world.store.write { verbs throws(StoreError) in
            try verbs.requestPull(wallet, link, now: now)
        }
    }

    /// Revokes the grant at the provider, deletes all of the link here and leaves a receipt. Nil: no such link.
    public func unlink(_ wallet: WalletID, _ link: LinkID) async throws(StoreError) -> Receipt? {
        try await Unlink(wallet: self).run(wallet, link)
    }

    /// Where the person ends their session at a provider, once they have unlinked. Nothing is sent but for its metadata.
    public func endSession(_ provider: String) async -> SessionEnd { await EndSession(wallet: self).run(provider) }

    /// Takes whoever came back from a provider's logout page.
    public func loggedOut(_ provider: String, _ query: Form) async -> LogoutReturn {
        await EndSession(wallet: self).returned(provider, query)
    }

    /// Lets a link rest: nothing is refreshed or pulled until `resume`.
    public func pause(_ wallet: WalletID, _ link: LinkID) async throws(StoreError) -> PauseAnswer {
        try await PauseLink(wallet: self).pause(wallet, link)
    }

    /// Lets a paused link go on, or one that is suspended and whose question has this answer.
    public func resume(_ wallet: WalletID, _ link: LinkID) async throws(StoreError) -> PauseAnswer {
        try await PauseLink(wallet: self).resume(wallet, link)
    }

    /// Registers who we are at a provider, for all wallets.
    public func setClient(_ provider: String, _ setting: ClientSetting) async throws(ClientProblem) -> ClientChange {
        try await RegisterClient(wallet: self).set(provider, setting)
    }

    /// Registers us at a provider that lets clients register themselves (RFC 7591), for all wallets.
    ///
    /// - Parameter initial: the initial access token, where the provider wants one. It is used once and kept nowhere.
    public func registerClient(_ provider: String, initial: Secret?) async throws(ClientProblem) -> ClientChange {
        try await RegisterItself(wallet: self).run(provider, initial: initial)
    }

    /// Makes or activates a key that we prove ourselves with at a provider, and shows the public set.
    public func clientKey(
        _ provider: String, _ algorithm: SignatureAlgorithm, activate: Bool
    ) async throws(ClientProblem) -> ClientKeysFacts {
        try await RegisterClient(wallet: self).keygen(provider, algorithm, activate: activate)
    }

    /// Back to the preset of the provider's folder; a client that registered itself is taken back there. Nil: nothing was registered here.
    public func removeClient(_ provider: String) async throws(ClientProblem) -> ClientChange? {
        try await RegisterClient(wallet: self).remove(provider)
    }

    /// Where a provider sends people back to. Nil: it cannot be linked.
    public func redirectURI(of provider: String) async throws(StoreError) -> String? {
        guard let found = catalogue[provider], let client = try await client(of: found) else { return nil }
        return redirectURI(of: provider, client)
    }

    /// Who we are at every provider; never a secret.
    public func clients() async throws(StoreError) -> [ClientFacts] {
        try await RegisterClient(wallet: self).shown()
    }

    /// The merged view, ready encoded. Never touches the network, never opens a token.
    public func accounts(_ wallet: WalletID, seeing sight: Sight) async throws(StoreError) -> MergedView {
        let snapshot = try await world.store.read { reads throws(StoreError) in
            try reads.snapshot(wallet, seeing: sight)
        }
        return MergedView(snapshot, of: wallet, seeing: sight)
    }
}
