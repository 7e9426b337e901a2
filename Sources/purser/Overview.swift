import PurserAPI
import Usage
import Wire

/// `purser` alone: what is linked and what it is worth, what expires next, what needs the person; else the next step.
enum Overview {
    /// More lines than this fill a screen.
    private static let most = 14

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let view = try daemon.get("/v1/accounts")
        if terminal.wantsJSON {
            Terminal.out(view.text)
            return ExitCode.done
        }
        let links = view["links"]?.array?.compactMap(LinkShown.init) ?? []
        let receipts = try OpenReceipts(daemon)
        guard !links.isEmpty else { return try nothing(receipts, daemon, terminal) }
        let accounts = view["accounts"]?.array?.compactMap(AccountShown.init) ?? []
        let spendable = accounts.filter { $0.balanceType == "redeemable" }
        if !spendable.isEmpty { table(spendable, terminal) }
        if let next = nextExpiry(spendable) { Terminal.out("\n" + next) }
        if spendable.isEmpty { waiting(links) }
        let others = links.filter { $0.actor != "you" && $0.actor != "operator" }
        section(
            "needs you",
            advices(links.filter { $0.actor == "you" }, among: links) + receipts.unconfirmed.map(Words.reminder),
            terminal)
        section(
            "needs whoever runs purser", advices(links.filter { $0.actor == "operator" }, among: links), terminal)
        section("at the moment", advices(others, among: links) + receipts.pending.map(Words.reminder), terminal)
        terminal.remark("\nmore: purser balances, purser links, purser link NAME, purser --help")
        return ExitCode.done
    }

    /// Nothing is linked: the next step, with the names to choose from.
    private static func nothing(
        _ receipts: OpenReceipts, _ daemon: Daemon, _ terminal: Terminal
    ) throws(Stop) -> Int32 {
        let providers = try daemon.get("/v1/providers")["providers"]?.array?.compactMap(ProviderShown.init) ?? []
        let names = providers.filter { $0.problems.isEmpty && $0.isLinked }.map(\.name)
        Terminal.out("nothing is linked yet")
        section("needs you", receipts.unconfirmed.map(Words.reminder), terminal)
        section("at the moment", receipts.pending.map(Words.reminder), terminal)
        if names.isEmpty {
            terminal.remark("no provider loads; what is wrong: purser providers")
        } else {
            terminal.remark("to link a programme: purser link NAME")
            terminal.remark("NAME is one of: " + names.joined(separator: ", "))
        }
        return ExitCode.done
    }

    private static func advices(_ links: [LinkShown], among all: [LinkShown]) -> [String] {
        Words.once(
            links.compactMap { link in
                link.state == "paused"
                    ? ["\(link.provider): paused", Words.choices(link)].compactMap(\.self).joined(separator: "; ")
                    : Words.advice(link, among: all)
            })
    }

    private static func section(_ title: String, _ matters: [String], _ terminal: Terminal) {
        guard !matters.isEmpty else { return }
        Terminal.out("\n" + terminal.bold(title))
        for matter in matters {
            for line in terminal.wrapped(matter, first: "  ") { Terminal.out(terminal.warning(line)) }
        }
    }

    private static func waiting(_ links: [LinkShown]) {
        for link in links where link.state != "active" { Terminal.out("\(link.provider): \(Words.state(link))") }
        if links.contains(where: { $0.state == "active" }) {
            Terminal.out("no account has come yet; purser pulls again by itself, and now with: purser sync --wait")
        }
    }

    private static func table(_ accounts: [AccountShown], _ terminal: Terminal) {
        let now = Now.instant
        // The number tells two memberships of one programme apart; alone it would only take room.
        let numbers = Set(accounts.map { [$0.label, $0.number] })
        let hasTwins = Set(accounts.map(\.label)).count < numbers.count
        var table = Table([
            Table.Column("PROGRAMME", cut: .end), Table.Column("MEMBER", cut: .start, goes: 1),
            Table.Column("BALANCE", right: true), Table.Column("SEEN"),
        ])
        var above: AccountShown?
        for account in accounts.prefix(most) {
            // A membership's other balances stand below the first, indented; the number is not said again.
            let isMore = above?.provider == account.provider && above?.number == account.number
            above = account
            let seen = Words.age(account.observedAt, now) + (account.staleAfter < now ? ", stale" : "")
            table.rows.append([
                isMore ? "  " + Words.balanceType(account) : account.label,
                hasTwins && !isMore ? account.number : "", Words.balance(account), seen,
            ])
        }
        for line in table.lines(terminal) { Terminal.out(line) }
        if accounts.count > most { Terminal.out("and \(accounts.count - most) more: purser balances") }
    }

    private static func nextExpiry(_ accounts: [AccountShown]) -> String? {
        let next = accounts.compactMap { account in account.nextExpiry.map { (account, $0.amount, $0.on) } }
            .min { $0.2 < $1.2 }
        guard let (account, amount, day) = next else { return nil }
        return
            "expires next: \(Words.grouped(amount)) \(account.unit.word(for: amount)) of \(account.label), on "
            + day.iso
    }
}
