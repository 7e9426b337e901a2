import PurserEngine
import Wire

/// What must hold of everything that is stored, at any moment.
enum LedgerCheck {
    /// Every account of every link: opening + entries = balance, and nothing left over once the history is whole.
    static func violations(_ runner: any VerbRunner) -> [String] {
        let found = try? runner.inspect { reads throws(StoreError) -> [String] in
            var out: [String] = []
            for link in try reads.everyLink() {
                for account in try reads.ledger(link.wallet, link.id).accounts {
                    out += try violations(account, reads, link.wallet)
                }
            }
            return out
        }
        return found ?? ["the ledger cannot be read"]
    }

    private static func violations(
        _ account: Account, _ reads: any StoreReads, _ wallet: WalletID
    ) throws(StoreError) -> [String] {
        var out: [String] = []
        let entries = try reads.entries(wallet, account.id, before: nil, limit: 100_000)
        let sum = entries.reduce(ExactDecimal.zero) { $0.adding($1.amount) ?? $0 }
        if sum != account.entriesTotal {
            out.append(
                "\(account.id): the entries' total \(account.entriesTotal.text) is not their sum \(sum.text): "
                    + entries.map { "\($0.externalID) \($0.amount.text)" }.joined(separator: ", "))
        }
        if Set(entries.map(\.externalID)).count != entries.count { out.append("\(account.id): an entry came twice") }
        if let balance = account.amount.amount {
            let total = account.opening.flatMap { $0.adding(sum) }
            if total != balance { out.append("\(account.id): opening and entries do not make the balance") }
            if account.historyIsComplete, account.opening?.isZero != true {
                out.append(
                    "\(account.id): the whole history is here and \(account.opening?.text ?? "nothing") is left over")
            }
        }
        return out
    }
}
