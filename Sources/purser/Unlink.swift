import PurserAPI
import Usage
import Wire

/// `purser unlink NAME|lnk_…`.
enum Unlink {
    static let command = Command<Run>(
        "unlink", "revoke at the provider and delete here", arguments: [Argument("NAME|lnk_…", .link)],
        text: [
            .paragraph(
                """
                Asks the provider to revoke the grant, deletes everything of the link here, and says what the provider \
                answered. A NAME that fits more than one link lists them and does nothing (exit code 2).
                """)
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let link = try LinkNames.only(line.arguments[0], daemon)
        guard let receipt = ReceiptShown(try daemon.delete("/v1/links/\(link.id)")) else {
            throw Stop.failed("the daemon's answer cannot be read")
        }
        if terminal.wantsJSON {
            Terminal.out(receipt.json.text)
        } else {
            Terminal.out(
                "\(receipt.provider): everything of it is deleted here; \(words(receipt)) (receipt \(receipt.id))")
        }
        return ExitCode.done
    }

    private static func words(_ receipt: ReceiptShown) -> String {
        let why = receipt.detail.map { " (\($0))" } ?? ""
        return switch receipt.answer {
        case "revoked": "the provider confirms that the grant is revoked"
        case "unsupported": "the provider has no way to revoke, so the grant ends when it expires"
        case "pending": "the provider did not confirm yet\(why); purser keeps asking"
        case "nothingHeld": "there was no grant to revoke"
        default: "the provider could not be asked to revoke\(why); do it in your account there"
        }
    }
}
