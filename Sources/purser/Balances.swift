import PurserAPI
import Wire

/// `purser balances`.
enum Balances {
    static func run(_ line: CommandLineText, _ terminal: Terminal) throws -> Int32 {
        let bytes = try Daemon(line).bytes("/v1/accounts")
        if terminal.wantsJSON {
            Terminal.out(String(decoding: bytes, as: UTF8.self))
            return ExitCode.done
        }
        guard let json = try? JSON.parse(bytes, limits: .file) else {
            throw Stop.failed("the daemon's answer cannot be read; is it of the same version?")
        }
        show(json["accounts"]?.array?.compactMap(AccountShown.init) ?? [], terminal)
        for link in json["links"]?.array?.compactMap(LinkShown.init) ?? [] {
            if let advice = Words.advice(link) { terminal.remark(terminal.warning("! " + advice)) }
        }
        return ExitCode.done
    }

    static func show(_ accounts: [AccountShown], _ terminal: Terminal) {
        guard !accounts.isEmpty else {
            terminal.remark("nothing here yet; to link a programme: purser link NAME (purser providers lists them)")
            return
        }
        let now = Now.instant
        var table = Table([
            Table.Column("PROGRAMME", cut: true), Table.Column("MEMBER"), Table.Column("TIER", cut: true),
            Table.Column("BALANCE", right: true), Table.Column("NEXT EXPIRY"), Table.Column("SEEN"),
        ])
        for account in accounts {
            let expiry = account.nextExpiry.map { "\(Words.grouped($0.amount)) on \($0.on.iso)" } ?? ""
            let isStale = account.staleAfter < now
            table.rows.append([
                account.label, account.number,
                account.balanceType == "redeemable" ? account.tiers.joined(separator: ", ") : "",
                Words.balance(account), expiry, Words.age(account.observedAt, now) + (isStale ? ", stale" : ""),
            ])
        }
        for line in table.lines(terminal) { Terminal.out(line) }
    }
}
