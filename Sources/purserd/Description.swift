import Usage

extension Purserd {
    /// What a command does with a line that fits its description; its answer is the exit code.
    typealias Run = @Sendable (Line) throws -> Int32

    /// The daemon's whole command line.
    static let program = Program<Run>(
        Command(
            "purserd", "holds your grants, pulls your balances", options: options, text: text,
            examples: [
                Example("purserd", "start, with data and key where they usually lie"),
                Example("purserd check", "look first, and start nothing"),
            ],
            commands: [
                Command(
                    "check", "look at keys, data and providers, start nothing", options: options,
                    text: [.paragraph("Says what a start would find. It makes and changes nothing.")],
                    run: { Check.run(try Options($0)) }),
                Command("key", "the root key", commands: [KeyNew.command] + KeyCommands.all),
            ],
            run: { try Daemon.run(try Options($0)) }),
        section: 8,
        exitCodes: [
            Item("0", "ended as asked: SIGTERM and SIGINT let work under way end first"),
            Item("1", "it cannot start, or check found something wrong; the reason is said"),
            Item("2", "the command line is wrong"),
        ],
        environment: [
            Item("XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR", "where data, key and socket lie by default"),
            Item("HOME", "stands in for the first two"),
            Item("CREDENTIALS_DIRECTORY", "where systemd puts the root key, with --key-credential"),
            Item("NOTIFY_SOCKET", "where systemd is told that the daemon is ready, and that it stops"),
        ],
        files: [
            Item("~/.local/share/purser/purser.db", "the database; every token in it is sealed"),
            Item("~/.config/purser/root.key", "the root key; back it up, apart from the data"),
            Item("$XDG_RUNTIME_DIR/purser.sock", "where purser connects"),
        ],
        seeAlso: ["purser(1)", "mock-providers(1)"])

    private static let text: [Block] = [
        .paragraph(
            """
            Keeps one OAuth grant for each linked programme, sealed in its database, refreshes it when needed, and \
            pulls the accounts behind it. It answers purser on a socket that only its own user can use.
            """),
        .paragraph(
            """
            Over TCP it answers providers' redirects, and programs that have a token (purser token). Beyond a loopback \
            address it listens with --tls-cert and --tls-key, or behind a proxy that speaks TLS and is named by \
            --public-url. Start it again when the certificate was renewed.
            """),
    ]

    static let options: [Option] = [
        Option("--data", value: "DIR", kind: .folder, "the data folder ($XDG_DATA_HOME/purser)"),
        Option(
            "--key-file", value: "FILE", kind: .file,
            "the root key ($XDG_CONFIG_HOME/purser/root.key); with --data this or another key must be given"),
        Option("--key-credential", value: "NAME", "the root key as a systemd credential (LoadCredential=)"),
        Option("--key-passphrase", "the root key from a passphrase that is asked for; without a terminal: sealed"),
        Option(
            "--key-passphrase-file", value: "FILE", kind: .file, "the same, read from a file of mode 0600"),
        Option("--key-passphrase-fd", value: "N", "the same, read from an open descriptor"),
        Option(
            "--epochs", value: "DIR", kind: .folder,
            "a folder that is not backed up with the data: a note lies there by which a backup that was put back is known "
                + "(beside the key file; else $XDG_STATE_HOME/purser, with --data nowhere)"),
        Option(
            "--socket", value: "PATH", kind: .file,
            "where purser connects ($XDG_RUNTIME_DIR/purser.sock; with --data: in that folder)"),
        Option(
            "--listen", value: "HOST:PORT",
            "where providers send people back and programs ask; port 0: any (127.0.0.1:7878)"),
        Option("--tls-cert", value: "FILE", kind: .file, "listen over TLS, with this certificate (PEM)"),
        Option("--tls-key", value: "FILE", kind: .file, "its key (PEM), which others must not be able to read"),
        Option("--public-url", value: "URL", "https://… under which a proxy, or the network, reaches it"),
        Option(
            "--accept-tokens", value: "FILE", kind: .file, repeatable: true,
            "take access tokens of another authorization server, named in FILE, for reading"),
        Option("--providers", value: "DIR", kind: .folder, repeatable: true, "more providers; later ones override"),
        Option("--debug", "log more"),
    ]
}
