import PurserAPI
import Usage
import Wire

/// `purser unlink NAME|lnk_…`.
enum Unlink {
    static let command = Command<Run>(
        "unlink", "revoke at the provider and delete here", arguments: [Argument("NAME|lnk_…", .link)],
        options: [logout, LinkProgramme.noBrowser],
        text: [
            .paragraph(
                """
                Asks the provider to revoke the grant, deletes everything of the link here, and says what the provider \
                answered. A NAME that fits more than one link lists them and does nothing (exit code 2).
                """),
            .paragraph(
                """
                With --logout you are then sent to the provider's own page for logging out, where your session in the \
                browser ends as well. A provider without such a page is told of, and the exit code is 1; the link is \
                unlinked all the same.
                """),
            .paragraph("What the provider answers later: purser receipts."),
        ],
        run: run)

    private static let logout = Option("--logout", "then log out at the provider, in your browser")

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let link = try LinkNames.only(line.arguments[0], daemon)
        guard
            let receipt = ReceiptShown(
                try daemon.delete("/v1/links/\(link.id)" + (line.has("--logout") ? "?logout=true" : "")))
        else {
            throw Stop.failed("the daemon's answer cannot be read")
        }
        if terminal.wantsJSON {
            Terminal.out(receipt.json.text)
        } else {
            Terminal.out(
                "\(receipt.provider): everything of it is deleted here; \(Words.answer(receipt)) (receipt \(receipt.id))"
            )
        }
        switch receipt.logout {
        case nil: return ExitCode.done
        case .problem(let why):
            throw Stop.failed("\(receipt.provider): not logged out: \(why); it is unlinked all the same")
        case .page(let address):
            if !terminal.wantsJSON {
                terminal.remark("log out at the provider, in your browser:")
                Terminal.out(address)
            }
            if !line.has("--no-browser") { LinkProgramme.openBrowser(address, terminal) }
            return ExitCode.done
        }
    }
}
