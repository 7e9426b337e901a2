internal import Crypto
internal import Wire

/// One line of a member's ledger.
struct LedgerLine: Sendable, Hashable {
    let ref: String
    let posted: Instant
    let type: String
    /// Negative where something was spent or ran out.
    let amount: ExactDecimal
    let text: String
    let balanceAfter: ExactDecimal
}

/// A part of a balance and the last day it is good; nil: for ever.
struct MockLot: Sendable, Hashable {
    let until: CivilDate?
    var left: ExactDecimal
}

/// An account at a time. The balance is the sum of all lines and the sum of all lots, always.
struct AccountState: Sendable {
    /// Oldest first.
    var lines: [LedgerLine] = []
    /// Soonest end first.
    var lots: [MockLot] = []
    var balance = ExactDecimal.zero
    /// All that ever came in.
    var earned = ExactDecimal.zero
    /// The next moment at which something may happen; nil: never again.
    var nextWish: Instant?

    /// As the templates see it: every entry says which account it is of.
    func json(of account: String) -> JSONObject {
        let entries = lines.map { line -> JSON in
            [
                "account": .string(account), "ref": .string(line.ref), "posted": .string(line.posted.rfc3339),
                "type": .string(line.type),
                "amount": .number(JSONNumber(line.amount)), "magnitude": .number(JSONNumber(line.amount.magnitude)),
                "text": .string(line.text), "balanceAfter": .number(JSONNumber(line.balanceAfter)),
            ]
        }
        let lots = lots.map { lot -> JSON in
            ["amount": .number(JSONNumber(lot.left)), "until": lot.until.map { .string($0.iso) } ?? .null]
        }
        return JSONObject([
            ("balance", .number(JSONNumber(balance))), ("earned", .number(JSONNumber(earned))), ("lots", .array(lots)),
            ("entries", .array(entries)),
        ])
    }
}

extension AccountPlan {
    /// Something that wants to happen, before it is known whether the balance allows it.
    private struct Wish {
        let at: Instant
        let ref: String
        let type: String
        let amount: ExactDecimal
        let text: String
    }

    /// The account at `now`: a function of seed, member number and time, and a later state only ever adds lines.
    func state(of number: String, epoch: Instant, now: Instant, seed: UInt64) -> AccountState {
        var state = AccountState()
        let moving = moving(number, epoch: epoch, now: now, seed: seed)
        let past = past(number, epoch: epoch)
        state.nextWish = (past.map(\.at).filter { $0 > now } + [moving.next].compactMap { $0 }).min()
        let wishes = (past + moving.wishes).filter { $0.at <= now }.sorted { ($0.at, $0.ref) < ($1.at, $1.ref) }
        for wish in wishes {
            expire(&state, before: wish.at.date, number)
            if wish.amount.isNegative {
                // Nobody spends what is not there; the wish falls away.
                guard wish.amount.magnitude <= state.balance else { continue }
                Self.spend(&state.lots, wish.amount.magnitude)
            } else {
                Self.earn(&state.lots, MockLot(until: end(of: wish.at.date), left: wish.amount))
            }
            Self.write(&state, wish)
        }
        expire(&state, before: now.date, number)
        return state
    }

    private func past(_ number: String, epoch: Instant) -> [Wish] {
        history.enumerated().map { index, past in
            let noon = epoch.adding(seconds: Int64(past.day) * 86_400 + 43_200)
            return Wish(
                at: noon, ref: ref(number, "past-\(index)"), type: past.type, amount: past.amount, text: past.text)
        }
    }

    /// What moves bring up to `now`, and when the next one comes.
    private func moving(
        _ number: String, epoch: Instant, now: Instant, seed: UInt64
    ) -> (wishes: [Wish], next: Instant?) {
        var out: [Wish] = []
        var next: Instant?
        for (index, move) in moves.enumerated() {
            // Moves that belong together draw alike: the same days, the same words.
            var draw = Seeded("\(number)|\(move.together ?? "\(name)|\(index)")", seed: seed)
            var day = movesFrom
            var count = 0
            while true {
                day += draw.number(in: move.days)
                let second = draw.number(in: 6 * 3600...22 * 3600)
                let amount = ExactDecimal(draw.number(in: move.amount)).scaled(-move.decimals) ?? .zero
                let text = draw.one(of: move.texts)
                let at = epoch.adding(seconds: Int64(day) * 86_400 + Int64(second))
                guard at <= now else {
                    next = min(next ?? at, at)
                    break
                }
                out.append(
                    Wish(
                        at: at, ref: ref(number, "\(index)-\(count)"), type: move.type,
                        amount: move.isSpending ? amount.negated : amount, text: text))
                count += 1
            }
        }
        return (out, next)
    }

    /// Posts what ran out before a day: good through its last day, gone at midnight after it.
    private func expire(_ state: inout AccountState, before day: CivilDate, _ number: String) {
        while let expiry, let lot = state.lots.first, let until = lot.until, until < day {
            state.lots.removeFirst()
            Self.write(
                &state,
                Wish(
                    at: Instant(until.adding(days: 1)), ref: ref(number, "end-\(until.iso)"), type: expiry.type,
                    amount: lot.left.negated, text: expiry.text))
        }
    }

    private func end(of day: CivilDate) -> CivilDate? {
        guard let expiry else { return nil }
        let month = day.year * 12 + day.month - 1 + expiry.months
        let (year, of) = (month / 12, month % 12 + 1)
        return CivilDate(year: year, month: of, day: CivilDate.days(inMonth: of, of: year))
    }

    private static func write(_ state: inout AccountState, _ wish: Wish) {
        guard let balance = state.balance.adding(wish.amount) else { preconditionFailure("a balance beyond 38 digits") }
        state.balance = balance
        if !wish.amount.isNegative { state.earned = state.earned.adding(wish.amount) ?? state.earned }
        state.lines.append(
            LedgerLine(
                ref: wish.ref, posted: wish.at, type: wish.type, amount: wish.amount, text: wish.text,
                balanceAfter: balance))
    }

    private static func earn(_ lots: inout [MockLot], _ lot: MockLot) {
        guard !lot.left.isZero else { return }
        if let same = lots.firstIndex(where: { $0.until == lot.until }) {
            lots[same].left = lots[same].left.adding(lot.left) ?? lots[same].left
        } else {
            lots.append(lot)
            lots.sort { ends($0.until) < ends($1.until) }
        }
    }

    /// The lots that end soonest go first.
    private static func spend(_ lots: inout [MockLot], _ amount: ExactDecimal) {
        var rest = amount
        while !rest.isZero, let first = lots.first {
            if first.left <= rest {
                rest = rest.subtracting(first.left) ?? .zero
                lots.removeFirst()
            } else {
                lots[0].left = first.left.subtracting(rest) ?? .zero
                rest = .zero
            }
        }
    }

    private static func ends(_ day: CivilDate?) -> Int { day?.epochDay ?? Int.max }

    private func ref(_ number: String, _ what: String) -> String {
        refPrefix + Hex.encode(Hash.sha256(Array("\(number)|\(name)|\(what)".utf8)).prefix(8)).uppercased()
    }
}
