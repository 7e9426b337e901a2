import PurserAPI
import Usage
import Wire

/// `purser links`.
enum Links {
    static let command = Command<Run>(
        "links", "show what is linked and how it is doing", arguments: [Argument("NAME|lnk_…", .link, count: 0...1)],
        text: [
            .paragraph(
                """
                Alone it lists every link: since when it stands so, what still works, whose move it is. With a NAME it \
                shows each link of that provider in full. What became of a link's tokens: purser why.
                """)
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        if let name = line.arguments.first { return try details(of: name, daemon, terminal) }
        if terminal.wantsJSON {
            Terminal.out(try daemon.get("/v1/links").text)
            return ExitCode.done
        }
        let links = try daemon.links()
        let receipts = try OpenReceipts(daemon)
        if links.isEmpty {
            terminal.remark("nothing is linked; to link a programme: purser link NAME (purser providers lists them)")
        }
        for text in links.isEmpty ? [] : table(links).lines(terminal) { Terminal.out(text) }
        for advice in Words.advices(links, among: links) { terminal.warn(advice) }
        for link in links {
            if let refused = Words.refused(link) { terminal.remark("  \(link.provider): \(refused)") }
            for warning in link.warnings { terminal.remark("  \(link.provider): \(warning)") }
        }
        for receipt in receipts.unconfirmed + receipts.pending { terminal.warn(Words.reminder(receipt)) }
        return ExitCode.done
    }

    private static func table(_ links: [LinkShown]) -> Table {
        let now = Now.instant
        var table = Table([
            Table.Column("LINK"), Table.Column("PROVIDER"), Table.Column("STATE", cut: .end, keeps: 22),
            Table.Column("SINCE"), Table.Column("WORKS", goes: 3), Table.Column("WHO ACTS", goes: 2),
            Table.Column("LAST PULL", goes: 1),
        ])
        // Where nobody must act nobody is named.
        let isCalm = links.allSatisfy { $0.actor == "nobody" }
        for link in links {
            let isTroubled = link.state == "active" && link.condition != "ok"
            table.rows.append([
                link.id, link.provider, Words.state(link),
                Words.age(isTroubled ? link.conditionSince : link.since, now), Words.worksBriefly(link),
                isCalm ? "" : link.actor,
                link.pulledAt.map { Words.age($0, now) } ?? (link.state == "merged" ? "" : "never"),
            ])
        }
        return table
    }

    private static func details(of name: String, _ daemon: Daemon, _ terminal: Terminal) throws(Stop) -> Int32 {
        let links = try LinkNames.matching(name, try daemon.links())
        if terminal.wantsJSON {
            Terminal.out(JSON.object(JSONObject([("links", .array(links.map(\.json)))])).text)
            return ExitCode.done
        }
        for (index, link) in links.enumerated() {
            if index > 0 { Terminal.out("") }
            LinkDetails.show(link, terminal)
        }
        return ExitCode.done
    }
}

/// Which links a name on the command line means: an id, or all links of a provider. What only waits for its person is
/// meant by the name where nothing else has it: a renewal that was begun and left alone is no second link.
enum LinkNames {
    static func matching(_ name: String, _ links: [LinkShown]) throws(Stop) -> [LinkShown] {
        let found = links.filter {
            $0.id == name || ($0.provider == name && !["failed", "revoked", "merged"].contains($0.state))
        }
        guard !found.isEmpty else { throw .failed("nothing is linked under \(name); run: purser links") }
        let linked = found.filter { $0.id == name || $0.state != "linking" }
        return linked.isEmpty ? found : linked
    }

    /// Exactly one; a name that fits more lists them, and nothing is done.
    static func only(_ name: String, _ daemon: Daemon) throws(Stop) -> LinkShown {
        let found = try matching(name, try daemon.links())
        if found.count == 1 { return found[0] }
        let accounts = try daemon.get("/v1/accounts")["accounts"]?.array?.compactMap(AccountShown.init) ?? []
        let list = found.map { link in
            let numbers = Set(accounts.filter { $0.link?.id == link.id }.map(\.number)).sorted()
            return "  \(link.id)  \(Words.state(link)), \(link.state == "linking" ? "begun" : "linked") "
                + link.createdAt.date.iso
                + (numbers.isEmpty ? "" : ", member " + numbers.joined(separator: " and "))
        }
        let isWaiting = found.allSatisfy { $0.state == "linking" }
        throw .usage(
            "\(name) is \(isWaiting ? "being linked" : "linked") \(found.count) times; name one of them:\n"
                + list.joined(separator: "\n"))
    }
}
