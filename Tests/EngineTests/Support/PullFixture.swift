import Wire

@testable import PurserEngine

/// Pulls of one membership, "77", in the words of a mapper, reconciled one after the other.
struct PullFixture {
    var ledger = LinkLedger()
    /// External ids of the entries each account has.
    var known: [AccountID: Set<String>] = [:]
    var total: [AccountID: [Entry]] = [:]
    var now = Fixture.now
    private let randomness = CountingRandomness()
    private let provider: Provider

    init(_ provider: Provider = Fixture.provider()) { self.provider = provider }

    static func member(
        _ id: String = "77", number: String = "77012345", holder: String? = "Ada Lindqvist", tiers: [Tier] = []
    ) -> MappedPull.MappedMembership {
        MappedPull.MappedMembership(id: id, number: number, holder: holder, since: nil, tiers: tiers, keys: [:])
    }

    static func balance(
        _ amount: BalanceAmount, of membership: String = "77", type: String = "redeemable", unit: String = "miles",
        asOf: Instant? = nil
    ) -> MappedPull.MappedBalance {
        MappedPull.MappedBalance(membership: membership, type: type, unit: unit, amount: amount, asOf: asOf)
    }

    static func entry(
        _ id: String, _ amount: String, of membership: String = "77", unit: String? = nil, day: Int64 = 0
    ) -> MappedPull.MappedEntry {
        MappedPull.MappedEntry(
            membership: membership, type: "redeemable", unit: unit, id: id,
            posted: Fixture.now.adding(seconds: -86_400 * day), kind: "earn", amount: ExactDecimal(amount)!, text: id,
            balanceAfter: nil)
    }

    static func known(_ text: String) -> BalanceAmount { .known(ExactDecimal(text)!) }

    /// A pull of one membership with one balance.
    static func one(_ amount: BalanceAmount, entries: [MappedPull.MappedEntry] = []) -> MappedPull {
        MappedPull(memberships: [member()], balances: [balance(amount)], entries: entries)
    }

    /// Reconciles and records, as a store would.
    @discardableResult
    mutating func pull(
        _ mapped: MappedPull, cursors: [PullCursor] = [], problem: LinkCondition? = nil,
        check: (LedgerChange) -> Void = { _ in }
    ) -> LedgerChange {
        now = now.adding(seconds: 3600)
        let fetched = Fetched(
            problem: problem, cursors: cursors, before: ledger, known: known, mapped: mapped, digest: [1, 2],
            names: ["me"])
        let change = Reconcile(
            seat: Fixture.seat(provider), grant: Fixture.token(), fetched: fetched, now: now,
            condition: problem ?? .ok, due: now.adding(seconds: 21_600), randomness: randomness
        ).change
        ledger.memberships = change.memberships
        ledger.accounts = change.accounts
        ledger.vouchers = change.vouchers ?? ledger.vouchers
        ledger.observation = change.observation.number
        for cursor in change.cursors {
            ledger.cursors.removeAll { $0.request == cursor.request && $0.membership == cursor.membership }
            ledger.cursors.append(cursor)
        }
        for entry in change.entries {
            known[entry.account, default: []].insert(entry.externalID)
            total[entry.account, default: []].append(entry)
        }
        check(change)
        return change
    }

    /// Opening and all entries make the balance, for every account whose balance is a number.
    var addsUp: Bool {
        ledger.accounts.allSatisfy { account in
            let sum = (total[account.id] ?? []).reduce(ExactDecimal.zero) { $0.adding($1.amount)! }
            guard sum == account.entriesTotal else { return false }
            guard let amount = account.amount.amount else { return account.opening == nil }
            return account.opening?.adding(sum) == amount
        }
    }

    var account: Account { ledger.accounts[0] }
}
