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
        let found = try LinkNames.matching(line.arguments[0], try daemon.links())
        guard found.count == 1 else {
            let accounts = try daemon.get("/v1/accounts")["accounts"]?.array?.compactMap(AccountShown.init) ?? []
            let list = found.map { link in
                let numbers = Set(accounts.filter { $0.link?.id == link.id }.map(\.number)).sorted()
                return "  \(link.id)  \(Words.state(link)), linked \(link.createdAt.date.iso)"
                    + (numbers.isEmpty ? "" : ", member " + numbers.joined(separator: " and "))
            }
            throw Stop.usage(
                "\(line.arguments[0]) is linked \(found.count) times; name one of them:\n"
                    + list.joined(separator: "\n"))
        }
        guard let receipt = ReceiptShown(try daemon.delete("/v1/links/\(found[0].id)")) else {
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
