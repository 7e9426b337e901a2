public import Wire

/// The lasting relation to one login at one provider, as its row holds it. Tokens are not in here.
public struct Link: Sendable, Equatable {
    public let wallet: WalletID
    public let id: LinkID
    /// The provider's folder name.
    public let provider: String
    /// Issuer identifier and client at consent time; part of every AAD.
    public private(set) var issuer: String
    public private(set) var clientID: String
    public let createdAt: Instant

    public var state: LinkState
    /// Words for the person beside the reason (a provider's own error text, made harmless); no secrets.
    public var note: String?
    /// When the state last changed.
    public var since: Instant
    /// Changed by `show` alone, which keeps `conditionSince` beside it true.
    public internal(set) var condition: LinkCondition
    /// When the condition last became another one; another cause or time of the same keeps it.
    public internal(set) var conditionSince: Instant

    public private(set) var scopesAsked: [String]
    /// What the provider said it granted (RFC 6749 3.3); empty until then.
    public var scopesGranted: [String] = []
    /// HMAC(wallet, provider, identity): unique among a wallet's living links.
    public var identity: [UInt8]?
    /// The link that took this one over.
    public var mergedInto: LinkID?
    /// When the consent ends by the provider's last word, where it gave one (`GrantEnds.consent`).
    public var consentEndsAt: Instant?
    /// Whether refreshing moves that; nil: not known yet, or nothing was said.
    public var consentEndMoves: Bool?

    /// How many times a refresh token was received; 0 before the exchange.
    public var generation: Int = 0
    /// Grows with each claim; a worker with an older one writes nothing but orphans.
    public var fence: Int64 = 0
    /// When it is next worked on (while claimed: when the claim ends); nil: never by itself.
    public var dueAt: Instant?
    /// When somebody asked for a pull that has not happened yet.
    public var askedAt: Instant?
    /// The last good pull, and the last attempt of any kind.
    public var pulledAt: Instant?
    public var attemptedAt: Instant?
    /// Attempts that failed in a row; the back-off counts these.
    public var failures: Int = 0
    /// What mapping dropped or doubted in the last good pull, in words.
    public var warnings: [String] = []

    public init(
        wallet: WalletID, id: LinkID, provider: String, issuer: String, clientID: String, createdAt: Instant,
        state: LinkState, since: Instant, scopesAsked: [String], condition: LinkCondition = .ok,
        conditionSince: Instant? = nil
    ) {
        self.wallet = wallet
        self.id = id
        self.provider = provider
        self.issuer = issuer
        self.clientID = clientID
        self.createdAt = createdAt
        self.state = state
        self.since = since
        self.scopesAsked = scopesAsked
        self.condition = condition
        self.conditionSince = conditionSince ?? since
    }

    /// What was asked for and not granted (RFC 6749 3.3): nothing before it is known what was. `openid` opens no data, and
    /// without an ID token there would be no link.
    public var scopesRefused: [String] {
        state.isLiving && state != .linking && generation > 0 ? difference(scopesGranted).without : []
    }

    private func difference(_ granted: [String]) -> GrantReach.Difference {
        var out = GrantReach.difference(granted: granted, asked: scopesAsked)
        out.without.removeAll { $0 == "openid" }
        return out
    }

    /// What the story says of new tokens: how what they reach differs from what was asked for, where that is news.
    public func committed(_ token: TokenVersion) -> CustodyEvent {
        let now = difference(token.scopes)
        let isNews = generation == 0 || now != difference(scopesGranted)
        return CustodyEvent(
            at: token.receivedAt, kind: "committed", generation: token.generation, detail: isNews ? now.words : nil)
    }

    /// The grant of another link of the same member becomes this link's next generation: whatever kept this one from
    /// being pulled is over. What was sealed for an older client no longer opens under the new one's name.
    public mutating func takeOver(_ token: TokenVersion, from other: Link, now: Instant) {
        fence += 1
        take(token)
        issuer = other.issuer
        clientID = other.clientID
        scopesAsked = other.scopesAsked
        move(to: .active, note: nil, now: now)
        show(.ok, now: now)
        failures = 0
        askedAt = now
    }

    /// The other side of `takeOver`: nothing is left but to say where the grant went.
    public mutating func merge(into other: LinkID, now: Instant) {
        move(to: .merged, note: nil, now: now)
        mergedInto = other
    }
}

/// Who began a link; the same must finish it (the cross-user fixation defence of RFC 9700's successors).
public enum Starter: Sendable, Hashable {
    /// Somebody on this machine, through the daemon's socket: the callback may come from any local browser.
    case socket(uid: UInt32)
    /// A program with an API token that may manage links: it vouches for whom it sends there.
    case token(TokenID)
    /// A signed-in person of the page: only the same session finishes it.
    case session(hash: [UInt8])
}

/// An authorization request that has been sent out, until its response is dealt with.
///
/// Row of its own, so that `state` works once. It stays until the link is active: identification needs the nonce.
public struct PendingLink: Sendable, Equatable {
    public let wallet: WalletID
    public let link: LinkID
    public let provider: String
    /// SHA-256 of the `state` parameter; the parameter itself is never stored. Of a device link it is the hash of a number
    /// that nobody was told: no callback takes it.
    public let stateHash: [UInt8]
    public let starter: Starter
    /// Code verifier, nonce and redirect URI, or the device code, sealed under the link's data key.
    public let sealed: [UInt8]
    public let createdAt: Instant
    public let expiresAt: Instant
    /// The link that this consent is to renew; nil: a new one is meant.
    public let renews: LinkID?
    /// Of a device link: how many seconds lie between two questions whether the person has answered (RFC 8628 3.5). Nil:
    /// the response comes through a browser.
    public var pollSeconds: Int64?
    /// When its `state` came back, or the person's answer; nil: not yet.
    public var takenAt: Instant?

    public init(
        wallet: WalletID, link: LinkID, provider: String, stateHash: [UInt8], starter: Starter, sealed: [UInt8],
        createdAt: Instant, expiresAt: Instant, renews: LinkID? = nil, pollSeconds: Int64? = nil
    ) {
        self.pollSeconds = pollSeconds
        self.wallet = wallet
        self.link = link
        self.provider = provider
        self.stateHash = stateHash
        self.starter = starter
        self.sealed = sealed
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.renews = renews
    }
}

extension PendingLink {
    /// Whether a device code is still asked about. A clock that was set back to long before it was given out tells
    /// nothing of how old it is.
    func isOpen(at now: Instant) -> Bool {
        now < expiresAt && now > createdAt.adding(seconds: -Limits.deviceCodeSeconds)
    }

    /// When it is first worked on: to be asked about, or to be told that nobody came.
    public var firstDue: Instant { pollSeconds.map { min(createdAt.adding(seconds: $0), expiresAt) } ?? expiresAt }
}

/// The right to work on a due link until a time.
public struct Claim: Sendable, Hashable {
    public let wallet: WalletID
    public let link: LinkID
    public let fence: Int64
    public let until: Instant

    public init(wallet: WalletID, link: LinkID, fence: Int64, until: Instant) {
        self.wallet = wallet
        self.link = link
        self.fence = fence
        self.until = until
    }
}
