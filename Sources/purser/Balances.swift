import PurserAPI
import Usage
import Wire

/// `purser balances`.
enum Balances {
    static let command = Command<Run>(
        "balances", "show every account: balance, age, next expiry",
        text: [
            .paragraph(
                "Shows what was pulled last; asks no provider anything. A balance is a number, or one of these:"),
            .list([
                Item("unknown", "the provider has one and does not say it"),
                Item("hidden", "the provider withholds it"),
                Item("unsupported", "this programme has no such balance"),
            ]),
            .paragraph("A value older than its programme's schedule allows is marked stale."),
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let bytes = try Daemon(line).bytes("/v1/accounts")
        if terminal.wantsJSON {
            Terminal.out(String(decoding: bytes, as: UTF8.self))
            return ExitCode.done
        }
        guard let json = try? JSON.parse(bytes, limits: .file) else {
            throw Stop.failed("the daemon's answer cannot be read; is it of the same version?")
        }
        let links = json["links"]?.array?.compactMap(LinkShown.init) ?? []
        show(json["accounts"]?.array?.compactMap(AccountShown.init) ?? [], of: links, terminal)
        for advice in Words.advices(links, among: links) { terminal.warn(advice) }
        return ExitCode.done
    }

    /// - Parameter links: what is linked, to say why nothing is there to show.
    static func show(_ accounts: [AccountShown], of links: [LinkShown], _ terminal: Terminal) {
        guard !accounts.isEmpty else {
            let isLinked = links.contains { $0.state == "active" }
            terminal.remark(
                isLinked
                    ? "no account has come yet; purser pulls again by itself, and now with: purser sync --wait"
                    : "nothing here yet; to link a programme: purser link NAME (purser providers lists them)")
            return
        }
        let now = Now.instant
        var table = Table([
            Table.Column("PROGRAMME", cut: .end), Table.Column("MEMBER", cut: .start, goes: 3),
            Table.Column("TIER", cut: .end, goes: 1), Table.Column("BALANCE", right: true),
            Table.Column("NEXT EXPIRY", goes: 2), Table.Column("SEEN"),
        ])
        var above: AccountShown?
        for (index, account) in accounts.enumerated() {
            // A membership's other balances stand below the first, indented; the number is not said again.
            let isMore = above?.provider == account.provider && above?.number == account.number
            above = account
            let expiry = account.nextExpiry.map { "\(Words.grouped($0.amount)) on \($0.on.iso)" } ?? ""
            let isStale = account.staleAfter < now
            table.rows.append([
                isMore ? "  " + Words.balanceType(account) : account.label, isMore ? "" : account.number,
                account.balanceType == "redeemable" ? account.tiers.joined(separator: ", ") : "",
                Words.balance(account), expiry, Words.age(account.observedAt, now) + (isStale ? ", stale" : ""),
            ])
            let next = index + 1 < accounts.count ? accounts[index + 1] : nil
            if next?.provider != account.provider || next?.number != account.number {
                table.rows += account.vouchers.map(row)
            }
        }
        for line in table.lines(terminal) { Terminal.out(line) }
    }

    /// A voucher stands below the balances of its membership.
    private static func row(_ voucher: AccountShown.Voucher) -> [String] {
        let amount = voucher.amount.map { amount in
            Words.grouped(amount) + (voucher.unit.map { " " + $0.word(for: amount) } ?? "")
        }
        return [
            "  " + (voucher.title ?? "voucher"), "", "voucher", amount ?? "",
            voucher.expires.map { "until \($0.iso)" } ?? "", "",
        ]
    }
}
