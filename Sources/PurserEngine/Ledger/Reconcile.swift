import Crypto
import Wire

// From what a pull saw to what is written (pure but for drawing ids).
//
//     memberships and accounts   replaced by what was seen; missing twice in a row ends one, missing once does not
//     entries                    appended where their id is new; never changed, never removed
//     opening                    balance - sum of entries, so that both always add up; once the whole history is
//                                here it must be 0; where it was and no longer is, a line was missed (posted late,
//                                out of order), so the history is read again; and if that does not help, it is said
//
// A section that was absent, and a request that was not answered, leave what they feed as it was.

/// One good pull against the state of things before.
struct Reconcile {
    let seat: Seat
    let grant: TokenVersion
    let fetched: Fetched
    let now: Instant
    let condition: LinkCondition
    let due: Instant
    let randomness: any Randomness

    private var before: LinkLedger { fetched.before }
    private var mapped: MappedPull { fetched.mapped }

    var change: LedgerChange {
        var warnings = fetched.warnings + mapped.warnings
        let memberships = memberships()
        let observation = observation()
        var accounts = accounts(memberships, observation.number)
        var entries = entries(memberships, accounts, &warnings)
        var cursors = merged(before.cursors, fetched.cursors)
        var reopened: Set<String> = []
        for at in accounts.indices where accounts[at].endedAt == nil {
            let mine = entries.filter { $0.account == accounts[at].id }
            let early = settle(&accounts[at], mine, memberships, cursors, &warnings)
            entries.removeAll { early.contains($0.id) }
            if hasLostItsWay(accounts[at]) { reopened.insert(externalID(accounts[at], memberships)) }
        }
        if !reopened.isEmpty {
            reopen(reopened, memberships, &accounts, &cursors)
            warnings.append("entries: they no longer add up to the balance; the history is read again")
        }
        let vouchers = vouchers(memberships)
        let shown = vouchers ?? before.vouchers
        var fragments: [AccountFragment] = []
        for at in accounts.indices where accounts[at].endedAt == nil {
            guard let membership = memberships.first(where: { $0.id == accounts[at].membership }) else { continue }
            if isDifferent(accounts[at], membership, shown) { accounts[at].version += 1 }
            fragments.append(
                AccountFragment.rendered(
                    accounts[at], membership, shown.filter { $0.membership == membership.id }, seat.provider,
                    seat.link.id))
        }
        let living = Set(before.accounts.filter { $0.endedAt == nil }.map(\.id))
        return LedgerChange(
            memberships: memberships, accounts: accounts, vouchers: vouchers, entries: entries,
            cursors: reopened.isEmpty ? fetched.cursors : cursors, observation: observation, fragments: fragments,
            ended: accounts.filter { $0.endedAt != nil && living.contains($0.id) }.map(\.id), warnings: warnings,
            condition: condition, pulledAt: now, due: due)
    }

    private func observation() -> Observation {
        Observation(
            number: before.observation + 1, at: now, digest: fetched.digest, answers: fetched.names,
            scopes: grant.scopes, generation: grant.generation)
    }

    private func memberships() -> [Membership] {
        var out = before.memberships
        for seen in mapped.memberships {
            if let at = out.firstIndex(where: { $0.externalID == seen.id }) {
                out[at].number = seen.number
                out[at].holder = seen.holder
                out[at].since = seen.since
                if !mapped.kept.contains(.tiers) || !seen.tiers.isEmpty { out[at].tiers = seen.tiers }
                out[at].missing = 0
                out[at].endedAt = nil
            } else {
                out.append(
                    Membership(
                        id: MembershipID.drawn(from: randomness), externalID: seen.id, number: seen.number,
                        holder: seen.holder, since: seen.since, tiers: seen.tiers))
            }
        }
        guard !mapped.kept.contains(.memberships) else { return out }
        let seen = Set(mapped.memberships.map(\.id))
        for at in out.indices where !seen.contains(out[at].externalID) && out[at].endedAt == nil {
            out[at].missing += 1
            if out[at].missing >= 2 { out[at].endedAt = now }
        }
        return out
    }

    private func accounts(_ memberships: [Membership], _ observation: Int) -> [Account] {
        var out = before.accounts
        var seen: Set<AccountID> = []
        for balance in mapped.balances {
            guard let membership = memberships.first(where: { $0.externalID == balance.membership }) else { continue }
            let fresh = now.adding(seconds: seat.manifest.schedule.freshForSeconds)
            let at: Int
            if let found = out.firstIndex(where: {
                $0.membership == membership.id && $0.type == balance.type && $0.unit == balance.unit
            }) {
                at = found
            } else {
                out.append(
                    Account(
                        id: AccountID.drawn(from: randomness), membership: membership.id, type: balance.type,
                        unit: balance.unit, amount: balance.amount, asOf: nil, lots: [], opening: nil,
                        entriesTotal: .zero, historyIsComplete: false, observation: observation, observedAt: now,
                        staleAfter: fresh, version: 0))
                at = out.count - 1
            }
            out[at].amount = balance.amount
            out[at].asOf = balance.asOf
            out[at].observation = observation
            out[at].observedAt = now
            out[at].staleAfter = fresh
            out[at].missing = 0
            out[at].endedAt = nil
            seen.insert(out[at].id)
        }
        guard !mapped.kept.contains(.balances) else { return out }
        for at in out.indices where !seen.contains(out[at].id) && out[at].endedAt == nil {
            out[at].missing += 1
            if out[at].missing >= 2 { out[at].endedAt = now }
        }
        return out
    }

    /// New entries, oldest first; of one moment, as the provider has them.
    private func entries(_ memberships: [Membership], _ accounts: [Account], _ warnings: inout [String]) -> [Entry] {
        let routing = EntryRouting(memberships, accounts)
        var seen = fetched.known
        var rows: [[String]: MappedPull.MappedEntry] = [:]
        var out: [Entry] = []
        var (dropped, contradicted) = (0, 0)
        for row in mapped.entries {
            guard let account = routing.account(membership: row.membership, type: row.type, unit: row.unit) else {
                dropped += 1
                continue
            }
            let key = [account.rawValue, row.id]
            if let first = rows[key], first != row { contradicted += 1 }
            rows[key] = rows[key] ?? row
            guard seen[account, default: []].insert(row.id).inserted else { continue }
            out.append(
                Entry(
                    id: EntryID.drawn(from: randomness), account: account, externalID: row.id, posted: row.posted,
                    kind: row.kind, amount: row.amount, text: row.text, balanceAfter: row.balanceAfter,
                    firstSeenAt: now))
        }
        if dropped > 0 { warnings.append("entries: \(dropped) rows belong to no account that can be told") }
        if contradicted > 0 { warnings.append("entries: rows with one id say different things; the first counts") }
        let isNewestFirst = entryRequests.allSatisfy { seat.manifest.api.requests[$0]?.isNewestFirst ?? false }
        let order = out.indices.sorted { a, b in
            (out[a].posted, isNewestFirst ? b : a) < (out[b].posted, isNewestFirst ? a : b)
        }
        return order.map { out[$0] }
    }

    /// Lots, entries' total, opening and history of one account; the entries that came too early for this balance.
    private func settle(
        _ account: inout Account, _ entries: [Entry], _ memberships: [Membership], _ cursors: [PullCursor],
        _ warnings: inout [String]
    ) -> Set<EntryID> {
        let routing = EntryRouting(memberships, [account])
        let lots = mapped.lots.filter {
            routing.account(membership: $0.membership, type: $0.type, unit: $0.unit) == account.id
        }
        if !mapped.kept.contains(.lots) || !lots.isEmpty {
            account.lots = lots.map(\.lot).sorted { ($0.expires, $0.amount) < ($1.expires, $1.amount) }
        }
        for entry in entries {
            guard let sum = account.entriesTotal.adding(entry.amount) else {
                warnings.append("entries: their sum is too large a number")
                continue
            }
            account.entriesTotal = sum
        }
        account.opening = account.amount.amount.flatMap { $0.subtracting(account.entriesTotal) }
        let membership = externalID(account, memberships)
        // A history that was not asked for this time may lack what the balance has already.
        account.historyIsComplete =
            account.type == "redeemable" && fetched.problem == nil && fetched.missing.isEmpty
            && isHistoryComplete(membership, cursors)
        guard account.historyIsComplete, let opening = account.opening, !opening.isZero else { return [] }
        let early = early(entries, opening)
        guard !early.isEmpty else {
            if !hasLostItsWay(account) {
                warnings.append("entries: the whole history is here, and yet it does not add up to the balance")
            }
            return []
        }
        account.entriesTotal = account.entriesTotal.adding(opening) ?? account.entriesTotal
        account.opening = .zero
        return Set(early.map(\.id))
    }

    /// Balance and entries come in two answers, and a line may be posted between them. Where leaving out the newest few
    /// of the last hour (where only days are told: of the last day) makes the whole history add up, they are left for
    /// the next pull, which sees them again.
    private func early(_ entries: [Entry], _ opening: ExactDecimal) -> [Entry] {
        let latest = now.adding(seconds: -Limits.earlyEntrySeconds - seat.provider.mapping.postedSpanSeconds)
        var left = opening
        for (count, entry) in entries.reversed().prefix(Limits.earlyEntries).enumerated() {
            guard entry.posted > latest, let next = left.adding(entry.amount) else { return [] }
            left = next
            if left.isZero { return Array(entries.suffix(count + 1)) }
        }
        return []
    }

    private func externalID(_ account: Account, _ memberships: [Membership]) -> String {
        memberships.first { $0.id == account.membership }?.externalID ?? ""
    }

    /// Whether a whole history that added up until now, or until pulls that were cut short, no longer does, and there are
    /// pages to look for the rest in.
    private func hasLostItsWay(_ account: Account) -> Bool {
        guard account.historyIsComplete, let opening = account.opening, !opening.isZero,
            let old = before.accounts.first(where: { $0.id == account.id })
        else { return false }
        // A pull that brought the balance and no lines tells nothing of whether they add up.
        let wasCutShort =
            !old.historyIsComplete && isHistoryComplete(externalID(account, before.memberships), before.cursors)
        return (wasCutShort || old.historyIsComplete && old.opening?.isZero == true)
            && entryRequests.contains { seat.manifest.api.requests[$0]?.page != nil }
    }

    /// The streams of these memberships begin anew at the next pull, past what is known, to the very end.
    private func reopen(
        _ external: Set<String>, _ memberships: [Membership], _ accounts: inout [Account], _ cursors: inout [PullCursor]
    ) {
        var touched: Set<String> = []
        for at in cursors.indices where entryRequests.contains(cursors[at].request) {
            let (request, membership) = (cursors[at].request, cursors[at].membership)
            guard seat.manifest.api.requests[request]?.page != nil, membership.isEmpty || external.contains(membership)
            else { continue }
            cursors[at] = PullCursor(request: request, membership: membership, next: JSON.null.text)
            touched.insert(membership)
        }
        for at in accounts.indices where touched.contains("") || touched.contains(externalID(accounts[at], memberships))
        {
            accounts[at].historyIsComplete = false
        }
    }

    private var entryRequests: Set<String> { seat.provider.mapping.requests(of: .entries) }

    private func isHistoryComplete(_ membership: String, _ cursors: [PullCursor]) -> Bool {
        let requests = entryRequests
        return !requests.isEmpty
            && requests.allSatisfy { name in
                let isFor = seat.manifest.api.requests[name]?.isForMembership ?? false
                return cursors.contains {
                    $0.request == name && $0.membership == (isFor ? membership : "") && $0.next == nil
                }
            }
    }

    private func merged(_ old: [PullCursor], _ new: [PullCursor]) -> [PullCursor] {
        old.filter { cursor in !new.contains { $0.request == cursor.request && $0.membership == cursor.membership } }
            + new
    }

    private func vouchers(_ memberships: [Membership]) -> [Voucher]? {
        guard !mapped.kept.contains(.vouchers) else { return nil }
        return mapped.vouchers.compactMap { row in
            guard let membership = memberships.first(where: { $0.externalID == row.membership }) else { return nil }
            let place = seat.place("voucher", "code:" + row.id, 0)
            let sealed = row.code.flatMap { try? seat.dataKey.seal($0, at: place) }
            return Voucher(
                membership: membership.id, externalID: row.id, title: row.title, amount: row.amount, unit: row.unit,
                expires: row.expires, sealedCode: sealed)
        }
    }

    /// The sealed code is not shown, and differs with every sealing.
    private static func looksAlike(_ a: Voucher, _ b: Voucher) -> Bool {
        a.externalID == b.externalID && a.title == b.title && a.amount == b.amount && a.unit == b.unit
            && a.expires == b.expires
    }

    /// Whether anything a person sees, but the time of observation, differs from before.
    private func isDifferent(_ account: Account, _ membership: Membership, _ vouchers: [Voucher]) -> Bool {
        guard let old = before.accounts.first(where: { $0.id == account.id }), account.version > 0,
            let holder = before.memberships.first(where: { $0.id == membership.id })
        else { return true }
        let mine = vouchers.filter { $0.membership == membership.id }
        let theirs = before.vouchers.filter { $0.membership == membership.id }
        return old.amount != account.amount || old.lots != account.lots || old.asOf != account.asOf
            || old.endedAt != account.endedAt || holder.number != membership.number
            || holder.holder != membership.holder || holder.tiers != membership.tiers
            || !mine.elementsEqual(theirs, by: Self.looksAlike)
    }
}
