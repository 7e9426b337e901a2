import PurserAPI
import Usage
import Wire

/// `purser client set`, `client register`, `client show`, `client remove`: who Purser is at a provider.
enum Clients {
    static let command = Command<Run>(
        "client", "who Purser is at a provider: its client registration",
        text: [
            .paragraph(
                """
                A provider's developer portal gives out a client id, and perhaps a client secret, for a redirect URI. \
                What is set here takes the place of the preset of the provider's folder and serves every wallet.
                """)
        ],
        commands: [set, RegisterItself.command, keygen, show, remove])

    private static let set = Command<Run>(
        "set", "register the client id that a portal gave out", arguments: [Argument("NAME", .provider)],
        options: [
            Option("--client-id", value: "ID", required: true, "as the portal shows it"),
            Option(
                "--client-secret-file", value: "FILE", kind: .file,
                "a file that holds the client secret; - reads it from standard input"),
            Option(
                "--key-file", value: "FILE", kind: .file,
                "a file with a private JWK set, or with a certificate and its key (PEM); - reads it from standard input"
            ),
            Option(
                "--redirect-uri", value: "URI", "exactly as it was registered there (default: the daemon's callback)"),
            Option("--scope", value: "SCOPE", repeatable: true, "ask for this instead of the manifest's scopes"),
        ],
        text: [
            .paragraph(
                """
                A redirect URI on another port of this machine is listened to only while a link waits for its answer. \
                Without --client-secret-file the secret that is there stays, if the client id is the same.
                """),
            .paragraph(
                """
                Another client id, redirect URI or scope makes another client: links that live by the old one are \
                suspended with a question, and nothing is sent for them until you answer it.
                """),
        ],
        examples: [
            Example(
                "purser client set skyways --client-id abc123 --client-secret-file - <secret",
                "without an argument to see"
            )
        ],
        run: runSet)

    private static let keygen = Command<Run>(
        "keygen", "make a key that Purser proves itself with, and print the public set to register",
        arguments: [Argument("NAME", .provider)],
        options: [
            Option("--algorithm", value: "ALG", "ES256 (default) or EdDSA; for an RSA key see client set --key-file"),
            Option("--activate", "sign with the newest key from now on; the one before it goes"),
        ],
        text: [
            .paragraph(
                """
                For providers that want private_key_jwt (RFC 7523). The key is made by the daemon and never leaves it; \
                what is printed is the public JWK set, for the provider's developer portal. The first key is used at \
                once. Another one waits behind it: register both, then put the newer in use with --activate.
                """)
        ],
        run: runKeygen)

    private static let show = Command<Run>(
        "show", "show every registration, and what to register at a portal",
        arguments: [Argument("NAME", .provider, count: 0...1)],
        text: [
            .paragraph(
                """
                A client secret is never shown, only whether there is one. Of a client that registered itself it is shown \
                until when its secret lives, and when Purser renews it.
                """)
        ], run: runShow)

    private static let remove = Command<Run>(
        "remove", "go back to the preset of the provider's folder", arguments: [Argument("NAME", .provider)],
        text: [
            .paragraph(
                """
                A client that registered itself is taken back at the provider first. If that fails it is erased here all the \
                same, and what stays there is said.
                """)
        ],
        run: runRemove)

    private static func runSet(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        var body = JSONObject([("clientId", .string(line.value("--client-id") ?? ""))])
        if let file = line.value("--client-secret-file") { body["clientSecret"] = .string(try SecretInput.read(file)) }
        if let file = line.value("--key-file") {
            body["clientKey"] = .string(try SecretInput.read(file, "key", most: 16_384))
        }
        if let uri = line.value("--redirect-uri") { body["redirectUri"] = .string(uri) }
        let scopes = line.values("--scope").flatMap { $0.split(separator: " ").map(String.init) }
        if !scopes.isEmpty { body["scopes"] = .array(scopes.map { .string($0) }) }
        let answer = try Daemon(line).put("/v1/clients/\(line.arguments[0])", .object(body))
        return try tell(answer, "is registered", terminal)
    }

    private static func runKeygen(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let name = line.arguments[0]
        var body = JSONObject([("activate", .bool(line.has("--activate")))])
        if let algorithm = line.value("--algorithm") { body["algorithm"] = .string(algorithm) }
        let answer = try Daemon(line).post("/v1/clients/\(name)/keys", .object(body))
        if terminal.wantsJSON {
            Terminal.out(answer.text)
            return ExitCode.done
        }
        guard let keys = ClientKeysShown(answer) else { throw Stop.failed("the daemon's answer cannot be read") }
        Terminal.out(keys.jwks.pretty())
        terminal.remark("  in use        \(keys.inUse)")
        if let next = keys.next {
            terminal.remark("  waits         \(next)")
            terminal.remark("                register the set there, then: purser client keygen \(name) --activate")
        }
        if keys.clientID == nil {
            terminal.remark("  no client id  register the set there, then: purser client set \(name) --client-id ID")
        }
        return ExitCode.done
    }

    private static func runRemove(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        try tell(try Daemon(line).delete("/v1/clients/\(line.arguments[0])"), "counts now", terminal)
    }

    static func tell(_ answer: JSON, _ what: String, _ terminal: Terminal) throws(Stop) -> Int32 {
        if terminal.wantsJSON {
            Terminal.out(answer.text)
            return ExitCode.done
        }
        guard let changed = ClientChanged(answer) else { throw .failed("the daemon's answer cannot be read") }
        let client = changed.client
        if let id = client.clientID {
            Terminal.out("\(client.provider): client \(id) \(what)")
            if let redirect = client.redirectURI {
                terminal.remark("  redirect URI  \(redirect)")
                terminal.remark("                \(listens(client))")
            }
        } else {
            Terminal.out("\(client.provider): no client is registered any more")
        }
        if let registration = client.registration {
            for text in RegistrationWords.lines(registration, width: 12) { terminal.remark(text) }
        }
        for remark in changed.remarks { terminal.remark("  " + remark) }
        if changed.calledOff > 0 { terminal.remark("  called off    \(count(changed.calledOff, "consent")) under way") }
        if changed.suspended > 0 {
            terminal.remark(
                terminal.warning(
                    "! \(count(changed.suspended, "link")) suspended, since another client would answer now: purser links"
                )
            )
        }
        return ExitCode.done
    }

    private static func count(_ number: Int, _ what: String) -> String {
        number == 1 ? "1 \(what)" : "\(number) \(what)s"
    }

    private static func runShow(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let json = try Daemon(line).get("/v1/clients")
        var clients = json["clients"]?.array?.compactMap(ClientShown.init) ?? []
        if let name = line.arguments.first {
            clients = clients.filter { $0.provider == name }
            guard let client = clients.first else {
                throw Stop.failed("no provider has the name \(name); run: purser providers")
            }
            guard !terminal.wantsJSON else {
                Terminal.out(client.json.text)
                return ExitCode.done
            }
            details(client)
            return ExitCode.done
        }
        guard !terminal.wantsJSON else {
            Terminal.out(json.text)
            return ExitCode.done
        }
        var table = Table([
            Table.Column("PROVIDER"), Table.Column("CLIENT ID", cut: .end), Table.Column("FROM", goes: 1),
            Table.Column("SECRET", goes: 2), Table.Column("REDIRECT URI", cut: .end),
        ])
        for client in clients {
            table.rows.append([
                client.provider, client.clientID ?? "none",
                client.registration != nil ? "itself" : client.source == .registered ? "here" : client.source.rawValue,
                client.hasSecret ? "yes" : "no", client.redirectURI ?? "",
            ])
        }
        for text in table.lines(terminal) { Terminal.out(text) }
        return ExitCode.done
    }

    private static func details(_ client: ClientShown) {
        let source =
            switch client.source {
            case .folder: "the preset of the provider's folder"
            case .registered where client.registration != nil:
                "registered by Purser itself" + (client.registration.map { ", \($0.registeredAt.date.iso)" } ?? "")
            case .registered: "registered here" + (client.changedAt.map { ", \($0.date.iso)" } ?? "")
            case .none: "nobody; to register one: purser client set \(client.provider) --client-id ID"
            }
        Terminal.out("\(client.provider)")
        Terminal.out("  client id       \(client.clientID ?? "none")")
        Terminal.out("  from            \(source)")
        Terminal.out("  authentication  \(client.authentication)" + Self.proof(client))
        if let ends = client.certificateEndsAt { Terminal.out("  certificate     good until \(ends.date.iso)") }
        if let redirect = client.redirectURI {
            Terminal.out("  redirect URI    \(redirect)")
            Terminal.out("                  \(listens(client))")
        }
        Terminal.out("  scopes          \(client.scopes.joined(separator: " "))")
        if let registration = client.registration {
            for text in RegistrationWords.lines(registration, width: 14) { Terminal.out(text) }
        }
    }

    private static func proof(_ client: ClientShown) -> String {
        guard client.hasSecret else { return "" }
        return switch client.authentication {
        case "private_key_jwt": ", with a key"
        case "tls_client_auth", "self_signed_tls_client_auth": ", with a certificate"
        default: ", with a secret"
        }
    }

    private static func listens(_ client: ClientShown) -> String {
        switch client.listens {
        case .daemon: "the daemon listens there"
        case .whilePending: "the daemon listens there while a link waits for its answer"
        case .nobody, nil: "nobody listens there for Purser: whatever does must pass requests on to the daemon"
        }
    }
}
