public import Wire

/// After downtime everything is due at once. What a provider's limits do not let be pulled soon is spread out over the
/// time it takes, and no further than one period; periods that were missed are not made up. A step of the start.
struct CatchUp {
    let wallet: Wallet

    /// Links moved in one transaction.
    private static let batch = 500

    func run() async throws(StoreError) {
        let world = wallet.world
        let now = world.clock.now
        let overdue = try await world.store.read { reads throws(StoreError) in try reads.overdue(now: now) }
        guard !overdue.isEmpty else { return }
        let moves = Self.moves(overdue, now: now, world.randomness) { wallet.catalogue[$0]?.manifest }
        var rest = moves[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            try await world.store.write { verbs throws(StoreError) in try verbs.reschedule(some, now: now) }
        }
        let spread = moves.count { $0.due > now }
        if spread > 0 {
            world.log.write(.info, "catching up", [("due", "\(overdue.count)"), ("spread", "\(spread)")])
        }
    }

    /// Which links come when. Whose spend is in doubt, or whose grant would die within two days, stays due and goes
    /// first; what somebody asked for stays due too, after them.
    static func moves(
        _ overdue: [OverdueLink], now: Instant, _ randomness: any Randomness, _ manifest: (String) -> Manifest?
    ) -> [Reschedule] {
        var out: [Reschedule] = []
        for (name, links) in Dictionary(grouping: overdue, by: \.provider).sorted(by: { $0.key < $1.key }) {
            guard let manifest = manifest(name) else { continue }
            let named = manifest.authorization.idleSeconds
            var backlog: [OverdueLink] = []
            for link in links {
                let dies = link.receivedAt.flatMap { at in
                    KeepAlive.idleSeconds(named, link.ends, receivedAt: at).map { at.adding(seconds: $0) }
                }
                if link.isInDoubt || dies.map({ now.adding(seconds: Limits.riskSeconds) >= $0 }) ?? false {
                    out.append(Reschedule(link, due: now, rank: .atRisk))
                } else if link.rank == .ordinary {
                    backlog.append(link)
                }
            }
            let span = span(backlog.count, manifest)
            guard span > 0 else { continue }
            for link in backlog {
                let due = now.adding(milliseconds: randomness.below(span))
                out.append(Reschedule(link, due: due, rank: .ordinary))
            }
        }
        return out
    }

    /// Over how many milliseconds a provider's backlog is spread; 0: it fits into what may be done at once.
    static func span(_ backlog: Int, _ manifest: Manifest) -> Int64 {
        let every = manifest.schedule.everySeconds * 1000
        let cost = max(1, manifest.api.requests.count)
        let (burst, more) = Flow.pulls(manifest.api.limits, cost: cost, inMilliseconds: every)
        guard Int64(backlog) > burst else { return 0 }
        // U(0, min(interval, backlog / rate x 1.2))
        let (needed, overflows) = Int64(backlog).multipliedReportingOverflow(by: every)
        guard !overflows, more > 0 else { return every }
        return min(every, needed / more / 5 * 6)
    }
}

/// A link whose time has passed.
public struct OverdueLink: Sendable, Hashable {
    public let wallet: WalletID
    public let link: LinkID
    public let provider: String
    public let rank: DueRank
    /// When the newest generation of its tokens came; nil: it has none.
    public let receivedAt: Instant?
    /// What was said of its end.
    public let ends: GrantEnds
    /// A code or refresh token was sent, and nobody knows what came of it.
    public let isInDoubt: Bool

    public init(
        wallet: WalletID, link: LinkID, provider: String, rank: DueRank, receivedAt: Instant?,
        ends: GrantEnds = .untold, isInDoubt: Bool = false
    ) {
        self.ends = ends
        self.wallet = wallet
        self.link = link
        self.provider = provider
        self.rank = rank
        self.receivedAt = receivedAt
        self.isInDoubt = isInDoubt
    }
}

/// Another time for a link that is due.
public struct Reschedule: Sendable, Hashable {
    public let wallet: WalletID
    public let link: LinkID
    public let due: Instant
    public let rank: DueRank

    public init(_ link: OverdueLink, due: Instant, rank: DueRank) {
        self.wallet = link.wallet
        self.link = link.link
        self.due = due
        self.rank = rank
    }
}
