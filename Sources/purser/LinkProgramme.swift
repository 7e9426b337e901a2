import PurserAPI
import Usage
import Wire

/// `purser link NAME`: starts, sends the person to the provider's page, waits, shows what came.
enum LinkProgramme {
    static let command = Command<Run>(
        "link", "link a programme through its own consent page", arguments: [Argument("NAME", .provider)],
        options: [Option("--no-browser", "only print the address of the consent page")],
        text: [
            .paragraph(
                """
                Prints the address of the provider's consent page alone on a line and opens it in your browser, then \
                waits until you have answered there, at most ten minutes. Purser never sees your password.
                """)
        ],
        run: run)

    private static let waitSeconds = 5

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        guard let started = LinkStarted(try daemon.post("/v1/links", ["provider": .string(line.arguments[0])])) else {
            throw Stop.failed("the daemon's answer cannot be read")
        }
        if terminal.wantsJSON, line.has("--no-browser") {
            // For a program that opens the page itself: the address first, the outcome when it is known.
            Terminal.out(started.json.text)
        } else if !terminal.wantsJSON {
            terminal.remark("consent at the provider, in your browser:")
            Terminal.out(started.authorizationURI)
        }
        if !line.has("--no-browser") { openBrowser(started, terminal) }
        let link = try waited(started, daemon, terminal)
        return try finish(link, daemon, terminal)
    }

    private static func openBrowser(_ started: LinkStarted, _ terminal: Terminal) {
        if !Browser.open(started.authorizationURI) {
            terminal.remark("no browser could be opened here; open the address above yourself")
            if terminal.wantsJSON { Terminal.error(started.authorizationURI) }
        }
    }

    /// Until the link is there and pulled, or has failed, or its ten minutes are over.
    private static func waited(_ started: LinkStarted, _ daemon: Daemon, _ terminal: Terminal) throws(Stop) -> LinkShown
    {
        var isAnswered = false
        while true {
            let left = started.expiresAt.milliseconds(since: Now.instant) / 1000
            if !isAnswered {
                let shown = max(0, left)
                terminal.progress(
                    "waiting for your answer there, \(shown / 60):\(shown % 60 < 10 ? "0" : "")\(shown % 60) left")
            } else {
                terminal.progress("linked; pulling your accounts")
            }
            let link = try daemon.link(started.link, waitSeconds: isAnswered ? waitSeconds : 1)
            isAnswered = link.state != "linking"
            if !link.isUnderWay || left < -30 {
                terminal.progress("")
                return link
            }
        }
    }

    private static func finish(_ link: LinkShown, _ daemon: Daemon, _ terminal: Terminal) throws(Stop) -> Int32 {
        if terminal.wantsJSON { Terminal.out(link.json.text) }
        switch link.state {
        case "active":
            guard !terminal.wantsJSON else { return ExitCode.done }
            terminal.remark("\(link.provider) is linked (\(link.id))")
            if let advice = Words.advice(link) { terminal.warn(advice) }
            let accounts = try daemon.get("/v1/accounts")["accounts"]?.array?.compactMap(AccountShown.init) ?? []
            Balances.show(accounts.filter { $0.link?.id == link.id }, of: [link], terminal)
            return ExitCode.done
        case "linking": throw .failed("nobody came back from the provider; nothing was linked")
        default:
            throw .failed("\(link.provider) was not linked: \(link.note ?? link.reason ?? link.state)")
        }
    }
}
