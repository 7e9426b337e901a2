import PurserAPI
import Usage
import Wire

/// `purser token new`, `token list`, `token revoke`: what lets programs in over HTTP.
enum Tokens {
    static let command = Command<Run>(
        "token", "let programs in over HTTP: API tokens",
        text: [
            .paragraph(
                """
                A program that has a token may ask the daemon at the address that purser status names: GET \
                /v1/accounts with the header Authorization: Bearer TOKEN. GET /openapi.json there tells the rest.
                """)
        ],
        commands: [new, list, revoke])

    private static let new = Command<Run>(
        "new", "make a token and show it, this once",
        options: [
            Option(
                "--scope", value: "SCOPE", kind: .choice(TokenShown.scopes), required: true, repeatable: true,
                "what it may do"),
            Option(
                "--programme", value: "NAME", kind: .provider, repeatable: true,
                "only this provider, by its name or its programme's key"),
            Option(
                "--expires", value: "WHEN",
                "refuse it after that: a day to its end (2027-01-31, UTC), or 30d or 12h from now (default: never)"),
            Option("--name", value: "TEXT", "your word for it, to know it by in the list"),
        ],
        text: [
            .list([
                Item("balances:read", "accounts and links; membership numbers and names are masked"),
                Item("numbers:read", "the same with numbers and names in full"),
                Item("entries:read", "balances, and the ledger of each account"),
                Item("links:manage", "link, sync, relink, pause, resume, unlink; not what is in them"),
                Item("admin", "all of this, the daemon's status, and tokens"),
            ]),
            .paragraph(
                """
                The token stands alone on a line, for a script to take. Only a hash of it is kept: what is lost cannot \
                be shown again. Whoever has it may do what it may, so keep it in a file that only you can read.
                """),
        ],
        examples: [
            Example(
                "purser token new --scope balances:read --expires 30d >fridge.token", "for a display on the fridge"),
            Example("purser token new --scope entries:read --programme skyways", "one programme's ledger"),
        ],
        run: runNew)

    private static let list = Command<Run>(
        "list", "show every token, what it may do and when it was last used", run: runList)

    private static let revoke = Command<Run>(
        "revoke", "take a token back, at once and for good", arguments: [Argument("tok_…")],
        text: [.paragraph("Tokens that were made with it stay; the list says which.")], run: runRevoke)

    private static func runNew(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        func words(_ option: String) -> JSON {
            var seen: [String] = []
            for word in line.values(option) where !seen.contains(word) { seen.append(word) }
            return .array(seen.map { .string($0) })
        }
        var body = JSONObject([("scopes", words("--scope"))])
        if !line.values("--programme").isEmpty { body["programmes"] = words("--programme") }
        if let expires = line.value("--expires") { body["expires"] = .string(expires) }
        if let name = line.value("--name") { body["name"] = .string(name) }
        let json = try Daemon(line).post("/v1/tokens", .object(body))
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        guard let made = TokenMade(json) else { throw Stop.failed("the daemon's answer cannot be read") }
        Terminal.out(made.token)
        let about = made.shown
        terminal.remark("  \(about.id): \(about.scopes.joined(separator: ", ")); \(restriction(about)); \(end(about))")
        terminal.remark("  It is not shown again. To take it back: purser token revoke \(about.id)")
        return ExitCode.done
    }

    private static func runList(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let json = try Daemon(line).get("/v1/tokens")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        let tokens = json["tokens"]?.array?.compactMap(TokenShown.init) ?? []
        guard !tokens.isEmpty else {
            terminal.remark("there is no token; to make one: purser token new --scope balances:read")
            return ExitCode.done
        }
        let now = Now.instant
        var table = Table([
            Table.Column("TOKEN"), Table.Column("NAME", cut: .end, goes: 4), Table.Column("SCOPES", cut: .end),
            Table.Column("PROGRAMMES", cut: .end, goes: 3), Table.Column("MADE", goes: 1), Table.Column("EXPIRES"),
            Table.Column("LAST USED", goes: 2),
        ])
        for token in tokens {
            let isOver = token.expiresAt.map { $0 <= now } ?? false
            table.rows.append([
                token.id, token.name ?? "", token.scopes.joined(separator: " "),
                token.programmes?.joined(separator: " ") ?? "all", token.createdAt.date.iso,
                token.expiresAt.map { isOver ? "expired" : moment($0) } ?? "never",
                token.lastUsedAt.map { Words.age($0, now) } ?? "never",
            ])
        }
        for text in table.lines(terminal) { Terminal.out(text) }
        for token in tokens {
            if let maker = token.madeBy { terminal.remark("  \(token.id) was made with \(maker)") }
        }
        return ExitCode.done
    }

    private static func runRevoke(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let id = line.arguments[0]
        // What is no id could be the token itself, and must not end up in an address.
        guard id.hasPrefix("tok_"), id.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || $0.isSmallLetterOrDigit }) else {
            throw Stop.usage("a token is revoked by its id, which begins with tok_; run: purser token list")
        }
        let json = try Daemon(line).delete("/v1/tokens/\(id)")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        guard let token = TokenShown(json) else { throw Stop.failed("the daemon's answer cannot be read") }
        Terminal.out("\(token.id) is revoked" + (token.name.map { " (\($0))" } ?? ""))
        return ExitCode.done
    }

    /// A day that is good to its end, or a minute; UTC.
    private static func moment(_ at: Instant) -> String {
        if at == Instant(at.date) { return at.adding(milliseconds: -1).date.iso }
        return Words.moment(at)
    }

    private static func restriction(_ token: TokenShown) -> String {
        token.programmes.map { "only " + $0.joined(separator: ", ") } ?? "all programmes"
    }

    private static func end(_ token: TokenShown) -> String {
        token.expiresAt.map { "until \(moment($0))" } ?? "until it is revoked"
    }
}
