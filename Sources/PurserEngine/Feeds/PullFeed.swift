import Wire

/// Everything needed to work on one feed: its row as read under the claim, its provider, and who we are there.
struct FeedSeat: Asker {
    let claim: ProviderClaim
    let feed: Feed
    let provider: Provider
    let client: ClientRegistration

    var manifest: Manifest { provider.manifest }
    var until: Instant { claim.until }

    func dataPassage(made: Int, now: Instant) -> Passage { passage(.data, made: made, now: now) }

    func stands(_ store: any Store) async -> Bool {
        await store.stillHolds { [claim] reads throws(StoreError) in
            try reads.feed(of: claim.provider)?.fence == claim.fence
        }
    }

    func passage(_ kind: EndpointClass, made: Int, now: Instant) -> Passage {
        let patience = made == 0 ? Limits.patienceMilliseconds : Limits.longPatienceMilliseconds
        return Passage(
            provider: manifest.name, limits: manifest.api.limits, wallet: .nobody, link: Feed.owner(manifest.name),
            kind: kind, lane: .scheduled, made: made, cost: max(1, manifest.api.requests.count), mayProbe: true,
            patienceMilliseconds: min(patience, max(0, endsAt.milliseconds(since: now))))
    }
}

/// The trip of one claimed feed: a token of our own, the manifest's requests, what they say, recorded.
struct PullFeed {
    let wallet: Wallet

    private var world: World { wallet.world }

    func run(_ claim: ProviderClaim) async {
        let name = claim.provider
        let found = try? await world.store.read { reads throws(StoreError) -> (Feed, RegisteredClient?)? in
            guard let feed = try reads.feed(of: name) else { return nil }
            return (feed, try reads.client(name))
        }
        guard let (feed, stored) = found ?? nil, feed.fence == claim.fence else { return }
        guard let provider = wallet.catalogue[name], let client = wallet.client(of: provider, stored) else {
            return await later(claim, feed, Feeds.noClient(name), nil)
        }
        let seat = FeedSeat(claim: claim, feed: feed, provider: provider, client: client)
        let own = OwnAccess(wallet: wallet, provider: provider, client: client)
        let passage = seat.passage(.token, made: 0, now: world.clock.now)
        switch await own.ready(passage, endsAt: seat.endsAt) {
        case .later(let condition, let until): await later(claim, feed, condition, until)
        case .ready(let token, let isNew): await pull(seat, token, own, mayRenew: !isNew)
        }
    }

    /// - Parameter mayRenew: whether a refusal of the token is answered with a new one, once: where it was given out just
    ///   now another one would fare no better.
    private func pull(_ seat: FeedSeat, _ token: HeldToken, _ own: OwnAccess, mayRenew: Bool) async {
        var reading = FeedReading()
        for (name, template) in seat.manifest.api.requests.sorted(by: { $0.key < $1.key }) {
            guard await reading.read(name, template, seat, token, wallet) else {
                return await refused(seat, own, mayRenew: mayRenew)
            }
        }
        guard !reading.answers.isEmpty else {
            let (condition, until) = reading.problem ?? (LinkCondition(.degraded, cause: "nothing was answered"), nil)
            return await later(seat.claim, seat.feed, condition, until)
        }
        await record(seat, reading)
    }

    private func refused(_ seat: FeedSeat, _ own: OwnAccess, mayRenew: Bool) async {
        guard mayRenew else {
            await wallet.ownTokens.drop(seat.manifest.name)
            return await later(seat.claim, seat.feed, Work.refusedFreshToken, nil)
        }
        let passage = seat.passage(.token, made: 1, now: world.clock.now)
        switch await own.new(passage, endsAt: seat.endsAt) {
        case .later(let condition, let until): await later(seat.claim, seat.feed, condition, until)
        case .ready(let token, isNew: _): await pull(seat, token, own, mayRenew: false)
        }
    }

    private func record(_ seat: FeedSeat, _ reading: FeedReading) async {
        let now = world.clock.now
        let mapped = Mapper.map(reading.answers, seat.provider, missing: reading.missing)
        let due: Instant
        if let problem = reading.problem {
            due = Backoff.next(after: seat.feed.failures + 1, notBefore: problem.until, now: now, world.randomness)
        } else {
            due = Backoff.regular(seat.manifest.schedule.everySeconds, now: now, world.randomness)
        }
        let change = FeedChange(
            values: mapped.kept.contains(.values) ? nil : mapped.values,
            partners: mapped.kept.contains(.partners) ? nil : mapped.partners,
            seen: Feed.Sighting(
                observedAt: now, staleAfter: now.adding(seconds: seat.manifest.schedule.freshForSeconds)),
            condition: reading.problem?.condition ?? .ok, warnings: reading.warnings + mapped.warnings, due: due)
        let claim = seat.claim
        do {
            let recorded = try await world.store.write { verbs throws(StoreError) in
                try verbs.recordFeed(claim, change)
            }
            world.log.write(
                recorded ? .info : .warning, recorded ? "feed pulled" : "feed claim lost",
                [
                    ("provider", claim.provider), ("values", "\(mapped.values.count)"),
                    ("partners", "\(mapped.partners.count)"), ("condition", change.condition.kind.rawValue),
                ])
        } catch {
            world.log.write(.error, "feed not saved", [("provider", claim.provider), ("why", "\(error)")])
        }
    }

    /// Not now: the condition is shown, what is known stays with its date, and the time of the next try is drawn.
    private func later(_ claim: ProviderClaim, _ feed: Feed, _ condition: LinkCondition, _ until: Instant?) async {
        let postponement = Postponement(
            condition, until: until, failures: feed.failures, failingSince: feed.failingSince, now: world.clock.now,
            world.randomness)
        _ = try? await world.store.write { verbs throws(StoreError) in try verbs.postponeFeed(claim, postponement) }
        world.log.write(
            .warning, "feed postponed",
            [
                ("provider", claim.provider), ("condition", condition.kind.rawValue), ("why", condition.cause ?? ""),
                ("due", postponement.due.rfc3339),
            ])
    }
}

/// What the requests of one pull of a feed brought.
struct FeedReading {
    private(set) var answers: [PulledAnswer] = []
    /// Requests that did not bring all of theirs: what they feed stays as it was, whole.
    private(set) var missing: Set<String> = []
    private(set) var warnings: [String] = []
    /// The first thing that failed; one that says when to come back counts more.
    private(set) var problem: (condition: LinkCondition, until: Instant?)?
    /// How many were made: one that may not go yet leaves the next to be the first.
    private var requests = 0

    /// Reads one stream of pages. False: the access token is refused.
    mutating func read(
        _ name: String, _ template: RequestTemplate, _ seat: FeedSeat, _ token: HeldToken, _ wallet: Wallet
    ) async -> Bool {
        var reading = StreamReading(
            name: name, template: template, base: seat.manifest.api.base, membership: nil, before: LinkLedger(),
            pulledAt: nil, now: wallet.world.clock.now)
        let page = PageRequest(wallet: wallet, asker: seat, access: token, template: template)
        var pages: [PulledAnswer] = []
        while let values = reading.next {
            let outcome = await page.send(values, next: reading.uri, made: requests, nil, kept: [])
            if outcome.decision.wasSent { requests += 1 }
            switch outcome.decision {
            case .answer(let json):
                pages.append(PulledAnswer(request: name, membership: nil, body: json))
                reading.took(json, outcome.headers, at: outcome.uri, hasKnownEntry: false)
            case .unauthorized: return false
            case .forbidden, .stepUp, .rateLimited, .notNow, .over, .failed:
                failed(name, outcome.decision)
                return true
            }
        }
        answers += pages
        if let problem = reading.problem {
            warnings.append("\(name): \(problem)")
        } else if reading.cursor?.next != nil {
            warnings.append("\(name): there are more than \(Limits.pagesPerStream) pages; the rest is not read")
        }
        return true
    }

    private mutating func failed(_ name: String, _ outcome: PullOutcome) {
        missing.insert(name)
        let trouble = outcome.trouble(with: name)
        if problem == nil || (problem?.until == nil && trouble.until != nil) { problem = trouble }
    }
}
