/// What `--help` shows.
enum Help {
    static var overview: String {
        var out = """
            purser: your loyalty balances in one place, without a password

            usage: purser COMMAND [options]


            """
        for command in Command.all { out += "  " + column(command.usage) + command.summary + "\n" }
        out += """

            options of every command
              --json        for programs
              --quiet       no progress, no remarks
              --socket S    the daemon's socket (also: PURSER_SOCKET)
              --help        of the whole, or of one command
              --version

            exit codes
              0 done   1 it failed   2 the command line is wrong or ambiguous   3 the daemon does not answer
            """
        return out
    }

    static func text(_ name: String?) -> String? {
        guard let name, let command = Command.named(name) else { return nil }
        let more = details[name].map { "\n\n" + $0 } ?? ""
        return "usage: purser \(command.usage)\n\n\(command.summary)\(more)"
    }

    private static func column(_ text: String) -> String {
        text + String(repeating: " ", count: max(2, 30 - text.count))
    }

    private static let details = [
        "balances": """
        Shows what was pulled last; asks no provider anything. A balance is a number, or one of three other things:
          unknown       the provider has one and does not say it
          hidden        the provider withholds it
          unsupported   this programme has no such balance
        A value older than its programme's schedule allows is marked stale.
        """,
        "link": """
        Prints the address of the provider's consent page alone on a line and opens it in your browser, then waits
        until you have answered there, at most ten minutes. Purser never sees your password.
          --no-browser  only print the address
        """,
        "sync": """
        A link can be pulled once a minute.
          --wait        until every pull has ended; exit code 1 if one failed
        """,
        "unlink": """
        Asks the provider to revoke the grant, deletes everything of the link here, and says what the provider
        answered. A NAME that fits more than one link lists them and does nothing (exit code 2).
        """,
    ]
}
