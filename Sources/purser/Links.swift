import PurserAPI
import Usage
import Wire

/// `purser links`.
enum Links {
    static let command = Command<Run>("links", "show what is linked and how it is doing", run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        if terminal.wantsJSON {
            Terminal.out(try daemon.get("/v1/links").text)
            return ExitCode.done
        }
        let links = try daemon.links()
        guard !links.isEmpty else {
            terminal.remark("nothing is linked; to link a programme: purser link NAME (purser providers lists them)")
            return ExitCode.done
        }
        let now = Now.instant
        var table = Table([
            Table.Column("LINK"), Table.Column("PROVIDER"), Table.Column("STATE", cut: .end),
            Table.Column("LINKED", goes: 1), Table.Column("LAST PULL", goes: 2),
        ])
        for link in links {
            table.rows.append([
                link.id, link.provider, Words.state(link), link.createdAt.date.iso,
                link.pulledAt.map { Words.age($0, now) } ?? (link.state == "merged" ? "" : "never"),
            ])
        }
        for text in table.lines(terminal) { Terminal.out(text) }
        for link in links {
            if let advice = Words.advice(link, among: links) { terminal.warn(advice) }
            for warning in link.warnings { terminal.remark("  \(link.provider): \(warning)") }
        }
        return ExitCode.done
    }
}

/// Which links a name on the command line means: an id, or all links of a provider.
enum LinkNames {
    static func matching(_ name: String, _ links: [LinkShown]) throws(Stop) -> [LinkShown] {
        let found = links.filter {
            $0.id == name || ($0.provider == name && !["failed", "revoked", "merged"].contains($0.state))
        }
        guard !found.isEmpty else { throw .failed("nothing is linked under \(name); run: purser links") }
        return found
    }

    /// Exactly one; a name that fits more lists them, and nothing is done.
    static func only(_ name: String, _ daemon: Daemon) throws(Stop) -> LinkShown {
        let found = try matching(name, try daemon.links())
        if found.count == 1 { return found[0] }
        let accounts = try daemon.get("/v1/accounts")["accounts"]?.array?.compactMap(AccountShown.init) ?? []
        let list = found.map { link in
            let numbers = Set(accounts.filter { $0.link?.id == link.id }.map(\.number)).sorted()
            return "  \(link.id)  \(Words.state(link)), linked \(link.createdAt.date.iso)"
                + (numbers.isEmpty ? "" : ", member " + numbers.joined(separator: " and "))
        }
        throw .usage("\(name) is linked \(found.count) times; name one of them:\n" + list.joined(separator: "\n"))
    }
}
