import PurserAPI
import Usage
import Wire

/// `purser receipts [rcp_…]`.
enum Receipts {
    static let command = Command<Run>(
        "receipts", "show what became of the grants of links that were unlinked",
        arguments: [Argument("rcp_…", count: 0...1)],
        text: [
            .paragraph(
                """
                Each unlinking leaves a receipt: that it was, and what the provider answered. A provider that did not \
                confirm at once is asked again for days; the receipt has its latest answer. Where it never confirms, \
                the grant is still to be ended in your account there.
                """)
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        if let id = line.arguments.first { return try one(id, daemon, terminal) }
        let json = try daemon.get("/v1/receipts")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        let receipts = json["receipts"]?.array?.compactMap(ReceiptShown.init) ?? []
        guard !receipts.isEmpty else {
            terminal.remark("there is no receipt; each purser unlink leaves one")
            return ExitCode.done
        }
        var table = Table([
            Table.Column("RECEIPT"), Table.Column("PROVIDER"), Table.Column("UNLINKED", goes: 1),
            Table.Column("ANSWER", cut: .end),
        ])
        for receipt in receipts {
            table.rows.append([receipt.id, receipt.provider, Words.moment(receipt.at), Words.answer(receipt)])
        }
        for text in table.lines(terminal) { Terminal.out(text) }
        return ExitCode.done
    }

    private static func one(_ id: String, _ daemon: Daemon, _ terminal: Terminal) throws(Stop) -> Int32 {
        // Anything else would end up in an address.
        guard id.hasPrefix("rcp_"), id.utf8.dropFirst(4).allSatisfy(\.isSmallLetterOrDigit) else {
            throw .usage("a receipt is named by its id, which begins with rcp_; run: purser receipts")
        }
        let json = try daemon.get("/v1/receipts/\(id)")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        guard let receipt = ReceiptShown(json) else { throw .failed("the daemon's answer cannot be read") }
        Terminal.out(terminal.bold("\(receipt.provider) (\(receipt.id))"))
        for (name, text) in [
            ("link      ", receipt.link), ("unlinked  ", Words.moment(receipt.at)),
            ("answer    ", Words.answer(receipt)),
        ] {
            for line in terminal.wrapped(text, first: "  " + name) { Terminal.out(line) }
        }
        return ExitCode.done
    }
}

/// Receipts that somebody should hear of without asking.
struct OpenReceipts {
    /// The provider is still asked.
    let pending: [ReceiptShown]
    /// It never confirmed, and the person may still have to act.
    let unconfirmed: [ReceiptShown]

    /// Nobody can tell here whether the person has acted; after so long they have heard it often enough.
    private static let shownSeconds: Int64 = 30 * 86_400

    init(_ daemon: Daemon) throws(Stop) {
        let all = try daemon.get("/v1/receipts")["receipts"]?.array?.compactMap(ReceiptShown.init) ?? []
        let since = Now.instant.adding(seconds: -Self.shownSeconds)
        pending = all.filter { $0.answer == "pending" }
        unconfirmed = all.filter { $0.answer == "gaveUp" && $0.at > since }
    }
}

extension Words {
    /// What the provider answered when it was asked to revoke a grant, by its latest word.
    static func answer(_ receipt: ReceiptShown) -> String {
        let why = receipt.detail.map { " (\($0))" } ?? ""
        return switch receipt.answer {
        case "revoked": "the provider confirms that the grant is revoked\(why)"
        case "unsupported": "the provider has no way to revoke, so the grant ends when it expires"
        case "pending": "the provider did not confirm yet\(why); purser keeps asking"
        case "nothingHeld": "there was no grant to revoke"
        default: "the provider did not confirm that the grant is revoked\(why); do it in your account there"
        }
    }

    /// The same for whoever did not ask.
    static func reminder(_ receipt: ReceiptShown) -> String {
        "\(receipt.provider): unlinked here, but \(answer(receipt)) (receipt \(receipt.id))"
    }
}

extension UInt8 {
    var isSmallLetterOrDigit: Bool { (97...122).contains(self) || (48...57).contains(self) }
}
