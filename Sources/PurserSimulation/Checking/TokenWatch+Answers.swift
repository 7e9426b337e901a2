import PurserEngine
import Wire

// What becomes of a request: served or not, lost or not, heard.
extension TokenWatch {
    /// The provider has done what it was asked, and this is what it sends; `events` of its ledger are read on from there.
    func served(_ begun: Begun, _ response: HTTPResponse, by server: SimulatedServer) {
        let before = ledgers.issued.count
        ledgers.follow(server)
        if begun.kind == .token, [429, 503].contains(response.status),
            let until = response.headers["Retry-After"].flatMap({ HeaderGrammar.retryAfter($0, now: now) })
        {
            losses.hindered(.provider(begun.provider), from: now, until: until)
        }
        if begun.origin == nil, let code = (try? JSON.parse(response.body))?["device_code"]?.string {
            devices.insert(code)
        }
        if begun.wantsOwn, let token = (try? JSON.parse(response.body))?["access_token"]?.string { own.insert(token) }
        guard begun.isSpend, let origin = begun.origin else { return }
        if ledgers.issued.count > before { flights[origin.link]?.isServed = true }
        guard response.status == 200, let json = try? JSON.parse(response.body) else { return }
        let next = Origin(link: origin.link, generation: origin.generation + 1)
        for name in ["access_token", "refresh_token"] {
            guard let token = json[name]?.string, !token.isEmpty else { continue }
            let isRefresh = name == "refresh_token"
            if let held = tokens[token], held.link == next.link {
                // The very one that was spent: the one before goes on, and the one that came of it is nowhere.
                guard !isRefresh || held.generation > origin.generation else {
                    losses.gaveSpent(origin.link)
                    renewals[origin.link]?.remove(next.generation)
                    continue
                }
                // Some servers give out one that was given before: it is of the newest answer it came with.
                tokens[token] = held.generation > next.generation ? held : next
            } else if tokens[token] == nil {
                tokens[token] = next
            }
            if isRefresh { renewals[origin.link, default: []].insert(next.generation) }
        }
        losses.answered(origin.link)
        losses.lives(origin.link, by: json["access_token"]?.string.flatMap(ledgers.family))
    }

    /// Whose device code this is: where the process died before anybody heard of the link that it began, of the one that
    /// asks now and has none.
    func asker(_ code: String, at provider: String) -> LinkID? {
        if codes[code] == nil, devices.contains(code) {
            let known = Set(codes.values)
            codes[code] = try? runner.inspect { reads throws(StoreError) -> LinkID? in
                try reads.unfinishedSpends().map(\.intent).first { intent in
                    intent.purpose == .device && !known.contains(intent.link)
                        && (try? reads.anyLink(intent.link))?.provider == provider
                }?.link
            }
        }
        return codes[code]
    }

    /// A request of a process that is gone reached its provider all the same.
    func servedLate(_ begun: Begun, by server: SimulatedServer) {
        let before = ledgers.issued.count
        ledgers.follow(server)
        chronicle.tell("network", "a request of the last life arrives: \(begun.words)")
        guard begun.isSpend, let origin = begun.origin, ledgers.issued.count > before else { return }
        losses.lost(origin.link, origin.generation, .crash, at: now)
    }

    /// The answer reached us whole.
    func delivered(_ begun: Begun, _ response: HTTPResponse) {
        if let kind = begun.kind { waits.heard(response, begun.provider, kind, at: now) }
        guard let origin = begun.origin else {
            if response.status != 200 { hinders(begun) }
            return
        }
        if response.status == 403, !begun.isSpend { losses.forbids(origin.link) }
        if response.status == 401, response.headers.all("WWW-Authenticate").contains(where: Self.stepsUp) {
            losses.stepsUp(origin.link)
        }
        let json = try? JSON.parse(response.body, limits: .token)
        guard begun.isSpend else {
            if response.status == 200 { revoked[origin.link, default: []].insert(origin.generation) }
            return
        }
        open[origin] = nil
        let brings = response.status == 200 && json?["access_token"]?.string.flatMap { tokens[$0] } != nil
        if !brings { hinders(begun) }
        if origin.generation > 0, json?["error"]?.string == "invalid_grant" {
            refused[origin, default: 0] += 1
            losses.refused(origin.link)
        }
        if brings {
            delivered.insert(origin)
            deliveredAt[origin] = now
        } else if flights[origin.link]?.isServed == true {
            // Tokens were given out, and something else came: a lie, a gateway's page, or what the other one of two
            // deliveries was answered, which may say of it that nothing was done.
            let isDenied = flights[origin.link]?.isDoubled == true && response.status >= 400
            losses.lost(origin.link, origin.generation, isDenied ? .twice : .network, at: now)
        }
    }

    /// A request brought nothing. A link's own stands in its own way; the provider's metadata and keys are everybody's.
    private func hinders(_ begun: Begun) {
        let until = now.adding(milliseconds: Hindrances.againMilliseconds)
        let whom: Hindrances.Whom = begun.origin.map { .link($0.link) } ?? .provider(begun.provider)
        losses.hindered(whom, from: begun.at, until: until)
    }

    private static func stepsUp(_ challenge: String) -> Bool {
        challenge.contains("insufficient_user_authentication")
    }

    /// Nothing was sent: nobody was there, or somebody else.
    func refused(_ begun: Begun, isUntrusted: Bool) {
        hinders(begun)
        if isUntrusted {
            let until = now.adding(milliseconds: Hindrances.strangerMilliseconds)
            losses.hindered(.provider(begun.provider), from: begun.at, until: until)
        }
        chronicle.tell("network", "\(isUntrusted ? "another's certificate" : "refused"): \(begun.words)")
    }

    /// A request reaches its provider twice.
    func doubled(_ begun: Begun) {
        chronicle.tell("network", "delivers twice: \(begun.words)")
        guard begun.isSpend, let origin = begun.origin else { return }
        flights[origin.link]?.isDoubled = true
        losses.doubled(origin.link, origin.generation)
    }

    /// No answer came, or not all of it.
    func lost(_ begun: Begun) {
        hinders(begun)
        guard begun.isSpend, let origin = begun.origin else { return }
        open[origin] = begun.deadline
        if flights[origin.link]?.isServed == true {
            losses.lost(origin.link, origin.generation, .network, at: now)
        }
    }

    func ends(_ begun: Begun) {
        pace.ends(begun.number)
        if begun.isSpend, let link = begun.origin?.link, flights[link]?.begun.number == begun.number {
            flights[link] = nil
        }
    }

    /// What was in flight died with the process.
    func crashed() {
        pace.crashed(at: now)
        waits.crashed((try? runner.inspect { reads throws(StoreError) in try reads.flows() }) ?? [])
        losses.hindered(from: now, until: now.adding(milliseconds: Hindrances.startMilliseconds))
        for flight in flights.values.sorted(by: { $0.begun.number < $1.begun.number }) {
            guard let origin = flight.begun.origin else { continue }
            open[origin] = flight.begun.deadline
            if flight.isServed { losses.lost(origin.link, origin.generation, .crash, at: now) }
        }
        flights = [:]
        // What came whole and was not kept died as well.
        for origin in delivered.filter({ !isDurable($0) }).sorted(by: {
            ($0.link, $0.generation) < ($1.link, $1.generation)
        }) {
            delivered.remove(origin)
            // A worker may have stood still with it for longer than the old token was good.
            losses.lost(origin.link, origin.generation, .crash, at: deliveredAt[origin] ?? now)
        }
    }
}

// What the store holds after every write.
extension TokenWatch {
    /// What is over is gone at once, nothing is lost without cause, and an answer that brought tokens and was kept must
    /// not be gone before they are durable.
    func wrote() {
        writes += 1
        if writes % every == 0 { look() }
        if !delivered.isEmpty { checkKept() }
    }

    private func look() {
        let links: [Link]
        do { links = try runner.inspect { reads throws(StoreError) in try reads.everyLink() } } catch {
            return breaks("the links cannot be read")
        }
        for link in links where known[link.id] != link {
            changed(link, from: known[link.id])
            known[link.id] = link
        }
        guard known.count > links.count else { return }
        let living = Set(links.map(\.id))
        for gone in known.keys.filter({ !living.contains($0) }).sorted() {
            known[gone] = nil
            chronicle.tell("store", "\(gone) is gone")
        }
    }

    private func changed(_ link: Link, from before: Link?) {
        let held = try? runner.inspect { reads throws(StoreError) in try ErasureCheck.violations(link, reads) }
        for violation in held ?? ["\(link.id) cannot be read"] { breaks(violation) }
        if link.generation > before?.generation ?? 0 {
            losses.renewed(link.id, link.generation)
            checkPatience(link)
            delivered = delivered.filter { $0.link != link.id || $0.generation >= link.generation || kept.contains($0) }
        }
        // How often a device code is asked about is the provider's to say, and it says so when it is too often.
        if link.generation > 0, link.attemptedAt != before?.attemptedAt, link.condition.kind == .degraded,
            let broken = pace.failed(link.id, at: now)
        {
            breaks(broken)
        }
        guard link.state != before?.state else { return }
        chronicle.tell("store", "\(link.id) is \(link.state.code) \(link.state.reason ?? "")")
        losses.moved(link, at: now)
        if link.state == .merged, let other = link.mergedInto { follow(link.id, into: other) }
        if let words = losses.verdict(link) { breaks(words) }
    }

    /// Where every refresh is a risk, none is made ahead of time (RELIABILITY.md A.2).
    private func checkPatience(_ link: Link) {
        guard policies[link.provider]?.isStrict ?? false else { return }
        let found = try? runner.inspect { reads throws(StoreError) in try reads.grant(link.wallet, link.id) }
        guard let grant = found ?? nil, let ahead = grant.refreshAheadAt else { return }
        // What keeps an idle grant alive comes after its access token has ended; where nobody knows when that is, after a
        // good part of its idle life.
        let idle = grant.ends.refresh.map { $0.at.milliseconds(since: grant.receivedAt) }
        let earliest = grant.accessEndsAt ?? idle.map { grant.receivedAt.adding(milliseconds: $0 / 4) }
        if earliest.map({ ahead < $0 }) ?? true { breaks("I1: \(link.id) is to be refreshed before it must be") }
    }

    /// A grant that went over to an older link is that link's from then on.
    private func follow(_ link: LinkID, into other: LinkID) {
        guard merged.insert(link).inserted else { return }
        let found = try? runner.inspect { reads throws(StoreError) in try reads.anyLink(other)?.generation }
        guard let generation = found ?? nil else { return }
        let origin = Origin(link: other, generation: generation)
        let own = tokens.filter { $0.value.link == link }
        former[link] = own
        for token in own.keys { tokens[token] = origin }
        renewals[other, default: []].insert(generation)
        losses.merged(link, into: other)
        pace.renewed(other, at: now)
    }

    /// I4, nothing received is dropped: every token body delivered in full is in a generation, kept raw, in escrow or an
    /// orphan.
    private func checkKept() {
        let found = try? runner.inspect { reads throws(StoreError) in try reads.unfinishedSpends() }
        var open: Set<Origin> = []
        for spend in found ?? [] where spend.raw != nil {
            open.insert(Origin(link: spend.intent.link, generation: spend.intent.generation))
        }
        kept.formUnion(open.intersection(delivered))
        for origin in kept.subtracting(open).sorted(by: { ($0.link, $0.generation) < ($1.link, $1.generation) }) {
            kept.remove(origin)
            delivered.remove(origin)
            let link = (try? runner.inspect { reads throws(StoreError) in try reads.anyLink(origin.link) }) ?? nil
            guard let link else {
                checkRevoked(origin)
                continue
            }
            guard link.generation <= origin.generation else { continue }
            if case .revoked = link.state { continue }
            if link.state == .merged { continue }
            breaks("I4: \(origin.link): an answer with generation \(origin.generation + 1) was thrown away")
        }
    }

    /// An unlinked link's newest refresh token lay in an answer that was never parsed: a receipt that calls its grant
    /// revoked is about that one.
    private func checkRevoked(_ origin: Origin) {
        guard renewals[origin.link]?.contains(origin.generation + 1) == true else { return }
        let receipts = (try? runner.inspect { reads throws(StoreError) in try reads.everyReceipt() }) ?? []
        guard receipts.contains(where: { $0.link == origin.link && $0.answer == .revoked }),
            revoked[origin.link]?.contains(origin.generation + 1) != true
        else { return }
        breaks("I4: \(origin.link): generation \(origin.generation + 1) was erased, and nobody was asked to revoke it")
    }

    /// After quiet days: what is still kept and not committed, and receipts that claim more than the provider said.
    func leftOver() -> [String] {
        let receipts = (try? runner.inspect { reads throws(StoreError) in try reads.everyReceipt() }) ?? []
        // One that is suspended or paused is not worked on: its answer waits where it is.
        let active = kept.filter { known[$0.link]?.state == .active || known[$0.link]?.state == .linking }
        return active.map { "I4: \($0.link): an answer with generation \($0.generation + 1) was never parsed" }.sorted()
            + receipts.compactMap { receipt in
                switch receipt.answer {
                case .revoked where revoked[receipt.link] == nil: "\(receipt.link): nobody was asked to revoke it"
                case .pending: "\(receipt.link): its revocation is still pending"
                default: nil
                }
            }
    }
}
