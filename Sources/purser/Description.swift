import Usage

/// What a command does with a line that fits its description; its answer is the exit code.
typealias Run = @Sendable (Line, Terminal) throws -> Int32

extension Purser {
    /// The whole command line. A command is described where it is written; here it is only named.
    static let program = Program<Run>(
        Command(
            "purser", "your loyalty balances in one place, without a password", text: text,
            examples: [
                Example("purser link skyways", "link a programme at its own page"),
                Example("purser balances --json", "all balances, for a program"),
            ],
            commands: [
                Balances.command, Values.command, LinkProgramme.command, Links.command, Why.command, Sync.command,
                Relink.command,
                Pausing.pause, Pausing.resume, Unlink.command, Receipts.command, Providers.command,
                ProviderFolder.command,
                Clients.command, Tokens.command, Sealing.seal, Sealing.unseal, Restored.command, Status.command,
            ],
            run: Overview.run),
        section: 1,
        common: [
            Option("--json", "for programs"),
            Option("--quiet", short: "q", "no progress, no remarks"),
            Option("--socket", value: "PATH", kind: .file, "the daemon's socket"),
        ],
        exitCodes: [
            Item("\(ExitCode.done)", "done"),
            Item("\(ExitCode.failed)", "it was tried and failed; the reason is on standard error"),
            Item("\(ExitCode.usage)", "the command line is wrong, or names more than one link"),
            Item("\(ExitCode.noDaemon)", "the daemon does not answer"),
        ],
        environment: [
            Item("PURSER_SOCKET", "the daemon's socket, where --socket is not given"),
            Item("NO_COLOR", "if set to anything, no colour"),
            Item("COLUMNS", "how wide the terminal is taken to be"),
            Item("BROWSER", "the program that opens a consent page, instead of xdg-open"),
        ],
        files: [
            Item("$XDG_RUNTIME_DIR/purser.sock", "where the daemon listens by default"),
            Item("~/.local/share/purser/purser.sock", "the same, where that variable is not set"),
        ],
        seeAlso: ["purserd(8)", "mock-providers(1)"])

    private static let text: [Block] = [
        .paragraph(
            """
            Alone it shows the overview: what is linked, the balances, what expires next, and what needs you. The \
            daemon, purserd, holds the grants and pulls the balances; this command asks it.
            """)
    ]
}
