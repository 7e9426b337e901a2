import PurserAPI
import Usage
import Wire

/// `purser link NAME`: starts, sends the person to the provider's page, waits, shows what came.
enum LinkProgramme {
    static let command = Command<Run>(
        "link", "link a programme through its own consent page", arguments: [Argument("NAME", .provider)],
        options: [noBrowser, paste, device],
        text: [
            .paragraph(
                """
                Prints the address of the provider's consent page alone on a line and opens it in your browser, then \
                waits until you have answered there, at most ten minutes. Purser never sees your password.
                """),
            .paragraph(
                """
                Where no browser can reach this machine, --paste: open the address anywhere, answer there, and give \
                back the address at which the browser ended, though the page there could not be shown. It is asked for \
                on the terminal, or read as one line from standard input; never give it as an argument.
                """),
            .paragraph(
                """
                Where the provider offers it, --device: it gives a code that you enter on its page in any browser, on a \
                telephone for instance. Purser asks the provider every few seconds whether you have answered; nothing \
                has to come back here.
                """),
            .paragraph("A member who is linked already is not linked twice: the link there is gets the new consent."),
        ],
        run: run)

    static let noBrowser = Option("--no-browser", "only print the address of the consent page")

    static let paste = Option("--paste", "no browser comes back here: ask for the address at which it ended")

    static let device = Option("--device", "answer in any browser, by a code; nothing has to come back here")

    private static let waitSeconds = 5

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        try checkWay(line)
        let asked = JSONObject([("provider", .string(line.arguments[0]))] + way(line))
        return try consent(try Daemon(line).post("/v1/links", .object(asked)), line, terminal)
    }

    /// By which way the person means to answer, as the API takes it.
    static func way(_ line: Line) -> [(String, JSON)] {
        ["device", "paste"].filter { line.has("--" + $0) }.map { ($0, true) }
    }

    /// There is one way back.
    static func checkWay(_ line: Line) throws(Stop) {
        guard line.has("--device"), line.has("--paste") else { return }
        throw .usage("with --device nothing comes back from the browser, so there is nothing to paste; choose one")
    }

    /// From a link that was begun to what came of it.
    static func consent(
        _ answer: JSON, renewing old: LinkShown? = nil, _ line: Line, _ terminal: Terminal
    ) throws(Stop) -> Int32 {
        let daemon = Daemon(line)
        guard let started = LinkStarted(answer) else { throw .failed("the daemon's answer cannot be read") }
        let isAlone = line.has("--no-browser") || line.has("--paste") || started.device != nil
        if terminal.wantsJSON, isAlone {
            // For a program that opens the page itself: the address first, the outcome when it is known.
            Terminal.out(started.json.text)
        } else if let device = started.device {
            DeviceCode.show(device, terminal)
        } else if !terminal.wantsJSON {
            terminal.remark(
                line.has("--paste")
                    ? "consent at the provider, in any browser:" : "consent at the provider, in your browser:")
            Terminal.out(started.authorizationURI)
        }
        if !isAlone { openBrowser(started.authorizationURI, terminal) }
        if line.has("--paste"), started.device == nil { try Pasting.run(started, daemon, terminal) }
        let link = try waited(started, renewing: old, daemon, terminal)
        return try finish(link, renewing: old, daemon, terminal)
    }

    static func openBrowser(_ address: String, _ terminal: Terminal) {
        if !Browser.open(address) {
            terminal.remark("no browser could be opened here; open the address above yourself")
            if terminal.wantsJSON { Terminal.error(address) }
        }
    }

    /// Until the link is there and pulled, or has failed, or its ten minutes are over.
    private static func waited(
        _ started: LinkStarted, renewing old: LinkShown?, _ daemon: Daemon, _ terminal: Terminal
    ) throws(Stop) -> LinkShown {
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
            if let other = link.mergedInto, link.state == "merged" {
                let renewed = try daemon.link(other, waitSeconds: waitSeconds)
                if renewed.isUnderWay { continue }
                terminal.progress("")
                if old?.id != other {
                    terminal.remark(
                        "\(link.provider): this member was linked already; that link goes on with your new consent")
                }
                return renewed
            }
            if !link.isUnderWay || left < -30 {
                terminal.progress("")
                return link
            }
        }
    }

    private static func finish(
        _ link: LinkShown, renewing old: LinkShown?, _ daemon: Daemon, _ terminal: Terminal
    ) throws(Stop) -> Int32 {
        if terminal.wantsJSON { Terminal.out(link.json.text) }
        switch link.state {
        case "active":
            guard !terminal.wantsJSON else { return ExitCode.done }
            terminal.remark(
                "\(link.provider) \(old == nil ? "is linked" : "goes on with your new consent") (\(link.id))")
            if let advice = Words.advice(link) { terminal.warn(advice) }
            if let refused = Words.refused(link) { terminal.warn("\(link.provider): \(refused)") }
            let accounts = try daemon.get("/v1/accounts")["accounts"]?.array?.compactMap(AccountShown.init) ?? []
            Balances.show(accounts.filter { $0.link?.id == link.id }, of: [link], terminal)
            return ExitCode.done
        case "suspended":
            throw .failed(
                ["\(link.provider): \(link.note ?? "it waits for you")", Words.choices(link)]
                    .compactMap(\.self).joined(separator: "\n  "))
        case "linking": throw .failed("nobody came back from the provider; \(old == nil ? "nothing was linked" : kept)")
        default:
            let why = link.note ?? link.reason ?? link.state
            throw .failed(
                old == nil
                    ? "\(link.provider) was not linked: \(why)" : "\(link.provider) was not renewed: \(why); \(kept)")
        }
    }

    private static let kept = "the link stays as it was"
}
