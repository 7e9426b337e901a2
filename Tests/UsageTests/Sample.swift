@testable import Usage

/// A program with something of everything that can be described.
enum Sample {
    static let program = Program<String>(
        Command(
            "wallet", "keeps what you have", text: [.paragraph("Alone it shows the overview.")],
            commands: [
                Command(
                    "link", "link a programme", arguments: [Argument("NAME", .provider)],
                    options: [
                        Option("--no-browser", "only print the address"),
                        Option("--tag", short: "t", value: "TAG", repeatable: true, "call it something"),
                    ],
                    text: [
                        .paragraph("It waits for you."), .list([Item("yes", "you allow it"), Item("no", "not")]),
                    ],
                    examples: [Example("wallet link skyways", "link it")], run: "link"),
                Command(
                    "sync", "pull now", arguments: [Argument("NAME", .link, count: 0...64)],
                    options: [Option("--wait", "until it has ended")], run: "sync"),
                Command(
                    "client", "client registrations",
                    commands: [
                        Command(
                            "set", "set one", arguments: [Argument("NAME", .provider)],
                            options: [
                                Option("--client-id", value: "ID", required: true, "the client id"),
                                Option("--secret-file", value: "F|-", kind: .file, "holds the secret"),
                                Option("--scope", value: "SCOPE", repeatable: true, "what is asked"),
                                Option("--port", value: "N", kind: .number(1...65535), "a port"),
                                Option("--at", value: "DIR", kind: .folder, "a place"),
                            ],
                            run: "client set"),
                        Command("show", "show one", arguments: [Argument("NAME", .provider)], run: "client show"),
                    ]),
                Command(
                    "token", "tokens",
                    commands: [
                        Command(
                            "new", "make one",
                            options: [
                                Option(
                                    "--scope", value: "SCOPE", kind: .choice(["balances:read", "admin"]),
                                    required: true,
                                    repeatable: true, "what it may")
                            ],
                            run: "token new")
                    ]),
            ],
            run: "overview"),
        section: 1,
        common: [
            Option("--json", "for programs"), Option("--quiet", short: "q", "no remarks"),
            Option("--socket", value: "PATH", kind: .file, "where the daemon is"),
        ],
        exitCodes: [Item("0", "done"), Item("1", "it failed")],
        environment: [Item("WALLET_SOCKET", "the socket")], files: [Item("~/.wallet", "all of it")],
        seeAlso: ["walletd(8)"])

    /// What a line leads to: the command's own words, or the text it shows, or why it is refused.
    static func read(_ words: String..., width: Int = 80) -> String {
        do {
            switch try program.read(words, width: width) {
            case .run(let action, _): return action
            case .show(let text): return text
            }
        } catch { return "refused: \(error)" }
    }

    static func line(_ words: String...) throws -> Line {
        guard case .run(_, let line) = try program.read(words, width: 80) else { throw Shown() }
        return line
    }

    struct Shown: Error {}
}
