/// One command: what it is called, what it takes, what it does.
struct Command: Sendable {
    let name: String
    /// As the help shows it.
    let usage: String
    let summary: String
    /// Its own switches, beside the common ones.
    let switches: Set<String>
    /// How many names it takes.
    let names: ClosedRange<Int>
    let run: @Sendable (CommandLineText, Terminal) throws -> Int32

    static let all: [Command] = [
        Command(
            name: "balances", usage: "balances [--json]", summary: "show every account: balance, age, next expiry",
            switches: [], names: 0...0, run: Balances.run),
        Command(
            name: "link", usage: "link NAME [--no-browser]", summary: "link a programme through its own consent page",
            switches: ["--no-browser"], names: 1...1, run: LinkProgramme.run),
        Command(
            name: "links", usage: "links [--json]", summary: "show what is linked and how it is doing", switches: [],
            names: 0...0, run: Links.run),
        Command(
            name: "sync", usage: "sync [NAME…] [--wait]", summary: "pull now, all links or those named",
            switches: ["--wait"], names: 0...64, run: Sync.run),
        Command(
            name: "unlink", usage: "unlink NAME|lnk_…", summary: "revoke at the provider and delete here", switches: [],
            names: 1...1, run: Unlink.run),
        Command(
            name: "providers", usage: "providers [--json]", summary: "show what can be linked", switches: [],
            names: 0...0, run: Providers.run),
        Command(
            name: "status", usage: "status [--json]", summary: "show how the daemon is doing", switches: [],
            names: 0...0, run: Status.run),
    ]

    static func named(_ name: String) -> Command? { all.first { $0.name == name } }
}
